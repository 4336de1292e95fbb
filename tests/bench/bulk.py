"""How many victims a second, by the fastest way that each program has."""

import select
import threading
import time

from ground import victim, victims
from peer_rtbh import request
from suite import row

PIPELINED = 100_000
CLIENTS = 64
OF_EACH = 300
BETWEEN = 1_000_000  # victims of one row apart from those of another


def bulk_rates(suite, count):
    """Additions a second, until the last of them has arrived."""
    samples = {}
    with suite.running() as peers:
        for _ in range(suite.passes):
            for peer in peers:
                if count > peer.bulk_max:
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


@row("bulk", "10,000 added at once", "/s", more_is_better=True)
def bulk_10k(suite):
    return bulk_rates(suite, 10_000)


@row("bulk-100k", "100,000 added at once", "/s", more_is_better=True)
def bulk_100k(suite):
    return bulk_rates(suite, 100_000)


@row("pipelined", "100,000 single requests, one connection, all answered",
     "/s", more_is_better=True)
def pipelined(suite):
    rates = []
    for _ in range(suite.passes):
        with suite.running(suite.programs[:1]) as (ours,):
            requests = b"".join(request("add", p) for p in victims(PIPELINED))
            with ours.connect() as s:
                writer = threading.Thread(target=s.sendall, args=(requests,))
                begin = time.monotonic()
                writer.start()
                answers = 0
                while answers < PIPELINED:
                    answers += s.recv(1 << 20).count(b"\n")
                rates.append(PIPELINED / (time.monotonic() - begin))
                writer.join()
    return {"rtbh": rates}


def crowd_rate(ours, clients, of_each, first):
    """Each client sends its next request when it has its answer."""
    poll = select.epoll()
    sockets, left = {}, {}
    for i in range(clients):
        s = ours.connect()
        sockets[s.fileno()] = s
        left[s.fileno()] = iter([
            request("add", victim(first + i * of_each + n))
            for n in range(of_each)])
        poll.register(s, select.EPOLLIN)
    begin = time.monotonic()
    for fd, s in sockets.items():
        s.send(next(left[fd]))
    while left:
        for fd, _ in poll.poll():
            sockets[fd].recv(65536)
            line = next(left[fd], None)
            if line is None:
                poll.unregister(fd)
                del left[fd]
            else:
                sockets[fd].send(line)
    rate = clients * of_each / (time.monotonic() - begin)
    poll.close()
    for s in sockets.values():
        s.close()
    return rate


@row("crowd", "64 clients, each waiting for its answer", "/s",
     more_is_better=True)
def crowd(suite):
    with suite.running(suite.programs[:1]) as (ours,):
        return {"rtbh": [
            crowd_rate(ours, CLIENTS, OF_EACH,
                       BETWEEN + i * CLIENTS * OF_EACH)
            for i in range(max(suite.passes, 3))]}
