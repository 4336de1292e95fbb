"""The goals, and whether a run reached them.

A goal is judged only when the rows it needs were run with the peers that it
names; what is missing is told as not measured.
"""

import dataclasses

from suite import median, quantile


@dataclasses.dataclass
class Verdict:
    """One goal's: reached is None when it was not measured."""

    number: str
    text: str
    figure: str
    reached: bool | None


class Figures:
    """Medians and quantiles of the results; KeyError: not measured."""

    def __init__(self, results):
        self._results = results

    def samples(self, row, column="rtbh"):
        samples = self._results[row].get(column)
        if not samples:
            raise KeyError(column)
        return samples

    def of(self, row, column="rtbh"):
        return median(self.samples(row, column))

    def tail(self, row, column="rtbh"):
        return quantile(self.samples(row, column), 0.99)

    def pairs(self, row, column):
        """Of ours and those measured right after them, the median ratio."""
        return median([a / b for a, b in zip(self.samples(row),
                                             self.samples(row, column))])

    def best(self, row, columns, suffix="", pick=min):
        return pick(self.of(row, c + suffix) for c in columns
                    if c + suffix in self._results[row])


PEERS = ("ExaBGP", "GoBGP", "OpenBGPD", "BIRD", "FRR")


def _ratio(f, row, columns):
    return f.of(row) / f.best(row, columns)


def _pairs(f, row, columns):
    return max(f.pairs(row, c) for c in columns)


def _retry(f):
    """The worst, less what it takes once the connection is there."""
    return max(f.samples("reconnect")) - f.of("called")


# number, text, what is compared, its limit; both negative: more is better
GOALS = (
    ("1", "command to wire, of the best of OpenBGPD and BIRD, in pairs",
     lambda f: _pairs(f, "command", ("OpenBGPD", "BIRD")), 0.8),
    ("1", "the same with 100,000 loaded",
     lambda f: _pairs(f, "command-loaded", ("OpenBGPD", "BIRD")), 0.8),
    ("1", "loaded, of empty",
     lambda f: f.of("command-loaded") / f.of("command"), 1.3),
    ("2", "socket to wire, ms", lambda f: f.of("socket"), 0.25),
    ("2", "its p99, of that of a TCP round trip",
     lambda f: f.tail("socket") / f.tail("socket", "TCP round trip"), 3),
    ("2", "socket to wire, of BIRD's configure",
     lambda f: f.of("socket") / f.of("socket", "BIRD"), 1),
    ("2", "durable answer beyond one SQLite commit, ms",
     lambda f: f.of("durable") - f.of("durable", "SQLite alone"), 0.15),
    ("3", "bulk of 10,000, /s", lambda f: -f.of("bulk"), -200_000),
    ("3", "bulk of 100,000, /s", lambda f: -f.of("bulk-100k"), -200_000),
    ("3", "bulk of OpenBGPD, of ours",
     lambda f: f.of("bulk-100k", "OpenBGPD") / f.of("bulk-100k"), 1),
    ("3", "pipelined, /s", lambda f: -f.of("pipelined"), -50_000),
    ("3", "64 clients, /s", lambda f: -f.of("crowd"), -15_000),
    ("4", "100,000 to a returning neighbor, ms", lambda f: f.of("return"), 40),
    ("4", "of OpenBGPD",
     lambda f: _ratio(f, "return", ("OpenBGPD",)), 0.2),
    ("4", "messages", lambda f: f.of("return", "messages"), 126),
    ("4", "first retry, the worst, ms", _retry, 1000),
    ("4", "it connects to us, ms", lambda f: f.of("called"), 100),
    ("5", "100,000 victims, two neighbors, MB", lambda f: f.of("memory"), 30),
    ("5", "added singly, MB", lambda f: f.of("memory-singly"), 30),
    ("5", "empty, MB", lambda f: f.of("memory-empty"), 4),
    ("6", "full table, CPU ms", lambda f: f.of("table"), 150),
    ("6", "of BIRD", lambda f: _ratio(f, "table", ("BIRD",)), 1),
    ("6", "growth, MB", lambda f: f.of("table", "rtbh growth, MB"), 1),
    ("6", "an add meanwhile, ms",
     lambda f: f.of("table", "an add meanwhile, ms"), 2),
    ("7", "exec to Established, ms", lambda f: f.of("start"), 8),
    ("7", "100,000 stored: exec to the last, ms",
     lambda f: f.of("start-stored"), 400),
    ("8", "200 neighbors, 10,000: exec to full, ms",
     lambda f: f.of("many"), 500),
    ("8", "of the best peer", lambda f: _ratio(f, "many", PEERS), 0.2),
    ("8", "memory then, MB", lambda f: f.of("many", "rtbh PSS, MB"), 40),
    ("8", "one more at the last, ms",
     lambda f: f.of("many", "rtbh one more, ms"), 4),
    ("8", "of the best peer",
     lambda f: f.of("many", "rtbh one more, ms")
     / f.best("many", PEERS, " one more, ms"), 1),
    ("9", "wake-ups in 60 s", lambda f: f.of("idle"), 12),
    ("9", "CPU in 60 s, ms", lambda f: f.of("idle", "rtbh CPU, ms"), 1),
)


def judge(results):
    """A Verdict for each goal."""
    figures = Figures(results)
    verdicts = []
    for number, text, compare, limit in GOALS:
        sign = -1 if limit < 0 else 1
        bound = f"{'>=' if limit < 0 else '<='} {sign * limit:g}"
        try:
            value = compare(figures)
        except (KeyError, ValueError, TypeError):
            verdicts.append(Verdict(number, text, f"({bound})", None))
            continue
        verdicts.append(Verdict(number, text,
                                f"{show(sign * value, 4)} ({bound})",
                                value <= limit))
    return verdicts


def show(value, digits=3):
    """So many digits that count, and all before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"
