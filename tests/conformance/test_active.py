"""RFC 4271, section 8: the daemon connects, retries and backs off."""

import time

import pytest

import message as bgp

NEIGHBORS = {
    "backing-off": {"listens": True},
    "refusing": {"listens": True},
    "returning": {"listens": True},
    "meanwhile": {"listens": True},
    "leaving": {"listens": True},
    "waiting": {"listens": True, "passive": True},
    "off": {"listens": True, "enabled": False},
    "silent": {"listens": True, "hold_time": "3s"},
}


def test_rfc4271_8_1_1_passive_never_connects(stage):
    with pytest.raises(TimeoutError):
        stage.accept("waiting", 1.5)
    assert stage.entry("waiting")["state"] == "active"


def test_rfc4271_8_2_2_disabled_stays_idle(stage):
    with pytest.raises(TimeoutError):
        stage.accept("off", 0.5)
    assert stage.entry("off")["state"] == "disabled"


def test_rfc4271_8_2_2_open_when_connected(stage):
    peer = stage.accept("silent")
    assert peer.expect_open().asn == 64500
    assert stage.entry("silent")["state"] == "open-sent"
    peer.confirm()
    assert stage.entry("silent")["state"] == "open-confirm"
    peer.expect_notification(4, 0)


def test_rfc4271_8_1_back_off_doubles(stage):
    """From 1 s on, less up to a quarter of jitter (section 10)."""
    times = []
    for _ in range(3):
        stage.accept("backing-off").close()
        times.append(time.monotonic())
    gaps = [b - a for a, b in zip(times, times[1:])]
    assert 0.7 < gaps[0] < 1.4, gaps
    assert 1.4 < gaps[1] < 2.5, gaps


def test_rfc4271_8_2_2_retries_after_a_refused_open(stage):
    peer = stage.accept("refusing")
    peer.expect_open()
    peer.send_open(hold_time=1)
    peer.expect_notification(2, 6)
    stage.accept("refusing").establish().expect_alive()


def test_rfc4271_8_2_2_retries_after_a_session(stage):
    peer = stage.accept("returning").establish()
    peer.send(bgp.notification(6, 4))
    peer.expect_closed()
    stage.accept("returning").establish().expect_alive()


def test_rfc9003_what_it_said_outlives_failed_attempts(stage):
    """A neighbor that was shut down refuses us from then on; the operator
    wants to know why it was, not that it refuses."""
    peer = stage.accept("leaving").establish()
    peer.send(bgp.notification(6, 2, b"\x0bmaintenance"))
    peer.expect_closed()
    for _ in range(2):
        stage.accept("leaving").close()
        error = stage.entry("leaving")["last_error"]
        assert (error["code"], error["subcode"]) == (6, 2)
        assert "maintenance" in error["text"]
    stage.accept("leaving").establish().expect_alive()


def test_rfc4271_8_incoming_is_taken_while_backing_off(stage):
    """The neighbor need not wait for our timer, and there is no second
    connection once there is a session."""
    peer = stage.accept("meanwhile")
    peer.expect_open()
    peer.send(bgp.notification(6, 5))
    peer.expect_closed()
    peer.close()
    peer = stage.establish("meanwhile")
    with pytest.raises(TimeoutError):
        stage.accept("meanwhile", 1.5)
    peer.expect_alive()


