"""What rtbh-ctl doctor finds, against scripted daemons and a real one."""

import json
import os
import subprocess

import pytest

from fake_daemon import FakeDaemon, Refusal, change, victim
from rtbh import AGGREGATE, CTL, VICTIM

UP = {
    "name": "up0", "description": "", "address": "192.0.2.2",
    "remote_as": 64501, "state": "established",
    "since": "2026-11-22T10:00:00.000Z", "retry_in": None,
    "configured": {"families": ["ipv4"],
                   "announce": ["aggregates", "blackholes"],
                   "graceful_restart": 120,
                   "max_prefixes": {"ipv4": 100, "ipv6": 0}},
    "families": ["ipv4"], "announced": {"ipv4": 1, "ipv6": 0},
    "aggregates": 1, "pending": 0, "last_error": None,
    "graceful_restart": {"agreed": True, "notification": True, "time": 120},
    "max_prefixes": {"ipv4": 100, "ipv6": None},
    "over_limit": {"ipv4": 0, "ipv6": 0}, "limited_by_neighbor": False,
}
STATUS = {
    "config": {"aggregates": ["203.0.113.0/24"], "never": ["203.0.113.1/32"]},
    "storage": {"ok": True, "pending": 0, "error": None, "last_commit_ms": 4},
    "frozen": False, "freeze": None,
    "caller": {"user": "noc", "role": "operator"},
    "access": [{"user": "root", "id": 0, "role": "detector"}],
}
EXPLAIN = {"rules": [], "neighbors": [
    {"name": "up0", "announced": True, "next_hop": "192.0.2.1",
     "communities": ["64501:666"], "large_communities": [], "as_path": "64500",
     "med": None, "local_pref": None}]}


def unknown(_):
    raise Refusal("unknown-victim")


def add(params):
    if params.get("dry_run"):
        return change("would-add", victim=victim(explain=EXPLAIN))
    place = {"name": "up0", "state": "delivered",
             "at": "2026-11-22T10:00:00.003Z"}
    return change(waited=params["wait"], victim=victim(neighbors=[place]))


@pytest.fixture
def fake(tmp_path):
    with FakeDaemon(tmp_path / "sock", daemon_status=STATUS,
                    neighbor_list={"neighbors": [UP]}, victim_get=unknown,
                    victim_add=add,
                    victim_withdraw=change("withdrawn", victim=None,
                                           waited="delivered")) as daemon:
        yield daemon


def doctor(where, *argv):
    path = where.path if isinstance(where, FakeDaemon) else where.socket
    return subprocess.run([CTL, "-s", path, "doctor", *argv],
                          capture_output=True, text=True, timeout=20,
                          check=False, env={**os.environ, "TZ": "UTC"})


def findings(where, *argv):
    """All but what this machine's clock is; the exit code is theirs."""
    done = doctor(where, "--json", *argv)
    assert not done.stderr
    found = json.loads(done.stdout)["findings"]
    worst = {f["level"] for f in found} & {"warning", "problem"}
    assert done.returncode == (4 if worst else 0)
    assert all((f["todo"] is None) == (f["level"] == "ok") for f in found)
    return [f for f in found if f["about"] != "clock"]


def worst(found):
    return [f for f in found if f["level"] in ("warning", "problem")]


def test_all_is_well(fake):
    found = findings(fake)
    assert worst(found) == []
    assert {f["about"] for f in found} == {
        "up0", "storage", "protected", "access", "upstreams"}
    texts = [f["text"] for f in found if f["about"] == "up0"]
    assert "ipv4 blackholes: 64501:666, next hop 192.0.2.1" in texts
    assert not [c for c in fake.calls
                if c[0] == "victim.add" and not c[1].get("dry_run")]


@pytest.mark.parametrize("argv", [[], ["--test", "203.0.113.254"]])
def test_lines_fit(fake, argv):
    done = doctor(fake, *argv)
    lines = done.stdout.splitlines()
    assert len(lines) > 10
    assert max(map(len, lines)) <= 80, max(lines, key=len)
    assert lines[-1] == ("ready" if done.returncode == 0
                         else "1 to be seen to")


def test_trial(fake):
    found = findings(fake, "--test", "203.0.113.254")
    assert worst(found) == []
    assert ("up0", "test: delivered in 3 ms") in [
        (f["about"], f["text"]) for f in found]
    changes = [c for c in fake.calls if c[0] in (
        "victim.add", "victim.withdraw") and not c[1].get("dry_run")]
    assert changes == [
        ("victim.add", {"prefix": "203.0.113.254", "ttl": 60,
                        "wait": "delivered", "timeout": 5,
                        "reason": "rtbh-ctl doctor --test"}),
        ("victim.withdraw", {"prefix": "203.0.113.254", "wait": "delivered",
                             "timeout": 5,
                             "reason": "rtbh-ctl doctor --test"})]


