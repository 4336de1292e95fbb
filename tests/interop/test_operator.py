"""What operators do by rtbh-ctl, with a real router on the other end."""

import json
import os
import signal

from lab import command, wait_for
from rtbh import BESIDE, VICTIM
from scene import wait_dropped, wait_no_route, wait_route


def wait_state(scene, state, name="up0"):
    return wait_for(f"{name} is {state}", lambda: (
        entry := scene.rtbh.neighbor_state(name))["state"] == state and entry)


def wait_ended(scene):
    wait_for("rtbh-bgpd has ended", lambda: not scene.rtbh.daemon.running())


def test_reset_begins_a_new_session(scene, kind):
    router = scene.upstream(kind)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    wait_route(router, VICTIM[4])
    assert scene.rtbh.ctl("reset", "up0") == {}
    wait_for("the flap is counted",
             lambda: scene.rtbh.neighbor_state("up0")["flaps"] == 1)
    scene.wait_established()
    wait_route(router, VICTIM[4])


def test_soft_reset_sends_all_again_and_keeps_the_session(scene, kind):
    router = scene.upstream(kind)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    wait_route(router, VICTIM[4])
    before = scene.rtbh.neighbor_state("up0")["messages"]["sent"]["update"]
    scene.rtbh.ctl("reset", "up0", "--soft")
    wait_for("UPDATEs were sent again", lambda: scene.rtbh.neighbor_state(
        "up0")["messages"]["sent"]["update"] > before)
    wait_route(router, VICTIM[4])
    assert scene.rtbh.neighbor_state("up0")["flaps"] == 0


def test_disable_takes_back_and_stays_over_a_restart(scene, kind):
    router = scene.upstream(kind)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    wait_route(router, VICTIM[4])
    scene.rtbh.ctl("disable", "up0", "--message", "drill until noon")
    wait_no_route(router, VICTIM[4])
    entry = wait_state(scene, "disabled")
    error = entry["last_error"]
    assert error["code"] == 6 and error["sent_by"] == "us"
    assert "drill until noon" in error["text"]
    done = scene.rtbh.ctl_raw("neighbors", "up0")
    assert "disabled" in done.stdout and "drill until noon" in done.stdout
    done = scene.rtbh.ctl_raw("add", BESIDE[4])
    assert done.returncode == 0
    assert "no session carries it now" in done.stderr
    scene.rtbh.restart()
    wait_state(scene, "disabled")
    scene.rtbh.ctl("enable", "up0")
    scene.wait_established()
    wait_route(router, VICTIM[4])
    wait_route(router, BESIDE[4])


def test_impatient_sigterm_does_not_cut_the_end_short(scene):
    scene.upstream("bird")
    scene.rtbh.start()
    for _ in range(10):
        daemon = scene.rtbh.daemon
        while daemon.running():
            os.kill(daemon.pid, signal.SIGTERM)
        assert daemon.stop() == 0, daemon.log_text()
        assert not scene.rtbh.socket.exists()
        scene.rtbh.start()


def test_neighbor_that_disables_us_says_why(scene):
    router = scene.upstream("bird")
    scene.start()
    command("birdc", "-s", router.directory / "bird.ctl",
            'disable rtbh "we move the line"')
    error = wait_for("the neighbor's NOTIFICATION", lambda: (
        scene.rtbh.neighbor_state("up0")["last_error"]))
    assert (error["code"], error["subcode"]) == (6, 2)
    assert error["sent_by"] == "neighbor"
    assert "we move the line" in error["text"]
    shown = scene.rtbh.ctl_raw("neighbors", "up0").stdout
    assert "we move the line (6/2, " in shown


