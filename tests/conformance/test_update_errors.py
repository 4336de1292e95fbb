"""RFC 7606, attribute by attribute, over RFC 4271, section 6.3: a session
ends only where it must, and then with the exact NOTIFICATION."""

import pytest

import message as bgp
from message import (EXTENDED, OPTIONAL, PARTIAL, TRANSITIVE, attribute, nlri,
                     packed, u32)

NEIGHBORS = {"external": {}, "internal": {"asn": 64500}}

PREFIX = nlri("198.18.7.0/24")
IGP = attribute(bgp.ORIGIN, b"\0")
PATH = attribute(bgp.AS_PATH, bgp.as_path((bgp.AS_SEQUENCE, [64501])))
HOP = attribute(bgp.NEXT_HOP, packed("198.51.100.10"))
MANDATORY = [IGP, PATH, HOP]
INTERNAL = [IGP, attribute(bgp.AS_PATH), HOP,
            attribute(bgp.LOCAL_PREF, u32(100))]


def with_origin(value=b"\0", **how):
    return [attribute(bgp.ORIGIN, value, **how), PATH, HOP]


def with_path(value, **how):
    return [IGP, attribute(bgp.AS_PATH, value, **how), HOP]


def with_hop(value=packed("198.51.100.10"), **how):
    return [IGP, PATH, attribute(bgp.NEXT_HOP, value, **how)]


def and_also(code, value=b"", **how):
    return [*MANDATORY, attribute(code, value, **how)]


def sequence(*ases):
    return bgp.as_path((bgp.AS_SEQUENCE, ases))


