"""Methods of the control protocol with a real router on the other end."""

import json

from rtbh import AGGREGATE, BESIDE, VICTIM
from scene import wait_no_route, wait_route

FAR = "198.51.100.1/32"


class Caller:
    """One connection; each call gives the result, or the error's data."""

    def __init__(self, rtbh):
        self.stream = rtbh.connect()

    def __call__(self, method, **params):
        request = {"jsonrpc": "2.0", "id": 1, "method": method,
                   "params": params}
        print(json.dumps(request), file=self.stream, flush=True)
        answer = json.loads(self.stream.readline())
        return answer.get("result") or answer["error"].get("data")


def test_explain_tells_what_the_update_then_carries(scene):
    router = scene.upstream("bird", communities=["64501:666", "64501:1:2"],
                            med=7)
    scene.upstream("bird", announce=["aggregates"])
    scene.start()
    call = Caller(scene.rtbh)
    done = call("victim.add", prefix=VICTIM[4], dry_run=True)
    assert done["outcome"] == "would-add" and not done["stored"]
    told, other = done["victim"]["explain"]["neighbors"]
    assert told == {
        "name": "up0", "announced": True,
        "next_hop": str(scene.our_address()),
        "communities": ["64501:666"], "large_communities": ["64501:1:2"],
        "as_path": "64500", "med": 7, "local_pref": None}
    assert not other["announced"] and "announce" in other["why"]
    assert scene.rtbh.victims() == []
    call("victim.add", prefix=VICTIM[4])
    route = wait_route(router, VICTIM[4])
    assert route.communities == {"64501:666", "64501:1:2"}
    refused = call("victim.add", prefix=FAR, dry_run=True)
    rules = {r["rule"]: r["verdict"] for r in refused["explain"]["rules"]}
    assert rules["not-ours"] == "refuse" and rules["denied"] == "pass"
    assert rules["protected"] == "not reached"


def test_many_at_once_are_waited_for(scene):
    router = scene.upstream("bird")
    scene.start()
    call = Caller(scene.rtbh)
    many = [f"203.0.113.{n}/32" for n in range(10, 60)]
    done = call("victim.add_many", victims=[*many, FAR], wait="delivered")
    assert (done["added"], done["waited"]) == (50, "delivered")
    assert [r["reason"] for r in done["refused"]] == ["not-ours"]
    for prefix in many:
        wait_route(router, prefix)
    done = call("victim.sync", owner="root", victims=many[:45],
                generation=1, wait="sent")
    assert (done["refreshed"], done["withdrawn"]) == (45, 5)
    assert done["stored"] and done["waited"] == "sent"
    wait_no_route(router, many[45])
    done = call("victim.withdraw_many", prefixes=many, wait="delivered")
    assert (done["withdrawn"], done["waited"]) == (45, "delivered")
    assert {r["reason"] for r in done["refused"]} == {"unknown-victim"}
    wait_no_route(router, many[0])
    assert router.route(AGGREGATE[4])


def test_what_operators_set_is_kept_over_a_restart(scene):
    router = scene.upstream("bird")
    scene.start()
    call = Caller(scene.rtbh)
    call("victim.add", prefix=VICTIM[4])
    wait_route(router, VICTIM[4])
    done = call("exemption.add", prefix=VICTIM[4], ttl="1h", reason="scan")
    exemption = done.pop("exemption")
    assert (exemption["prefix"], exemption["remaining"]) == (VICTIM[4], 3600)
    assert done == {"withdrawn": 1, "outside_aggregates": False,
                    "stored": True, "waited": "stored"}
    wait_no_route(router, VICTIM[4])
    assert call("daemon.freeze", frozen=True, reason="works")["stored"]
    call("victim.sync", owner="root", victims=[BESIDE[4]], generation=7)
    scene.rtbh.restart()
    call = Caller(scene.rtbh)
    assert call("victim.add", prefix=VICTIM[4])["reason"] == "protected"
    exempted = call("exemption.list")["exemptions"]
    assert [(e["prefix"], e["by"], e["reason"]) for e in exempted] == [
        (VICTIM[4], "root", "scan")]
    status = call("daemon.status")
    assert status["frozen"] and status["freeze"]["reason"] == "works"
    assert call("victim.sync", owner="root", victims=[], generation=7) == {
        "reason": "stale-generation", "generation": 7}
    assert call("exemption.withdraw", prefix=VICTIM[4],
                reason="scan is over")["stored"]
    assert "): scan is over" in scene.rtbh.daemon.log_text()
    call("victim.add", prefix=VICTIM[4])
    wait_route(router, VICTIM[4])


def test_history_tells_who_and_how_it_ended(scene):
    scene.upstream("bird")
    scene.start()
    call = Caller(scene.rtbh)
    call("victim.add", prefix=VICTIM[4], reason="syn")
    call("victim.add", prefix=FAR)
    call("victim.flush")
    entries = call("history.list")["entries"]
    assert [(e["action"], e["prefix"], e["by"]) for e in entries] == [
        ("withdrawn", VICTIM[4], "root"), ("refused", FAR, "root"),
        ("added", VICTIM[4], "root")]
    newest = call("history.list", limit=1)
    assert newest["more"] and newest["entries"] == entries[:1]
    older = call("history.list", after=entries[0]["id"], prefix=AGGREGATE[4],
                 since="1h", owner="root")
    assert older == {"entries": entries[2:], "more": False}
