"""RFC 4271, sections 4.1 and 6.1: the header of every message."""

import pytest

import message as bgp

NEIGHBORS = {"external": {}}

# How each state of the daemon is reached
STATES = {"opensent": "connect", "openconfirm": "confirm",
          "established": "establish"}


@pytest.fixture(params=sorted(STATES))
def peer(request, stage):
    """A connection in each state in which messages may come."""
    return getattr(stage, STATES[request.param])("external")


def test_rfc4271_6_1_marker_not_all_ones(peer):
    wrong = b"\xff" * 15 + b"\xfe"
    peer.send(bgp.message(bgp.KEEPALIVE, marker=wrong))
    peer.expect_notification(1, 1)


def test_rfc4271_6_1_marker_zero(peer):
    peer.send(bgp.message(bgp.KEEPALIVE, marker=bytes(16)))
    peer.expect_notification(1, 1)


@pytest.mark.parametrize("length", [0, 1, 18])
def test_rfc4271_6_1_length_below_19(peer, length):
    peer.send(bgp.message(bgp.KEEPALIVE, length=length))
    peer.expect_notification(1, 2, bgp.u16(length))


@pytest.mark.parametrize("kind", [0, 6, 7, 128, 255])
def test_rfc4271_6_1_unknown_type(peer, kind):
    peer.send(bgp.message(kind))
    peer.expect_notification(1, 3, bytes([kind]))


@pytest.mark.parametrize("length", [20, 23, 4096])
def test_rfc4271_6_1_keepalive_longer_than_19(peer, length):
    peer.send(bgp.message(bgp.KEEPALIVE, bytes(length - 19)))
    peer.expect_notification(1, 2, bgp.u16(length))


@pytest.mark.parametrize("length", [19, 22])
def test_rfc4271_6_1_update_shorter_than_23(peer, length):
    peer.send(bgp.message(bgp.UPDATE, bytes(length - 19)))
    peer.expect_notification(1, 2, bgp.u16(length))


@pytest.mark.parametrize("length", [19, 28])
def test_rfc4271_6_1_open_shorter_than_29(peer, length):
    peer.send(bgp.message(bgp.OPEN, bytes(length - 19)))
    peer.expect_notification(1, 2, bgp.u16(length))


def test_rfc4271_6_1_open_longer_than_4096(peer):
    """RFC 8654, section 4: also where long messages are agreed on."""
    peer.send(bgp.message(bgp.OPEN, length=4097))
    peer.expect_notification(1, 2, bgp.u16(4097))


def test_rfc4271_6_1_error_is_found_before_the_body(peer):
    """The header is judged when it is there, whatever it promises."""
    peer.send(bgp.message(9, length=4096))
    peer.expect_notification(1, 3, b"\x09")


@pytest.mark.parametrize("length", [19, 20])
def test_rfc4271_6_1_notification_shorter_than_21(stage, length):
    """Section 6.1 names it an error, 6.4 forbids to answer a NOTIFICATION
    with another: either way the connection ends."""
    peer = stage.establish("external")
    peer.send(bgp.message(bgp.NOTIFICATION, bytes(length - 19)))
    got = peer.receive()
    if got.kind == bgp.NOTIFICATION:
        assert got.body == bytes([1, 2]) + bgp.u16(length)
        got = peer.receive()
    assert got.kind == "closed"


def test_rfc4271_4_1_message_cut_at_every_octet(stage):
    """TCP is a stream: a message may come in any pieces."""
    peer = stage.tcp("external")
    peer.expect_open()
    whole = bgp.open_message(peer.identity.asn, 90, peer.identity.bgp_id,
                             bgp.options_of(peer.default_capabilities()))
    for octet in whole + bgp.keepalive():
        peer.send(bytes([octet]))
    peer.expect(bgp.KEEPALIVE)
    peer.expect_alive()


def test_rfc4271_4_1_many_messages_in_one_piece(stage):
    peer = stage.connect("external")
    opened = bgp.open_message(peer.identity.asn, 90, peer.identity.bgp_id,
                              bgp.options_of(peer.default_capabilities()))
    peer.send(opened, bgp.keepalive() * 50, bgp.end_of_rib(),
              bgp.keepalive(), bgp.route_refresh())
    peer.expect(bgp.KEEPALIVE)
    peer.expect_alive()


def test_rfc4271_4_1_ours_have_the_marker_and_end_together(stage):
    """Peer.receive() checks marker and length of all that we send."""
    peer = stage.establish("external")
    assert peer.refresh()


def test_rfc4271_4_1_longest_update_is_taken(stage):
    """4096 octets exactly, as unknown optional attributes fill it up."""
    peer = stage.establish("external")
    room = 4096 - 19 - 4 - 4
    peer.send(bgp.update([bgp.attribute(
        99, bytes(room), flags=bgp.OPTIONAL | bgp.TRANSITIVE)]))
    peer.expect_alive()


def test_rfc4271_6_1_error_does_not_reach_the_next_connection(stage):
    """What was left of a broken stream must not be read as the start of the
    next one."""
    peer = stage.establish("external")
    peer.send(bgp.message(9), bgp.keepalive()[:10])
    peer.expect_notification(1, 3, b"\x09")
    peer.close()
    stage.establish("external").expect_alive()


def test_rfc4271_4_1_half_a_message_does_not_reach_the_next_connection(stage):
    for cut in (1, 18, 19, 28):
        peer = stage.connect("external")
        peer.send(bgp.open_message(64501, 90, "198.51.100.10", b"\0")[:cut])
        peer.close()
    stage.establish("external").expect_alive()


def test_rfc4271_6_1_notification_is_followed_by_fin(stage):
    """Octets that we did not read must not turn the end into a RST, which
    would destroy the NOTIFICATION on its way."""
    peer = stage.establish("external")
    peer.send(bgp.message(9), bytes(60000))
    peer.expect_notification(1, 3, b"\x09")
