"""RFC 4271, sections 6.5, 6.6 and 8: the state machine and its timers; RFC
6608: FSM errors."""

import time

import pytest

from lab import wait_for

import message as bgp

NEIGHBORS = {
    "external": {},
    "other": {"asn": 64502},
    "hold3": {"hold_time": "3s"},
    "hold0": {"hold_time": "0s"},
    "off": {"enabled": False},
}


def opened(peer):
    return bgp.open_message(peer.identity.asn, 90, peer.identity.bgp_id,
                            bgp.options_of(peer.default_capabilities()))


# --- RFC 6608: an unexpected message, and the state in the subcode ---

SOME = {
    "update": bgp.end_of_rib(),
    "keepalive": bgp.keepalive(),
    "route-refresh": bgp.route_refresh(),
}


@pytest.mark.parametrize("kind", sorted(SOME))
def test_rfc6608_4_unexpected_in_opensent(stage, kind):
    """The data is the type of the message."""
    peer = stage.connect("external")
    peer.send(SOME[kind])
    peer.expect_notification(5, 1, SOME[kind][18:19])


@pytest.mark.parametrize("kind", ["update", "route-refresh"])
def test_rfc6608_4_unexpected_in_openconfirm(stage, kind):
    peer = stage.confirm("external")
    peer.send(SOME[kind])
    peer.expect_notification(5, 2, SOME[kind][18:19])


def test_rfc6608_4_second_open_in_openconfirm(stage):
    peer = stage.confirm("external")
    peer.send_open()
    peer.expect_notification(5, 2, bytes([bgp.OPEN]))


def test_rfc6608_4_open_in_established(stage):
    peer = stage.establish("external")
    peer.send_open()
    peer.expect_notification(5, 3, bytes([bgp.OPEN]))


def test_rfc6608_4_open_and_its_successor_in_one_piece(stage):
    """The state changes between two messages of one read."""
    peer = stage.connect("external")
    peer.send(opened(peer), bgp.end_of_rib())
    peer.expect(bgp.KEEPALIVE)
    peer.expect_notification(5, 2, bytes([bgp.UPDATE]))


def test_rfc4271_8_2_2_an_update_in_openconfirm_is_not_taken(stage):
    peer = stage.confirm("external")
    peer.send(bgp.update([bgp.attribute(bgp.ORIGIN, b"\0")],
                         bgp.nlri("10.0.0.0/8")))
    peer.expect_notification(5, 2, bytes([bgp.UPDATE]))
    assert stage.entry("external")["received_prefixes"] == 0


# --- NOTIFICATION received ---


@pytest.mark.parametrize("state", ["connect", "confirm", "establish"])
def test_rfc4271_6_4_notification_ends_the_connection(stage, state):
    """It is never answered with another one."""
    peer = getattr(stage, state)("external")
    peer.send(bgp.notification(6, 4))
    peer.expect_closed()


@pytest.mark.parametrize("code, subcode, data", [
    (0, 0, b""), (1, 99, b""), (99, 99, b"\xff" * 100), (255, 255, b""),
    (2, 1, b""), (2, 1, b"\0"), (2, 7, b"\x41"), (3, 4, b"\x40\x01"),
    (6, 1, b"\x00\x01"), (6, 9, b""), (6, 9, b"\x06"), (5, 3, b"\xff" * 4074),
])
def test_rfc4271_6_4_odd_notifications_are_not_answered(stage, code, subcode,
                                                        data):
    peer = stage.establish("external")
    peer.send(bgp.notification(code, subcode, data))
    peer.expect_closed()
    error = stage.entry("external")["last_error"]
    assert (error["code"], error["subcode"]) == (code, subcode)
    assert error["sent_by"] == "neighbor"


def test_rfc4271_8_2_2_version_error_in_opensent(stage):
    """Event 24."""
    peer = stage.connect("external")
    peer.send(bgp.notification(2, 1, b"\x00\x03"))
    peer.expect_closed()
    peer.close()
    stage.establish("external").expect_alive()


# --- the connection goes ---


@pytest.mark.parametrize("state", ["tcp", "connect", "confirm", "establish"])
def test_rfc4271_8_2_2_neighbor_closes(stage, state):
    """Event 18, in each state; the next connection is good."""
    peer = getattr(stage, state)("external")
    peer.close()
    stage.establish("external").expect_alive()


@pytest.mark.parametrize("state", ["tcp", "connect", "confirm", "establish"])
def test_rfc4271_8_2_2_neighbor_resets(stage, state):
    """A RST instead of a FIN."""
    peer = getattr(stage, state)("external")
    peer.sock.setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SO_LINGER, 0 s
    peer.sock.close()
    stage.peers.remove(peer)
    wait_for("the loss is seen", lambda: stage.entry("external")["state"]
             in ("active", "idle"))
    stage.establish("external").expect_alive()


def test_rfc4271_8_2_2_neighbor_closes_its_half(stage):
    """A FIN is the end, though we could still write."""
    peer = stage.establish("external")
    peer.sock.shutdown(1)
    peer.expect_closed()


def test_rfc4271_8_1_a_silent_connection_keeps_nobody_out(stage):
    """A connection that says nothing must not block the neighbor until its
    hold timer ends it after minutes."""
    stage.tcp("external")
    stage.connect("external")
    stage.establish("external").expect_alive()


def test_rfc4271_8_1_a_half_open_session_is_replaced_in_the_end(stage):
    """One in OpenConfirm whose neighbor is gone: a collision (section 6.8)
    that the new connection wins or that ends soon."""
    stage.confirm("external")

    def again():
        peer = stage.connect("external")
        peer.send_open()
        got = peer.receive()
        if got.kind == bgp.KEEPALIVE:
            peer.send_keepalive()
            return peer
        peer.close()
        return None

    peer = wait_for("the new connection is taken", again)
    peer.expect_alive()