# The session stands after an UPDATE with these attributes and a prefix.
SURVIVED = {
    # 3 (c): flags in conflict; the low four bits and Partial are no conflict
    "3_c_origin_optional": with_origin(flags=OPTIONAL | TRANSITIVE),
    "3_c_origin_not_transitive": with_origin(flags=0),
    "3_c_as_path_optional": with_path(sequence(64501), flags=0xc0),
    "3_c_as_path_no_flags": with_path(sequence(64501), flags=0),
    "3_c_next_hop_optional": with_hop(flags=0xc0),
    "3_c_med_well_known": and_also(bgp.MED, u32(1), flags=TRANSITIVE),
    "3_c_med_transitive": and_also(bgp.MED, u32(1), flags=0xc0),
    "3_c_atomic_aggregate_optional": and_also(
        bgp.ATOMIC_AGGREGATE, flags=0xc0),
    "3_c_aggregator_well_known": and_also(
        bgp.AGGREGATOR, u32(64501) + bytes(4), flags=TRANSITIVE),
    "3_c_communities_not_transitive": and_also(
        bgp.COMMUNITIES, u32(1), flags=OPTIONAL),
    "3_c_communities_well_known": and_also(
        bgp.COMMUNITIES, u32(1), flags=TRANSITIVE),
    "3_c_large_communities_not_transitive": and_also(
        bgp.LARGE_COMMUNITIES, bytes(12), flags=OPTIONAL),
    "3_c_partial_on_well_known": with_origin(flags=TRANSITIVE | PARTIAL),
    "3_c_unused_flag_bits": with_origin(flags=TRANSITIVE | 0x0f),
    "3_c_extended_length_for_one_octet": with_origin(
        flags=TRANSITIVE | EXTENDED),

    # 3 (d): a mandatory one is missing
    "3_d_no_attributes": [],
    "3_d_no_origin": [PATH, HOP],
    "3_d_no_as_path": [IGP, HOP],
    "3_d_no_next_hop": [IGP, PATH],

    # 3 (g): what stands twice counts once
    "3_g_origin_twice": [IGP, attribute(bgp.ORIGIN, b"\2"), PATH, HOP],
    "3_g_next_hop_twice": [*MANDATORY, HOP],
    "3_g_malformed_second_origin": [*MANDATORY,
                                    attribute(bgp.ORIGIN, b"\x09\x09")],
    "3_g_unknown_twice": [*MANDATORY] + 2 * [
        attribute(99, b"x", flags=OPTIONAL | TRANSITIVE)],
    "3_g_communities_twice": [*MANDATORY] + 2 * [
        attribute(bgp.COMMUNITIES, u32(1))],

    # 3 (h): many errors at once, all of them mild
    "3_h_all_at_once": [attribute(bgp.ORIGIN, b"\7\7"),
                        attribute(bgp.AS_PATH, b"\7"),
                        attribute(bgp.NEXT_HOP, b"\0"),
                        attribute(bgp.MED, b"\0"),
                        attribute(bgp.COMMUNITIES, b"\0")],

    # 4: the last attribute does not fit
    "4_one_octet_left": [*MANDATORY, b"\x40"],
    "4_two_octets_left": [*MANDATORY, b"\x40\x01"],
    "4_three_octets_left_extended": [*MANDATORY, b"\x50\x01\x00"],
    "4_value_beyond_the_field": [*MANDATORY, b"\xc0\x08\x08" + u32(1)],
    "4_extended_value_beyond_the_field": [*MANDATORY,
                                          b"\xd0\x08\xff\xff" + u32(1)],
    "4_first_attribute_beyond_the_field": [b"\x40\x01\xff\x00"],

    # 7.1 ORIGIN
    "7_1_origin_empty": with_origin(b""),
    "7_1_origin_two_octets": with_origin(b"\0\0"),
    "7_1_origin_long": with_origin(bytes(300)),
    "7_1_origin_3": with_origin(b"\3"),
    "7_1_origin_255": with_origin(b"\xff"),

    # 7.2 AS_PATH
    "7_2_unknown_segment_type_0": with_path(b"\0\1" + u32(64501)),
    "7_2_unknown_segment_type_5": with_path(b"\5\1" + u32(64501)),
    "7_2_segment_of_no_as": with_path(b"\2\0"),
    "7_2_segment_of_no_as_behind_a_good_one": with_path(
        sequence(64501) + b"\2\0"),
    "7_2_segment_beyond_the_value": with_path(b"\2\2" + u32(64501)),
    "7_2_one_octet_left": with_path(sequence(64501) + b"\2"),
    "7_2_half_an_as": with_path(b"\2\1\0\0"),
    "7_2_count_255": with_path(b"\2\xff" + u32(64501)),
    "7_2_two_octets_per_as": with_path(
        bgp.as_path((bgp.AS_SEQUENCE, [64501]), wide=False)),

    # 7.3 NEXT_HOP
    "7_3_next_hop_empty": with_hop(b""),
    "7_3_next_hop_three_octets": with_hop(b"\xc0\x00\x02"),
    "7_3_next_hop_five_octets": with_hop(b"\xc0\x00\x02\x01\x00"),
    "7_3_next_hop_ipv6": with_hop(packed("2001:db8::9")),

    # 7.4 MULTI_EXIT_DISC
    "7_4_med_empty": and_also(bgp.MED),
    "7_4_med_three_octets": and_also(bgp.MED, bytes(3)),
    "7_4_med_five_octets": and_also(bgp.MED, bytes(5)),

    # 7.5 LOCAL_PREF from an external neighbor is discarded, however long
    "7_5_local_pref_external": and_also(bgp.LOCAL_PREF, u32(100)),
    "7_5_local_pref_external_malformed": and_also(bgp.LOCAL_PREF, b"\0"),

    # 7.6 ATOMIC_AGGREGATE, 7.7 AGGREGATOR
    "7_6_atomic_aggregate_with_value": and_also(bgp.ATOMIC_AGGREGATE, b"\0"),
    "7_7_aggregator_seven_octets": and_also(bgp.AGGREGATOR, bytes(7)),
    "7_7_aggregator_six_octets": and_also(bgp.AGGREGATOR, bytes(6)),
    "7_7_aggregator_empty": and_also(bgp.AGGREGATOR),
    "7_7_aggregator_nine_octets": and_also(bgp.AGGREGATOR, bytes(9)),

    # 7.8 COMMUNITIES
    "7_8_communities_empty": and_also(bgp.COMMUNITIES),
    "7_8_communities_three_octets": and_also(bgp.COMMUNITIES, bytes(3)),
    "7_8_communities_five_octets": and_also(bgp.COMMUNITIES, bytes(5)),

    # 7.9 ORIGINATOR_ID, 7.10 CLUSTER_LIST from an external neighbor
    "7_9_originator_id_external": and_also(bgp.ORIGINATOR_ID, u32(1)),
    "7_9_originator_id_external_malformed": and_also(
        bgp.ORIGINATOR_ID, b"\0"),
    "7_10_cluster_list_external": and_also(bgp.CLUSTER_LIST, u32(1)),
    "7_10_cluster_list_external_malformed": and_also(bgp.CLUSTER_LIST, b"\0"),

    # 7.14 EXTENDED_COMMUNITIES
    "7_14_extended_communities_empty": and_also(bgp.EXTENDED_COMMUNITIES),
    "7_14_extended_communities_seven_octets": and_also(
        bgp.EXTENDED_COMMUNITIES, bytes(7)),

    # 7.15 IPv6 Address Specific BGP Extended Communities
    "7_15_ipv6_extended_communities_19_octets": and_also(
        25, bytes(19), flags=OPTIONAL | TRANSITIVE),
    "7_15_ipv6_extended_communities_empty": and_also(
        25, flags=OPTIONAL | TRANSITIVE),

    # 7.13, 7.16 and others that we do not know
    "7_13_traffic_engineering_malformed": and_also(
        24, b"\1", flags=OPTIONAL),
    "7_16_attr_set_malformed": and_also(
        128, b"\0\1", flags=OPTIONAL | TRANSITIVE),
}


