"""Where one program is measured: a namespace for it, one for the probe.

    +-- us ---------------+            +-- them --------------------+
    | 172.20.0.1          |-- veth ----| 172.20.1.1 ... the probe,  |
    | rtbh-bgpd or a peer |            | one address a neighbor     |
    +---------------------+            +----------------------------+

Every program has a ground of its own, so that all can run at once and be
asked in turn.
"""

import os
import pathlib
import select
import subprocess
import sys
import time

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "tests" / "interop"))

from lab import Lab  # noqa: E402 (it is in that folder)

OUR_AS, THEIR_AS = 64500, 64501
OUR_ADDRESS = "172.20.0.1"
PATIENCE_S = 300
# Whoever took less than this in so long has settled: some never rest.
QUIET_MS, QUIET_S = 30, 0.5


def neighbor_address(number):
    return f"172.20.{1 + number // 200}.{1 + number % 200}"


def victim(number):
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}/32"


def victims(count, first=0):
    return [victim(first + i) for i in range(count)]


class Probe:
    """The probe program, told what to do line by line."""

    def __init__(self, build, node, neighbors):
        self._process = subprocess.Popen(
            ["ip", "netns", "exec", node.netns,
             build / "tests" / "bench" / "probe", str(THEIR_AS),
             str(neighbors)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._rest = b""
        self._said = {}  # by their first word, lines not waited for yet

    def tell(self, line):
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def expect(self, announced=0, withdrawn=0):
        """Returns when it counts anew: nothing that is asked for after this
        can come too early, however busy it is."""
        self.tell(f"expect {announced} {withdrawn}")
        self.wait("expecting")

    def count(self):
        """How many announcements came since the last expect()."""
        self.tell("count")
        return self.wait("counted")[0]

    def has_said(self, what):
        while select.select([self._process.stdout], [], [], 0)[0]:
            self._hear()
        return bool(self._said.get(what))

    def wait(self, what, timeout_s=PATIENCE_S):
        """The numbers behind that word, once the probe says it; what else
        it says is kept for whoever waits for that."""
        deadline = time.monotonic() + timeout_s
        while not self._said.get(what):
            left = deadline - time.monotonic()
            if not select.select([self._process.stdout], [], [],
                                 max(left, 0))[0]:
                raise TimeoutError(f"the probe does not say {what!r}")
            self._hear()
        return self._said[what].pop(0)

    def _hear(self):
        more = os.read(self._process.stdout.fileno(), 65536)
        if not more:
            raise RuntimeError("the probe ended")
        *lines, self._rest = (self._rest + more).split(b"\n")
        for line in lines:
            word, *numbers = line.decode().split()
            if word == "expecting":  # what was expected before it
                self._said.pop("reached", None)
            self._said.setdefault(word, []).append([int(n) for n in numbers])

    def forget(self):
        """What it said until now is of no interest any more."""
        self.has_said("anything")
        self._said.clear()

    def stop(self):
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        self._process.stdout.close()


class Ground:
    """The two namespaces, the probe in one of them."""

    def __init__(self, build, neighbors=1):
        self.build = build
        self.neighbors = [neighbor_address(i) for i in range(neighbors)]
        self.lab = Lab()
        self.us, self.them = self.lab.node("us"), self.lab.node("them")
        self.us.ip("link", "add", "name", "wire", "type", "veth",
                   "peer", "name", "wire", "netns", self.them.netns)
        self.us.ip("address", "add", f"{OUR_ADDRESS}/16", "dev", "wire")
        for address in self.neighbors:
            self.them.ip("address", "add", f"{address}/16", "dev", "wire")
        for node in (self.us, self.them):
            node.ip("link", "set", "wire", "up")
        self.probe = Probe(build, self.them, neighbors)

    def execute(self, argv, log, wrapper=()):
        """Starts a program here; gives it and when it was executed, which
        the wrapper did at its end."""
        reader, writer = os.pipe()
        try:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.us.netns, *wrapper,
                 str(self.build / "tests" / "bench" / "stamp"), str(writer),
                 *map(str, argv)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=(writer,))
            os.close(writer)
            return process, int(os.read(reader, 64))
        finally:
            os.close(reader)

    def close(self):
        self.probe.stop()
        self.lab.close()


class Command:
    """Runs one command to its end, and knows when it was executed."""

    def __init__(self, build):
        self._stamp = str(build / "tests" / "bench" / "stamp")
        self._reader, self._writer = os.pipe()

    def run(self, argv, good=(0,), **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run(
            [self._stamp, str(self._writer), *map(str, argv)], check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            pass_fds=(self._writer,), **options)
        if done.returncode not in good:
            raise RuntimeError(f"{argv}: exit {done.returncode}: "
                               f"{done.stdout.decode(errors='replace')}")
        return int(os.read(self._reader, 64))


# What a program costs, all its processes together.

def pss_mb(pids):
    """Proportional set size: what is shared counts in part."""
    total = 0
    for pid in pids:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += int(text.partition("\nPss:")[2].split()[0])
    return total / 1024


def cpu_ms(pids, and_waiting=False):
    """Time on a processor since each began, all threads; if asked for, also
    the time that they waited for one."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            ran, waited = (task / "schedstat").read_text().split()[:2]
            total += int(ran) + (int(waited) if and_waiting else 0)
    return total / 1e6


def wakeups(pids):
    """How often they gave up the processor to wait."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            text = (task / "status").read_text()
            total += int(text.partition("\nvoluntary_ctxt_switches:")[2]
                         .split()[0])
    return total


def settle(pids, at_most_s=PATIENCE_S):
    """Waits until the processes have next to nothing more to do."""
    deadline = time.monotonic() + at_most_s
    is_busy = True
    while is_busy and time.monotonic() < deadline:
        before = cpu_ms(pids, and_waiting=True)
        time.sleep(QUIET_S)  # what they take in this time is looked at
        is_busy = cpu_ms(pids, and_waiting=True) - before >= QUIET_MS
