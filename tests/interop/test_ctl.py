"""rtbh-ctl's exit codes, the control socket's errors, and bad configurations.

What is refused says why and changes nothing.
"""

import json
import subprocess

import pytest

from lab import wait_for
from rtbh import BGPD, CTL, VICTIM
from scene import wait_no_route, wait_route


@pytest.mark.parametrize("prefix, reason", [
    ("198.51.100.1", "not-ours"),
    ("203.0.113.0/24", "is-aggregate"),
    ("203.0.112.0/23", "not-ours"),
    ("203.0.113.128/25", "too-short"),
    ("203.0.113.9", "protected"),
    ("2001:db8:100::/64", "too-short"),
])
def test_refused(scene, prefix, reason):
    router = scene.upstream("bird")
    scene.rtbh.config["blackhole"] = {"never": ["203.0.113.9"]}
    scene.start()
    with scene.rtbh.connect() as control:
        answer = _call(control, "victim.add", {"prefix": prefix})
    assert answer["error"]["code"] == -32000
    assert answer["error"]["data"]["reason"] == reason
    done = scene.rtbh.ctl_raw("add", prefix)
    assert done.returncode == 1
    assert prefix in done.stderr
    assert scene.rtbh.victims() == []
    assert router.node.blackholes() == set()


def test_refused_in_part(scene):
    router = scene.upstream("bird")
    scene.start()
    done = scene.rtbh.ctl_raw("add", VICTIM[4], "198.51.100.1")
    assert done.returncode == 4
    assert "198.51.100.1" in done.stderr
    wait_route(router, VICTIM[4])
    assert scene.rtbh.victims() == [VICTIM[4]]


def test_list_from_standard_input(scene):
    """Its own TTL for one, all in one answer, and the same list back."""
    router = scene.upstream("bird")
    scene.start()
    text = f"{VICTIM[4]} 10m # web\n203.0.113.8\n198.51.100.1\n"
    done = _feed(scene, text, "add", "-", "--ttl", "1h")
    assert (done.returncode, done.stdout) == (4, "2 added\n")
    assert "198.51.100.1" in done.stderr
    wait_route(router, VICTIM[4])
    left = {v["prefix"]: v["remaining"]
            for v in scene.rtbh.ctl("list")["victims"]}
    assert 500 < left[VICTIM[4]] <= 600
    assert 3500 < left["203.0.113.8/32"] <= 3600
    done = _feed(scene, text, "withdraw", "-")
    assert (done.returncode, done.stdout) == (4, "2 withdrawn\n")
    wait_no_route(router, VICTIM[4])


def test_wait(scene):
    scene.upstream("bird")
    scene.start()
    done = scene.rtbh.ctl("add", VICTIM[4], "--wait")
    assert done["waited"] == "delivered"
    scene.rtbh.neighbor("away", "192.0.2.77", 64599)
    scene.rtbh.write_config()
    scene.rtbh.ctl("reload")
    done = scene.rtbh.ctl_raw("-t", "1", "add", VICTIM[4], "--wait=sent")
    assert done.returncode == 4
    assert "not sent within 1 s: away down" in done.stderr


def test_dry_run_and_explain_change_nothing(scene):
    scene.upstream("bird", communities=["64501:666"])
    scene.start()
    done = scene.rtbh.ctl_raw("add", VICTIM[4], "--dry-run")
    assert done.returncode == 0
    assert "would add" in done.stdout
    done = scene.rtbh.ctl_raw("explain", VICTIM[4])
    assert done.returncode == 0
    assert "64501:666" in done.stdout
    done = scene.rtbh.ctl_raw("explain", "198.51.100.1")
    assert done.returncode == 1
    assert "not-ours" in done.stdout
    assert scene.rtbh.victims() == []


