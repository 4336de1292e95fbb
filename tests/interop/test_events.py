"""Events as a client sees them: the present state first, then every change,
without a gap and without a duplicate; and what a slow reader is told."""

import json
import os
import random
import signal

import pytest

from lab import wait_for
from rtbh import VICTIM
from scene import wait_route
from wire_client import (Follower, ask, call, line, open_socket, read_answers,
                         request)

VICTIMS = [f"203.0.113.{i}/32" for i in range(1, 200)]


@pytest.fixture(name="quiet")
def daemon_without_sessions(scene):
    scene.rtbh.neighbor("nowhere", "192.0.2.250", 64501)
    scene.rtbh.start()
    return scene.rtbh


def believed(events):
    """The victims, as whoever believes the events has them."""
    victims, ended = {}, False
    for number, event in enumerate(events, 1):
        assert event["seq"] == number, event
        if event["type"] == "snapshot.end":
            ended = True
        if "victim" not in event:
            continue
        if "owner" not in event:  # the snapshot's
            assert not ended and event["prefix"] not in victims, event
        if event["victim"] is None:
            del victims[event["prefix"]]
        else:
            victims[event["prefix"]] = event["victim"]
    return victims


def claims(victim):
    return [(c["owner"], c["reason"], c["expires"]) for c in victim["claims"]]


def churn(number):
    """A change, as a request; the same each time for the same number."""
    dice = random.Random(number)
    params = {"prefix": dice.choice(VICTIMS), "owner": dice.choice("abc")}
    if dice.random() < 0.5:
        return request("victim.withdraw", number, **params)
    return request("victim.add", number, reason=str(number), **params)


def test_snapshot_then_stream_while_all_changes(scene):
    scene.upstream("bird")
    scene.start()
    rtbh = scene.rtbh
    ask(rtbh, [churn(number) for number in range(1000)])
    with Follower(rtbh, snapshot=True) as follower:
        for number in range(1000, 5000, 100):
            ask(rtbh, [churn(n) for n in range(number, number + 100)])
        call(rtbh, "victim.add", prefix=VICTIM[4], reason="the last")
        wait_for("the last change is told", lambda: any(
            e["reason"] == "the last" for e in follower.of(
                "victim.added", "victim.refreshed") if "reason" in e))
        assert follower.of("snapshot.end")
        victims = believed(list(follower.events))
        standing = {v["prefix"]: v for v in rtbh.ctl("list")["victims"]}
    assert sorted(victims) == sorted(standing)
    for prefix, victim in victims.items():
        assert claims(victim) == claims(standing[prefix])
    assert follower.of("neighbor.up")[0]["neighbor"] == "up0"


def test_life_of_a_victim(scene):
    """Added, delivered, lost with its session, delivered again, withdrawn."""
    bird = scene.upstream("bird")
    scene.start()
    rtbh = scene.rtbh
    with Follower(rtbh) as follower:
        rtbh.ctl("add", VICTIM[4], "--reason", "flood")
        wait_for("it is delivered", lambda: follower.of("victim.delivered"))
        bird.stop()
        wait_for("it is lost", lambda: follower.of("neighbor.down"))
        bird.start()
        wait_for("it is delivered again",
                 lambda: len(follower.of("victim.delivered")) == 2)
        rtbh.ctl("withdraw", VICTIM[4], "--reason", "over")
        wait_for("it is withdrawn", lambda: follower.of("victim.withdrawn"))
    types = [e["type"] for e in follower.events]
    assert types == ["victim.added", "victim.delivered", "neighbor.down",
                     "neighbor.up", "victim.delivered", "victim.withdrawn"]
    added, delivered, down, _, _, withdrawn = follower.events
    assert added["prefix"] == VICTIM[4] and added["owner"] == "root"
    assert added["by"] == "root" and added["reason"] == "flood"
    assert added["left"] == 1
    assert claims(added["victim"])[0][1] == "flood"
    assert delivered["neighbor"] == "up0" and delivered["covered"] is True
    assert down["neighbor"] == "up0" and down["count"] == 1
    assert withdrawn["victim"] is None and withdrawn["left"] == 0
    assert withdrawn["reason"] == "over"


def test_loss_of_one_victim_is_told(scene):
    """The limit is lowered: the neighbor gives up the newest."""
    scene.upstream("bird", max_prefixes=10)
    scene.start()
    rtbh, prefixes = scene.rtbh, VICTIMS[:3]
    for prefix in prefixes:
        rtbh.ctl("add", prefix, "--wait=delivered")
    with Follower(rtbh, types=["victim.uncovered"]) as follower:
        rtbh.config["neighbors"][0]["max-prefixes"] = 3  # one is ours
        rtbh.write_config()
        rtbh.ctl("reload")
        wait_for("the loss is told", lambda: follower.events)
    uncovered, = follower.events
    assert uncovered["prefix"] == prefixes[-1]
    assert uncovered["neighbor"] == "up0" and uncovered["covered"] is False


def test_expiry_is_told(quiet):
    with Follower(quiet, types=["victim.expired"]) as follower:
        quiet.ctl("add", VICTIM[4], "--ttl", "1")
        wait_for("it has expired", lambda: follower.events)
    expired, = follower.events
    assert expired["prefix"] == VICTIM[4] and expired["by"] is None
    assert expired["victim"] is None and expired["left"] == 0


