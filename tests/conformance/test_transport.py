"""TCP as BGP wants it: RFC 5082 (TTL), RFC 2385 (MD5), DSCP, source address,
ports, link-local addresses."""

import contextlib
import socket
import struct

import pytest

from lab import wait_for

import message as bgp
from peer import CLOSED, RESET
from stage import (OURS, inside, md5_option, min_ttl_option, saved_syn,
                   ttl_option)

NEIGHBORS = {
    "plain": {},
    "v6": {"version": 6},
    "gtsm": {"ttl_security": True, "hold_time": "3s"},
    "gtsm2": {"ttl_security": 2},
    "gtsm-v6": {"version": 6, "ttl_security": True},
    "key": {"key": "correct horse"},
    "key80": {"key": "k" * 80},
    "key-v6": {"version": 6, "key": "correct horse"},
    "link": {"version": 6, "link_local": True},
    "out": {"listens": True},
    "out-v6": {"version": 6, "listens": True},
    "out-internal": {"listens": True, "asn": 64500},
    "out-multihop": {"listens": True, "multihop": 5},
    "out-gtsm": {"listens": True, "ttl_security": True},
    "out-gtsm-v6": {"version": 6, "listens": True, "ttl_security": True},
    "out-key": {"listens": True, "key": "battery staple"},
    "out-port": {"listens": True, "port": 1179},
    "out-local": {"listens": True, "local_address": "192.0.2.1"},
    "out-link": {"version": 6, "listens": True, "link_local": True},
}

CS6 = 48 << 2


def key_of(stage, name, key):
    return md5_option(stage.neighbors[name].our_address(), key)


# --- RFC 5082 ---


@pytest.mark.parametrize("name, ttl", [("gtsm", 255), ("gtsm2", 255),
                                       ("gtsm2", 254)])
def test_rfc5082_3_near_enough(stage, name, ttl):
    peer = stage.tcp(name, options=[ttl_option(ttl)])
    peer.establish()
    peer.expect_alive()


def test_rfc5082_3_near_enough_ipv6(stage):
    peer = stage.tcp("gtsm-v6", options=[ttl_option(255, 6)])
    peer.establish()
    peer.expect_alive()


@pytest.mark.parametrize("name, ttl, version", [
    ("gtsm", 254, 4), ("gtsm", 64, 4), ("gtsm", 1, 4), ("gtsm2", 253, 4),
    ("gtsm-v6", 254, 6)])
def test_rfc5082_3_from_too_far(stage, name, ttl, version):
    """Not one octet; and then the real neighbor comes through at once."""
    far = stage.tcp(name, options=[ttl_option(ttl, version)])
    assert far.receive() in (CLOSED, RESET)
    near = stage.tcp(name, options=[ttl_option(255, version)])
    near.establish()
    near.expect_alive()


def test_rfc5082_3_from_too_far_beside_a_session(stage):
    near = stage.tcp("gtsm", options=[ttl_option(255)])
    near.establish()
    for _ in range(5):
        far = stage.tcp("gtsm", options=[ttl_option(64)])
        assert far.receive() in (CLOSED, RESET)
    near.expect_alive()


def test_rfc5082_3_every_packet_is_checked(stage):
    """What comes from too far later is dropped, so the error in it is not
    seen and the hold timer ends the session."""
    peer = stage.tcp("gtsm", options=[ttl_option(255)])
    peer.establish()
    peer.sock.setsockopt(*ttl_option(64))
    peer.send(bgp.message(9))
    wait_for("the session is over",
             lambda: stage.entry("gtsm")["state"] == "active")
    peer.sock.setsockopt(*ttl_option(255))
    error = stage.entry("gtsm")["last_error"]
    assert (error["code"], error["sent_by"]) == (4, "us")


def test_rfc5082_3_our_packets_leave_with_255(stage):
    """From the SYN-ACK on: our own check would drop others."""
    peer = stage.tcp("gtsm", options=[ttl_option(255), min_ttl_option(255)])
    peer.establish()
    peer.expect_alive()


def test_rfc5082_3_without_it_any_ttl_is_taken(stage):
    peer = stage.tcp("plain", options=[ttl_option(3)])
    peer.establish()
    peer.expect_alive()


SYNS = {"out": (4, 1), "out-internal": (4, 64), "out-multihop": (4, 5),
        "out-gtsm": (4, 255), "out-v6": (6, 1), "out-gtsm-v6": (6, 255)}


