"""How we end a session, seen in a real router's kernel: where the neighbor
keeps routes, they stand over all that is to come back, and go at once when the
session ends for good.  FRR has RFC 8538 (the N bit), BIRD 2.0 has not."""

import signal

import pytest

from lab import wait_for
from rtbh import VICTIM
from scene import wait_dropped, wait_not_dropped
from watch import KernelWatch

HAS_N_BIT = {"bird": False, "frr": True}


def start(scene, kind):
    router = scene.upstream(kind)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4], "--ttl", "1h")
    wait_dropped(router, VICTIM[4])
    agreed = scene.rtbh.neighbor_state("up0")["graceful_restart"]
    assert agreed["agreed"]
    assert agreed["notification"] == HAS_N_BIT[kind]
    return router


def reset(scene):
    scene.rtbh.ctl("reset", "up0")


def reload_that_resets(scene):
    scene.rtbh.config["neighbors"][0]["hold-time"] = "30s"
    scene.rtbh.write_config()
    scene.rtbh.ctl("reload")


def stop_and_start(scene):
    scene.rtbh.restart(signal.SIGTERM)


def crash_and_start(scene):
    scene.rtbh.restart(signal.SIGKILL)


def disable(scene):
    scene.rtbh.ctl("disable", "up0")


def remove(scene):
    scene.rtbh.config["neighbors"] = [
        {"name": "other", "address": "192.0.2.99", "remote-as": 64999}]
    scene.rtbh.write_config()
    scene.rtbh.ctl("reload")


def stop_for_good(scene):
    scene.rtbh.ctl("stop", "--withdraw")


def sessions_begun(router, scene):
    """The router has seen the old one end and a new one begin."""
    return (router.established("rtbh")
            and scene.rtbh.established("up0")
            and scene.rtbh.neighbor_state("up0")["pending"] == 0)


@pytest.mark.parametrize("end", [reset, reload_that_resets, stop_and_start,
                                 crash_and_start], ids=lambda f: f.__name__)
def test_route_stands(scene, kind, end):
    router = start(scene, kind)
    with KernelWatch(router, [VICTIM[4]]) as watch:
        end(scene)
        wait_for("the session is back",
                 lambda: sessions_begun(router, scene))
        wait_dropped(router, VICTIM[4])
        assert watch.losses() == []


@pytest.mark.parametrize("end", [disable, remove, stop_for_good],
                         ids=lambda f: f.__name__)
def test_route_goes(scene, kind, end):
    router = start(scene, kind)
    end(scene)
    wait_not_dropped(router, VICTIM[4])