def test_only_what_is_asked_for(quiet):
    with Follower(quiet, types=["victim.withdrawn"],
                  snapshot=True) as follower:
        quiet.ctl("add", VICTIM[4])
        quiet.ctl("withdraw", VICTIM[4])
        wait_for("the end is told", lambda: follower.of("victim.withdrawn"))
    assert [(e["type"], e["seq"]) for e in follower.events] == [
        ("snapshot.end", 1), ("victim.withdrawn", 2)]


def test_no_such_type(quiet):
    for types in (["victim.adde"], [1], [], "victim.added"):
        answer = call(quiet, "events.subscribe", types=types)
        assert answer["error"]["code"] == -32602, types


def test_answers_and_events_on_one_connection(quiet):
    """Followed from the moment that it is asked for, and told behind the
    answer that says so; another subscription takes the place of the first."""
    with open_socket(quiet) as s:
        s.sendall(line(request("victim.add", 1, prefix=VICTIM[4]))
                  + line(request("events.subscribe", 2))
                  + line(request("victim.add", 3, prefix="203.0.113.9")))
        messages = read_answers(s, 4)
        s.sendall(line(request("events.subscribe", 4, types=[
            "victim.refreshed"])) + line(
                request("victim.add", 5, prefix=VICTIM[4])))
        again = read_answers(s, 3)
    assert [m["id"] for m in messages if "id" in m] == [1, 2, 3]
    event, = [m["params"] for m in messages if "id" not in m]
    assert messages.index({"jsonrpc": "2.0", "id": 2, "result": {}}) == 1
    assert event["type"] == "victim.added" and event["seq"] == 1
    assert event["prefix"] == "203.0.113.9/32"
    event, = [m["params"] for m in again if "id" not in m]
    assert event["type"] == "victim.refreshed" and event["seq"] == 1


def test_slow_subscriber_is_told_what_it_missed(quiet):
    """It costs nobody else anything, and its own answers still come."""
    with open_socket(quiet) as s, Follower(quiet) as quick:
        s.sendall(line(request("events.subscribe", types=["victim.added",
                                                          "victim.refreshed"]
                               )))
        read_answers(s, 1)
        for number in range(50):
            ask(quiet, [request("victim.add", prefix=prefix,
                                reason=f"{number} " + "x" * 200)
                        for prefix in VICTIMS[:100]])
        wait_for("the quick one has them all",
                 lambda: len(quick.of("victim.added",
                                      "victim.refreshed")) == 5000)
        s.sendall(line(request("daemon.status", 7)))
        seq, lost, answered = 0, 0, False
        with s.makefile("rb") as f:
            while seq < 5001 or not answered:
                message = json.loads(f.readline())
                if "id" in message:
                    answered = message["id"] == 7
                    continue
                event = message["params"]
                missed = event.get("count", 0)
                assert event["seq"] == seq + missed + 1
                seq = event["seq"]
                if event["type"] == "events.lost":
                    lost += missed
    assert 0 < lost < 5000
    assert not quick.of("events.lost")


def test_reload_and_stop_are_told(quiet):
    with Follower(quiet) as follower:
        quiet.config["blackhole"] = {"max-victims": 7}
        quiet.write_config()
        quiet.ctl("reload")
        wait_for("the reload is told", lambda: follower.of("daemon.reloaded"))
        quiet.ctl("stop", "--message", "maintenance")
        wait_for("the stop is told", lambda: follower.of("daemon.stopping"))
    reloaded, stopping = follower.events
    assert reloaded["changed"] == ["blackhole.max-victims"]
    assert stopping["message"] == "maintenance"


def test_storage_trouble_is_told(quiet):
    """With the keeper stopped nothing is stored, and someone is told."""
    with Follower(quiet, types=["storage.failed", "storage.recovered"]
                  ) as follower:
        os.kill(quiet.daemon.pid, signal.SIGSTOP)
        try:
            result = call(quiet, "victim.add", prefix=VICTIM[4])["result"]
            assert result["stored"] is False
            assert result["waited"] == "timeout"
            wait_for("the failure is told", lambda: follower.events)
            with Follower(quiet, snapshot=True) as late:
                wait_for("the snapshot is at its end",
                         lambda: late.of("snapshot.end"))
            assert late.of("storage.failed")
        finally:
            os.kill(quiet.daemon.pid, signal.SIGCONT)
        wait_for("the recovery is told", lambda: len(follower.events) == 2)
    assert [e["type"] for e in follower.events] == [
        "storage.failed", "storage.recovered"]
    assert follower.events[0]["error"]


def test_wait_for_delivery(scene):
    """An answer is given when the neighbor has acknowledged the UPDATE."""
    bird = scene.upstream("bird")
    scene.start()
    result = call(scene.rtbh, "victim.add", prefix=VICTIM[4],
                  wait="delivered")["result"]
    assert result["waited"] == "delivered" and result["stored"] is True
    standing, = result["victim"]["neighbors"]
    assert standing["state"] == "delivered"
    wait_route(bird, VICTIM[4])
    result = call(scene.rtbh, "victim.withdraw", prefix=VICTIM[4],
                  wait="delivered")["result"]
    assert result["waited"] == "delivered" and result["victim"] is None


def test_wait_that_is_in_vain(quiet):
    result = call(quiet, "victim.add", prefix=VICTIM[4], wait="sent",
                  timeout=1)["result"]
    assert result["waited"] == "timeout" and result["stored"] is True
    standing, = result["victim"]["neighbors"]
    assert standing["state"] == "down"
