"""How many victims a second, by the fastest way that each program has."""

import subprocess

from ground import victims
from suite import row

PIPELINED = 100_000
CLIENTS = 64
OF_EACH = 300


def bulk_rates(suite, name, count):
    """Additions a second, until the last of them has arrived."""
    samples = {}
    with suite.running() as peers:
        for i in range(suite.passes):
            for peer in peers:
                if not peer.takes_part(name, i):
                    continue
                peer.probe.expect(announced=count)
                begin = peer.bulk(victims(count))
                arrival = peer.probe.wait("reached")[0]
                samples.setdefault(peer.name, []).append(
                    count / ((arrival - begin) / 1e9))
                peer.probe.expect(withdrawn=count)
                peer.bulk(victims(count), "withdraw")
                peer.probe.wait("reached")
                peer.settle()
    return samples


@row("bulk", "10,000 added at once", "/s")
def bulk_10k(suite):
    return bulk_rates(suite, "bulk", 10_000)


@row("bulk-100k", "100,000 added at once", "/s")
def bulk_100k(suite):
    return bulk_rates(suite, "bulk-100k", 100_000)


def client_rate(ours, clients, of_each, ahead=1, first=0):
    """Requests a second: each client has so many unanswered at most."""
    client = ours.ground.build / "tests" / "bench" / "client"
    numbers = map(str, (clients, of_each, ahead, first))
    done = subprocess.run([client, ours.socket, *numbers], check=True,
                          stdout=subprocess.PIPE)
    return float(done.stdout)


@row("pipelined", "100,000 single requests, one connection, all answered",
     "/s")
def pipelined(suite):
    rates = []
    for _ in range(suite.passes):
        with suite.running(suite.programs[:1]) as (ours,):
            rates.append(client_rate(ours, 1, PIPELINED, ahead=PIPELINED))
    return {"rtbh": rates}


@row("crowd", "64 clients, each waiting for its answer", "/s")
def crowd(suite):
    with suite.running(suite.programs[:1]) as (ours,):
        return {"rtbh": [
            client_rate(ours, CLIENTS, OF_EACH, first=i * CLIENTS * OF_EACH)
            for i in range(max(suite.passes, 3))]}
