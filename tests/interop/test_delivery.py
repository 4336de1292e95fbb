"""Delivered is what the neighbor's TCP has acknowledged, and nothing else."""

import contextlib

from lab import wait_for
from rtbh import BESIDE, VICTIM
from scene import wait_no_route, wait_route
from wire_client import call

LAST = "203.0.113.9/32"


def at_neighbor(scene, prefix, name="up0"):
    """Where the victim stands there."""
    victim = scene.rtbh.ctl("show", prefix)
    return next(n for n in victim["neighbors"] if n["name"] == name)


def wait_at(scene, prefix, state, name="up0"):
    return wait_for(f"{prefix} is {state} at {name}", lambda: (
        entry := at_neighbor(scene, prefix, name))["state"] == state and entry)


@contextlib.contextmanager
def nothing_arrives(scene, number=0):
    """What we send to that upstream goes to an Ethernet address that nobody
    has, so neither end sees a link go down."""
    upstream = scene.upstreams[number].node
    entry = (scene.links[number].address(upstream), "dev", f"link{number}")
    scene.node.ip("neighbor", "replace", *entry, "lladdr", "02:00:00:00:00:01",
                  "nud", "permanent")
    yield
    scene.node.ip("neighbor", "delete", *entry)


def test_delivered_after_add(scene, kind, version):
    router = scene.upstream(kind, version)
    scene.start()
    victim = scene.rtbh.ctl("add", VICTIM[version])["victim"]
    entry = wait_at(scene, VICTIM[version], "delivered")
    assert entry["at"] >= victim["since"]
    wait_route(router, VICTIM[version])
    # nothing more happens to it
    assert at_neighbor(scene, VICTIM[version])["at"] == entry["at"]


def test_sent_until_the_link_is_back(scene):
    router = scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    wait_at(scene, VICTIM[4], "delivered")
    with nothing_arrives(scene):
        scene.rtbh.ctl("add", BESIDE[4])
        sent = wait_at(scene, BESIDE[4], "sent")
        assert at_neighbor(scene, VICTIM[4])["state"] == "delivered"
        assert router.route(BESIDE[4]) is None
    delivered = wait_at(scene, BESIDE[4], "delivered")
    assert delivered["at"] > sent["at"]
    wait_route(router, BESIDE[4])
    assert scene.rtbh.neighbor_state("up0")["flaps"] == 0


def test_one_of_two_neighbors_does_not_acknowledge(scene):
    for _ in range(2):
        scene.upstream("bird")
    scene.start()
    with nothing_arrives(scene, 1):
        scene.rtbh.ctl("add", VICTIM[4])
        wait_at(scene, VICTIM[4], "delivered", "up0")
        wait_at(scene, VICTIM[4], "sent", "up1")
    wait_at(scene, VICTIM[4], "delivered", "up1")


def test_delivered_anew_in_each_session(scene):
    router = scene.upstream("bird", connect_retry="1s")
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    first = wait_at(scene, VICTIM[4], "delivered")
    router.stop()
    wait_at(scene, VICTIM[4], "down")
    router.start()
    again = wait_at(scene, VICTIM[4], "delivered")
    assert again["at"] > first["at"]


def test_what_ended_while_down_is_withdrawn(scene):
    """A neighbor that keeps our routes over a lost session is told at once
    what has ended, and what stands never falls off."""
    router = scene.upstream("bird", connect_retry="1s")
    scene.start()
    for prefix in (VICTIM[4], BESIDE[4]):
        scene.rtbh.ctl("add", prefix)
        wait_at(scene, prefix, "delivered")
    scene.rtbh.ctl("reset", "up0")
    scene.rtbh.ctl("withdraw", VICTIM[4])
    scene.wait_established()
    wait_no_route(router, VICTIM[4])
    wait_route(router, BESIDE[4])


def test_who_waits_is_told(scene):
    for _ in range(2):
        scene.upstream("bird")
    scene.start()
    for method in ("victim.add", "victim.withdraw"):
        answer = call(scene.rtbh, method, prefix=VICTIM[4], wait="delivered")
        assert answer["result"]["waited"] == "delivered"
        with nothing_arrives(scene, 1):
            answer = call(scene.rtbh, method, prefix=BESIDE[4], wait="sent")
            assert answer["result"]["waited"] == "sent"
            answer = call(scene.rtbh, method, prefix=LAST, wait="delivered",
                          timeout=1)
            assert answer["result"]["waited"] == "timeout"
        if method == "victim.add":
            wait_at(scene, LAST, "delivered", "up1")
