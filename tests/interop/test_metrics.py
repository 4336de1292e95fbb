"""/metrics and /healthz over HTTP, and the log as JSON, of a real daemon."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from lab import wait_for
from rtbh import BESIDE, CHECKOUT, VICTIM
from scene import wait_route

PORT = 9479
OTHER_PORT = 9480
# Prints the status and the page that stands there.
_FETCH = """
import sys, urllib.error, urllib.request
try:
    answer = urllib.request.urlopen(sys.argv[1], timeout=10)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status)
print(answer.read().decode(), end="")
"""
_SAMPLE = re.compile(r"(\w+)(\{[^}]*\})? (\S+)")


def fetch(scene, path, port=PORT):
    """Status and text; None while nobody listens there."""
    done = scene.node.run(sys.executable, "-c", _FETCH,
                          f"http://127.0.0.1:{port}{path}", check=False)
    if done.returncode != 0:
        assert "Connection refused" in done.stderr, done.stderr
        return None
    status, text = done.stdout.split("\n", 1)
    return int(status), text


def metrics(scene):
    """Values by name and labels as they are printed."""
    status, text = fetch(scene, "/metrics")
    assert status == 200
    return {name + labels: float(value)
            for name, labels, value in _SAMPLE.findall(
                re.sub("^#.*$", "", text, flags=re.MULTILINE))}


@pytest.fixture
def router(scene):
    """An upstream; the daemon serves metrics and is not started yet."""
    scene.rtbh.config["metrics"] = {"listen": f"127.0.0.1:{PORT}"}
    return scene.upstream("bird")


def test_what_happens_is_counted(scene, router):
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    scene.rtbh.ctl("add", "198.51.100.1", code=1)
    wait_route(router, VICTIM[4])
    wait_for("the delivery is counted", lambda: metrics(scene)[
        "rtbh_delivery_seconds_count"] == 1)
    wait_for("the commit is counted", lambda: metrics(scene)[
        "rtbh_commit_seconds_count"] >= 1)
    now = metrics(scene)
    assert now["rtbh_victims"] == 1
    assert now['rtbh_claims{owner="root"}'] == 1
    assert now["rtbh_victims_uncovered"] == 0
    assert now["rtbh_victims_suppressed"] == 0
    assert now['rtbh_neighbor_up{neighbor="up0"}'] == 1
    assert now['rtbh_neighbor_announced_prefixes'
               '{neighbor="up0",family="ipv4"}'] == 2
    assert now['rtbh_bgp_messages_total{neighbor="up0",direction="sent",'
               'type="open"}'] == 1
    assert now['rtbh_requests_total{method="victim.add",outcome="ok"}'] == 1
    assert now['rtbh_requests_total{method="victim.add",'
               'outcome="not-ours"}'] == 1
    assert now["rtbh_storage_up"] == 1
    assert 0 < now["process_resident_memory_bytes"]
    assert 0 < now["process_open_fds"] < now["process_max_fds"]


def test_failing_storage(scene, router):
    """What was refused since it could not be stored is counted so."""
    scene.rtbh.config["state"]["on-failure"] = "refuse"
    scene.start()
    keeper = scene.rtbh.daemon.pid
    os.kill(keeper, signal.SIGSTOP)
    try:
        scene.rtbh.ctl("add", VICTIM[4], code=1)
        now = metrics(scene)
        assert now['rtbh_requests_total{method="victim.add",'
                   'outcome="storage"}'] == 1
        assert 'rtbh_requests_total{method="victim.add",' \
               'outcome="ok"}' not in now
        assert now["rtbh_storage_up"] == 0
        assert fetch(scene, "/healthz") == (200, "ok\n")
    finally:
        os.kill(keeper, signal.SIGCONT)
    wait_for("storage works again",
             lambda: metrics(scene)["rtbh_storage_up"] == 1)
    scene.rtbh.ctl("add", BESIDE[4])
    assert metrics(scene)['rtbh_requests_total{method="victim.add",'
                          'outcome="ok"}'] == 1
    wait_route(router, BESIDE[4])


def test_promtool_finds_nothing(scene, router):
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    wait_route(router, VICTIM[4])
    _, text = fetch(scene, "/metrics")
    done = subprocess.run(["promtool", "check", "metrics"], input=text,
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), text


def promtool(*argv):
    done = subprocess.run(["promtool", *argv], cwd=CHECKOUT / "conf/prometheus",
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_alert_rules():
    assert "SUCCESS" in promtool("check", "rules", "rtbh.rules.yml")
    tests = ""
    for name in ("rtbh.test.yml", "rtbh-long.test.yml"):
        assert "SUCCESS" in promtool("test", "rules", name)
        tests += (CHECKOUT / "conf/prometheus" / name).read_text()
    rules = (CHECKOUT / "conf/prometheus/rtbh.rules.yml").read_text()
    for alert in re.findall(r"alert: (\w+)", rules):
        assert f"alertname: {alert}\n" in tests, f"{alert} never fires"


def test_dashboard_and_rules_use_what_is_there(scene, router):
    """Every metric that they name is on the page."""
    scene.start()
    _, text = fetch(scene, "/metrics")
    there = set(re.findall(r"# TYPE (\w+)", text))
    board = json.loads((CHECKOUT / "conf/grafana/rtbh.json").read_text())
    used = [target["expr"] for panel in board["panels"]
            for target in panel["targets"]]
    used.append((CHECKOUT / "conf/prometheus/rtbh.rules.yml").read_text())
    names = set(re.findall(r"\b(?:rtbh|process)_\w+", " ".join(used)))
    assert {re.sub("_bucket$", "", name) for name in names} <= there
    assert router.established("rtbh")


def test_healthz_is_for_the_pager(scene, router):
    scene.rtbh.start()
    status, text = fetch(scene, "/healthz")
    assert (status, text) == (503, "RTBH CRITICAL - no session stands\n")
    router.start()
    scene.wait_established()
    assert fetch(scene, "/healthz") == (200, "ok\n")
    scene.rtbh.ctl("add", VICTIM[4])
    assert fetch(scene, "/healthz") == (200, "ok\n")
    router.stop()
    wait_for("the session is down",
             lambda: not scene.rtbh.established("up0"))
    status, text = fetch(scene, "/healthz")
    assert status == 503
    assert "no session stands; " in text
    assert f"{VICTIM[4]} is covered nowhere" in text


def test_link_local_client(scene, router):
    """Its name is looked up, which the sandbox must allow."""
    scene.rtbh.config["metrics"] = {"listen": f"[::]:{PORT}"}
    scene.start()
    device = "link0"
    address = next(
        entry["local"]
        for link in json.loads(scene.node.ip("-6", "-j", "address", "show"))
        for entry in link["addr_info"] if entry["scope"] == "link")
    done = router.node.run(sys.executable, "-c", _FETCH,
                           f"http://[{address}%25{device}]:{PORT}/healthz")
    assert done.stdout == "200\nok\n"
    assert scene.rtbh.established("up0")


def test_nothing_else_is_served(scene, router):
    scene.rtbh.start()
    assert router.kind == "bird"
    assert fetch(scene, "/control.sock")[0] == 404
    assert fetch(scene, "/../../etc/passwd")[0] == 404


def test_reload_moves_the_listener(scene, router):
    scene.start()
    flaps = scene.rtbh.neighbor_state("up0")["flaps"]
    scene.rtbh.config["metrics"] = {"listen": f"127.0.0.1:{OTHER_PORT}"}
    scene.rtbh.write_config()
    assert scene.rtbh.ctl("reload") == {"changed": ["metrics.listen"]}
    assert fetch(scene, "/healthz") is None
    assert fetch(scene, "/healthz", OTHER_PORT) == (200, "ok\n")
    del scene.rtbh.config["metrics"]
    scene.rtbh.write_config()
    scene.rtbh.ctl("reload")
    assert fetch(scene, "/healthz", OTHER_PORT) is None
    assert scene.rtbh.neighbor_state("up0")["flaps"] == flaps
    assert router.established("rtbh")


def occupy(scene, port):
    """Another program listens there; gives it, to be killed."""
    script = ("import socket, time; s = socket.create_server"
              f"(('127.0.0.1', {port})); print('ready', flush=True); "
              "time.sleep(300)")
    other = subprocess.Popen(["ip", "netns", "exec", scene.node.netns,
                              sys.executable, "-c", script],
                             stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"ready\n"
    return other


def end(other):
    other.kill()
    other.wait()
    other.stdout.close()


def test_reload_to_a_taken_address_changes_nothing(scene, router):
    scene.start()
    other = occupy(scene, OTHER_PORT)
    try:
        scene.rtbh.config["metrics"] = {"listen": f"127.0.0.1:{OTHER_PORT}"}
        scene.rtbh.config["blackhole"] = {"max-victims": 5}
        scene.rtbh.write_config()
        done = scene.rtbh.ctl_raw("reload")
        assert done.returncode == 1, done
    finally:
        end(other)
    assert fetch(scene, "/healthz") == (200, "ok\n")
    assert metrics(scene)["rtbh_config_last_reload_success"] == 0
    assert scene.rtbh.ctl("reload")["changed"] == [
        "blackhole.max-victims", "metrics.listen"]
    assert fetch(scene, "/healthz", OTHER_PORT) == (200, "ok\n")
    assert router.established("rtbh")


def test_taken_address_keeps_no_victim_waiting(scene, router):
    other = occupy(scene, PORT)
    try:
        scene.start()
        scene.rtbh.ctl("add", VICTIM[4])
        wait_route(router, VICTIM[4])
        assert "metrics: cannot listen" in scene.rtbh.daemon.log_text()
    finally:
        end(other)


def test_log_as_json(scene, router):
    scene.rtbh.config["log"] = {"level": "debug", "format": "json"}
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4], "--reason", 'a "quoted" \\ word')
    wait_route(router, VICTIM[4])
    scene.rtbh.ctl("withdraw", VICTIM[4])
    scene.rtbh.stop()
    # the first lines come before the configuration is read
    lines = [json.loads(line)
             for line in scene.rtbh.daemon.log_text().splitlines()
             if line.startswith("{")]
    assert {line["process"] for line in lines} == {"keeper", "speaker"}
    assert all({"time", "level", "process", "message"} <= set(line)
               and line["time"].endswith("Z") for line in lines)
    assert any(line.get("neighbor") == "up0"
               and line["message"] == "neighbor up0: session up"
               for line in lines)
    assert any(line.get("victim") == VICTIM[4]
               and 'a "quoted" \\ word' in line["message"] for line in lines)
    assert not any(line.get("victim") == BESIDE[4] for line in lines)
