"""What a program costs: memory, a full table that nobody wants, idling."""

import time

from ground import cpu_ms, pss_mb, victim, wakeups
from latency import FRESH
from suite import LOADED, row

TABLE = 1_000_000
ADDS_MAX = 100
REST_S, IDLE_S = 5, 60  # to come to rest; to be watched at it


@row("memory-empty", "memory when empty (PSS)", "MB")
def memory_empty(suite):
    with suite.running(neighbors=2) as peers:
        return {peer.name: [pss_mb(peer.pids())] for peer in peers}


@row("memory", "memory with 100,000 (PSS), two neighbors", "MB")
def memory(suite):
    with suite.running(neighbors=2, loaded=LOADED) as peers:
        return {peer.name: [pss_mb(peer.pids())] for peer in peers}


@row("memory-singly", "the same, added by 100,000 requests", "MB")
def memory_singly(suite):
    with suite.running(suite.programs[:1], neighbors=2) as (ours,):
        for first in range(0, LOADED, 5000):
            ours.pipeline([victim(first + i) for i in range(5000)])
        ours.settle()
        return {"rtbh": [pss_mb(ours.pids())]}


@row("idle", "60 s idle with 100,000 and two neighbors: wake-ups", "")
def idle(suite):
    with suite.running(neighbors=2, loaded=LOADED) as peers:
        time.sleep(REST_S)
        began = {p.name: (wakeups(p.pids()), cpu_ms(p.pids())) for p in peers}
        time.sleep(IDLE_S)
        samples = {}
        for peer in peers:
            woken, busy = began[peer.name]
            samples[peer.name] = [wakeups(peer.pids()) - woken]
            samples[f"{peer.name} CPU, ms"] = [cpu_ms(peer.pids()) - busy]
        return samples


@row("table", "a full table of 1,000,000 that nobody wants: CPU", "ms")
def full_table(suite):
    """Also what memory grew, and how soon an addition goes out meanwhile."""
    samples = {}
    for i in range(suite.passes):
        for program in suite.programs:
            if not program.takes_part("table", i):
                continue
            with suite.running([program]) as (peer,):
                feed_once(peer, samples)
    return samples


def feed_once(peer, samples):
    pids = peer.pids()
    busy, size = cpu_ms(pids), pss_mb(pids)
    peer.probe.tell(f"feed {TABLE}")
    peer.probe.wait("feeding")
    peer.probe.wait("fed")
    peer.settle()
    samples.setdefault(peer.name, []).append(cpu_ms(pids) - busy)
    samples.setdefault(f"{peer.name} growth, MB", []).append(
        pss_mb(pids) - size)
    if peer.name == "rtbh":
        samples.setdefault("an add meanwhile, ms", []).extend(
            adds_meanwhile(peer))


def adds_meanwhile(peer):
    """Additions while the table comes once more."""
    peer.probe.tell(f"feed {TABLE}")
    peer.probe.wait("feeding")
    arrivals = []
    while not peer.probe.has_said("fed") and len(arrivals) < ADDS_MAX:
        peer.probe.expect(announced=1)
        begin = peer.ask("add", victim(FRESH + len(arrivals)))
        arrivals.append((begin, peer.probe.wait("reached")[0]))
    fed = peer.probe.wait("fed")[0]
    return [(arrival - begin) / 1e6 for begin, arrival in arrivals
            if begin < fed]