@pytest.mark.parametrize("attributes", SURVIVED.values(), ids=SURVIVED.keys())
def test_rfc7606(stage, attributes):
    peer = stage.establish("external")
    peer.send(bgp.update(attributes, PREFIX))
    peer.expect_alive()


SURVIVED_INTERNAL = {
    "7_5_local_pref_empty": [*INTERNAL[:3], attribute(bgp.LOCAL_PREF)],
    "7_5_local_pref_three_octets": [*INTERNAL[:3],
                                    attribute(bgp.LOCAL_PREF, bytes(3))],
    "7_5_local_pref_missing": INTERNAL[:3],
    "7_9_originator_id_three_octets": [
        *INTERNAL, attribute(bgp.ORIGINATOR_ID, bytes(3))],
    "7_9_originator_id_five_octets": [
        *INTERNAL, attribute(bgp.ORIGINATOR_ID, bytes(5))],
    "7_10_cluster_list_empty": [*INTERNAL, attribute(bgp.CLUSTER_LIST)],
    "7_10_cluster_list_six_octets": [
        *INTERNAL, attribute(bgp.CLUSTER_LIST, bytes(6))],
    "7_9_good_reflected_route": [
        *INTERNAL, attribute(bgp.ORIGINATOR_ID, packed("10.0.0.9")),
        attribute(bgp.CLUSTER_LIST, packed("10.0.0.8"))],
    "7_9_our_own_originator_id": [
        *INTERNAL, attribute(bgp.ORIGINATOR_ID, packed("10.255.0.1"))],
}


@pytest.mark.parametrize("attributes", SURVIVED_INTERNAL.values(),
                         ids=SURVIVED_INTERNAL.keys())
def test_rfc7606_internal(stage, attributes):
    peer = stage.establish("internal")
    peer.send(bgp.update(attributes, PREFIX))
    peer.expect_alive()


# --- RFC 4271, section 6.3: nothing wrong, or wrong in meaning only ---

