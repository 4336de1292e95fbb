"""What all programs that are measured have in common.

A kind of program says how it is started and asked; the rows of the tables
(latency.py, bulk.py, session.py, weight.py) ask the same of each:

    start(loaded)       runs it, with so many victims from its configuration
                        if it can; gives when it was executed
    argv(verb, prefix)  the command that does "add" or "withdraw"
    ask(verb, prefix)   the same by the cheapest way a program has that stays
                        connected
    bulk(prefixes)      adds them by the fastest way; gives when that began
"""

import os
import shutil
import signal
import subprocess
import time

from ground import PATIENCE_S, Command, settle, victims
from lab import wait_for


class Peer:
    """One program on a ground of its own."""

    name = ""
    program = ""  # to be on the PATH

    loads_early = False  # whether its configuration takes victims
    stores = False  # whether it has them after a restart
    loads_first = False  # better asked before its neighbors are up
    busy_s = PATIENCE_S  # it has settled then, though it looks busy
    # How often at most it takes part in a row; the others take seconds each.
    passes_max = {}

    def __init__(self, ground):
        self.ground = ground
        self.probe = ground.probe
        self.directory = ground.lab.subdirectory(self.name)
        self.directory.chmod(0o755)
        self.command = Command(ground.build)
        self._processes = []
        self._log = None

    @classmethod
    def lacks(cls):
        """What is missing to measure it here, or None."""
        return None if shutil.which(cls.program) else cls.program

    @staticmethod
    def version(build):
        raise NotImplementedError

    def start(self, loaded=0):
        """Up to when all neighbors are established, with all victims."""
        self.probe.forget()
        early = loaded if self.loads_early else 0
        self.probe.expect(early)
        begin = self.launch(victims(early))
        up = self.probe.wait("up")[0]
        if early:
            self.probe.wait("reached")
        self.opened()
        if loaded > early:
            self.probe.expect(loaded)
            self.bulk(victims(loaded))
            self.probe.wait("reached")
        return begin, up

    @classmethod
    def takes_part(cls, row, number):
        """Whether in this pass of the row, the first being 0."""
        return number < cls.passes_max.get(row, number + 1)

    @staticmethod
    def patience(rounds, loaded=0):
        """How many of so many rounds are asked of it: less of the slow."""
        return rounds

    def launch(self, prefixes):
        """Writes the configuration and starts it; when it was executed."""
        raise NotImplementedError

    def relaunch(self):
        """The same with what it has kept since."""
        return self.launch([])

    def opened(self):
        """It is up: whatever is kept open is opened."""

    def execute(self, argv, wrapper=()):
        if self._log is None:
            self._log = open(self.directory / "log", "ab")
        process, begin = self.ground.execute(argv, self._log, wrapper)
        self._processes.append(process)
        return begin

    def pids(self):
        return self.ground.us.pids()

    def settle(self):
        settle(self.pids(), self.busy_s)

    def change(self, verb, prefix):
        """By the command; when it was executed."""
        return self.command.run(self.argv(verb, prefix))

    def argv(self, verb, prefix):
        raise NotImplementedError

    def ask(self, verb, prefix):
        """When it was asked; by the command if there is nothing better."""
        return self.change(verb, prefix)

    def bulk(self, prefixes, verb="add"):
        raise NotImplementedError

    def closed(self):
        """It ends: what opened() opened is closed."""

    def kill(self):
        """Without a warning, all its processes at once."""
        self._kill_rest()
        self.stop()

    def stop(self):
        self.closed()
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes = []
        self._kill_rest()
        wait_for(f"{self.name} is gone", lambda: not self.pids())

    def _kill_rest(self):
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def file(self, name, text, mode=0o644):
        path = self.directory / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def lines(self, name, lines):
        return self.file(name, "".join(f"{line}\n" for line in lines))


def timed(call, *arguments):
    begin = time.monotonic_ns()
    call(*arguments)
    return begin


def first_word_of(argv, word):
    """What follows that word in a program's answer: its version."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode(errors="replace")
    return text.partition(word)[2].split()[0].strip(",") if word in text \
        else "?"