@pytest.mark.parametrize("name", SYNS)
def test_rfc5082_3_ttl_and_dscp_when_we_connect(stage, name):
    """The configured TTL; and CS6, as routers mark BGP."""
    version, ttl = SYNS[name]
    header = saved_syn(stage.accept(name).sock)
    if version == 4:
        assert (header[8], header[1] & 0xfc) == (ttl, CS6)
    else:
        traffic_class = (header[0] << 4 | header[1] >> 4) & 0xff
        assert (header[7], traffic_class & 0xfc) == (ttl, CS6)


@contextlib.contextmanager
def sniff(stage):
    """All packets of the namespace's loopback, while it is open."""
    with inside(stage.node):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                             socket.htons(0x0800))
        sock.bind(("lo", 0x0800))
    sock.setblocking(False)
    with sock:
        yield sock


def packets_of_the_daemon(sock):
    """(TTL, DSCP) of each TCP segment with data from port 179."""
    while True:
        try:
            packet = sock.recv(65536)
        except BlockingIOError:
            return
        head = (packet[0] & 15) * 4
        port, = struct.unpack("!H", packet[head:head + 2])
        data = len(packet) - head - (packet[head + 12] >> 4) * 4
        if packet[9] == socket.IPPROTO_TCP and port == 179 and data > 0:
            yield packet[8], packet[1] & 0xfc


@pytest.mark.parametrize("name, ttl", [("plain", 1), ("gtsm2", 255)])
def test_rfc4271_ttl_and_dscp_of_an_accepted_connection(stage, name, ttl):
    with sniff(stage) as sock:
        peer = stage.tcp(name, options=[ttl_option(255)])
        peer.establish()
        peer.expect_alive()
        assert set(packets_of_the_daemon(sock)) == {(ttl, CS6)}


# --- RFC 2385 ---


@pytest.mark.parametrize("name, key", [
    ("key", "correct horse"), ("key80", "k" * 80),
    ("key-v6", "correct horse")])
def test_rfc2385_2_the_right_key(stage, name, key):
    peer = stage.tcp(name, options=[key_of(stage, name, key)])
    peer.establish()
    peer.expect_alive()


@pytest.mark.parametrize("name, key", [
    ("key", "wrong"), ("key", "correct horse "), ("key", None),
    ("key80", "k" * 79), ("key-v6", "wrong"), ("plain", "correct horse")])
def test_rfc2385_2_another_key(stage, name, key):
    """Its segments are dropped without an answer."""
    options = [key_of(stage, name, key)] if key else []
    with pytest.raises(TimeoutError):
        stage.tcp(name, options=options, timeout_s=0.3)


def test_rfc2385_2_the_right_key_behind_a_wrong_one(stage):
    with pytest.raises(TimeoutError):
        stage.tcp("key", timeout_s=0.3)
    peer = stage.tcp("key", options=[key_of(stage, "key", "correct horse")])
    peer.establish()
    peer.expect_alive()


def test_rfc2385_2_when_we_connect(stage):
    stage.accept("out-key").establish().expect_alive()


def test_rfc2385_4_2_segments_without_a_key_end_no_session(stage):
    """A RST that an attacker forges has no signature: a stranger's
    connection attempts from the neighbor's address do no harm."""
    peer = stage.tcp("key", options=[key_of(stage, "key", "correct horse")])
    peer.establish()
    with pytest.raises(TimeoutError):
        stage.tcp("key", timeout_s=0.3)
    peer.expect_alive()


def test_rfc2385_4_5_a_reload_changes_the_key(new_stage):
    """The key's file has changed, the configuration that names it has not.
    That session is reset, the old key is worth nothing from then on, and
    the neighbor beside it notices nothing."""
    stage = new_stage({"key": {"key": "old"}, "other": {"key": "kept"}})
    old, other = (stage.tcp(name, options=[key_of(stage, name, key)])
                  for name, key in (("key", "old"), ("other", "kept")))
    old.establish()
    other.establish()
    (stage.rtbh.directory / "key.key").write_text("new\n")
    assert stage.call("daemon.reload")["changed"]
    old.close()
    with pytest.raises(TimeoutError):
        stage.tcp("key", options=[key_of(stage, "key", "old")], timeout_s=0.3)
    new = stage.tcp("key", options=[key_of(stage, "key", "new")])
    new.establish()
    new.expect_alive()
    other.expect_alive()


