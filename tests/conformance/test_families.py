"""RFC 4760 (IPv6 beside IPv4), RFC 2545, RFC 8950 (IPv4 with an IPv6 next
hop): what is agreed on, what we send, and errors in what we get."""

import pytest

import message as bgp
from message import IPV4, IPV6, attribute, mp_reach, mp_unreach, nlri, packed

BOTH = {"families": [IPV4, IPV6], "next_hop_ipv6": "2001:db8::66",
        "aggregate_next_hop_ipv6": "2001:db8::1"}
NEIGHBORS = {
    "v4": {},
    "both": BOTH,
    "v6": {"version": 6},
    "v6-both": {"version": 6, "families": [IPV6, IPV4]},
    "v6-given": {"version": 6, "families": [IPV6, IPV4],
                 "next_hop": "192.0.2.66",
                 "aggregate_next_hop": "192.0.2.65"},
}

IGP = attribute(bgp.ORIGIN, b"\0")
PATH = attribute(bgp.AS_PATH, bgp.as_path((bgp.AS_SEQUENCE, [64501])))
HOP = attribute(bgp.NEXT_HOP, packed("198.51.100.10"))
V4_PREFIX, V6_PREFIX = nlri("198.18.7.0/24"), nlri("2001:db8:99::/48")
OVER_V6 = bgp.capability(bgp.EXTENDED_NEXT_HOP,
                         bgp.u16(1) + bgp.u16(1) + bgp.u16(2))


def announced(peer):
    return sorted(p for u in peer.initial for p in u.announced())


# --- what is agreed on ---


def test_rfc4760_8_our_capability(stage):
    """AFI, a reserved octet of 0, SAFI, for each family."""
    values = stage.connect("both").open.values(bgp.MULTIPROTOCOL)
    assert sorted(values) == [b"\0\1\0\1", b"\0\2\0\1"]


def test_rfc4760_8_only_what_is_configured_is_offered(stage):
    values = stage.connect("v4").open.values(bgp.MULTIPROTOCOL)
    assert values == [b"\0\1\0\1"]


def test_rfc4760_8_both_families(stage):
    peer = stage.establish("both")
    assert announced(peer) == ["2001:db8:100::/48", "203.0.113.0/24"]


def test_rfc4760_8_a_family_of_the_neighbor_alone_is_not_used(stage):
    peer = stage.connect("v4")
    peer.establish(capabilities=peer.default_capabilities(
        families=[IPV4, IPV6, (1, 2), (25, 65)]))
    assert announced(peer) == ["203.0.113.0/24"]
    assert stage.entry("v4")["families"] == ["ipv4"]


def test_rfc4760_8_a_family_of_ours_alone_is_not_used(stage):
    peer = stage.connect("both")
    peer.establish(capabilities=peer.default_capabilities(families=[IPV6]))
    assert announced(peer) == ["2001:db8:100::/48"]
    assert stage.entry("both")["families"] == ["ipv6"]


def test_rfc4760_8_no_multiprotocol_capability_is_ipv4(stage):
    peer = stage.connect("both")
    peer.establish(capabilities=[bgp.as4(64501)])
    assert announced(peer) == ["203.0.113.0/24"]


def test_rfc4760_8_the_reserved_octet_is_ignored(stage):
    peer = stage.connect("both")
    odd = [bgp.capability(1, b"\0\1\xff\1"), bgp.capability(1, b"\0\2\xff\1"),
           bgp.as4(64501)]
    peer.confirm(capabilities=odd)
    peer.send_keepalive()
    found = {peer.expect_update().announced()[0] for _ in range(2)}
    assert found == {"2001:db8:100::/48", "203.0.113.0/24"}


def test_rfc4760_8_no_common_family(stage):
    """A session that could carry nothing is refused (RFC 5492, section 3),
    with what would have helped in the data."""
    peer = stage.connect("v4")
    peer.send_open(capabilities=peer.default_capabilities(families=[IPV6]))
    peer.expect_notification(2, 7, bgp.multiprotocol(IPV4))


# --- what we send ---


def test_rfc4760_3_ipv6_goes_into_mp_reach(stage):
    """AFI, SAFI, next hop with its length, 0, NLRI; no NEXT_HOP beside it."""
    peer = stage.establish("both")
    found = next(u for u in peer.initial if u.reach())
    assert found.reach() == (IPV6, packed("2001:db8::1"),
                             ["2001:db8:100::/48"])
    assert found.value(bgp.NEXT_HOP) is None
    assert found.nlri == found.withdrawn == []


