"""What a row gets to work with, and what it gives.

A row is a function of a Suite that gives its samples: a dict of column to
list of numbers, a column being a program's name or a figure of its own.  All
rows stand in ROWS, in the order of the table.
"""

import contextlib
import dataclasses
import statistics

from ground import Ground

LOADED = 100_000

ROWS = {}


@dataclasses.dataclass
class Row:
    """One line of the table."""

    name: str
    title: str
    unit: str
    run: callable


def row(name, title, unit):
    """Makes the function a row."""
    def take(run):
        ROWS[name] = Row(name, title, unit, run)
        return run
    return take


@dataclasses.dataclass
class Suite:
    """How thoroughly to measure, and which programs."""

    build: object
    programs: list  # classes of peers, ours first
    rounds: int  # of what is quick
    passes: int  # of what is not

    def ours(self):
        return self.programs[0]

    @contextlib.contextmanager
    def running(self, programs=None, loaded=0, neighbors=1, start=True):
        """Each of the programs on its ground, started."""
        with contextlib.ExitStack() as stack:
            peers = []
            for program in programs or self.programs:
                ground = Ground(self.build, neighbors)
                stack.callback(ground.close)
                peer = program(ground)
                stack.callback(peer.stop)
                peers.append(peer)
                if start:
                    peer.start(loaded)
            if start:
                for peer in peers:
                    peer.settle()
            yield peers


def median(samples):
    return statistics.median(samples) if samples else None


def quantile(samples, share):
    ordered = sorted(samples)
    return ordered[round((len(ordered) - 1) * share)]
