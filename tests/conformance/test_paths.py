"""AS paths that later RFCs forbid, and communities, as they are received: RFC
7607, 9774, 5065, 1997, 8092.  What is wrong is treated as withdrawn or
discarded; the session stands."""

import pytest

import message as bgp
from message import attribute, nlri, packed, u32

NEIGHBORS = {"external": {}, "internal": {"asn": 64500}}

IGP = attribute(bgp.ORIGIN, b"\0")
HOP = attribute(bgp.NEXT_HOP, packed("198.51.100.10"))
PATH = attribute(bgp.AS_PATH, bgp.as_path((bgp.AS_SEQUENCE, [64501])))


def path(*segments):
    return [IGP, attribute(bgp.AS_PATH, bgp.as_path(*segments)), HOP]


def more(code, value):
    return [IGP, PATH, HOP, attribute(code, value)]


CASES = {
    "rfc7607_2_as_0_in_the_path": path((bgp.AS_SEQUENCE, [64501, 0])),
    "rfc7607_2_as_0_alone": path((bgp.AS_SEQUENCE, [0])),
    "rfc7607_2_as_0_in_a_set": path((bgp.AS_SEQUENCE, [64501]),
                                    (bgp.AS_SET, [0])),
    "rfc7607_2_aggregator_of_as_0": more(bgp.AGGREGATOR, bytes(8)),
    "rfc9774_3_as_set": path((bgp.AS_SEQUENCE, [64501]),
                             (bgp.AS_SET, [64502, 64503])),
    "rfc9774_3_as_set_alone": path((bgp.AS_SET, [64501])),
    "rfc9774_3_confed_set": path((bgp.CONFED_SET, [64501])),
    "rfc5065_5_confed_sequence_from_outside": path(
        (bgp.CONFED_SEQUENCE, [65001]), (bgp.AS_SEQUENCE, [64501])),
    "rfc5065_5_confed_sequence_behind": path(
        (bgp.AS_SEQUENCE, [64501]), (bgp.CONFED_SEQUENCE, [65001])),
    "rfc1997_blackhole": more(bgp.COMMUNITIES, u32(0xffff029a)),
    "rfc1997_all_well_known": more(bgp.COMMUNITIES, b"".join(
        map(u32, range(0xffffff01, 0xffffff05)))),
    "rfc1997_1000_communities": more(bgp.COMMUNITIES, b"".join(
        map(u32, range(900)))),
    "rfc8092_5_large": more(bgp.LARGE_COMMUNITIES, bytes(12)),
    "rfc8092_5_large_twice_the_same": more(bgp.LARGE_COMMUNITIES, bytes(24)),
    "rfc8092_6_large_empty": more(bgp.LARGE_COMMUNITIES, b""),
    "rfc8092_6_large_of_11": more(bgp.LARGE_COMMUNITIES, bytes(11)),
    "rfc8092_6_large_of_13": more(bgp.LARGE_COMMUNITIES, bytes(13)),
    "rfc6793_as_trans_in_a_path": path((bgp.AS_SEQUENCE,
                                        [64501, bgp.AS_TRANS])),
    "rfc7300_last_as": path((bgp.AS_SEQUENCE, [64501, 0xffffffff, 65535])),
    "rfc7311_aigp_malformed": more(bgp.AIGP, b"\1\0"),
}


@pytest.mark.parametrize("name", ["external", "internal"])
@pytest.mark.parametrize("attributes", CASES.values(), ids=CASES.keys())
def test_path(stage, name, attributes):
    peer = stage.establish(name)
    peer.send(bgp.update(attributes, nlri("198.18.7.0/24")))
    peer.expect_alive()