def test_rfc2385_4_1_a_mismatch_looks_like_what_it_is(new_stage):
    """Nothing comes back from a neighbor with another key, so all that can
    be told is that nothing does, and that there is a password."""
    stage = new_stage({"out": {"listens": True, "key": "theirs"}})
    (stage.rtbh.directory / "out.key").write_text("ours\n")
    stage.call("daemon.reload")
    error = wait_for("the attempt is given up", lambda: (
        found := stage.entry("out")["last_error"])
        and "timed out" in found["text"] and found)
    assert "password" in error["text"]
    assert "password" in stage.rtbh.ctl_raw("neighbors", "out").stdout


# --- addresses and ports ---


def test_rfc4271_8_another_port(stage):
    stage.accept("out-port").establish().expect_alive()


def test_rfc4271_8_our_address_is_the_configured_one(stage):
    peer = stage.accept("out-local")
    assert peer.sock.getpeername()[0] == OURS[4]


@pytest.mark.parametrize("name", ["link", "out-link"])
def test_rfc2545_3_link_local(stage, name):
    """With its scope; our next hop is our link-local address."""
    who = stage.neighbors[name]
    peer = stage.accept(name) if who.listens else stage.tcp(name)
    peer.establish()
    family, next_hop, prefixes = peer.initial[0].reach()
    assert family == bgp.IPV6 and prefixes == ["2001:db8:100::/48"]
    assert len(next_hop) in (16, 32)
    # where we connect, the kernel picks the address
    ours = peer.sock.getpeername()[0].split("%")[0]
    assert next_hop.endswith(bgp.packed(ours))
    peer.expect_alive()


def test_rfc4271_6_8_other_neighbors_of_one_listener(stage):
    """Sessions of all sorts at the same time."""
    peers = [stage.establish("plain"), stage.establish("v6"),
             stage.establish("link")]
    for peer in peers:
        peer.expect_alive()




# --- SYN cookies: there is no SYN to look at ---

NEAR_ONLY = {"near": {"ttl_security": True},
             "near2": {"ttl_security": 2},
             "near_v6": {"version": 6, "ttl_security": True}}
FAR_TOO = {"near": {"ttl_security": True}, "far": {"multihop": 64}}


def with_cookies(new_stage, neighbors):
    """As in a SYN flood, but for every connection."""
    stage = new_stage(neighbors)
    stage.node.run("sysctl", "-qw", "net.ipv4.tcp_syncookies=2")
    return stage


@pytest.mark.parametrize("name, ttl, version", [
    ("near", 255, 4), ("near2", 254, 4), ("near_v6", 255, 6)])
def test_rfc5082_3_near_enough_by_a_cookie(new_stage, name, ttl, version):
    """The listener takes nothing that comes from farther than the farthest
    of its neighbors; of those that are nearer, it cannot tell."""
    neighbors = dict(NEAR_ONLY)
    if name == "near":
        del neighbors["near2"]
    stage = with_cookies(new_stage, neighbors)
    peer = stage.tcp(name, options=[ttl_option(ttl, version)])
    peer.expect_open()
    peer.establish()


def test_rfc5082_3_too_far_by_a_cookie(new_stage):
    stage = with_cookies(new_stage, {"near": NEAR_ONLY["near"]})
    with pytest.raises(TimeoutError):
        stage.tcp("near", options=[ttl_option(254)], timeout_s=1)


def test_rfc5082_3_a_cookie_where_others_may_be_far(new_stage):
    """It cannot be told how near it is: refused, and logged."""
    stage = with_cookies(new_stage, FAR_TOO)
    stage.tcp("near", options=[ttl_option(255)]).expect_closed()
    assert "neighbor near: a connection is refused: " in (
        stage.rtbh.daemon.log_text())
    stage.establish("far")


def test_rfc5082_3_the_listener_follows_a_reload(new_stage):
    stage = with_cookies(new_stage, FAR_TOO)
    stage.rtbh.config["neighbors"][1]["ttl-security"] = 3
    del stage.rtbh.config["neighbors"][1]["multihop"]
    stage.rtbh.write_config()
    stage.rtbh.ctl("reload")
    stage.tcp("far", options=[ttl_option(253)]).establish()
    with pytest.raises(TimeoutError):
        stage.tcp("far", options=[ttl_option(252)], timeout_s=1)
    stage.tcp("near", options=[ttl_option(255)]).expect_closed()
    del stage.rtbh.config["neighbors"][1]["ttl-security"]
    stage.rtbh.write_config()
    stage.rtbh.ctl("reload")
    stage.tcp("far", options=[ttl_option(3)]).establish()