def test_rfc7606_5_1_mp_reach_stands_first(stage):
    peer = stage.establish("both")
    found = next(u for u in peer.initial if u.reach())
    assert found.codes()[0] == bgp.MP_REACH
    flags = [f & ~bgp.EXTENDED for f, c, _ in found.attributes
             if c == bgp.MP_REACH]
    assert flags == [bgp.OPTIONAL]


def test_rfc7606_5_1_one_field_of_nlri_in_each_update(stage):
    """Never more than one of Withdrawn, NLRI, MP_REACH and MP_UNREACH."""
    peer = stage.establish("both")
    stage.rtbh.ctl("add", "203.0.113.9", "2001:db8:100::9")
    first = [peer.expect_update(), peer.expect_update()]
    stage.rtbh.ctl("withdraw", "203.0.113.9", "2001:db8:100::9")
    then = [peer.expect_update(), peer.expect_update()]
    for found in peer.initial + first + then:
        fields = [found.withdrawn, found.nlri, found.reach(),
                  found.unreach()]
        assert sum(map(bool, fields)) == 1, found


def test_rfc4760_4_ipv6_withdrawal(stage):
    """MP_UNREACH_NLRI alone, no other attribute."""
    peer = stage.establish("both")
    stage.rtbh.ctl("add", "2001:db8:100::7")
    assert peer.expect_update().reach() == (
        IPV6, packed("2001:db8::66"), ["2001:db8:100::7/128"])
    stage.rtbh.ctl("withdraw", "2001:db8:100::7")
    found = peer.expect_update()
    assert found.codes() == [bgp.MP_UNREACH]
    assert found.unreach() == (IPV6, ["2001:db8:100::7/128"])


def test_rfc2545_3_next_hop_self_over_ipv6(stage):
    """Our own end of the session, global, 16 octets."""
    peer = stage.establish("v6")
    assert peer.initial[0].reach() == (IPV6, packed("2001:db8::1"),
                                       ["2001:db8:100::/48"])


# --- RFC 8950 ---


def test_rfc8950_4_our_capability(stage):
    """NLRI AFI and SAFI with two octets each, next hop AFI."""
    assert (stage.connect("v6-both").open.values(bgp.EXTENDED_NEXT_HOP)
            == [b"\0\1\0\1\0\2"])


def test_rfc8950_4_not_offered_over_ipv4(stage):
    assert not stage.connect("both").open.has(bgp.EXTENDED_NEXT_HOP)


def test_rfc8950_3_ipv4_with_our_ipv6_address(stage):
    peer = stage.connect("v6-both")
    peer.establish(capabilities=peer.default_capabilities(OVER_V6))
    assert announced(peer) == ["2001:db8:100::/48", "203.0.113.0/24"]
    found = next(u for u in peer.initial if u.reach()[0] == IPV4)
    assert found.reach() == (IPV4, packed("2001:db8::1"), ["203.0.113.0/24"])
    assert found.value(bgp.NEXT_HOP) is None


def test_rfc8950_3_blackhole_comes_and_goes(stage):
    peer = stage.connect("v6-both")
    peer.establish(capabilities=peer.default_capabilities(OVER_V6))
    stage.rtbh.ctl("add", "203.0.113.7")
    assert peer.expect_update().announced() == ["203.0.113.7/32"]
    stage.rtbh.ctl("withdraw", "203.0.113.7")
    assert peer.expect_update().all_withdrawn() == ["203.0.113.7/32"]


def test_rfc8950_4_not_agreed_no_ipv4(stage):
    """`self` gives no IPv4 next hop there."""
    peer = stage.establish("v6-both")
    assert announced(peer) == ["2001:db8:100::/48"]


def test_rfc8950_4_other_tuples_mean_nothing(stage):
    peer = stage.connect("v6-both")
    other = bgp.capability(bgp.EXTENDED_NEXT_HOP, b"\0\1\0\2\0\2"
                           b"\0\1\0\1\0\1")
    peer.establish(capabilities=peer.default_capabilities(other))
    assert announced(peer) == ["2001:db8:100::/48"]


def test_rfc8950_4_one_tuple_among_others(stage):
    peer = stage.connect("v6-both")
    value = b"\0\1\0\2\0\2" + b"\0\1\0\1\0\2" + b"\0\1\0\x80\0\2"
    peer.establish(capabilities=peer.default_capabilities(
        bgp.capability(bgp.EXTENDED_NEXT_HOP, value)))
    assert announced(peer) == ["2001:db8:100::/48", "203.0.113.0/24"]


