"""What `explain` tells of each neighbor is what that neighbor then gets."""

from lab import wait_for
from router import BLACKHOLE
from rtbh import VICTIM
from scene import OUR_AS, wait_route


def explained(scene, *argv, code=0):
    """The rules by name, and the neighbors by name."""
    done = scene.rtbh.ctl("explain", *argv, code=code)
    explain = (done.get("victim") or done["data"])["explain"]
    return ({rule["rule"]: rule for rule in explain["rules"]},
            {n["name"]: n for n in explain["neighbors"]})


def test_is_what_the_neighbor_gets(scene, kind, version):
    hop = {4: "next-hop", 6: "next-hop-ipv6"}[version]
    given = {4: "192.0.2.66", 6: "2001:db8:ffff::66"}[version]
    scene.rtbh.config["blackhole"] = {hop: given}
    router = scene.upstream(kind, version, drop=False,
                            communities=["blackhole", "64501:666"])
    router.node.ip("address", "add",
                   {4: "192.0.2.65/30", 6: "2001:db8:ffff::65/64"}[version],
                   "dev", "link0", *(["nodad"] if version == 6 else []))
    scene.start()
    rules, neighbors = explained(scene, VICTIM[version])
    assert {rule["verdict"] for rule in rules.values()} == {"pass"}
    told = neighbors["up0"]
    assert told["announced"] and told["as_path"] == str(OUR_AS)
    scene.rtbh.ctl("add", VICTIM[version])
    route = wait_route(router, VICTIM[version])
    assert set(told["communities"]) == {"blackhole", "64501:666"}
    # FRR adds no-export of its own accord
    assert route.communities - {"65535:65281"} == {BLACKHOLE, "64501:666"}
    assert route.as_path == (OUR_AS,)
    assert route.next_hop == told["next_hop"] == given


def test_why_a_neighbor_gets_nothing(scene):
    up = scene.upstream("bird")
    scene.upstream("bird")
    scene.upstream("bird", max_prefixes=2)
    for number, more in ((3, {"announce": ["aggregates"]}),
                         (4, {"enabled": False})):
        scene.rtbh.neighbor(f"up{number}", f"192.0.2.{number}", 64510 + number,
                            **more)
    for router in scene.upstreams:
        router.start()
    scene.rtbh.start()
    scene.wait_established()
    scene.rtbh.ctl("add", "203.0.113.99")
    scene.upstreams[1].stop()
    wait_for("up1 is down", lambda: not scene.rtbh.established("up1"))
    rules, neighbors = explained(scene, VICTIM[4])
    assert rules["protected"]["verdict"] == "pass"
    assert neighbors["up0"]["announced"]
    for name, why in (("up1", "session is down"), ("up2", "over-limit"),
                      ("up3", "lacks blackholes"),
                      ("up4", "the configuration disables it")):
        assert not neighbors[name]["announced"]
        assert why in neighbors[name]["why"], neighbors[name]
    assert up.route(VICTIM[4]) is None
    assert VICTIM[4] not in scene.rtbh.victims()
