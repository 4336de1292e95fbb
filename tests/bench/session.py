"""Sessions: a neighbor that comes back, the start, many neighbors."""

import time

from ground import pss_mb, victim, victims
from latency import FRESH, add_once
from suite import LOADED, row

MANY = 200
STORED = 10_000
KEPT = 100


@row("return", "100,000 to a neighbor that came back", "ms")
def return_of_neighbor(suite):
    """From Established to the last; of ours also how many messages."""
    samples = {}
    with suite.running(loaded=LOADED) as peers:
        for i in range(suite.passes):
            for peer in peers:
                if not peer.takes_part("return", i):
                    continue
                peer.probe.forget()
                peer.probe.expect(announced=LOADED)
                peer.probe.tell("drop")
                up = peer.probe.wait("up")[0]
                arrival, messages, _ = peer.probe.wait("reached")
                samples.setdefault(peer.name, []).append((arrival - up) / 1e6)
                if peer.name == "rtbh":
                    samples.setdefault("messages", []).append(messages)
                peer.settle()
    return samples


@row("reconnect", "drop of a session to Established again", "ms")
def reconnect(suite):
    samples = {}
    with suite.running() as peers:
        for i in range(suite.passes):
            now = [p for p in peers if p.takes_part("reconnect", i)]
            for peer in now:
                peer.probe.forget()
                peer.probe.tell("drop")
            for peer in now:
                dropped = peer.probe.wait("dropped")[0]
                up = peer.probe.wait("up")[0]
                samples.setdefault(peer.name, []).append((up - dropped) / 1e6)
            # the pace: who reconnects at once is not to be taken for one
            # that flaps, which some punish
            time.sleep(1)
    return samples


@row("called", "a neighbor that came back and connects to us: to Established",
     "ms")
def called(suite):
    rates = []
    with suite.running(suite.programs[:1], start=False) as (ours,):
        ours.listens = True
        ours.start()
        for _ in range(max(suite.passes, 3)):
            ours.probe.forget()
            ours.probe.tell("drop")
            ours.probe.tell(f"connect {ours.address}")
            begin = ours.probe.wait("connecting")[0]
            rates.append((ours.probe.wait("up")[0] - begin) / 1e6)
            ours.settle()
    return {"rtbh": rates}


@row("start", "exec of the daemon to Established", "ms")
def start(suite):
    samples = {}
    with suite.running(start=False) as peers:
        for i in range(suite.passes * 3):
            for peer in peers:
                if not peer.takes_part("start", i):
                    continue
                begin, up = peer.start()
                samples.setdefault(peer.name, []).append((up - begin) / 1e6)
                peer.stop()
    return samples


@row("start-stored", "100,000 stored: exec to the last at the neighbor", "ms")
def start_stored(suite):
    with suite.running(suite.programs[:1], loaded=LOADED) as (ours,):
        samples = []
        for _ in range(suite.passes):
            ours.stop()
            ours.probe.forget()
            ours.probe.expect(LOADED)
            begin = ours.relaunch()
            ours.probe.wait("up")
            samples.append((ours.probe.wait("reached")[0] - begin) / 1e6)
            ours.opened()
    return {"rtbh": samples}


@row("killed", "of 100 victims, back by themselves after kill -9", "")
def killed(suite):
    """Started again with nothing but what it keeps by itself."""
    samples = {}
    with suite.running() as peers:
        for peer in peers:
            for n in range(KEPT):
                peer.ask("add", victim(FRESH + n))
            peer.kill()
            peer.probe.forget()
            peer.probe.expect()
            peer.relaunch()
            peer.probe.wait("up")
            peer.opened()
            peer.settle()
            samples[peer.name] = [peer.probe.count()]
    return samples


@row("many", "200 neighbors, 10,000 victims: exec to all full", "ms")
def many(suite):
    """Also one more victim at the last of them, and what it all weighs."""
    samples = {}
    for i in range(suite.passes):
        for program in suite.programs:
            if not program.takes_part("many", i):
                continue
            with suite.running([program], neighbors=MANY,
                               start=False) as (peer,):
                many_once(peer, suite.rounds // 5, samples)
    return samples


def many_once(peer, rounds, samples):
    if peer.stores:
        peer.start(STORED)
        peer.stop()
    peer.probe.forget()
    peer.probe.expect(STORED)
    begin = peer.launch(victims(STORED) if peer.loads_early else [])
    if not peer.loads_first:
        peer.probe.wait("up")
    peer.opened()
    if not peer.loads_early and not peer.stores:
        peer.bulk(victims(STORED))
    full = peer.probe.wait("reached")[0]
    samples.setdefault(peer.name, []).append((full - begin) / 1e6)
    peer.settle()
    samples.setdefault(f"{peer.name} PSS, MB", []).append(
        pss_mb(peer.pids()))
    samples.setdefault(f"{peer.name} one more, ms", []).extend(
        add_once(peer, peer.ask, victim(FRESH + i))
        for i in range(peer.patience(rounds)))
