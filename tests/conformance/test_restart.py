"""RFC 4724 and 8538 (graceful restart), RFC 9494 (long-lived)."""

import signal
import time

import pytest

import message as bgp
from lab import wait_for
from message import IPV4, IPV6, u16

BOTH = {"families": [IPV4, IPV6], "next_hop_ipv6": "2001:db8::66",
        "aggregate_next_hop_ipv6": "2001:db8::1"}
NEIGHBORS = {
    "plain": {},
    "first": {},
    "second": {},
    "both": BOTH,
    "off": {"graceful_restart": "0s"},
    "longest": {"graceful_restart": "4095s"},
    "long-lived": {"long_lived_graceful_restart": "16777215s", **BOTH},
    "nothing-to-send": {"asn": 64500},
}
RESTARTING, NOTIFY = 0x8000, 0x4000


def restart_capability(peer):
    """Flags, time, and the octets of the families."""
    (value,) = peer.open.values(bgp.GRACEFUL_RESTART)
    head = int.from_bytes(value[:2], "big")
    return head & 0xf000, head & 0x0fff, value[2:]


def restart_flag(peer):
    return restart_capability(peer)[0] & RESTARTING


# --- what we offer ---


@pytest.mark.parametrize("name, time_s", [("plain", 120), ("longest", 4095)])
def test_rfc4724_3_our_restart_time(stage, name, time_s):
    assert restart_capability(stage.connect(name))[1] == time_s


def test_rfc4724_3_f_bit_for_each_family_in_every_open(stage):
    """Else a helper forgets all at our return."""
    for _ in range(2):
        peer = stage.connect("both")
        assert restart_capability(peer)[2] == (
            u16(1) + b"\1\x80" + u16(2) + b"\1\x80")
        peer.establish()
        peer.close()


def test_rfc8538_2_n_bit(stage):
    assert restart_capability(stage.connect("plain"))[0] & NOTIFY


def test_rfc4724_3_reserved_bits_are_0(stage):
    assert restart_capability(stage.connect("plain"))[0] & 0x3000 == 0


def test_rfc4724_3_not_offered_when_off(stage):
    assert not stage.connect("off").open.has(bgp.GRACEFUL_RESTART)


def test_rfc4724_3_r_bit_until_end_of_rib_was_sent(stage):
    """From the start of the daemon on, for each neighbor by itself: attempts
    that come to nothing do not clear it, a session does."""
    for _ in range(3):
        peer = stage.connect("first")
        assert restart_flag(peer)
        peer.close()
    stage.confirm("first").close()
    peer = stage.connect("first")
    assert restart_flag(peer)
    peer.establish()
    peer.close()
    assert not restart_flag(stage.connect("first"))
    assert restart_flag(stage.connect("second"))


def test_rfc9494_3_1_our_capability(stage):
    """AFI, SAFI, F, and a stale time of three octets."""
    peer = stage.connect("long-lived")
    assert peer.open.values(bgp.LONG_LIVED) == [
        u16(1) + b"\1\x80\xff\xff\xff" + u16(2) + b"\1\x80\xff\xff\xff"]
    assert peer.open.has(bgp.GRACEFUL_RESTART)


def test_rfc9494_3_1_not_offered_unless_configured(stage):
    assert not stage.connect("plain").open.has(bgp.LONG_LIVED)


# --- what the neighbor offers ---

OFFERS = {
    "rfc4724_3_time_and_family": bgp.graceful_restart(120),
    "rfc4724_3_it_restarts_itself": bgp.graceful_restart(
        120, restarting=True),
    "rfc4724_3_no_family": bgp.graceful_restart(0, ()),
    "rfc4724_3_no_f_bit": bgp.graceful_restart(120, forwarding=False),
    "rfc4724_3_time_0": bgp.graceful_restart(0),
    "rfc4724_3_longest_time": bgp.graceful_restart(4095),
    "rfc4724_3_unknown_families": bgp.graceful_restart(
        120, ((25, 65), (1, 128), IPV4)),
    "rfc4724_3_reserved_bits": bgp.capability(64, b"\x30\x78\0\1\1\x7f"),
    "rfc4724_3_twice": bgp.graceful_restart(5) + bgp.graceful_restart(6),
    "rfc8538_2_n_bit": bgp.graceful_restart(120, notify=True),
    "rfc9494_3_1_long_lived": bgp.graceful_restart(120) + bgp.capability(
        71, b"\0\1\1\x80\0\x0e\x10"),
    "rfc9494_3_1_long_lived_alone": bgp.capability(
        71, b"\0\1\1\x80\0\x0e\x10"),
}


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS.keys())
def test_rfc4724_offered(stage, offer):
    peer = stage.connect("plain")
    peer.establish(capabilities=peer.default_capabilities(offer))
    peer.expect_alive()