TAKEN = {
    "4_3_route": MANDATORY,
    "4_3_any_order": [HOP, PATH, IGP],
    "4_3_egp": with_origin(b"\1"),
    "4_3_incomplete": with_origin(b"\2"),
    "4_3_med_0": and_also(bgp.MED, u32(0)),
    "4_3_med_all_ones": and_also(bgp.MED, u32(0xffffffff)),
    "4_3_long_path": with_path(sequence(*[64501] * 255)
                               + sequence(*[64502] * 255)),
    "4_3_path_of_many_segments": with_path(sequence(64501) * 100),
    "9_1_2_our_own_as_in_the_path": with_path(sequence(64501, 64500)),
    "6_3_another_as_first": with_path(sequence(64510)),
    "6_3_empty_path_from_external": with_path(b""),
    "6_3_next_hop_is_our_address": with_hop(packed("192.0.2.1")),
    "6_3_next_hop_elsewhere": with_hop(packed("10.9.9.9")),
    "6_3_next_hop_zero": with_hop(bytes(4)),
    "6_3_next_hop_loopback": with_hop(packed("127.0.0.1")),
    "6_3_next_hop_multicast": with_hop(packed("224.0.0.1")),
    "6_3_next_hop_broadcast": with_hop(packed("255.255.255.255")),
    "5_unknown_optional": and_also(99, b"abc", flags=OPTIONAL),
    "5_unknown_optional_transitive": and_also(
        99, b"abc", flags=OPTIONAL | TRANSITIVE),
    "5_unknown_optional_partial": and_also(
        255, b"", flags=OPTIONAL | TRANSITIVE | PARTIAL),
    "5_unknown_optional_extended": and_also(
        200, bytes(1000), flags=OPTIONAL | TRANSITIVE),
    "5_attribute_0": and_also(0, b"", flags=OPTIONAL),
    "5_aggregator": and_also(bgp.AGGREGATOR, u32(64501) + bytes(4)),
    "5_atomic_aggregate": and_also(bgp.ATOMIC_AGGREGATE),
    "5_everything_known": [
        *MANDATORY, attribute(bgp.MED, u32(5)),
        attribute(bgp.ATOMIC_AGGREGATE),
        attribute(bgp.AGGREGATOR, u32(64501) + packed("10.0.0.1")),
        attribute(bgp.COMMUNITIES, u32(0xffff029a) + u32(1)),
        attribute(bgp.EXTENDED_COMMUNITIES, bytes(16)),
        attribute(bgp.LARGE_COMMUNITIES, bytes(24)),
        attribute(bgp.AIGP, b"\1\0\x0b" + bytes(8))],
}


@pytest.mark.parametrize("attributes", TAKEN.values(), ids=TAKEN.keys())
def test_rfc4271(stage, attributes):
    peer = stage.establish("external")
    peer.send(bgp.update(attributes, PREFIX))
    peer.expect_alive()


ODD_PREFIXES = {
    "default_route": nlri("0.0.0.0/0"),
    "multicast": nlri("224.0.0.0/4"),
    "loopback": nlri("127.0.0.0/8"),
    "class_e": nlri("240.0.0.0/4"),
    "host_bits_set": b"\x09\x0a\xff",
    "host_bits_set_default": b"\x00",
    "same_prefix_twice": PREFIX + PREFIX,
    "our_own_aggregate": nlri("203.0.113.0/24"),
    "all_lengths": nlri(*[f"10.0.0.0/{n}" for n in range(8, 33)]),
}


@pytest.mark.parametrize("prefixes", ODD_PREFIXES.values(),
                         ids=ODD_PREFIXES.keys())
def test_rfc4271_6_3_odd_prefixes(stage, prefixes):
    """Wrong in meaning at most: logged or ignored, never a reset."""
    peer = stage.establish("external")
    peer.send(bgp.update(MANDATORY, prefixes), bgp.update(withdrawn=prefixes))
    peer.expect_alive()


def test_rfc4271_4_3_withdrawn_and_announced_in_one(stage):
    peer = stage.establish("external")
    peer.send(bgp.update(MANDATORY, PREFIX, withdrawn=PREFIX))
    peer.expect_alive()


def test_rfc4271_3_1_withdrawal_of_what_was_never_announced(stage):
    peer = stage.establish("external")
    peer.send(bgp.update(withdrawn=nlri("10.99.0.0/16")))
    peer.expect_alive()


def test_rfc7606_3_d_withdrawal_needs_no_attributes(stage):
    """... but they may stand there."""
    peer = stage.establish("external")
    peer.send(bgp.update(MANDATORY, withdrawn=PREFIX))
    peer.expect_alive()


