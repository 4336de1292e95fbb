"""A victim reaches the upstream's kernel, and leaves it again."""

from lab import wait_for
from router import BLACKHOLE, Route
from rtbh import AGGREGATE, BESIDE, VICTIM
from scene import (OUR_AS, wait_dropped, wait_no_route, wait_not_dropped,
                   wait_route)


def test_attributes(scene, kind, version):
    router = scene.upstream(kind, version, drop=False)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[version])
    assert wait_route(router, VICTIM[version]) == Route(
        as_path=(OUR_AS,), next_hop=scene.our_address(version),
        communities=frozenset([BLACKHOLE]))


def test_given_next_hop_and_communities(scene, kind):
    scene.rtbh.config["blackhole"] = {
        "communities": ["blackhole", "no-export", "64501:666",
                        "64501:1:2"],
        "next-hop": "192.0.2.66"}
    router = scene.upstream(kind, drop=False)
    router.node.ip("address", "add", "192.0.2.65/30", "dev", "link0")
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    route = wait_route(router, VICTIM[4])
    assert route.next_hop == "192.0.2.66"
    # FRR would add no-export of its own accord, so Frr does not show it
    assert route.communities - {"65535:65281"} == {
        BLACKHOLE, "64501:666", "64501:1:2"}
    assert kind == "frr" or "65535:65281" in route.communities


def test_kernel_drops_until_withdrawn(scene, kind, version):
    router = scene.upstream(kind, version)
    scene.node.add_local(AGGREGATE[version])
    victim, beside = (p[version].split("/")[0] for p in (VICTIM, BESIDE))
    scene.start()
    wait_for("the victim answers", lambda: router.node.pings(victim))

    scene.rtbh.ctl("add", victim)
    wait_dropped(router, VICTIM[version])
    assert not router.node.pings(victim)
    assert router.node.pings(beside)

    scene.rtbh.ctl("withdraw", victim)
    wait_not_dropped(router, VICTIM[version])
    wait_no_route(router, VICTIM[version])
    assert router.node.pings(victim)
    assert scene.rtbh.victims() == []


def test_ttl_runs_out(scene, kind, version):
    router = scene.upstream(kind, version)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[version], "--ttl", "3s")
    wait_dropped(router, VICTIM[version])
    wait_not_dropped(router, VICTIM[version])
    assert scene.rtbh.victims() == []
    assert wait_route(router, AGGREGATE[version])


def test_refresh_moves_the_expiry(scene, kind):
    router = scene.upstream(kind)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4], "--ttl", "2s")
    scene.rtbh.ctl("add", VICTIM[4], "--ttl", "1h")
    scene.rtbh.ctl("add", BESIDE[4], "--ttl", "3s")
    wait_route(router, BESIDE[4])
    wait_no_route(router, BESIDE[4])
    assert router.route(VICTIM[4])


def test_stands_until_the_last_claim_is_gone(scene, kind):
    router = scene.upstream(kind)
    scene.start()
    for owner in ("one", "two"):
        scene.rtbh.ctl("add", VICTIM[4], "--owner", owner)
    scene.rtbh.ctl("withdraw", VICTIM[4], "--owner", "one")
    scene.rtbh.ctl("add", BESIDE[4])
    wait_route(router, BESIDE[4])
    assert router.route(VICTIM[4])
    scene.rtbh.ctl("withdraw", VICTIM[4], "--owner", "two")
    wait_no_route(router, VICTIM[4])


def test_many_at_once(scene, kind):
    """More than one UPDATE holds; all arrive, and all leave."""
    prefixes = [f"203.0.{112 + i // 250}.{i % 250 + 1}/32" for i in range(900)]
    scene.rtbh.config["aggregates"] = ["203.0.112.0/20"]
    router = scene.upstream(kind)
    scene.start()
    scene.rtbh.ctl("add", *prefixes)
    wait_for("the kernel drops all",
             lambda: set(prefixes) <= router.node.blackholes())
    scene.rtbh.ctl("withdraw", *prefixes)
    wait_for("the kernel drops none",
             lambda: not set(prefixes) & router.node.blackholes())
