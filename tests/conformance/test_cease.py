"""RFC 4486 (Cease subcodes) and RFC 9003 (shutdown communication), received.
"""

import pytest

import message as bgp

NEIGHBORS = {"external": {}, "full": {}, "bounded": {}}


def told(stage, name="external"):
    return stage.entry(name)["last_error"]


@pytest.mark.parametrize("subcode", [*range(11), 99, 255])
def test_rfc4486_4_every_subcode_ends_the_session(stage, subcode):
    """And it can come back at once."""
    peer = stage.establish("external")
    peer.send(bgp.notification(6, subcode))
    peer.expect_closed()
    error = told(stage)
    assert (error["code"], error["subcode"]) == (6, subcode)
    stage.close_peers()
    stage.establish("external").expect_alive()


SAID = {
    "short": "maintenance window, TICKET-1",
    "longest": "x" * 255,
    "128_octets": "y" * 128,
    "utf8": "Wartung für 2 h — до завтра 🚧",
}


@pytest.mark.parametrize("subcode", [2, 4])
@pytest.mark.parametrize("text", SAID.values(), ids=SAID.keys())
def test_rfc9003_2_communication_is_shown(stage, subcode, text):
    peer = stage.establish("external")
    octets = text.encode()
    peer.send(bgp.notification(6, subcode, bytes([len(octets)]) + octets))
    peer.expect_closed()
    assert told(stage)["text"].endswith(text[:150]) or (
        text[:100] in told(stage)["text"])


def test_rfc9003_2_all_of_255_octets_are_shown(stage):
    peer = stage.establish("external")
    peer.send(bgp.notification(6, 2, b"\xff" + b"z" * 255))
    peer.expect_closed()
    assert "z" * 255 in told(stage)["text"]


MALFORMED = {
    "length_beyond_the_data": b"\x09abc",
    "length_alone": b"\x01",
    "not_utf8": b"\x04ab\xff\xfe",
    "overlong_utf8": b"\x02\xc0\xaf",
    "surrogate": b"\x03\xed\xa0\x80",
    "cut_character": b"\x03ab\xe2",
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_rfc9003_4_malformed_communication(stage, data):
    """The session ends all the same; no garbage is shown."""
    peer = stage.establish("external")
    peer.send(bgp.notification(6, 2, data))
    peer.expect_closed()
    text = told(stage)["text"]
    assert "Administrative Shutdown" in text
    assert "ab" not in text


@pytest.mark.parametrize("data", [b"", b"\0"], ids=["none", "empty"])
def test_rfc9003_2_no_communication(stage, data):
    peer = stage.establish("external")
    peer.send(bgp.notification(6, 2, data))
    peer.expect_closed()
    assert told(stage)["text"].endswith("Administrative Shutdown")


def test_rfc9003_5_control_characters_reach_no_terminal(stage):
    peer = stage.establish("external")
    octets = "a\x1b[31m\x07\u202eb\u2028\n".encode()
    peer.send(bgp.notification(6, 2, bytes([len(octets)]) + octets))
    peer.expect_closed()
    text = told(stage)["text"]
    assert text.isprintable() and "[31m" in text
    log = stage.rtbh.daemon.log_text()
    assert "\x1b" not in log and "\u202e" not in log


def test_rfc9003_2_other_subcodes_carry_no_communication(stage):
    peer = stage.establish("external")
    peer.send(bgp.notification(6, 3, b"\x05hello"))
    peer.expect_closed()
    assert "hello" not in told(stage)["text"]


# --- Maximum Prefixes: less is announced, never the same again ---


def refused_for_too_many(stage, name, data):
    """What is announced after Cease/Maximum Prefixes with that data."""
    peer = stage.establish(name)
    stage.rtbh.ctl("add", *[f"203.0.113.{n}" for n in range(60, 70)])
    peer.expect_update()
    peer.send(bgp.notification(6, 1, data))
    peer.expect_closed()
    stage.close_peers()
    try:
        peer = stage.establish(name)
        return [p for u in peer.initial for p in u.nlri]
    finally:
        stage.rtbh.ctl("withdraw", *[f"203.0.113.{n}" for n in range(60, 70)])


def test_rfc4486_4_maximum_prefixes_then_aggregates_only(stage):
    assert refused_for_too_many(stage, "full", b"") == ["203.0.113.0/24"]


def test_rfc4486_4_maximum_prefixes_with_a_bound(stage):
    """AFI, SAFI and the bound in the data: as much as fits."""
    data = bgp.u16(1) + b"\1" + bgp.u32(5)
    found = refused_for_too_many(stage, "bounded", data)
    assert "203.0.113.0/24" in found
    assert len(found) == 5
