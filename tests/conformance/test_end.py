"""How a session ends: RFC 8538 and 4486, by the table that the interfaces
give.  What a NOTIFICATION does at the other end is decided by the N bit."""

import os
import pathlib
import signal

import pytest

from lab import wait_for

import message as bgp

NEIGHBORS = {"n-bit": {}, "no-n-bit": {}, "none": {}, "off": {
    "graceful_restart": "0s"}}
OFFERS = {"n-bit": [bgp.graceful_restart(120, notify=True)],
          "no-n-bit": [bgp.graceful_restart(120)], "none": [],
          "off": [bgp.graceful_restart(120, notify=True)]}


@pytest.fixture
def sessions(new_stage):
    """A daemon, and a session of each sort."""
    stage = new_stage(NEIGHBORS)
    found = {}
    for name, offers in OFFERS.items():
        peer = found[name] = stage.connect(name)
        peer.establish(capabilities=peer.default_capabilities(*offers))
    return stage, found


def expect_quiet_end(peer):
    """A FIN, and no NOTIFICATION: that would take the routes away."""
    got = peer.receive()
    while got.kind in (bgp.KEEPALIVE, bgp.UPDATE):
        got = peer.receive()
    assert got.kind == "closed", got


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT],
                         ids=["term", "int"])
def test_rfc8538_4_stop_by_signal(sessions, how):
    """Cease/Administrative Reset keeps routes where N was agreed on; without
    N only a FIN does; without graceful restart it is a shutdown."""
    stage, peers = sessions
    stage.rtbh.stop(how)
    peers["n-bit"].expect_notification(6, 4)
    expect_quiet_end(peers["no-n-bit"])
    peers["none"].expect_notification(6, 2)
    peers["off"].expect_notification(6, 2)


TEXT = "upgrade \u2192 back at 4"
TOLD = bytes([len(TEXT.encode())]) + TEXT.encode()


def test_rfc8538_4_stop_by_command(sessions):
    """The same, and with a communication (RFC 9003)."""
    stage, peers = sessions
    stage.call("daemon.stop", message=TEXT)
    peers["n-bit"].expect_notification(6, 4, TOLD)
    expect_quiet_end(peers["no-n-bit"])
    peers["none"].expect_notification(6, 2, TOLD)


def test_rfc8538_3_1_stop_and_withdraw(sessions):
    """The routes are to go: a Hard Reset where N was agreed on."""
    stage, peers = sessions
    stage.call("daemon.stop", withdraw=True, message=TEXT)
    peers["n-bit"].expect_notification(6, 9, b"\x06\x02" + TOLD)
    peers["no-n-bit"].expect_notification(6, 2, TOLD)
    peers["none"].expect_notification(6, 2, TOLD)


def test_rfc8538_4_reset(sessions):
    stage, peers = sessions
    for name in peers:
        stage.call("neighbor.reset", name=name)
    peers["n-bit"].expect_notification(6, 4)
    expect_quiet_end(peers["no-n-bit"])
    peers["none"].expect_notification(6, 4)
    peers["off"].expect_notification(6, 4)
    stage.close_peers()
    for name in peers:
        stage.establish(name).expect_alive()


def test_rfc4486_4_soft_reset_ends_nothing(sessions):
    """All routes are announced again, between BoRR and EoRR (RFC 7313,
    section 4), and that is all."""
    stage, peers = sessions
    for name, peer in peers.items():
        stage.call("neighbor.reset", name=name, soft=True)
        assert peer.expect(bgp.ROUTE_REFRESH) == b"\0\1\1\1"
        assert peer.expect_update().nlri == ["203.0.113.0/24"]
        assert peer.expect(bgp.ROUTE_REFRESH) == b"\0\1\2\1"
        peer.expect_alive()


def test_rfc9003_2_disable(sessions):
    """With a communication; then the neighbor is refused until it is
    enabled."""
    stage, peers = sessions
    for name in peers:
        stage.call("neighbor.disable", name=name, message=TEXT)
    peers["n-bit"].expect_notification(6, 9, b"\x06\x02" + TOLD)
    for name in ("no-n-bit", "none", "off"):
        peers[name].expect_notification(6, 2, TOLD)
    stage.close_peers()
    stage.tcp("none").expect_closed()
    stage.call("neighbor.enable", name="none")
    stage.establish("none").expect_alive()


def test_rfc9003_2_communication_of_more_than_255_octets(sessions):
    """Refused, or cut between two characters."""
    stage, peers = sessions
    with pytest.raises(AssertionError):
        stage.call("neighbor.disable", name="none", message="\u00e9" * 200)
    peers["none"].expect_alive()
    stage.call("neighbor.disable", name="none", message="\u00e9" * 127)
    peers["none"].expect_notification(
        6, 2, b"\xfe" + "\u00e9".encode() * 127)


