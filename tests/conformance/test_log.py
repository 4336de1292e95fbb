"""What the log tells of a connection's end: one line at level info, and in it
why; and that no neighbor fills it."""

import itertools
import re
import socket
import struct

import pytest

from lab import wait_for

import message as bgp
from wire_client import call

# One for each case: their lines are told apart by the name.
NEIGHBORS = {name: {} for name in (
    "their_cease", "their_fin", "our_error", "our_reset", "our_disable",
    "beside", "restarted", "refused", "gone", "fails", "flaps",
    "full")} | {
    "hold_time": {"hold_time": "3s"}}

SAID = b"\x10we move the line"


def lines_of(stage, name):
    """Without those of who asked for what."""
    lines = re.findall(rf" info \w+: neighbor {name}: (.*)",
                       stage.rtbh.daemon.log_text())
    return [line for line in lines if " by root (pid " not in line]


def expect_lines(stage, name, *expected):
    """These and no others, once there are so many."""
    wait_for("the last line",
             lambda: len(lines_of(stage, name)) >= len(expected))
    assert lines_of(stage, name) == list(expected)


def their_cease(stage, peer):
    del stage
    peer.send(bgp.notification(6, 2, SAID))


def their_fin(stage, peer):
    del stage
    peer.sock.shutdown(socket.SHUT_WR)


def our_error(stage, peer):
    del stage
    peer.send(bgp.message(9))


def hold_time(stage, peer):
    del stage, peer


def our_reset(stage, peer):
    del peer
    stage.call("neighbor.reset", name="our_reset")


def our_disable(stage, peer):
    del peer
    stage.call("neighbor.disable", name="our_disable", message="drill")


ENDS = [
    (their_cease,
     "received NOTIFICATION Cease/Administrative Shutdown: we move the line"),
    (their_fin, "closed by the neighbor"),
    (our_error, "sent NOTIFICATION Message Header Error/Bad Message Type"),
    (hold_time, "sent NOTIFICATION Hold Timer Expired"),
    (our_reset, "sent NOTIFICATION Cease/Administrative Reset"),
    (our_disable, "sent NOTIFICATION Cease/Administrative Shutdown: drill"),
]


@pytest.mark.parametrize("end, why", ENDS, ids=[e.__name__ for e, _ in ENDS])
def test_the_end_of_a_session_is_one_line(stage, end, why):
    name = end.__name__
    end(stage, stage.establish(name))
    expect_lines(stage, name, "session up", f"session down: {why}")


def test_a_session_s_end_is_not_told_by_what_happened_beside_it(stage):
    """A second connection is told when it ends, and its Cease is not why the
    session ends later."""
    peer = stage.establish("beside")
    again = stage.connect("beside")
    again.send(bgp.notification(6, 2, SAID))
    again.expect_closed()
    peer.close()
    expect_lines(
        stage, "beside", "session up", "received NOTIFICATION "
        "Cease/Administrative Shutdown: we move the line",
        "session down: closed by the neighbor")


def test_a_session_that_is_replaced(stage):
    """The neighbor has restarted (RFC 4724, section 5)."""
    restarts = bgp.graceful_restart(120)
    for _ in range(2):
        peer = stage.connect("restarted")
        peer.establish(capabilities=peer.default_capabilities(restarts))
    expect_lines(stage, "restarted", "session up",
                 "session down: replaced by a new connection", "session up")


def test_what_ends_before_a_session_stands(stage):
    peer = stage.confirm("refused")
    peer.send(bgp.notification(6, 5))
    expect_lines(stage, "refused",
                 "received NOTIFICATION Cease/Connection Rejected")
    peer = stage.connect("gone")
    peer.sock.shutdown(socket.SHUT_WR)
    expect_lines(stage, "gone", "closed by the neighbor")


# --- what a neighbor can repeat ---

# Ten seconds of lines may come at once, and some seconds go by.
AT_ONCE, MEANWHILE_S = 10, 10


def test_victims_that_a_neighbor_gives_up_are_counted(new_stage):
    """It has them all over a restart, and then says that it takes none."""
    victims = 1000
    stage = new_stage({"gives_up": {}}, {
        "aggregates": ["10.0.0.0/8"],
        "blackhole": {"communities": ["blackhole"], "max-victims": victims}})
    call(stage.rtbh, "victim.add_many",
         victims=[f"10.0.{i >> 8}.{i & 255}" for i in range(victims)])
    for _ in range(2):
        peer = stage.connect("gives_up")
        peer.establish(capabilities=peer.default_capabilities(
            bgp.graceful_restart(120, notify=True)))
        peer.send(bgp.notification(6, 1, bgp.u16(1) + b"\1" + bgp.u32(0)))
        peer.expect_closed()
        stage.close_peers()

    def told():
        log = stage.rtbh.daemon.log_text()
        more = re.findall(r"victims: (\d+) more that a neighbor", log)
        return log.count("gives_up has it no more"), sum(map(int, more))
    wait_for("all are told of", lambda: sum(told()) == victims)
    assert told()[0] <= 10 * (AT_ONCE + MEANWHILE_S)


def fail(stage, number):
    """By turns in two ways, so that each is news."""
    peer = stage.connect("fails")
    if number % 2:
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        peer.sock.close()
    else:
        peer.close()


def flap(stage, number):
    del number
    stage.establish("flaps").close()


def fill(stage, number):
    peer = stage.establish("full")
    peer.send(bgp.notification(6, 1, bgp.u16(1) + b"\1" + bgp.u32(number)))
    peer.expect_closed()


@pytest.mark.parametrize("once, name", [(fail, "fails"), (flap, "flaps"),
                                        (fill, "full")])
def test_what_a_neighbor_repeats_is_counted(stage, once, name):
    """Nothing is lost without a word: it comes with the next line."""
    numbers = itertools.count()
    for _ in range(60):
        once(stage, next(numbers))
        stage.peers = []
    written = re.findall(rf" (?:info|warning) \w+: neighbor {name}: ",
                         stage.rtbh.daemon.log_text())
    assert len(written) <= 2 * (AT_ONCE + MEANWHILE_S)

    def told():
        once(stage, next(numbers))
        return re.search(rf" neighbor {name}: \d+ more lines were not logged",
                         stage.rtbh.daemon.log_text())
    wait_for("it is told how many were not", told)