def test_add_to_one_neighbor_alone(scene, kind):
    chosen, other = (scene.upstream(kind) for _ in range(2))
    scene.start()
    victim = scene.rtbh.ctl("add", VICTIM[4], "--to", "up0")["victim"]
    assert victim["claims"][0]["neighbors"] == ["up0"]
    scene.rtbh.ctl("add", BESIDE[4])
    wait_route(chosen, VICTIM[4])
    wait_route(other, BESIDE[4])
    assert other.route(VICTIM[4]) is None
    states = {n["name"]: n["state"]
              for n in scene.rtbh.ctl("show", VICTIM[4])["neighbors"]}
    assert states["up1"] == "off"
    # the claim of another owner is for all of them
    scene.rtbh.ctl("add", VICTIM[4], "--owner", "noc")
    wait_route(other, VICTIM[4])
    scene.rtbh.ctl("withdraw", VICTIM[4], "--owner", "noc")
    wait_no_route(other, VICTIM[4])
    wait_route(chosen, VICTIM[4])


def test_reload_tells_what_changed(scene, kind):
    router = scene.upstream(kind)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    wait_route(router, VICTIM[4])
    assert scene.rtbh.ctl("reload")["changed"] == []
    entry = scene.rtbh.config["neighbors"][0]
    entry["communities"] = ["64501:666"]
    scene.rtbh.write_config()
    changed = scene.rtbh.ctl("reload")["changed"]
    assert len(changed) == 1 and "communities" in changed[0]
    wait_for("the new community", lambda: (
        route := router.route(VICTIM[4])) and route.communities
        == {"64501:666"})
    assert scene.rtbh.neighbor_state("up0")["flaps"] == 0


def test_reload_of_a_bad_file_changes_nothing(scene):
    router = scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    wait_dropped(router, VICTIM[4])
    good = dict(scene.rtbh.config)
    scene.rtbh.config |= {"local-as": 0, "nonsense": 1}
    path = scene.rtbh.write_config()
    done = scene.rtbh.ctl_raw("reload")
    assert done.returncode == 1
    assert "(bad-config)" in done.stderr and "and 1 more" in done.stderr
    assert f"{path}:1:11" in done.stderr and "nonsense" in done.stderr
    wait_dropped(router, VICTIM[4])
    assert scene.rtbh.neighbor_state("up0")["flaps"] == 0
    scene.rtbh.config = good
    scene.rtbh.write_config()
    assert scene.rtbh.ctl("reload")["changed"] == []


def test_stop_tells_how_long_routes_may_stand(scene):
    scene.upstream("bird", graceful_restart="77s")
    scene.start()
    agreed = scene.rtbh.neighbor_state("up0")["graceful_restart"]
    assert agreed == {"agreed": True, "notification": False, "time": 77}
    shown = scene.rtbh.ctl_raw("neighbors", "up0").stdout
    assert "1m17s, without N bit" in shown
    scene.rtbh.ctl("add", VICTIM[4])
    assert scene.rtbh.ctl("stop") == {"routes_may_stand": 77}
    wait_ended(scene)


def test_stop_that_takes_back(scene, kind):
    router = scene.upstream(kind)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    wait_route(router, VICTIM[4])
    stopped = scene.rtbh.ctl("stop", "--withdraw", "--message", "moving")
    assert stopped == {"routes_may_stand": 0}
    wait_ended(scene)
    wait_no_route(router, VICTIM[4])
    # taken back, not forgotten
    scene.rtbh.start()
    wait_route(router, VICTIM[4])


def test_stop_answers_what_still_waits(scene):
    """A change beside it is answered too, in its turn."""
    scene.upstream("bird")
    scene.start()
    lines = [("victim.add", {"prefix": VICTIM[4]}), ("daemon.stop", {})]
    with scene.rtbh.connect() as control:
        for number, (method, params) in enumerate(lines):
            control.write(json.dumps({"jsonrpc": "2.0", "id": number,
                                      "method": method, "params": params})
                          + "\n")
        control.flush()
        added, stopped = map(json.loads, control)
    assert added["result"]["outcome"] == "added"
    assert "routes_may_stand" in stopped["result"]
    wait_ended(scene)
    scene.rtbh.start()
    assert scene.rtbh.victims() == [VICTIM[4]]
