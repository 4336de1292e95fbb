"""A thousand reloads among three configurations while victims come and go:
no session flaps, and in the end the upstreams have what the last one says."""

import random
import threading

import pytest

from lab import wait_for
from rtbh import AGGREGATE
from wire_client import Client

RELOADS = 1000
VICTIMS = [f"203.0.113.{i}/32" for i in range(2, 250)]
HALF = "203.0.113.0/25"


def configurations(config):
    """Three that differ in policy, and in nothing that a session is made of."""
    first, second = config["neighbors"]
    plain = config | {"blackhole": {"communities": ["blackhole"]}}
    half = config | {
        "aggregates": [HALF],
        "blackhole": {"communities": ["blackhole", "no-export"]},
        "neighbors": [first | {"med": 10}, second]}
    one = config | {
        "blackhole": {"communities": ["blackhole"],
                      "never": ["203.0.113.64/27"]},
        "neighbors": [first, second | {"announce": ["aggregates"]}]}
    return [plain, half, one]


def expected(which, victims):
    """What either upstream has then: sets of prefixes."""
    if which == 0:
        return [{AGGREGATE[4], *victims}] * 2
    if which == 1:
        inside = {v for v in victims if last_octet(v) < 128}
        return [{HALF, *inside}] * 2
    allowed = {v for v in victims if not 64 <= last_octet(v) < 96}
    return [{AGGREGATE[4], *allowed}, {AGGREGATE[4]}]


def last_octet(prefix):
    return int(prefix.removesuffix("/32").rpartition(".")[2])


class Churn:
    """Victims that come and go until it is told to end."""

    def __init__(self, rtbh, seed):
        self._client, self._dice = Client(rtbh), random.Random(seed)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.changes = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()
        self._client.close()

    def _run(self):
        while not self._end.is_set():
            verb = self._dice.choice(["victim.add", "victim.withdraw"])
            self._client.call(verb, prefix=self._dice.choice(VICTIMS))
            self.changes += 1


@pytest.mark.parametrize("last", range(3))
def test_reload_under_load(scene, last):
    del scene.rtbh.config["log"]
    scene.rtbh.config["aggregates"] = [AGGREGATE[4]]
    routers = [scene.upstream("bird"), scene.upstream("bird")]
    scene.start()
    configs = configurations(scene.rtbh.config)
    client, dice = Client(scene.rtbh), random.Random(last)
    turns = [dice.randrange(3) for _ in range(RELOADS // 3)] + [last]
    with Churn(scene.rtbh, last) as churn:
        for which in turns:
            scene.rtbh.config = configs[which]
            scene.rtbh.write_config()
            answer = client.call("daemon.reload")
            assert "result" in answer, answer
    client.close()
    assert churn.changes > 0
    want = expected(last, scene.rtbh.victims())
    for number, router in enumerate(routers):
        wait_for(f"up{number} has what the configuration says", lambda r=router,
                 n=number: r.prefixes() == want[n])
        assert scene.rtbh.neighbor_state(f"up{number}")["flaps"] == 0

