"""Adds, withdraws and refreshes at full speed while the keeper, the speaker or
both are killed at a random moment.  What was acknowledged as stored must stand
after it, what was taken back must not, each claim once, in a sound database.

The seed is printed; the same seed asks for the same changes, though not in
the same moments.
"""

import random
import sqlite3
import threading
import time

import pytest

from daemon import Daemon
from model import Model

PREFIXES = ([f"203.0.113.{i}/32" for i in range(2, 250)]
            + [f"2001:db8:100::{i:x}/128" for i in range(2, 250)])
OWNERS = ["fastnetmon", "noc"]
# longest time from the first change of a round to the kill
LOAD_S = 0.06
# requests that one client leaves without an answer
WINDOW = 200


class Load:
    """One client; the model keeps what it asks and what it is told."""

    def __init__(self, connection, model, owner, dice):
        self.connection, self.model = connection, model
        self.owner, self.dice = owner, dice
        self.sent = self.answered = 0

    def run(self, numbers, until):
        """Asks until the time is over or the daemon is gone."""
        unanswered = 0
        while self.connection.alive and time.monotonic() < until:
            if unanswered < WINDOW:
                unanswered += self._ask(numbers)
            unanswered -= self._read()
        while self.connection.alive and unanswered > 0:
            unanswered -= self._read(block=True)
        # what was in flight when it died counts as answered
        self._read()

    def _ask(self, numbers):
        if self.dice.random() < 0.1:
            prefixes = self.dice.sample(PREFIXES, self.dice.randint(2, 30))
            batch = [self._change(next(numbers), prefix) for prefix in prefixes]
            together = batch[0]["id"]
        else:
            batch = [self._change(next(numbers), self.dice.choice(PREFIXES))]
            together = None
        for request in batch:
            params = request["params"]
            self.model.ask(request["id"], (params["prefix"], self.owner),
                           params.get("reason"), together)
        self.sent += len(batch)
        self.connection.send(batch if together is not None else batch[0])
        return len(batch)

    def _change(self, number, prefix):
        params = {"prefix": prefix, "owner": self.owner}
        method = "victim.withdraw"
        if self.dice.random() < 0.7:
            method = "victim.add"
            params |= {"ttl": "1h", "reason": f"change {number}"}
        return {"jsonrpc": "2.0", "id": number, "method": method,
                "params": params}

    def _read(self, block=False):
        count = 0
        for message in self.connection.answers(block):
            for answer in message if isinstance(message, list) else [message]:
                stored = answer.get("result", {}).get("stored", False)
                self.model.answer(answer["id"], stored, "error" in answer)
                count += 1
        self.answered += count
        return count


def list_claims(daemon):
    """{(prefix, owner): reason}, each of them once."""
    connection = daemon.connect()
    found, after = {}, {}
    while True:
        page = connection.call("victim.list", limit=1000, **after)
        for victim in page["victims"]:
            after = {"after": victim["prefix"]}
            for claim in victim["claims"]:
                key = victim["prefix"], claim["owner"]
                assert key not in found, f"{key} is there twice"
                found[key] = claim["reason"]
        if not page["more"]:
            break
    connection.close()
    return found


def check_database(path):
    """Sound now, and at each start on the way."""
    assert list(path.parent.glob(f"{path.name}.unreadable-*")) == []
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [
            ("ok",)]


class Round:
    """Load, a kill in the midst of it, and a look at what is left."""

    def __init__(self, daemon, model, dice, numbers):
        self.daemon, self.model, self.dice = daemon, model, dice
        self.loads = [Load(daemon.connect(), model, owner,
                           random.Random(dice.random())) for owner in OWNERS]
        self.numbers = numbers

    def run(self):
        until = time.monotonic() + LOAD_S + 5
        threads = [threading.Thread(target=load.run,
                                    args=(self.numbers, until))
                   for load in self.loads]
        for thread in threads:
            thread.start()
        time.sleep(self.dice.uniform(0, LOAD_S))
        whom = self.dice.choice(["keeper", "speaker", "both"])
        if self.daemon.kill(whom):
            self.daemon.start()
        for thread in threads:
            thread.join()
        for load in self.loads:
            load.connection.close()
        wrong = self.model.settle(list_claims(self.daemon))
        assert wrong == [], (whom, wrong)
        return whom


@pytest.fixture(name="daemon")
def fixture_daemon(tmp_path):
    made = Daemon(tmp_path)
    made.start()
    yield made
    if made.running():
        made.stop()


def test_what_was_acknowledged_survives(daemon, pytestconfig, capsys):
    seed = pytestconfig.getoption("seed")
    if seed is None:
        seed = random.SystemRandom().randrange(1 << 32)
    rounds = pytestconfig.getoption("rounds")
    dice, model = random.Random(seed), Model()
    numbers = iter(range(1, 1 << 62))
    tally = {"sent": 0, "answered": 0, "keeper": 0, "speaker": 0, "both": 0}
    begin = time.monotonic()
    with capsys.disabled():
        print(f"\ncrash test: {rounds} rounds, --seed {seed}")
    for _ in range(rounds):
        one = Round(daemon, model, dice, numbers)
        tally[one.run()] += 1
        tally["sent"] += sum(load.sent for load in one.loads)
        tally["answered"] += sum(load.answered for load in one.loads)
    assert daemon.stop() == 0
    check_database(daemon.database)
    log = daemon.log()
    assert "Sanitizer" not in log and "runtime error" not in log, log
    with capsys.disabled():
        took = time.monotonic() - begin
        print("crash test: killed: " + ", ".join(
            f"{tally[who]} x {who}" for who in ("keeper", "speaker", "both"))
            + f"; {tally['sent']} changes asked for, {tally['answered']} "
            f"answered; {took:.0f} s")