def test_rfc4271_5_1_3_given_next_hops_over_ipv6(stage):
    """IPv4 with an IPv4 next hop needs no RFC 8950."""
    peer = stage.establish("v6-given")
    found = next(u for u in peer.initial if u.nlri)
    assert found.nlri == ["203.0.113.0/24"]
    assert found.value(bgp.NEXT_HOP) == packed("192.0.2.65")


@pytest.mark.parametrize("octets", [16, 32])
def test_rfc8950_3_received(stage, octets):
    peer = stage.connect("v6-both")
    peer.establish(capabilities=peer.default_capabilities(OVER_V6))
    hop = packed("2001:db8::9") + packed("fe80::9")
    peer.send(bgp.update([attribute(bgp.MP_REACH, mp_reach(
        V4_PREFIX, IPV4, hop[:octets])), IGP, PATH]))
    peer.expect_alive()
    assert stage.entry("v6-both")["received_prefixes"] == 1


def test_rfc8950_3_received_where_not_agreed(stage):
    """The next hop of IPv4 is then of 4 octets."""
    peer = stage.establish("both")
    bad = attribute(bgp.MP_REACH, mp_reach(V4_PREFIX, IPV4))
    peer.send(bgp.update([bad, IGP, PATH]))
    peer.expect_notification(3, 9, bad)


# --- MP attributes received ---

V6_ROUTE = attribute(bgp.MP_REACH, mp_reach(V6_PREFIX))
TAKEN = {
    "rfc4760_3_route": [V6_ROUTE, IGP, PATH],
    "rfc7606_5_1_mp_reach_last": [IGP, PATH, V6_ROUTE],
    "rfc4760_3_next_hop_beside_it_is_ignored": [V6_ROUTE, IGP, PATH, HOP],
    "rfc4760_3_wrong_next_hop_beside_it": [
        V6_ROUTE, IGP, PATH, attribute(bgp.NEXT_HOP, bytes(4))],
    "rfc4760_3_reserved_octet_not_0": [
        attribute(bgp.MP_REACH, mp_reach(V6_PREFIX, reserved=0xff)), IGP,
        PATH],
    "rfc2545_3_global_and_link_local": [
        attribute(bgp.MP_REACH, mp_reach(V6_PREFIX, next_hop=packed(
            "2001:db8::9") + packed("fe80::9"))), IGP, PATH],
    "rfc4760_3_ipv4_in_mp_reach": [
        attribute(bgp.MP_REACH, mp_reach(V4_PREFIX, IPV4, packed(
            "198.51.100.10"))), IGP, PATH],
    "rfc4760_3_no_nlri": [attribute(bgp.MP_REACH, mp_reach(b"")), IGP, PATH],
    "rfc4760_3_many": [attribute(bgp.MP_REACH, mp_reach(nlri(*[
        f"2001:db8:{n:x}::/48" for n in range(400)]))), IGP, PATH],
    "rfc4760_4_withdrawal": [attribute(bgp.MP_UNREACH,
                                       mp_unreach(V6_PREFIX))],
    "rfc4760_4_withdrawal_with_attributes": [
        IGP, PATH, attribute(bgp.MP_UNREACH, mp_unreach(V6_PREFIX))],
    "rfc7606_5_1_both_in_one": [
        V6_ROUTE, attribute(bgp.MP_UNREACH, mp_unreach(V6_PREFIX)), IGP,
        PATH],
    "rfc4760_3_a_family_not_agreed_on": [
        attribute(bgp.MP_REACH, mp_reach(b"\x40" + bytes(8), (1, 128), bytes(
            12))), IGP, PATH],
    "rfc4760_4_a_family_not_agreed_on": [
        attribute(bgp.MP_UNREACH, mp_unreach(b"\xff\xff", (25, 65)))],
    "rfc7606_3_d_no_origin": [V6_ROUTE, PATH],
    "rfc7606_3_d_no_as_path": [V6_ROUTE, IGP],
    "rfc7606_7_1_origin": [V6_ROUTE, attribute(bgp.ORIGIN, b"\7"), PATH],
    "rfc7606_7_2_as_path": [V6_ROUTE, IGP, attribute(bgp.AS_PATH, b"\7")],
    "rfc7606_4_one_octet_left": [V6_ROUTE, IGP, PATH, b"\x80"],
    "rfc7606_3_c_mp_reach_transitive": [
        attribute(bgp.MP_REACH, mp_reach(V6_PREFIX), flags=0xc0), IGP, PATH],
    "rfc7606_3_c_mp_reach_well_known": [
        attribute(bgp.MP_REACH, mp_reach(V6_PREFIX), flags=0x40), IGP, PATH],
    "rfc7606_3_c_mp_unreach_transitive": [
        attribute(bgp.MP_UNREACH, mp_unreach(V6_PREFIX), flags=0xc0)],
}