def test_rfc7606_2_good_routes_beside_a_bad_one_are_counted(stage):
    peer = stage.establish("external")
    peer.send(bgp.update(MANDATORY, nlri("10.1.0.0/16", "10.2.0.0/16")),
              bgp.update(with_origin(b"\7"), PREFIX),
              bgp.update(MANDATORY, nlri("10.3.0.0/16")))
    peer.expect_alive()
    assert stage.entry("external")["received_prefixes"] in (3, 4)


# --- and where it must end ---

LENGTHS = {
    "withdrawn_beyond_the_message": {"withdrawn_len": 1},
    "withdrawn_all_ones": {"withdrawn_len": 65535},
    "attributes_beyond_the_message": {"attributes_len": 1},
    "attributes_all_ones": {"attributes_len": 65535},
}


@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS.keys())
def test_rfc4271_6_3_lengths_beyond_the_message(stage, lengths):
    """Malformed Attribute List; RFC 7606, section 3 (a) leaves it so."""
    peer = stage.establish("external")
    peer.send(bgp.update(**lengths))
    peer.expect_notification(3, 1)


def test_rfc4271_6_3_both_lengths_fill_the_message_and_more(stage):
    peer = stage.establish("external")
    block = b"".join(MANDATORY)
    peer.send(bgp.update(MANDATORY, attributes_len=len(block) + 1))
    peer.expect_notification(3, 1)


@pytest.mark.parametrize("bad", [
    attribute(99, b"abc", flags=TRANSITIVE),
    attribute(99, b"", flags=0),
    attribute(200, bytes(300), flags=TRANSITIVE),
    attribute(11, b"\1", flags=TRANSITIVE),
], ids=["short", "empty", "long", "code-11"])
def test_rfc4271_6_3_unrecognized_well_known(stage, bad):
    """The data is the attribute: type, length and value."""
    peer = stage.establish("external")
    peer.send(bgp.update([*MANDATORY, bad], PREFIX))
    peer.expect_notification(3, 2, bad)


BAD_FIELDS = {
    "length_33": b"\x21\x0a\x00\x00\x00\x00",
    "length_255": b"\xff" + bytes(32),
    "cut": b"\x18\x0a\x00",
    "only_a_length": b"\x20",
    "cut_behind_a_good_one": PREFIX + b"\x10\x0a",
}


@pytest.mark.parametrize("field", BAD_FIELDS.values(), ids=BAD_FIELDS.keys())
def test_rfc7606_5_3_nlri(stage, field):
    """Invalid Network Field (RFC 4271, section 6.3)."""
    peer = stage.establish("external")
    peer.send(bgp.update(MANDATORY, field))
    peer.expect_notification(3, 10)


@pytest.mark.parametrize("field", BAD_FIELDS.values(), ids=BAD_FIELDS.keys())
def test_rfc7606_5_3_withdrawn(stage, field):
    peer = stage.establish("external")
    peer.send(bgp.update(withdrawn=field))
    peer.expect_notification(3, 10)


def test_rfc7606_3_h_the_strongest_counts(stage):
    """A mild error, then an NLRI field that cannot be read."""
    peer = stage.establish("external")
    peer.send(bgp.update(with_origin(b"\7"), BAD_FIELDS["cut"]))
    peer.expect_notification(3, 10)


def test_rfc7606_5_2_malformed_and_no_route_to_withdraw(stage):
    """With attributes and without NLRI it cannot be known what the error
    is about: the session is reset."""
    peer = stage.establish("external")
    peer.send(bgp.update([attribute(bgp.ORIGIN, b"\7"), PATH, HOP]))
    body = peer.expect(bgp.NOTIFICATION)
    assert body[0] == 3
    peer.expect_end()


def test_rfc7606_5_2_discarded_attribute_and_no_route(stage):
    """An error that is only discarded is none of these."""
    peer = stage.establish("external")
    peer.send(bgp.update([*MANDATORY, attribute(bgp.ATOMIC_AGGREGATE, b"x")]))
    peer.expect_alive()
