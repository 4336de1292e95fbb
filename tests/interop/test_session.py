"""Sessions come up both ways round, carry the aggregate, and say so."""

import pytest

from lab import wait_for
from router import Route
from rtbh import AGGREGATE, VICTIM
from scene import OUR_AS, wait_route


@pytest.mark.parametrize("they_connect", [False, True],
                         ids=["we-connect", "they-connect"])
def test_comes_up(scene, kind, version, they_connect):
    router = scene.upstream(kind, version, they_connect=they_connect)
    scene.start()
    wait_route(router, AGGREGATE[version])
    entry = scene.rtbh.neighbor_state("up0")
    assert entry["remote_as"] == router.asn
    assert entry["router_id"] == router.router_id()


def test_both_connect_at_once(scene, kind, version):
    """RFC 4271, section 6.8: of two connections one stays."""
    router = scene.upstream(kind, version, they_connect=True)
    scene.rtbh.config["neighbors"][0]["passive"] = False
    scene.start()
    wait_route(router, AGGREGATE[version])


def test_aggregate_attributes(scene, kind, version):
    router = scene.upstream(kind, version, drop=False)
    scene.start()
    assert wait_route(router, AGGREGATE[version]) == Route(
        as_path=(OUR_AS,), next_hop=scene.our_address(version),
        communities=frozenset())


def test_prepend(scene, kind):
    router = scene.upstream(kind, prepend=2, aggregate_communities=["64501:1"])
    scene.start()
    route = wait_route(router, AGGREGATE[4])
    assert route.as_path == (OUR_AS,) * 3
    assert route.communities == {"64501:1"}


def test_four_octet_as(scene, kind):
    scene.rtbh.config["local-as"] = 4200000000
    router = scene.upstream(kind, drop=False)
    router.neighbors[0].asn = 4200000000
    scene.start()
    assert wait_route(router, AGGREGATE[4]).as_path == (4200000000,)


def test_both_families_over_ipv4(scene, kind):
    """IPv6 over an IPv4 session has the next hops that are given."""
    router = scene.upstream(kind, families=["ipv4", "ipv6"], drop=False,
                            next_hop_ipv6="2001:db8::66",
                            aggregate_next_hop_ipv6="2001:db8::1")
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4], VICTIM[6])
    wait_route(router, AGGREGATE[4])
    wait_route(router, VICTIM[4])
    assert wait_route(router, AGGREGATE[6]).next_hop == "2001:db8::1"
    assert wait_route(router, VICTIM[6]).next_hop == "2001:db8::66"


def test_unreachable_is_reported_while_another_works(scene, kind):
    """It is tried for ever, and costs nobody else anything."""
    router = scene.upstream(kind)
    scene.rtbh.neighbor("nobody", "198.51.100.1", 64510)
    scene.node.ip("route", "add", "unreachable", "198.51.100.1")
    router.start()
    scene.rtbh.start()
    scene.wait_established([0])
    scene.rtbh.ctl("add", VICTIM[4])
    wait_route(router, VICTIM[4])
    entry = wait_for("the error is told", lambda: (
        lambda e: e if e["last_error"] else None)(
            scene.rtbh.neighbor_state("nobody")))
    assert entry["state"] in ("idle", "connect", "active")


def test_received_routes_are_counted_and_go_nowhere(scene, kind):
    teller = scene.upstream(kind)
    teller.announces = ["198.51.100.0/24"]
    listener = scene.upstream("bird")
    scene.start()
    wait_for("a received prefix is counted", lambda: scene.rtbh.neighbor_state(
        "up0")["received_prefixes"])
    scene.rtbh.ctl("add", VICTIM[4])
    wait_route(listener, VICTIM[4])
    assert listener.route("198.51.100.0/24") is None
    assert "198.51.100.0" not in scene.node.ip("route")