def test_rfc4486_4_removed_from_the_configuration(sessions):
    """Peer De-configured, in a Hard Reset where N was agreed on; the
    neighbor that stays notices nothing."""
    stage, peers = sessions
    neighbors = stage.rtbh.config["neighbors"]
    stage.rtbh.config["neighbors"] = [
        n for n in neighbors if n["name"] == "off"]
    stage.rtbh.write_config()
    stage.call("daemon.reload")
    peers["n-bit"].expect_notification(6, 9, b"\x06\x03")
    peers["no-n-bit"].expect_notification(6, 3)
    peers["none"].expect_notification(6, 3)
    peers["off"].expect_alive()


def test_rfc8538_4_reload_that_changes_a_session(sessions):
    """That session is reset as by the command, no other one."""
    stage, peers = sessions
    for neighbor in stage.rtbh.config["neighbors"]:
        if neighbor["name"] != "off":
            neighbor["hold-time"] = "30s"
    stage.rtbh.write_config()
    stage.call("daemon.reload")
    peers["n-bit"].expect_notification(6, 4)
    expect_quiet_end(peers["no-n-bit"])
    peers["none"].expect_notification(6, 4)
    peers["off"].expect_alive()


def test_rfc4724_4_fin_comes_after_all_is_flushed(sessions):
    """A blackhole set up right before the stop still gets there."""
    stage, peers = sessions
    stage.rtbh.ctl("add", "203.0.113.7")
    stage.rtbh.stop()
    for peer in peers.values():
        found = bgp.parse_update(peer.expect(bgp.UPDATE,
                                             skip=(bgp.KEEPALIVE,)))
        assert found.nlri == ["203.0.113.7/32"]


def test_rfc8538_4_stop_withdraws_nothing(sessions):
    stage, peers = sessions
    stage.rtbh.stop()
    got = peers["no-n-bit"].receive()
    assert got.kind in (bgp.KEEPALIVE, "closed"), got


def test_rfc4271_8_2_2_stop_in_opensent_and_openconfirm(new_stage):
    """Event 2: Cease there too."""
    stage = new_stage({"opensent": {}, "openconfirm": {}})
    peers = [stage.connect("opensent"), stage.confirm("openconfirm")]
    stage.rtbh.stop()
    for peer in peers:
        body = peer.expect(bgp.NOTIFICATION)
        assert body[0] == 6 and body[1] in (2, 4)
        peer.expect_end()


def children(pid):
    return [int(p) for p in pathlib.Path(
        f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_rfc4724_4_the_speaker_dies(sessions):
    """The kernel ends its connections, without a NOTIFICATION; another
    speaker has the R bit."""
    stage, peers = sessions
    (speaker,) = children(stage.rtbh.daemon.pid)
    os.kill(speaker, signal.SIGKILL)
    for peer in peers.values():
        peer.expect_closed()
    stage.close_peers()

    def again():
        try:
            return stage.connect("n-bit")
        except (ConnectionRefusedError, AssertionError):
            return None

    peer = wait_for("another speaker listens", again)
    assert peer.open.values(bgp.GRACEFUL_RESTART)[0][0] & 0x80
    peer.establish().expect_alive()


def test_rfc4724_4_the_keeper_dies(sessions):
    """The speaker ends its sessions so that routes stay, within a second or
    so."""
    stage, peers = sessions
    stage.rtbh.stop(signal.SIGKILL)
    peers["n-bit"].expect_notification(6, 4, timeout_s=3)
    expect_quiet_end(peers["no-n-bit"])


def test_rfc8538_3_1_hard_reset_received(sessions):
    """With N agreed on it is the full reset: the session ends, and the
    error inside is told."""
    stage, peers = sessions
    text = "maintenance".encode()
    peers["n-bit"].send(bgp.notification(
        6, 9, b"\x06\x02" + bytes([len(text)]) + text))
    peers["n-bit"].expect_closed()
    error = stage.entry("n-bit")["last_error"]
    assert (error["code"], error["subcode"]) == (6, 9)
    assert "maintenance" in error["text"]


@pytest.mark.parametrize("name", ["n-bit", "no-n-bit", "none"])
def test_rfc8538_4_errors_are_told_as_they_are(sessions, name):
    """A protocol error is no Hard Reset of ours."""
    _, peers = sessions
    peers[name].send(bgp.message(9))
    peers[name].expect_notification(1, 3, b"\x09")
