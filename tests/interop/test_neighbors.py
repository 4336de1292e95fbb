"""Several upstreams at once, each told what it wants to hear."""

import pytest

from router import BLACKHOLE
from rtbh import VICTIM
from scene import wait_dropped, wait_no_route, wait_route

both_orders = pytest.mark.parametrize(
    "kinds", [("bird", "frr"), ("frr", "bird")], ids="-".join)


@both_orders
def test_each_has_its_own_communities(scene, kinds):
    first = scene.upstream(kinds[0])
    second = scene.upstream(kinds[1],
                            communities=["64502:9999", "64502:1:666"])
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    assert wait_route(first, VICTIM[4]).communities == {BLACKHOLE}
    assert wait_route(second, VICTIM[4]).communities == {
        "64502:9999", "64502:1:666"}


@both_orders
def test_one_address_family_each(scene, kinds):
    first = scene.upstream(kinds[0], 4)
    second = scene.upstream(kinds[1], 6)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4], VICTIM[6])
    wait_dropped(first, VICTIM[4])
    wait_dropped(second, VICTIM[6])
    assert first.route(VICTIM[6]) is None
    assert second.route(VICTIM[4]) is None


@both_orders
def test_one_ends_and_the_other_goes_on(scene, kinds):
    first, second = (scene.upstream(kind) for kind in kinds)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    wait_dropped(first, VICTIM[4])
    first.stop()
    scene.rtbh.ctl("withdraw", VICTIM[4])
    wait_no_route(second, VICTIM[4])
    assert scene.rtbh.neighbor_state("up1")["flaps"] == 0
