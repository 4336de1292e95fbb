"""RFC 6793: four octets per AS, and neighbors that know only two."""

import pytest

import message as bgp
from message import attribute, nlri, packed, u16, u32

CONFIG = {"local-as": 4200000000}
NEIGHBORS = {
    "external": {"prepend": 2},
    "internal": {"asn": 4200000000, "announce": ["aggregates", "blackholes"]},
}

OLD = bgp.options_of([bgp.multiprotocol(bgp.IPV4),
                      bgp.capability(bgp.REFRESH),
                      bgp.capability(bgp.ENHANCED_REFRESH)])
IGP = attribute(bgp.ORIGIN, b"\0")
OLD_PATH = attribute(bgp.AS_PATH, bgp.as_path(
    (bgp.AS_SEQUENCE, [64501, bgp.AS_TRANS]), wide=False))
NEW_PATH = attribute(bgp.AS_PATH, bgp.as_path(
    (bgp.AS_SEQUENCE, [64501, 4200000009])))
HOP = attribute(bgp.NEXT_HOP, packed("198.51.100.10"))
PREFIX = nlri("198.18.7.0/24")


def test_rfc6793_9_as_trans_in_our_open(stage):
    """My AS has two octets: the capability has the number."""
    opened = stage.connect("external").open
    assert opened.asn == bgp.AS_TRANS
    assert opened.values(bgp.AS4) == [u32(4200000000)]


def test_rfc6793_4_2_1_our_path_to_a_new_speaker(stage):
    """Four octets, our AS and its prepended copies, in one sequence."""
    (route,) = stage.establish("external").initial
    assert route.value(bgp.AS_PATH) == b"\x02\x03" + u32(4200000000) * 3
    assert route.value(bgp.AS4_PATH) is None


def test_rfc6793_4_2_2_our_path_to_an_old_speaker(stage):
    """AS_TRANS in its place, and AS4_PATH beside it."""
    (route,) = stage.establish("external", options=OLD).initial
    assert route.value(bgp.AS_PATH) == b"\x02\x03" + u16(bgp.AS_TRANS) * 3
    assert route.value(bgp.AS4_PATH) == b"\x02\x03" + u32(4200000000) * 3


def test_rfc6793_4_2_2_flags_of_as4_path(stage):
    (route,) = stage.establish("external", options=OLD).initial
    flags = {code: f for f, code, _ in route.attributes}
    assert flags[bgp.AS4_PATH] == bgp.OPTIONAL | bgp.TRANSITIVE


def test_rfc6793_4_2_2_a_blackhole_to_an_old_speaker(stage):
    peer = stage.establish("external", options=OLD)
    stage.rtbh.ctl("add", "203.0.113.7")
    route = peer.expect_update()
    stage.rtbh.ctl("withdraw", "203.0.113.7")
    assert route.value(bgp.AS_PATH) == b"\x02\x01" + u16(bgp.AS_TRANS)
    assert route.value(bgp.AS4_PATH) == b"\x02\x01" + u32(4200000000)


def test_rfc6793_4_2_1_internal_path_is_empty(stage):
    (route,) = stage.establish("internal").initial
    assert route.value(bgp.AS_PATH) == b""
    assert route.value(bgp.AS4_PATH) is None


FROM_OLD = {
    "6_as4_path": [IGP, OLD_PATH, HOP, attribute(
        bgp.AS4_PATH, b"\x02\x01" + u32(4200000009))],
    "6_as4_path_empty": [IGP, OLD_PATH, HOP, attribute(bgp.AS4_PATH)],
    "6_as4_path_of_three_octets": [IGP, OLD_PATH, HOP, attribute(
        bgp.AS4_PATH, b"\x02\x01\x00")],
    "6_as4_path_segment_of_no_as": [IGP, OLD_PATH, HOP, attribute(
        bgp.AS4_PATH, b"\x02\x00")],
    "6_as4_path_segment_beyond_the_value": [IGP, OLD_PATH, HOP, attribute(
        bgp.AS4_PATH, b"\x02\x02" + u32(1))],
    "6_as4_path_unknown_segment": [IGP, OLD_PATH, HOP, attribute(
        bgp.AS4_PATH, b"\x09\x01" + u32(1))],
    "6_as4_path_confederation": [IGP, OLD_PATH, HOP, attribute(
        bgp.AS4_PATH, b"\x03\x01" + u32(1))],
    "6_as4_path_longer_than_as_path": [IGP, OLD_PATH, HOP, attribute(
        bgp.AS4_PATH, b"\x02\x09" + u32(1) * 9)],
    "6_as4_aggregator_seven_octets": [IGP, OLD_PATH, HOP, attribute(
        bgp.AS4_AGGREGATOR, bytes(7))],
    "6_as4_aggregator": [
        IGP, OLD_PATH, HOP,
        attribute(bgp.AGGREGATOR, u16(bgp.AS_TRANS) + bytes(4)),
        attribute(bgp.AS4_AGGREGATOR, u32(4200000009) + bytes(4))],
}


@pytest.mark.parametrize("attributes", FROM_OLD.values(), ids=FROM_OLD.keys())
def test_rfc6793_from_an_old_speaker(stage, attributes):
    """A malformed AS4 attribute is discarded, the rest is taken."""
    peer = stage.establish("external", options=OLD)
    peer.send(bgp.update(attributes, PREFIX))
    peer.expect_alive()
    assert stage.entry("external")["received_prefixes"] == 1


@pytest.mark.parametrize("more", [
    attribute(bgp.AS4_PATH, b"\x02\x01" + u32(4200000009)),
    attribute(bgp.AS4_PATH, b"\x02"),
    attribute(bgp.AS4_AGGREGATOR, bytes(8)),
    attribute(bgp.AS4_AGGREGATOR, bytes(3)),
], ids=["as4-path", "as4-path-cut", "as4-aggregator", "as4-aggregator-cut"])
def test_rfc6793_4_1_from_a_new_speaker_they_are_discarded(stage, more):
    peer = stage.establish("external")
    peer.send(bgp.update([IGP, NEW_PATH, HOP, more], PREFIX))
    peer.expect_alive()


def test_rfc6793_4_1_two_octets_per_as_from_a_new_speaker(stage):
    """Malformed, as RFC 7606, section 7.2 has it: no reset."""
    peer = stage.establish("external")
    peer.send(bgp.update([IGP, OLD_PATH, HOP], PREFIX))
    peer.expect_alive()