def test_sync(scene):
    scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("add", "203.0.113.99", "--owner", "other")
    text = "203.0.113.1\n203.0.113.2\n"
    sync = ("sync", "--owner", "det", "--generation")
    assert _feed(scene, text, *sync, "1").returncode == 0
    assert _feed(scene, text, *sync, "1").returncode == 1
    done = _feed(scene, "203.0.113.2\n", *sync, "2")
    assert done.stdout == "1 refreshed, 1 withdrawn\n"
    assert scene.rtbh.victims() == ["203.0.113.2/32", "203.0.113.99/32"]
    done = _feed(scene, "", *sync, "3", "--max-withdraw", "0")
    assert done.returncode == 1
    assert "mass-withdrawal" in done.stderr
    assert scene.rtbh.ctl_raw("flush", "--owner", "det").returncode == 2
    assert scene.rtbh.ctl("flush", "--owner", "det", "--yes")["withdrawn"] == 1
    assert scene.rtbh.victims() == ["203.0.113.99/32"]


def test_exemptions(scene):
    scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    done = scene.rtbh.ctl_raw("exempt", "203.0.113.0/28", "--ttl", "1h",
                              "--reason", "x")
    assert done.stdout == "203.0.113.0/28: exempted; 1 withdrawn for it\n"
    assert scene.rtbh.victims() == []
    assert scene.rtbh.ctl_raw("add", VICTIM[4]).returncode == 1
    listed = scene.rtbh.ctl("exemptions")["exemptions"]
    assert [e["prefix"] for e in listed] == ["203.0.113.0/28"]
    assert "203.0.113.0/28" in scene.rtbh.ctl_raw("exemptions").stdout
    scene.rtbh.ctl("unexempt", "203.0.113.0/28")
    scene.rtbh.ctl("add", VICTIM[4])
    assert "nothing is exempted" in scene.rtbh.ctl_raw("exemptions").stdout


def test_exemption_outside_every_aggregate(scene):
    """It is taken, since an aggregate may be added, and warned of."""
    scene.upstream("bird")
    scene.start()
    exempt = ("exempt", "198.51.100.7", "--ttl", "1h")
    done = scene.rtbh.ctl_raw(*exempt)
    assert (done.returncode, done.stdout) == (
        0, "198.51.100.7: exempted\n")
    assert "198.51.100.7/32: warning: it lies outside" in done.stderr
    scene.rtbh.config["aggregates"] = [
        *scene.rtbh.config["aggregates"], "198.51.100.0/24"]
    scene.rtbh.write_config()
    scene.rtbh.ctl("reload")
    refused = scene.rtbh.ctl("add", "198.51.100.7", code=1)["error"]
    assert refused["data"]["reason"] == "protected"
    done = scene.rtbh.ctl_raw(*exempt)
    assert (done.returncode, done.stderr) == (0, "")


def test_freeze(scene):
    scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("freeze", "--reason", "drill")
    shown = scene.rtbh.ctl_raw("status").stdout
    assert "frozen" in shown and "drill" in shown
    scene.rtbh.ctl("unfreeze")
    assert "frozen" not in scene.rtbh.ctl_raw("status").stdout


def test_history(scene):
    scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4], "--reason", "syn flood")
    scene.rtbh.ctl("withdraw", VICTIM[4])
    scene.rtbh.ctl_raw("add", "198.51.100.1")
    entries = scene.rtbh.ctl("history", "--since", "1h")["entries"]
    assert [e["action"] for e in entries] == ["refused", "withdrawn", "added"]
    shown = scene.rtbh.ctl_raw("history", VICTIM[4], "--limit", "1").stdout
    assert "withdrawn" in shown and "added" not in shown


def test_held_victim(scene):
    scene.upstream("bird")
    scene.rtbh.config["blackhole"] = {"hold-down": {"min": "1h"}}
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4], "--owner", "det")
    done = scene.rtbh.ctl_raw("withdraw", VICTIM[4], "--owner", "det",
                              "--hold")
    assert done.returncode == 0
    assert "held" in done.stdout
    assert "det (held)" in scene.rtbh.ctl_raw("list").stdout
    assert "held until" in scene.rtbh.ctl_raw("show", VICTIM[4]).stdout
    scene.rtbh.ctl("withdraw", VICTIM[4], "--now")
    assert scene.rtbh.victims() == []


