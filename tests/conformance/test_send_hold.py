"""RFC 9687: a neighbor that takes nothing any more is ended, and slows nobody
else."""

import contextlib
import socket
import time

import pytest

from lab import wait_for

import message as bgp

NEIGHBORS = {
    "slow": {"version": 6, "hold_time": "3s", "send_hold_time": "4s"},
    # without KEEPALIVEs nothing is sent for as long as nothing changes
    "resting": {"hold_time": "0s", "send_hold_time": "4s"},
    "other": {},
}
SMALL_WINDOW = (socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
VICTIMS = [f"2001:db8:100::{n:x}" for n in range(1, 900)]


def with_small_window(stage):
    """A session whose buffers cannot hold all that we have to say."""
    stage.rtbh.ctl("add", *VICTIMS)
    peer = stage.tcp("slow", options=[SMALL_WINDOW])
    return peer.establish()


def test_rfc9687_3_send_hold_timer(stage):
    """The other neighbor is served meanwhile, with nobody waiting."""
    other = stage.establish("other")
    slow = with_small_window(stage)
    slow.send(bgp.route_refresh(bgp.IPV6))
    begin = time.monotonic()

    stage.rtbh.ctl("add", "203.0.113.7")
    assert other.expect_update(1).nlri == ["203.0.113.7/32"]

    def ended():
        try:
            slow.send_keepalive()  # so that it is not the hold timer
        except OSError:
            pass
        return stage.entry("slow")["state"] != "established"

    wait_for("the session is ended", ended)
    assert 3 < time.monotonic() - begin < 12
    error = stage.entry("slow")["last_error"]
    assert (error["code"], error["sent_by"]) == (8, "us")
    other.expect_alive()


def test_rfc9687_3_not_while_the_neighbor_reads(stage):
    """Slowly but steadily, for longer than the send hold time: the timer
    starts anew when octets are acknowledged."""
    slow = with_small_window(stage)
    end = time.monotonic() + 6
    while time.monotonic() < end:
        slow.send(bgp.keepalive(), bgp.route_refresh(bgp.IPV6))
        assert slow.sock.recv(8192)
        time.sleep(0.3)  # this neighbor is slow, nothing is waited for
    assert stage.entry("slow")["state"] == "established"


@pytest.fixture
def unreachable(stage):
    """Cuts the way to a neighbor when it is called with its name."""
    with contextlib.ExitStack() as cut:
        def cut_off(name):
            way = ["blackhole", stage.neighbors[name].address,
                   "table", "local"]
            stage.node.ip("route", "add", *way)
            cut.callback(stage.node.ip, "route", "delete", *way)
        yield cut_off


def test_rfc9687_3_rest_does_not_count(stage, unreachable):
    """The time runs from when there was something to take, not from when the
    neighbor took something last."""
    stage.establish("resting").expect_silence(5)
    unreachable("resting")
    stage.rtbh.ctl("add", "203.0.113.9")
    begin = time.monotonic()
    wait_for("the session is ended", lambda:
             stage.entry("resting")["state"] != "established")
    assert 3 < time.monotonic() - begin < 12
    assert stage.entry("resting")["last_error"]["code"] == 8
