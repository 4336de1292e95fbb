"""How soon one victim is on the wire, by command and by socket."""

import ipaddress
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import time

from ground import Command, victim
from suite import LOADED, row

FRESH = 9_000_000  # a victim that is not among those loaded


def add_once(peer, add, prefix):
    """Milliseconds from the begin that add() gives to the arrival."""
    peer.probe.expect(announced=1)
    begin = add("add", prefix)
    arrival = peer.probe.wait("reached")[0]
    peer.probe.expect(withdrawn=1)
    peer.ask("withdraw", prefix)
    peer.probe.wait("reached")
    return (arrival - begin) / 1e6


def commands(suite, loaded):
    samples = {"floor": []}
    command = Command(suite.build)
    with suite.running(loaded=loaded) as peers:
        for i in range(suite.rounds):
            for peer in peers:
                if i >= peer.patience(suite.rounds, loaded):
                    continue
                samples.setdefault(peer.name, []).append(
                    add_once(peer, peer.change, victim(FRESH + i % 1000)))
            begin = command.run(["/bin/true"])
            samples["floor"].append((time.monotonic_ns() - begin) / 1e6)
    return samples


@row("command", "exec of the command to the UPDATE", "ms")
def command_to_wire(suite):
    return commands(suite, 0)


@row("command-loaded", "the same with 100,000 loaded", "ms")
def command_to_wire_loaded(suite):
    return commands(suite, LOADED)


@row("socket", "cheapest call to the UPDATE", "ms")
def socket_to_wire(suite):
    """Bare round trips take their turn among the programs: both sides of
    them have slept as long, and find as much of the caches gone."""
    samples = {"TCP round trip": []}
    rounds = suite.rounds * 4  # of what is quick: the tail is judged, too
    with suite.running() as peers, RoundTrips(suite.build) as bare:
        for i in range(rounds):
            for peer in peers:
                if i < peer.patience(rounds):
                    samples.setdefault(peer.name, []).append(
                        add_once(peer, peer.ask, victim(FRESH + i % 1000)))
            samples["TCP round trip"].append(bare.once())
    return samples


class RoundTrips:
    """floor.c, which makes one when told."""

    def __init__(self, build):
        self._process = subprocess.Popen(
            [build / "tests" / "bench" / "floor"], bufsize=0,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def once(self):
        self._process.stdin.write(b"\n")
        return int(os.read(self._process.stdout.fileno(), 64)) / 1e6

    def __exit__(self, *error):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@row("durable", "call to the answer: it is on disk", "ms")
def durable_answer(suite):
    samples = {"rtbh": [], "SQLite alone": []}
    with suite.running(suite.programs[:1]) as (ours,):
        ours.ask("add", victim(FRESH - 1))  # as it is then stored
        with OneCommit(ours.directory / "state" / "victims.db") as alone:
            for i in range(suite.rounds):
                prefix = victim(FRESH + i)
                begin = ours.ask("add", prefix)
                samples["rtbh"].append((time.monotonic_ns() - begin) / 1e6)
                samples["SQLite alone"].append(alone.commit(prefix))
    return samples


class OneCommit:
    """What the daemon writes for one addition, put by a bare SQLite into a
    copy of its database, which lies beside it and grows alike."""

    def __init__(self, original):
        self._directory = tempfile.TemporaryDirectory(dir=original.parent)
        self._original = original

    def __enter__(self):
        copy = pathlib.Path(self._directory.name) / "copy.db"
        for part in ("", "-wal"):  # the daemon has it open, and is at rest
            shutil.copy(f"{self._original}{part}", f"{copy}{part}")
        self._db = sqlite3.connect(copy, isolation_level=None)
        for setting in ("locking_mode = EXCLUSIVE", "journal_mode = WAL",
                        "synchronous = FULL"):
            self._db.execute(f"PRAGMA {setting}")
        self._claim, self._history = (
            self._db.execute(f"SELECT * FROM {table}").fetchone()
            for table in ("claim", "history"))
        return self

    def commit(self, prefix):
        net = ipaddress.ip_network(prefix)
        place = b"\0" + net.network_address.packed + bytes([net.prefixlen])
        claim = (prefix, *self._claim[1:])
        history = (*self._history[1:3], place, *self._history[4:])
        begin = time.monotonic_ns()
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("REPLACE INTO claim VALUES (?,?,?,?,?,?,?,?)", claim)
        self._db.execute("REPLACE INTO history VALUES "
                         "(NULL,?,?,?,?,?,?,?,?,?,?,?)", history)
        self._db.execute("COMMIT")
        return (time.monotonic_ns() - begin) / 1e6

    def __exit__(self, *error):
        self._db.close()
        self._directory.cleanup()
