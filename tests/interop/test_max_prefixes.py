"""A router that counts prefixes and ends the session beyond its limit: we
never get there, and if we do, only once."""

import ipaddress

from lab import wait_for
from rtbh import AGGREGATE

NET = ipaddress.ip_network(AGGREGATE[4])
LIMIT = 5
VICTIMS = [f"{NET[i]}/32" for i in range(1, 9)]  # in order of age


def wait_prefixes(router, expected):
    wait_for(f"{router.kind} has {sorted(expected)}",
             lambda: router.prefixes() == set(expected))


def states(scene):
    """Of each victim at up0."""
    return {v["prefix"]: v["neighbors"][0]["state"]
            for v in scene.rtbh.ctl("list")["victims"]}


def wait_over_limit(scene, prefixes):
    wait_for(f"{prefixes} wait, the others are delivered", lambda: all(
        state == ("over-limit" if prefix in prefixes else "delivered")
        for prefix, state in states(scene).items()))


def flaps(scene):
    return scene.rtbh.neighbor_state("up0")["flaps"]


def start(scene, **settings):
    router = scene.upstream("bird", connect_retry="1s", **settings)
    router.import_limit = LIMIT
    scene.start()
    return router


def reload_limit(scene, limit):
    scene.rtbh.config["neighbors"][0]["max-prefixes"] = limit
    scene.rtbh.write_config()
    scene.rtbh.ctl("reload")


def test_the_newest_wait_and_move_up(scene):
    router = start(scene, max_prefixes=LIMIT)
    for prefix in VICTIMS:
        scene.rtbh.ctl("add", prefix)
    wait_prefixes(router, [AGGREGATE[4], *VICTIMS[:4]])
    wait_over_limit(scene, VICTIMS[4:])
    assert "victims beyond that wait" in scene.rtbh.daemon.log_text()
    scene.rtbh.ctl("withdraw", VICTIMS[0], VICTIMS[5])
    wait_prefixes(router, [AGGREGATE[4], *VICTIMS[1:5]])
    wait_over_limit(scene, VICTIMS[6:])
    assert flaps(scene) == 0


def test_all_at_once_and_after_restarts(scene):
    router = start(scene, max_prefixes=LIMIT)
    for prefix in VICTIMS:
        scene.rtbh.ctl("add", prefix)
    for _ in range(2):
        scene.rtbh.restart()
        scene.wait_established()
        wait_prefixes(router, [AGGREGATE[4], *VICTIMS[:4]])
        wait_over_limit(scene, VICTIMS[4:])
        assert flaps(scene) == 0


def test_reload_lowers_and_raises_the_limit(scene):
    router = start(scene, max_prefixes=LIMIT)
    for prefix in VICTIMS:
        scene.rtbh.ctl("add", prefix)
    wait_prefixes(router, [AGGREGATE[4], *VICTIMS[:4]])
    reload_limit(scene, 3)
    wait_prefixes(router, [AGGREGATE[4], *VICTIMS[:2]])
    wait_over_limit(scene, VICTIMS[2:])
    reload_limit(scene, 4)
    wait_prefixes(router, [AGGREGATE[4], *VICTIMS[:3]])
    assert flaps(scene) == 0


def test_a_new_aggregate_takes_a_victims_place(scene):
    router = start(scene, max_prefixes=LIMIT)
    for prefix in VICTIMS:
        scene.rtbh.ctl("add", prefix)
    wait_prefixes(router, [AGGREGATE[4], *VICTIMS[:4]])
    scene.rtbh.config["aggregates"].append("198.51.100.0/24")
    scene.rtbh.write_config()
    scene.rtbh.ctl("reload")
    wait_prefixes(router, [AGGREGATE[4], "198.51.100.0/24", *VICTIMS[:3]])
    wait_over_limit(scene, VICTIMS[3:])
    assert flaps(scene) == 0


def test_what_ended_while_the_session_was_down_makes_place_first(scene):
    """The neighbor keeps our routes meanwhile, and counts them too."""
    router = start(scene, max_prefixes=LIMIT)
    for prefix in VICTIMS:
        scene.rtbh.ctl("add", prefix)
    wait_prefixes(router, [AGGREGATE[4], *VICTIMS[:4]])
    scene.rtbh.ctl("reset", "up0")
    scene.rtbh.ctl("withdraw", *VICTIMS[:2])
    scene.wait_established()
    wait_prefixes(router, [AGGREGATE[4], *VICTIMS[2:6]])
    wait_over_limit(scene, VICTIMS[6:])
    assert flaps(scene) == 1


def test_without_max_prefixes_the_session_falls_once(scene):
    router = start(scene)
    for prefix in VICTIMS:
        scene.rtbh.ctl("add", prefix)
    wait_for("the router has ended the session", lambda: flaps(scene) == 1)
    error = scene.rtbh.neighbor_state("up0")["last_error"]
    assert (error["code"], error["subcode"]) == (6, 1)
    scene.wait_established()
    wait_for("the aggregate is back",
             lambda: AGGREGATE[4] in router.prefixes())
    wait_for("victims wait",
             lambda: "over-limit" in states(scene).values())
    assert len(router.prefixes()) <= LIMIT
    assert flaps(scene) == 1
