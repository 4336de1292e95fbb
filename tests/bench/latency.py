"""How soon one victim is on the wire, by command and by socket."""

import pathlib
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
                if i >= peer.patience(suite.rounds):
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
    samples = {"TCP round trip": tcp_round_trips(suite)}
    with suite.running() as peers:
        for i in range(suite.rounds):
            for peer in peers:
                if i < peer.patience(suite.rounds):
                    samples.setdefault(peer.name, []).append(
                        add_once(peer, peer.ask, victim(FRESH + i % 1000)))
    return samples


def tcp_round_trips(suite):
    floor = suite.build / "tests" / "bench" / "floor"
    done = subprocess.run([floor, str(suite.rounds)], check=True,
                          stdout=subprocess.PIPE)
    return [int(ns) / 1e6 for ns in done.stdout.split()]


@row("durable", "call to the answer: it is on disk", "ms")
def durable_answer(suite):
    samples = {"rtbh": [], "SQLite alone": []}
    with suite.running(suite.programs[:1]) as (ours,), \
            OneCommit(ours.directory) as alone:
        for i in range(suite.rounds):
            prefix = victim(FRESH + i)
            begin = ours.ask("add", prefix)
            samples["rtbh"].append((time.monotonic_ns() - begin) / 1e6)
            samples["SQLite alone"].append(alone.commit(prefix))
    return samples


class OneCommit:
    """The rows of one addition, put by a bare SQLite into its own file."""

    def __init__(self, parent):
        self._directory = tempfile.TemporaryDirectory(dir=parent)

    def __enter__(self):
        self._db = sqlite3.connect(
            pathlib.Path(self._directory.name) / "alone.db",
            isolation_level=None)
        for line in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
                     "CREATE TABLE claim (prefix TEXT, owner TEXT, reason, "
                     "neighbors, since, expires, held, ttl, "
                     "PRIMARY KEY (prefix, owner)) WITHOUT ROWID",
                     "CREATE TABLE history (id INTEGER PRIMARY KEY "
                     "AUTOINCREMENT, at, action, prefix, owner, by, uid, pid, "
                     "reason, expires, count, token)",
                     "CREATE INDEX by_prefix ON history (prefix)"):
            self._db.execute(line)
        return self

    def commit(self, prefix):
        begin = time.monotonic_ns()
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("REPLACE INTO claim VALUES (?,'root','','',1,2,0,1)",
                         (prefix,))
        self._db.execute("INSERT INTO history VALUES (NULL,1,'added',?,'root',"
                         "'root',0,1,'',2,1,NULL)", (prefix,))
        self._db.execute("COMMIT")
        return (time.monotonic_ns() - begin) / 1e6

    def __exit__(self, *error):
        self._db.close()
        self._directory.cleanup()
