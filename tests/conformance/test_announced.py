"""RFC 4271, sections 4.3, 5 and 9: what we announce, octet by octet; RFC
1997, 7999 and 8092: its communities."""

import pytest

import message as bgp
from message import packed, u16, u32

BLACKHOLE, NO_EXPORT = 65535 << 16 | 666, 0xffffff01
LARGE = ["64501:0:666", "64501:10:1"]

NEIGHBORS = {
    "plain": {},
    "internal": {"asn": 64500, "announce": ["aggregates", "blackholes"]},
    "preferred": {"asn": 64500, "local_pref": 7,
                  "announce": ["aggregates", "blackholes"]},
    "blackholes-only": {"asn": 64500, "next_hop": "192.0.2.66"},
    "dressed": {"communities": ["no-export", "64501:666", "64501:10:1",
                                "blackhole", "64501:666", "64501:0:666"],
                "aggregate_communities": ["64501:20", "64501:3"],
                "med": 77, "prepend": 2, "next_hop": "192.0.2.66",
                "aggregate_next_hop": "192.0.2.65"},
    "aggregates-only": {"announce": ["aggregates"]},
    "many-prepended": {"prepend": 10},
}

ORDER_OF_FLAGS = {
    bgp.ORIGIN: 0x40, bgp.AS_PATH: 0x40, bgp.NEXT_HOP: 0x40, bgp.MED: 0x80,
    bgp.LOCAL_PREF: 0x40, bgp.COMMUNITIES: 0xc0, bgp.LARGE_COMMUNITIES: 0xc0,
}


def aggregate(stage, name):
    (found,) = stage.establish(name).initial
    return found


@pytest.fixture
def blackhole(stage):
    """Sets one up and gives its UPDATE at a neighbor."""
    def tell(name):
        peer = stage.establish(name)
        stage.rtbh.ctl("add", "203.0.113.7")
        return peer.expect_update()
    yield tell
    stage.rtbh.ctl("withdraw", "203.0.113.7")


def test_rfc4271_4_3_the_aggregate(stage):
    """The whole message: nothing more than what must be there."""
    found = aggregate(stage, "plain")
    assert found == bgp.Update(
        [], [(0x40, 1, b"\0"), (0x40, 2, b"\x02\x01" + u32(64500)),
             (0x40, 3, packed("192.0.2.1"))], ["203.0.113.0/24"], 19 + 4 + 24)


def test_rfc4271_4_3_shortest_encoding_of_a_prefix(stage):
    """/24 in three octets: the message above leaves no room for a fourth."""
    assert aggregate(stage, "plain").octets == 47


def test_rfc4271_4_3_withdrawal(stage):
    peer = stage.establish("plain")
    stage.rtbh.ctl("add", "203.0.113.9")
    peer.expect_update()
    stage.rtbh.ctl("withdraw", "203.0.113.9")
    assert peer.expect(bgp.UPDATE) == (
        u16(5) + b"\x20" + packed("203.0.113.9") + u16(0))


@pytest.mark.parametrize("name", ["plain", "dressed", "internal",
                                  "preferred"])
def test_rfc4271_5_attributes_in_order_each_once_with_their_flags(
        stage, blackhole, name):
    stage.establish(name)
    for found in (aggregate_of(stage, name), blackhole(name)):
        codes = found.codes()
        assert codes == sorted(set(codes))
        for flags, code, value in found.attributes:
            assert flags & 0x0f == 0
            assert flags & ~bgp.EXTENDED == ORDER_OF_FLAGS[code]
            assert bool(flags & bgp.EXTENDED) == (len(value) > 255)


def aggregate_of(stage, name):
    stage.close_peers()
    found = aggregate(stage, name)
    stage.close_peers()
    return found


@pytest.mark.parametrize("name", ["plain", "internal"])
def test_rfc4271_5_1_1_origin_is_igp(stage, name):
    assert aggregate(stage, name).value(bgp.ORIGIN) == b"\0"


def test_rfc4271_5_1_2_path_to_an_external_neighbor(stage, blackhole):
    """Our AS in one AS_SEQUENCE: never a set (RFC 9774)."""
    assert blackhole("plain").value(bgp.AS_PATH) == b"\x02\x01" + u32(64500)


def test_rfc4271_5_1_2_path_to_an_internal_neighbor_is_empty(stage):
    assert aggregate(stage, "internal").value(bgp.AS_PATH) == b""


def test_rfc4271_5_1_2_prepended_on_aggregates(stage):
    assert (aggregate(stage, "dressed").value(bgp.AS_PATH)
            == b"\x02\x03" + u32(64500) * 3)
    stage.close_peers()
    assert (aggregate(stage, "many-prepended").value(bgp.AS_PATH)
            == b"\x02\x0b" + u32(64500) * 11)


def test_rfc4271_5_1_3_next_hop_self(stage, blackhole):
    assert blackhole("plain").value(bgp.NEXT_HOP) == packed("192.0.2.1")


def test_rfc4271_5_1_3_next_hop_given(stage, blackhole):
    assert (aggregate(stage, "dressed").value(bgp.NEXT_HOP)
            == packed("192.0.2.65"))
    stage.close_peers()
    assert blackhole("dressed").value(bgp.NEXT_HOP) == packed("192.0.2.66")


def test_rfc4271_5_1_4_med_only_where_configured(stage):
    assert aggregate(stage, "plain").value(bgp.MED) is None
    assert aggregate(stage, "dressed").value(bgp.MED) == u32(77)


