"""RFC 2918 and RFC 7313: route refresh, asked of us."""

import pytest

import message as bgp
from lab import wait_for
from wire_client import call

NEIGHBORS = {
    "external": {},
    "both": {"families": [bgp.IPV4, bgp.IPV6],
             "next_hop_ipv6": "2001:db8::66",
             "aggregate_next_hop_ipv6": "2001:db8::1"},
}

PLAIN = [bgp.multiprotocol(bgp.IPV4), bgp.as4(64501)]


def test_rfc2918_2_our_capability(stage):
    assert stage.connect("external").open.values(bgp.REFRESH) == [b""]


def test_rfc7313_3_1_our_capability(stage):
    assert stage.connect("external").open.values(bgp.ENHANCED_REFRESH) == [
        b""]


def test_rfc2918_4_all_routes_of_the_family_come_again(stage):
    peer = stage.connect("external")
    peer.establish(capabilities=[*PLAIN, bgp.capability(bgp.REFRESH)])
    peer.send(bgp.route_refresh())
    found = peer.expect_update()
    assert found.nlri == ["203.0.113.0/24"]
    assert found.attributes == peer.initial[0].attributes


def test_rfc2918_4_who_asks_need_not_offer_it(stage):
    """The one who receives requests advertises the capability, and that is
    us; RFC 7313 was not agreed on, so there is no BoRR."""
    peer = stage.connect("external")
    peer.establish(capabilities=PLAIN)
    peer.send(bgp.route_refresh())
    assert peer.expect_update().nlri == ["203.0.113.0/24"]


@pytest.mark.parametrize("offered", [[], [bgp.capability(bgp.REFRESH)]],
                         ids=["nothing", "refresh"])
def test_rfc7313_4_no_borr_for_one_that_did_not_offer_it(stage, offered):
    peer = stage.connect("external")
    peer.establish(capabilities=[*PLAIN, *offered])
    for _ in range(2):
        peer.send(bgp.route_refresh())
        body = peer.expect(bgp.UPDATE)
        assert bgp.parse_update(body).nlri == ["203.0.113.0/24"]
        got = peer.receive(0.2)
        assert got is None or got.kind == bgp.UPDATE


def test_rfc7313_4_borr_routes_eorr(stage):
    peer = stage.establish("external")
    updates = peer.refresh()
    assert [p for u in updates for p in u.nlri] == ["203.0.113.0/24"]


def test_rfc2918_4_blackholes_come_too(stage):
    peer = stage.establish("external")
    stage.rtbh.ctl("add", "203.0.113.7", "203.0.113.8")
    peer.expect_update()
    updates = peer.refresh()
    assert sorted(p for u in updates for p in u.nlri) == [
        "203.0.113.0/24", "203.0.113.7/32", "203.0.113.8/32"]
    stage.rtbh.ctl("withdraw", "203.0.113.7", "203.0.113.8")
    while not peer.expect_update().withdrawn:
        pass


def test_rfc2918_4_only_the_family_asked_for(stage):
    peer = stage.establish("both")
    assert ([p for u in peer.refresh(bgp.IPV6) for p in u.announced()]
            == ["2001:db8:100::/48"])
    assert ([p for u in peer.refresh(bgp.IPV4) for p in u.announced()]
            == ["203.0.113.0/24"])


def test_rfc7313_4_borr_comes_behind_end_of_rib(stage):
    """A request that is there before the first routes are."""
    peer = stage.confirm("external")
    peer.send(bgp.keepalive(), bgp.route_refresh())
    seen = []
    while bgp.ROUTE_REFRESH not in seen:
        got = peer.receive()
        if got.kind == bgp.UPDATE:
            seen.append(bgp.parse_update(got.body).end_of_rib())
        elif got.kind == bgp.ROUTE_REFRESH:
            seen.append(got.kind)
    assert bgp.IPV4 in seen


def test_rfc2918_4_again_and_again(stage):
    """A request while the answer to one is under way."""
    peer = stage.establish("external")
    peer.send(bgp.route_refresh() * 20)
    for _ in range(20):
        if peer.receive(0.2) is None:
            break
    peer.expect_alive()


@pytest.mark.parametrize("family", [bgp.IPV6, (1, 2), (1, 128), (25, 65),
                                    (0, 0), (65535, 255)])
def test_rfc2918_4_a_family_that_was_not_advertised_is_ignored(stage, family):
    peer = stage.establish("external")
    peer.send(bgp.route_refresh(family))
    peer.expect_alive()


@pytest.mark.parametrize("subtype", [1, 2])
def test_rfc7313_4_borr_and_eorr_of_the_neighbor(stage, subtype):
    """We keep no routes of it: taken, and nothing follows."""
    peer = stage.establish("external")
    peer.send(bgp.route_refresh(subtype=subtype))
    peer.expect_silence(0.2)
    peer.expect_alive()


@pytest.mark.parametrize("subtype", [3, 128, 255])
def test_rfc7313_5_unknown_subtype_is_ignored(stage, subtype):
    peer = stage.establish("external")
    peer.send(bgp.route_refresh(subtype=subtype))
    peer.expect_silence(0.2)
    peer.expect_alive()


@pytest.mark.parametrize("subtype", [1, 2])
@pytest.mark.parametrize("length", [3, 5, 100])
def test_rfc7313_5_wrong_length(stage, subtype, length):
    """The data is the whole message."""
    peer = stage.establish("external")
    whole = bgp.message(bgp.ROUTE_REFRESH, (
        b"\0\1" + bytes([subtype]) + b"\1" * 97)[:length])
    peer.send(whole)
    peer.expect_notification(7, 1, whole)


@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_rfc7313_5_too_short_to_be_a_request(stage, length):
    peer = stage.establish("external")
    whole = bgp.message(bgp.ROUTE_REFRESH, b"\0\1\0"[:length])
    peer.send(whole)
    peer.expect_notification(7, 1, whole)


def test_rfc4271_6_1_refresh_too_short_without_enhanced(stage):
    """RFC 7313 gives its error only to those who agreed on it: then it is a
    bad length like any other."""
    peer = stage.connect("external")
    peer.establish(capabilities=[*PLAIN, bgp.capability(bgp.REFRESH)])
    peer.send(bgp.message(bgp.ROUTE_REFRESH, b"\0\1"))
    peer.expect_notification(1, 2, bgp.u16(21))


def test_rfc5291_6_outbound_route_filters_are_not_ours(stage):
    """A request with an ORF behind it, which we never offered: the request
    itself is answered."""
    peer = stage.establish("external")
    peer.send(bgp.route_refresh(more=b"\x01\x40\x00\x00"))
    peer.expect_alive()


def test_thousands_of_requests_hold_nobody_up(new_stage):
    """Until the first route of its answer is sent, a request asks for no more
    than the one before it."""
    count = 40_000
    stage = new_stage(NEIGHBORS, {
        "aggregates": ["10.0.0.0/8"],
        "blackhole": {"communities": ["blackhole"], "max-victims": 10_000}})
    call(stage.rtbh, "victim.add_many",
         victims=[f"10.0.{i >> 8}.{i & 255}" for i in range(10_000)])
    peer = stage.connect("external")
    peer.establish(capabilities=PLAIN)
    peer.send(bgp.route_refresh() * count)

    def received():
        neighbors = call(stage.rtbh, "neighbor.list")["result"]["neighbors"]
        return sum(n["messages"]["received"]["route_refresh"]
                   for n in neighbors)
    wait_for("all are read", lambda: received() == count)