def test_trial_leaves_a_real_blackhole_alone(fake):
    fake.answers["victim.get"] = victim("203.0.113.254/32")
    found = worst(findings(fake, "--test", "203.0.113.254"))
    assert [f["text"] for f in found] == ["203.0.113.254 is blackholed already"]
    assert "victim.withdraw" not in [c[0] for c in fake.calls]


def test_trial_is_refused(fake):
    def refuse(params):
        if params.get("dry_run"):
            return add(params)
        raise Refusal("not-ours", "198.51.100.1 lies outside")
    fake.answers["victim.add"] = refuse
    found = worst(findings(fake, "--test", "198.51.100.1"))
    assert [(f["text"], f["todo"]) for f in found] == [
        ("the blackhole was refused (not-ours)", "198.51.100.1 lies outside")]
    assert "victim.withdraw" not in [c[0] for c in fake.calls]


def test_protected_addresses_are_passed_over(fake):
    """The dry run looks for an address that is not."""
    tried = []

    def protect(params):
        tried.append(params["prefix"])
        if len(tried) < 3:
            raise Refusal("protected")
        return add(params)
    fake.answers["victim.add"] = protect
    assert worst(findings(fake)) == []
    assert tried == ["203.0.113.255/32", "203.0.113.254/32",
                     "203.0.113.253/32"]


@pytest.mark.parametrize("argv, said", [
    (["up0"], "too much"),
    (["--test", "203.0.113.0/33"], "no address, and no prefix"),
    (["--test", "nonsense"], "no address, and no prefix"),
])
def test_wrong_usage(fake, argv, said):
    done = doctor(fake, *argv)
    assert done.returncode == 2
    assert said in done.stderr
    assert not fake.calls


def test_unreachable(tmp_path):
    with FakeDaemon(tmp_path / "sock") as fake:
        fake.stop()
        done = doctor(fake)
    assert done.returncode == 3
    assert "is rtbh-bgpd running?" in done.stderr


def test_gone_in_the_middle(fake):
    fake.answers["neighbor.list"] = lambda _: fake.hang_up()
    done = doctor(fake)
    assert (done.returncode, done.stdout) == (3, "")


def test_denied(fake):
    def deny(_):
        raise Refusal("denied", "no rule names you")
    fake.answers["daemon.status"] = deny
    done = doctor(fake)
    assert done.returncode == 1
    assert "no rule names you (denied)" in done.stderr


def test_with_a_router(scene):
    """What is not set up is found, and no more once it is."""
    scene.upstream("bird", graceful_restart=0)
    scene.start()
    found = findings(scene.rtbh)
    assert [f["text"] for f in worst(found)] == [
        "no graceful restart: our restart lifts all blackholes",
        "max-prefixes is not set for ipv4",
        "a blackhole would be refused now (family-off)",
        "never is empty: only routers' addresses are protected"]
    texts = [f["text"] for f in found]
    assert ("ipv4 blackholes: blackhole, next hop " +
            scene.our_address()) in texts
    assert "nothing was stored since the start: not timed yet" in texts

    neighbor = scene.rtbh.config["neighbors"][0]
    neighbor |= {"graceful-restart": 120, "max-prefixes": 100}
    scene.rtbh.config["blackhole"] = {"never": ["203.0.113.255"]}
    scene.rtbh.config["aggregates"] = [AGGREGATE[4]]
    scene.rtbh.write_config()
    scene.rtbh.ctl("reload")
    scene.wait_established()
    found = findings(scene.rtbh, "--test", VICTIM[4])
    assert worst(found) == []
    assert any(f["text"].startswith("test: delivered in ") for f in found)
    assert any(f["text"].startswith("the last commit took ") for f in found)
    assert scene.rtbh.victims() == []


def test_without_a_session(scene):
    scene.rtbh.neighbor("away", "192.0.2.77", 64599, max_prefixes=10)
    scene.start()
    done = doctor(scene.rtbh)
    assert done.returncode == 4
    assert "problem   away: there is no session" in done.stdout
    found = findings(scene.rtbh, "-t", "1", "--test", VICTIM[4])
    assert ("away", "test: not delivered in 1 s (down)") in [
        (f["about"], f["text"]) for f in found]
    assert scene.rtbh.victims() == []
    assert "no neighbor would get a blackhole now" in [
        f["text"] for f in worst(found) if f["about"] == "ipv4"]


def test_the_way_to_the_socket(scene):
    """As the modes of its directories have it for the detector's user."""
    scene.rtbh.config["control"]["access"] = [
        {"user": "nobody", "role": "detector"}]
    scene.start()
    for mode, text, todo in (
            (0o700, "user nobody cannot reach the socket",
             f"let it in at {scene.rtbh.directory}/, now of mode 0700"),
            (0o711, "user nobody (detector) can reach the socket", None)):
        scene.rtbh.directory.chmod(mode)
        last = [f for f in findings(scene.rtbh) if f["about"] == "access"][-1]
        assert (last["text"], last["todo"]) == (text, todo)
