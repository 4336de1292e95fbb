"""Watches a peer's table, so that a route cannot go for an instant unseen.

A watch is a context; losses() are the prefixes that were gone at some time,
in the order in which they were seen to go.  It sees from its start on.
"""

import subprocess
import threading

from lab import wait_for

PROBE = "192.0.2.250"


class _Stream:
    """A program that reports each change, a line each, into a file."""

    def __init__(self, router, prefixes):
        self.router, self.prefixes = router, prefixes
        self._path = router.directory / "watch"

    def __enter__(self):
        with open(self._path, "wb") as output:
            self._process = self._begin(output)
        try:
            self._wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()

    def _text(self):
        return self._path.read_text()

    def losses(self):
        assert self._process.poll() is None, "the watch has ended"
        return [prefix for line in self._text().splitlines()
                for prefix in self.prefixes if self._is_loss(line, prefix)]


class KernelWatch(_Stream):
    """Of the kernel's table, by its own notices."""

    def _begin(self, output):
        return subprocess.Popen(
            ["ip", "-n", self.router.node.netns, "-o", "monitor", "route"],
            stdin=subprocess.DEVNULL, stdout=output)

    def _wait_ready(self):
        wait_for("the kernel's notices come", self._probe)

    def _probe(self):
        for verb in ("add", "delete"):
            self.router.node.ip("route", verb, "blackhole", PROBE)
        return any(self._is_loss(line, PROBE)
                   for line in self._text().splitlines())

    def _is_loss(self, line, prefix):
        plain = prefix.removesuffix("/32").removesuffix("/128")
        return line.startswith("Deleted") and plain in line.split()


class GoBgpWatch(_Stream):
    """Of GoBGP's table, by what it reports to its clients."""

    def _begin(self, output):
        return self.router.monitor(output)

    def _wait_ready(self):
        wait_for("gobgp has reported the present table", lambda: all(
            prefix in self._text() for prefix in self.prefixes))

    def _is_loss(self, line, prefix):
        return f"[DELROUTE] {prefix} " in line


class PollWatch:
    """Of a table that can only be asked: every 10 ms."""

    def __init__(self, router, prefixes):
        self.router, self.prefixes = router, prefixes
        self._lost, self._end = [], threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _run(self):
        while not self._end.wait(0.01):
            held = self.router.held()
            self._lost += [p for p in self.prefixes if p not in held]

    def losses(self):
        assert self._thread.is_alive(), "the watch has ended"
        return list(dict.fromkeys(self._lost))