def test_rfc4271_5_1_5_local_pref_never_to_an_external_neighbor(stage):
    assert aggregate(stage, "plain").value(bgp.LOCAL_PREF) is None


def test_rfc4271_5_1_5_local_pref_always_to_an_internal_one(stage):
    assert aggregate(stage, "internal").value(bgp.LOCAL_PREF) == u32(100)
    assert aggregate(stage, "preferred").value(bgp.LOCAL_PREF) == u32(7)


def test_rfc4271_5_1_6_no_aggregation_attributes(stage):
    assert not {bgp.ATOMIC_AGGREGATE, bgp.AGGREGATOR} & set(
        aggregate(stage, "plain").codes())


# --- communities ---


def test_rfc7999_5_blackhole_community(stage, blackhole):
    found = blackhole("plain")
    assert found.value(bgp.COMMUNITIES) == u32(BLACKHOLE)
    assert found.nlri == ["203.0.113.7/32"]


def test_rfc7999_3_none_on_the_aggregate(stage):
    assert aggregate(stage, "plain").value(bgp.COMMUNITIES) is None


def test_rfc1997_communities_are_sorted_and_unique(stage, blackhole):
    assert blackhole("dressed").value(bgp.COMMUNITIES) == b"".join(
        map(u32, [64501 << 16 | 666, BLACKHOLE, NO_EXPORT]))


def test_rfc8092_5_large_communities_are_sorted_and_unique(stage, blackhole):
    assert blackhole("dressed").value(bgp.LARGE_COMMUNITIES) == b"".join(
        map(u32, [64501, 0, 666, 64501, 10, 1]))


def test_rfc1997_aggregate_communities(stage):
    assert aggregate(stage, "dressed").value(bgp.COMMUNITIES) == b"".join(
        map(u32, [64501 << 16 | 3, 64501 << 16 | 20]))


def test_rfc1997_internal_neighbor_gets_them_too(stage, blackhole):
    assert blackhole("blackholes-only").value(
        bgp.COMMUNITIES) == u32(BLACKHOLE)


# --- who gets what, and when ---


def test_rfc4271_9_2_an_internal_neighbor_gets_no_aggregate(stage, blackhole):
    """Unless `announce` says so."""
    found = blackhole("blackholes-only")
    assert found.nlri == ["203.0.113.7/32"]
    assert found.value(bgp.NEXT_HOP) == packed("192.0.2.66")


def test_rfc4271_9_2_blackholes_are_not_for_everyone(stage):
    peer = stage.establish("aggregates-only")
    stage.rtbh.ctl("add", "203.0.113.7")
    peer.expect_silence(0.2)
    stage.rtbh.ctl("withdraw", "203.0.113.7")
    peer.expect_silence(0.2)


def test_rfc4271_9_2_one_update_for_all_that_share_attributes(stage):
    peer = stage.establish("plain")
    victims = [f"203.0.113.{n}" for n in range(10, 200)]
    stage.rtbh.ctl("add", *victims)
    found = peer.expect_update()
    assert len(found.nlri) == len(set(found.nlri)) == len(victims)
    stage.rtbh.ctl("withdraw", *victims)
    assert len(peer.expect_update().withdrawn) == len(victims)


def test_rfc4271_9_2_withdrawals_come_before_announcements(stage):
    """A sync that takes one away and brings another."""
    peer = stage.establish("plain")
    stage.rtbh.ctl("add", "203.0.113.30")
    peer.expect_update()
    with stage.rtbh.connect() as control:
        control.write(
            '[{"jsonrpc":"2.0","id":1,"method":"victim.add",'
            '"params":{"prefix":"203.0.113.31"}},'
            '{"jsonrpc":"2.0","id":2,"method":"victim.withdraw",'
            '"params":{"prefix":"203.0.113.30"}}]\n')
        control.flush()
        control.readline()
    assert peer.expect_update().withdrawn == ["203.0.113.30/32"]
    assert peer.expect_update().nlri == ["203.0.113.31/32"]
    stage.rtbh.ctl("withdraw", "203.0.113.31")


def test_rfc4271_3_1_expiry_withdraws(stage):
    peer = stage.establish("plain")
    stage.rtbh.ctl("add", "203.0.113.40", "--ttl", "1s")
    assert peer.expect_update().nlri == ["203.0.113.40/32"]
    assert peer.expect_update().withdrawn == ["203.0.113.40/32"]


def test_rfc4271_3_1_a_refreshed_claim_says_nothing(stage):
    peer = stage.establish("plain")
    stage.rtbh.ctl("add", "203.0.113.41", "--ttl", "1m")
    peer.expect_update()
    stage.rtbh.ctl("add", "203.0.113.41", "--ttl", "2m")
    peer.expect_silence(0.2)
    stage.rtbh.ctl("withdraw", "203.0.113.41")


def test_rfc4271_9_1_nothing_of_a_neighbor_goes_to_another(stage):
    """A route of one, sent on to nobody, internal or external."""
    others = [stage.establish(n) for n in ("internal", "dressed")]
    peer = stage.establish("plain")
    peer.send(bgp.update([
        bgp.attribute(bgp.ORIGIN, b"\0"),
        bgp.attribute(bgp.AS_PATH, bgp.as_path((bgp.AS_SEQUENCE, [64501]))),
        bgp.attribute(bgp.NEXT_HOP, packed("198.51.100.10"))],
        bgp.nlri("198.18.7.0/24")))
    peer.expect_alive()
    for other in others:
        seen = [p for u in other.refresh() for p in u.nlri]
        assert seen == ["203.0.113.0/24"]