def test_rfc4271_8_stranger_is_refused(stage):
    """An address that no neighbor has gets not one octet."""
    stranger = stage.socket_of("198.51.100.200")
    stranger.connect(("192.0.2.1", 179))
    stranger.settimeout(10)
    try:
        assert stranger.recv(1) == b""
    except ConnectionResetError:
        pass
    finally:
        stranger.close()


def test_rfc4271_8_disabled_neighbor_is_refused(stage):
    peer = stage.tcp("off")
    got = peer.receive()
    assert got.kind in ("closed", "reset") or (
        got.kind == bgp.NOTIFICATION and got.body[0] == 6), got
    assert stage.entry("off")["state"] == "disabled"


def test_rfc4271_6_one_neighbor_s_error_is_its_own(stage):
    """The other one's session goes on as if nothing were."""
    other = stage.establish("other")
    for broken in (b"\0" * 64, bgp.message(9), opened(other)):
        peer = stage.connect("external")
        peer.send(broken)
        assert peer.receive().kind == bgp.NOTIFICATION
        peer.close()
    other.expect_alive()


# --- timers ---


def test_rfc4271_4_4_keepalives_come_at_a_third_of_the_hold_time(stage):
    peer = stage.establish("hold3")
    times = [time.monotonic()]
    for _ in range(3):
        peer.expect(bgp.KEEPALIVE, timeout_s=2)
        times.append(time.monotonic())
        peer.send_keepalive()
    gaps = [b - a for a, b in zip(times, times[1:])]
    assert max(gaps) < 1.5, gaps


def test_rfc4271_4_4_no_more_than_one_keepalive_a_second(stage):
    """Whatever the jitter."""
    peer = stage.establish("hold3")
    peer.expect(bgp.KEEPALIVE, timeout_s=2)
    begin = time.monotonic()
    for _ in range(3):
        peer.send_keepalive()
        peer.expect(bgp.KEEPALIVE, timeout_s=2)
    assert time.monotonic() - begin > 2.9


def test_rfc4271_8_2_2_keepalives_in_openconfirm(stage):
    """The KeepaliveTimer runs from OPEN on."""
    peer = stage.confirm("hold3")
    peer.expect(bgp.KEEPALIVE, timeout_s=2)
    peer.send_keepalive()
    peer.expect_update()
    peer.expect_alive()


def test_rfc4271_6_5_hold_timer_in_established(stage):
    peer = stage.establish("hold3")
    begin = time.monotonic()
    peer.expect_notification(4, 0)
    assert 2.5 < time.monotonic() - begin < 6
    error = stage.entry("hold3")["last_error"]
    assert (error["code"], error["sent_by"]) == (4, "us")


def test_rfc4271_8_2_2_hold_timer_in_openconfirm(stage):
    """It runs at the negotiated time from OPEN on."""
    peer = stage.confirm("hold3")
    begin = time.monotonic()
    peer.expect_notification(4, 0)
    assert 2.5 < time.monotonic() - begin < 6


def test_rfc4271_8_2_2_the_neighbor_s_shorter_hold_time(stage):
    peer = stage.confirm("external", hold_time=3)
    peer.expect_notification(4, 0)


def outlive(peer, keeping):
    """Sends each half second, for longer than the hold time."""
    for _ in range(9):
        got = peer.receive(0.5)
        assert got is None or got.kind == bgp.KEEPALIVE, got
        peer.send(keeping)


def test_rfc4271_8_2_2_keepalive_restarts_the_hold_timer(stage):
    peer = stage.establish("hold3")
    outlive(peer, bgp.keepalive())
    peer.expect_alive()


def test_rfc4271_8_2_2_update_restarts_the_hold_timer(stage):
    peer = stage.establish("hold3")
    outlive(peer, bgp.end_of_rib())
    peer.expect_alive()


@pytest.mark.parametrize("name, hold_time", [("hold3", 0), ("hold0", 90)])
def test_rfc4271_4_4_hold_time_0_no_keepalive_and_no_end(stage, name,
                                                         hold_time):
    peer = stage.establish(name, hold_time=hold_time)
    peer.expect_silence(4)
    peer.expect_alive()


def test_rfc4271_4_4_hold_time_0_keepalive_moves_to_established(stage):
    """The one that answers OPEN is sent all the same."""
    peer = stage.connect("hold0")
    peer.send_open(hold_time=0)
    peer.expect(bgp.KEEPALIVE)
    peer.send_keepalive()
    peer.expect_update()


def test_rfc4271_8_2_2_no_hold_timer_of_seconds_in_opensent(stage):
    """Its large value there, 4 minutes, is not the configured hold time."""
    peer = stage.connect("hold3")
    peer.expect_silence(4)
    peer.establish()
    peer.expect_alive()


# --- garbage ---


def test_rfc4271_6_garbage_of_every_kind(stage):
    """Octets of no sense, from a fixed generator, in every state: each ends
    its connection and nothing more."""
    state = 1
    for round_ in range(60):
        octets = bytearray()
        for _ in range(200):
            state = state * 1103515245 + 12345 & 0x7fffffff
            octets.append(state >> 16 & 0xff)
        peer = (stage.connect, stage.confirm,
                stage.establish)[round_ % 3]("external")
        kind = bgp.OPEN + round_ // 3 % 5
        peer.send(bgp.message(kind, bytes(octets[:round_ * 3])), octets)
        peer.close()
    stage.establish("external").expect_alive()
