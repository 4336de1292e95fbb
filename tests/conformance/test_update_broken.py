"""UPDATEs that are broken in every way (RFC 7606), from an old speaker (RFC
6793), and a million good ones."""

import pytest

import message as bgp
from message import attribute, nlri, packed, u32

NEIGHBORS = {"external": {}}

PREFIX = nlri("198.18.7.0/24")
IGP = attribute(bgp.ORIGIN, b"\0")
PATH = attribute(bgp.AS_PATH, bgp.as_path((bgp.AS_SEQUENCE, [64501])))
HOP = attribute(bgp.NEXT_HOP, packed("198.51.100.10"))
MANDATORY = [IGP, PATH, HOP]


# --- every way to break one ---

WHOLE = bgp.update(
    [*MANDATORY, attribute(bgp.COMMUNITIES, u32(0xffff029a)),
     attribute(bgp.MP_REACH, bgp.mp_reach(nlri("2001:db8:99::/48")))],
    PREFIX, withdrawn=nlri("10.1.0.0/16"))[19:]


def expect_alive_or_update_error(stage, body):
    """Nothing but an UPDATE error ends a session for a broken UPDATE."""
    peer = stage.establish("external")
    peer.send(bgp.message(bgp.UPDATE, body), bgp.route_refresh())
    got = peer.receive()
    if got.kind == bgp.NOTIFICATION:
        assert got.body[0] == 3, (body.hex(), got)
        peer.expect_end()
    else:
        assert got.kind == bgp.ROUTE_REFRESH, (body.hex(), got)
    stage.close_peers()


def test_rfc7606_an_update_cut_at_every_octet(stage):
    for cut in range(4, len(WHOLE)):
        expect_alive_or_update_error(stage, WHOLE[:cut])


@pytest.mark.parametrize("bit", range(8))
def test_rfc7606_an_update_with_every_bit_turned_over(stage, bit):
    for at, octet in enumerate(WHOLE):
        turned = bytes([octet ^ 1 << bit])
        expect_alive_or_update_error(
            stage, WHOLE[:at] + turned + WHOLE[at + 1:])


def test_rfc4271_9_1_a_full_table_is_counted_and_dropped(stage):
    """A million routes in 4096 octets each."""
    peer = stage.establish("external")
    block = b"".join(bytes([32]) + u32(n) for n in range(800))
    peer.send(bgp.update(MANDATORY, block) * 1250)
    peer.expect_alive()
    assert stage.entry("external")["received_prefixes"] == 1000000


# --- two octets per AS ---

OLD = bgp.options_of([bgp.multiprotocol(bgp.IPV4),
                      bgp.capability(bgp.REFRESH),
                      bgp.capability(bgp.ENHANCED_REFRESH)])


def with_path(value):
    return [IGP, attribute(bgp.AS_PATH, value), HOP]


def narrow(*ases):
    return bgp.as_path((bgp.AS_SEQUENCE, ases), wide=False)


OLD_CASES = {
    "7_2_path_of_two_octets": with_path(narrow(64501)),
    "7_2_path_of_four_octets": [IGP, PATH, HOP],
    "7_7_aggregator_six_octets": [
        IGP, attribute(bgp.AS_PATH, narrow(64501)), HOP,
        attribute(bgp.AGGREGATOR, bgp.u16(64501) + bytes(4))],
    "7_7_aggregator_eight_octets": [
        IGP, attribute(bgp.AS_PATH, narrow(64501)), HOP,
        attribute(bgp.AGGREGATOR, bytes(8))],
}


@pytest.mark.parametrize("attributes", OLD_CASES.values(),
                         ids=OLD_CASES.keys())
def test_rfc7606_old_speaker(stage, attributes):
    peer = stage.establish("external", options=OLD)
    peer.send(bgp.update(attributes, PREFIX))
    peer.expect_alive()
