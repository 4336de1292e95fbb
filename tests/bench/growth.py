"""How the work grows with victims, neighbors and clients, for the plots."""

import dataclasses
import functools

from bulk import client_rate
from ground import victim, victims
from latency import FRESH, add_once
from suite import median

VICTIMS = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000)
NEIGHBORS = (1, 3, 10, 30, 100, 200, 400)
CLIENTS = (1, 2, 4, 8, 16, 32, 64, 128)
STORED = 10_000
ADDS = 50
BETWEEN = 10_000  # victims of so many clients and of more

PLOTS = {}


@dataclasses.dataclass
class Growth:
    """One plot: a series of (x, y) for each name, y in milliseconds."""

    title: str
    x: str
    run: callable


def plot(name, title, x):
    def take(run):
        PLOTS[name] = Growth(title, x, run)
        return run
    return take


def _median_add(ours):
    return median([add_once(ours, ours.ask, victim(FRESH + i))
                   for i in range(ADDS)])


def _returned(ours, count):
    """Milliseconds from Established to the last."""
    ours.probe.forget()
    ours.probe.expect(announced=count)
    ours.probe.tell("drop")
    up = ours.probe.wait("up")[0]
    return (ours.probe.wait("reached")[0] - up) / 1e6


@plot("growth-victims", "what takes how long by the number of victims",
      "victims")
def by_victims(suite):
    series = {"add at once": [], "to a returning neighbor": [],
              "exec to the last of those stored": [], "one more": []}
    for count in VICTIMS:
        with suite.running(suite.programs[:1]) as (ours,):
            ours.probe.expect(announced=count)
            begin = ours.bulk(victims(count))
            point = functools.partial(_point, series, count)
            point("add at once", (ours.probe.wait("reached")[0] - begin) / 1e6)
            ours.settle()
            point("one more", _median_add(ours))
            point("to a returning neighbor", _returned(ours, count))
            ours.stop()
            ours.probe.forget()
            ours.probe.expect(count)
            begin = ours.launch([])
            point("exec to the last of those stored",
                  (ours.probe.wait("reached")[0] - begin) / 1e6)
    return series


@plot("growth-neighbors", "what takes how long by the number of neighbors",
      "neighbors")
def by_neighbors(suite):
    series = {"exec to all full with 10,000": [], "one more at the last": []}
    for count in NEIGHBORS:
        with suite.running(suite.programs[:1], neighbors=count,
                           start=False) as (ours,):
            ours.start(STORED)
            ours.stop()
            ours.probe.forget()
            ours.probe.expect(STORED)
            begin = ours.launch([])
            ours.probe.wait("up")
            _point(series, count, "exec to all full with 10,000",
                   (ours.probe.wait("reached")[0] - begin) / 1e6)
            ours.opened()
            ours.settle()
            _point(series, count, "one more at the last", _median_add(ours))
    return series


@plot("growth-clients", "what takes how long by the number of clients that "
      "wait", "clients")
def by_clients(suite):
    series = {"until each has one answer: on disk": []}
    with suite.running(suite.programs[:1]) as (ours,):
        for count in CLIENTS:
            of_each = max(2_000 // count, 50)
            rate = client_rate(ours, count, of_each,
                               first=count * BETWEEN)
            _point(series, count, "until each has one answer: on disk",
                   count * 1000 / rate)
    return series


def _point(series, x, name, y):
    series[name].append((x, y))