def test_check(scene):
    """OK with a session; CRITICAL with none; UNKNOWN without a daemon."""
    router = scene.upstream("bird")
    scene.start()
    done = scene.rtbh.ctl_raw("check")
    assert (done.returncode, done.stdout) == (
        0, "RTBH OK - 0 victims; 1 session up\n")
    router.stop()
    wait_for("the session is down", lambda: not scene.rtbh.established("up0"))
    done = scene.rtbh.ctl_raw("check")
    assert done.returncode == 2
    assert done.stdout.startswith("RTBH CRITICAL - ")
    scene.rtbh.stop()
    assert scene.rtbh.ctl_raw("check").returncode == 3


def test_pipe(scene):
    router = scene.upstream("bird", communities=["64501:666"])
    scene.start()
    text = (f"announce route {VICTIM[4]} next-hop 192.0.2.66 community "
            "[64501:666]\nversion\n")
    done = _feed(scene, text, "pipe", "--owner", "det")
    assert done.returncode == 0
    assert "next hop 192.0.2.66" in done.stderr
    wait_route(router, VICTIM[4])
    assert scene.rtbh.ctl("show", VICTIM[4])["claims"][0]["owner"] == "det"
    text = f"withdraw route {VICTIM[4]}"
    done = _feed(scene, text, "pipe", "--owner", "det")
    assert done.returncode == 0
    wait_no_route(router, VICTIM[4])


@pytest.mark.parametrize("argv", [
    ["add"], ["add", "203.0.113.256"], ["add", "203.0.113.7", "--ttl", "1x"],
    ["add", "203.0.113.7", "--nonsense"], ["nonsense"], [],
], ids=" ".join)
def test_wrong_usage(scene, argv):
    done = scene.rtbh.ctl_raw(*argv)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert not done.stdout


def test_no_daemon(scene):
    done = scene.rtbh.ctl_raw("list")
    assert done.returncode == 3
    assert str(scene.rtbh.socket) in done.stderr


@pytest.mark.parametrize("line, code", [
    ("nonsense", -32700),
    ('{"jsonrpc":"2.0","id":1,"method":"victim.list"', -32700),
    ('{"jsonrpc":"2.0","id":1}', -32600),
    ("[]", -32600),
    ('{"jsonrpc":"2.0","id":1,"method":"no.such"}', -32601),
    ('{"jsonrpc":"2.0","id":1,"method":"victim.add"}', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"victim.add",'
     '"params":{"prefix":"nonsense"}}', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"victim.add",'
     '"params":{"prefix":"203.0.113.7","ttl":"soon"}}', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"victim.add",'
     '"params":{"prefix":"203.0.113.7","nonsense":1}}', -32602),
])
def test_wrong_lines_get_an_error(scene, line, code):
    """And the connection, where it can, goes on."""
    scene.upstream("bird")
    scene.start()
    with scene.rtbh.connect() as control:
        control.write(line + "\n")
        control.flush()
        assert json.loads(control.readline())["error"]["code"] == code
        assert _call(control, "victim.list", {})["result"]["victims"] == []


@pytest.mark.parametrize("old, new, where", [
    ("local-as: 64500", "local-as: 0", "1:11"),
    ("router-id", "router-idd", "2:1"),
    ("203.0.113.0/24", "203.0.113.1/24", "3:14"),
    ("passive: no", "passive: yes", ""),
])
def test_wrong_configuration(scene, old, new, where):
    """-n tells the line and column, and so does a start."""
    scene.upstream("bird")
    path = scene.rtbh.write_config()
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    for option in ("-nf", "-f"):
        done = scene.node.run(BGPD, option, path, check=False)
        assert done.returncode == 1
        assert f"{path}:{where}" in done.stderr


def test_printed_configuration_parses_to_itself(scene):
    scene.upstream("bird", communities=["64501:666"])
    scene.upstream("bird", 6, they_connect=True)
    path = scene.rtbh.write_config()
    first = scene.node.run(BGPD, "-nf", path).stdout
    path.write_text(first)
    assert scene.node.run(BGPD, "-nf", path).stdout == first


def _feed(scene, text, *argv):
    """rtbh-ctl with this on its standard input."""
    return subprocess.run([CTL, "-s", scene.rtbh.socket, *argv], input=text,
                          capture_output=True, text=True, timeout=30,
                          check=False)


def _call(control, method, params):
    request = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
    control.write(json.dumps(request) + "\n")
    control.flush()
    return json.loads(control.readline())