@pytest.mark.parametrize("offer, agreed, notify", [
    (None, False, False),
    (bgp.graceful_restart(120), True, False),
    (bgp.graceful_restart(120, notify=True), True, True),
    (bgp.graceful_restart(0, (), notify=True), True, True),
], ids=["no", "without-n", "with-n", "helper-only"])
def test_rfc8538_2_what_was_agreed_is_shown(stage, offer, agreed, notify):
    peer = stage.connect("plain")
    offers = [offer] if offer else []
    peer.establish(capabilities=peer.default_capabilities(*offers))
    assert stage.entry("plain")["graceful_restart"] == {
        "agreed": agreed, "notification": notify,
        "time": 120 if agreed else 0}


# --- End-of-RIB ---


def test_rfc4724_2_end_of_rib_of_each_family_comes_last(stage):
    """establish() reads until both are there; then nothing follows."""
    peer = stage.establish("both")
    assert len(peer.initial) == 2
    peer.expect_silence(0.2)


def test_rfc4724_2_octets_of_end_of_rib(stage):
    """IPv4: an UPDATE of 23 octets.  IPv6: an empty MP_UNREACH alone."""
    peer = stage.confirm("both")
    peer.send_keepalive()
    ends = []
    while len(ends) < 2:
        body = peer.expect(bgp.UPDATE)
        if bgp.parse_update(body).end_of_rib():
            ends.append(body)
    assert ends[0] == bytes(4)
    assert bgp.parse_update(ends[1]).attributes[0][1:] == (
        bgp.MP_UNREACH, b"\0\2\1")


def test_rfc4724_2_end_of_rib_when_there_is_nothing_to_send(stage):
    peer = stage.establish("nothing-to-send")
    assert peer.initial == []


def test_rfc4724_2_no_end_of_rib_of_other_families(stage):
    peer = stage.connect("both")
    peer.establish(capabilities=peer.default_capabilities(families=[IPV6]))
    peer.expect_silence(0.2)


def test_rfc4724_2_end_of_rib_for_one_without_the_capability(stage):
    """It is worth sending to anyone; an UPDATE like any other."""
    peer = stage.connect("plain")
    peer.establish(options=b"\0")


@pytest.mark.parametrize("family", [IPV4, IPV6, (1, 128), (25, 65)])
def test_rfc4724_2_end_of_rib_received(stage, family):
    peer = stage.establish("both")
    peer.send(bgp.end_of_rib(family) * 2)
    peer.expect_alive()


def test_rfc4724_4_1_end_of_rib_waits_for_no_neighbor(stage):
    """We restart without routes of our own to learn: nobody's End-of-RIB
    is waited for."""
    stage.connect("first")
    stage.establish("second")


# --- over a restart ---


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM],
                         ids=["killed", "stopped"])
def test_rfc4724_4_1_stored_victims_come_before_end_of_rib(new_stage, how):
    stage = new_stage({"plain": {}})
    stage.establish("plain")
    stage.rtbh.ctl("add", "203.0.113.7", "203.0.113.8", "--ttl", "1h")
    stage.rtbh.stop(how)
    stage.close_peers()
    stage.rtbh.start()
    peer = stage.connect("plain")
    assert restart_flag(peer)
    peer.establish()
    assert sorted(p for u in peer.initial for p in u.nlri) == [
        "203.0.113.0/24", "203.0.113.7/32", "203.0.113.8/32"]
    peer.close()
    assert not restart_flag(stage.connect("plain"))


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "not-kept"])
def test_rfc4724_4_1_what_ended_meanwhile_is_withdrawn_first(new_stage, kept):
    """From a neighbor that may have kept it; to any other it means nothing."""
    stage = new_stage({"plain": {}})
    stage.establish("plain")
    stage.rtbh.ctl("add", "203.0.113.7", "--ttl", "1h")
    stage.rtbh.ctl("add", "203.0.113.9", "--ttl", "1s")
    expired = time.time() + 1
    stage.rtbh.stop(signal.SIGKILL)
    stage.close_peers()
    wait_for("the TTL is over", lambda: time.time() > expired)
    stage.rtbh.start()
    peer = stage.connect("plain")
    offers = [bgp.graceful_restart(120)] if kept else []
    peer.establish(capabilities=peer.default_capabilities(*offers))
    first = peer.initial[0]
    assert first.withdrawn == (["203.0.113.9/32"] if kept else [])
    assert sorted(p for u in peer.initial for p in u.nlri) == [
        "203.0.113.0/24", "203.0.113.7/32"]