@pytest.mark.parametrize("attributes", TAKEN.values(), ids=TAKEN.keys())
def test_mp_survived(stage, attributes):
    peer = stage.establish("both")
    peer.send(bgp.update(attributes))
    peer.expect_alive()


def test_rfc7606_3_d_ipv4_without_next_hop_beside_mp_reach(stage):
    """NEXT_HOP is mandatory for the classic field all the same."""
    peer = stage.establish("both")
    peer.send(bgp.update([V6_ROUTE, IGP, PATH], V4_PREFIX))
    peer.expect_alive()


def test_rfc7606_5_1_all_four_fields_in_one(stage):
    peer = stage.establish("both")
    peer.send(bgp.update(
        [V6_ROUTE, attribute(bgp.MP_UNREACH, mp_unreach(V6_PREFIX)), IGP,
         PATH, HOP], V4_PREFIX, withdrawn=V4_PREFIX))
    peer.expect_alive()
    assert stage.entry("both")["received_prefixes"] == 2


def test_rfc4760_3_ipv6_where_only_ipv4_was_agreed_on(stage):
    peer = stage.establish("v4")
    peer.send(bgp.update([V6_ROUTE, IGP, PATH]))
    peer.expect_alive()
    assert stage.entry("v4")["received_prefixes"] == 0


def reach_raw(value):
    return attribute(bgp.MP_REACH, value)


# The attribute is broken so that its routes cannot be told: Optional
# Attribute Error, and the data is the attribute.
BROKEN = {
    "rfc4760_7_reach_empty": reach_raw(b""),
    "rfc4760_7_reach_four_octets": reach_raw(b"\0\2\1\x10"),
    "rfc7606_7_11_next_hop_empty": reach_raw(
        mp_reach(V6_PREFIX, next_hop=b"")),
    "rfc7606_7_11_next_hop_4": reach_raw(
        mp_reach(V6_PREFIX, next_hop=bytes(4))),
    "rfc7606_7_11_next_hop_15": reach_raw(
        mp_reach(V6_PREFIX, next_hop=bytes(15))),
    "rfc7606_7_11_next_hop_24": reach_raw(
        mp_reach(V6_PREFIX, next_hop=bytes(24))),
    "rfc7606_7_11_next_hop_beyond_the_attribute": reach_raw(
        b"\0\2\1\xff" + bytes(16) + b"\0"),
    "rfc7606_7_11_no_reserved_octet": reach_raw(
        b"\0\2\1\x10" + bytes(16)),
    "rfc7606_5_3_reach_length_129": reach_raw(
        mp_reach(b"\x81" + bytes(17))),
    "rfc7606_5_3_reach_cut": reach_raw(mp_reach(b"\x30\x20\x01")),
    "rfc4760_7_unreach_empty": attribute(bgp.MP_UNREACH, b""),
    "rfc4760_7_unreach_two_octets": attribute(bgp.MP_UNREACH, b"\0\2"),
    "rfc7606_5_3_unreach_length_129": attribute(
        bgp.MP_UNREACH, mp_unreach(b"\x81" + bytes(17))),
    "rfc7606_5_3_unreach_cut": attribute(
        bgp.MP_UNREACH, mp_unreach(b"\x30\x20\x01")),
}


@pytest.mark.parametrize("bad", BROKEN.values(), ids=BROKEN.keys())
def test_mp_broken(stage, bad):
    peer = stage.establish("both")
    peer.send(bgp.update([bad, IGP, PATH]))
    peer.expect_notification(3, 9, bad)


@pytest.mark.parametrize("twice", [
    V6_ROUTE, attribute(bgp.MP_UNREACH, mp_unreach(V6_PREFIX))],
    ids=["mp-reach", "mp-unreach"])
def test_rfc7606_3_g_mp_attribute_twice(stage, twice):
    """The one attribute for which that ends the session."""
    peer = stage.establish("both")
    peer.send(bgp.update([twice, IGP, PATH, twice]))
    peer.expect_notification(3, 1)
