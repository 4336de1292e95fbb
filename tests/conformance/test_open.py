"""RFC 4271, sections 4.2 and 6.2: OPEN, ours and theirs; RFC 6286; RFC 7607.
"""

import pytest

import message as bgp

NEIGHBORS = {
    "external": {},
    "internal": {"asn": 64500},
    "wide": {"asn": 4200000001},
    "hold9": {"hold_time": "9s"},
    "hold0": {"hold_time": "0s"},
}


# --- what we send ---


def test_rfc4271_8_2_2_open_is_sent_without_waiting(stage):
    """Passive opening without DelayOpen: ours comes first if need be."""
    peer = stage.tcp("external")
    assert peer.expect_open().version == 4


def test_rfc4271_4_2_our_open(stage):
    peer = stage.connect("external")
    assert peer.open.version == 4
    assert peer.open.asn == 64500
    assert peer.open.hold_time == 90
    assert peer.open.bgp_id == "10.255.0.1"


def test_rfc4271_4_2_our_hold_time_is_the_configured_one(stage):
    assert stage.connect("hold9").open.hold_time == 9
    assert stage.connect("hold0").open.hold_time == 0


def test_rfc4271_4_2_one_identifier_for_all_neighbors(stage):
    assert (stage.connect("internal").open.bgp_id
            == stage.connect("external").open.bgp_id)


def test_rfc5492_4_our_capabilities_stand_in_parameters_of_type_2(stage):
    """parse_open() checks the type and every length."""
    codes = [c for c, _ in stage.connect("external").open.capabilities]
    assert {bgp.MULTIPROTOCOL, bgp.REFRESH, bgp.AS4} <= set(codes)


def test_rfc5492_4_each_of_our_capabilities_stands_once(stage):
    found = stage.connect("external").open.capabilities
    assert len(found) == len(set(found))


# --- what we take ---


@pytest.mark.parametrize("version", [0, 1, 3, 5, 255])
def test_rfc4271_6_2_version(stage, version):
    """The data is the version we speak, in two octets."""
    peer = stage.connect("external")
    peer.send_open(version=version)
    peer.expect_notification(2, 1, b"\x00\x04")


def test_rfc4271_6_2_version_is_judged_first(stage):
    """What follows the version octet of another version means nothing."""
    peer = stage.connect("external")
    peer.send(bgp.message(bgp.OPEN, b"\x05" + b"\xff" * 9))
    peer.expect_notification(2, 1, b"\x00\x04")


@pytest.mark.parametrize("asn", [1, 64500, 64502, 65535, 0])
def test_rfc4271_6_2_another_as(stage, asn):
    peer = stage.connect("external")
    peer.send_open(asn=asn, capabilities=[bgp.multiprotocol(bgp.IPV4)])
    peer.expect_notification(2, 2)


def test_rfc4271_6_2_another_as_from_an_internal_neighbor(stage):
    peer = stage.connect("internal")
    peer.send_open(asn=64501, capabilities=[bgp.as4(64501)])
    peer.expect_notification(2, 2)


def test_rfc7607_2_as_0(stage):
    peer = stage.connect("external")
    peer.send_open(asn=0, capabilities=[bgp.as4(64501)])
    peer.expect_notification(2, 2)


def test_rfc7607_2_as_0_in_the_capability(stage):
    peer = stage.connect("external")
    peer.send_open(capabilities=[bgp.as4(0)])
    peer.expect_notification(2, 2)


@pytest.mark.parametrize("hold_time", [1, 2])
def test_rfc4271_6_2_hold_time_refused(stage, hold_time):
    peer = stage.connect("external")
    peer.send_open(hold_time=hold_time)
    peer.expect_notification(2, 6)


@pytest.mark.parametrize("hold_time", [0, 3, 4, 240, 65535])
def test_rfc4271_6_2_hold_time_taken(stage, hold_time):
    stage.establish("external", hold_time=hold_time).expect_alive()
    assert stage.entry("external")["hold_time"] == min(hold_time, 90)


def test_rfc4271_4_2_the_smaller_hold_time_counts(stage):
    stage.establish("hold9", hold_time=90)
    assert stage.entry("hold9")["hold_time"] == 9


def test_rfc4271_4_2_our_hold_time_of_0_counts(stage):
    stage.establish("hold0", hold_time=90)
    assert stage.entry("hold0")["hold_time"] == 0


def test_rfc4271_6_2_identifier_0(stage):
    peer = stage.connect("external")
    peer.send_open(bgp_id="0.0.0.0")
    peer.expect_notification(2, 3)


@pytest.mark.parametrize("bgp_id", ["0.0.0.1", "127.0.0.1", "224.0.0.1",
                                    "255.255.255.255"])
def test_rfc6286_2_1_identifier_is_any_other_number(stage, bgp_id):
    stage.establish("external", bgp_id=bgp_id).expect_alive()
    assert stage.entry("external")["router_id"] == bgp_id


def test_rfc6286_2_2_our_identifier_within_our_as(stage):
    peer = stage.connect("internal")
    peer.send_open(bgp_id="10.255.0.1")
    peer.expect_notification(2, 3)


def test_rfc6286_2_1_our_identifier_in_another_as(stage):
    """It need only be unique within one AS."""
    stage.establish("external", bgp_id="10.255.0.1").expect_alive()


@pytest.mark.parametrize("kind", [0, 1, 3, 254])
def test_rfc4271_6_2_unknown_optional_parameter(stage, kind):
    """Type 1, authentication, is gone since RFC 4271."""
    peer = stage.connect("external")
    field = bgp.parameter(b"\x00", kind)
    peer.send_open(options=bytes([len(field)]) + field)
    peer.expect_notification(2, 4)


def test_rfc4271_6_2_unknown_parameter_behind_capabilities(stage):
    peer = stage.connect("external")
    field = bgp.parameter(bgp.as4(64501)) + bgp.parameter(b"", 7)
    peer.send_open(options=bytes([len(field)]) + field)
    peer.expect_notification(2, 4)


MALFORMED_OPTIONS = {
    "length-without-parameters": b"\x05",
    "length-beyond-the-message": b"\x0a\x02\x06\x41\x04\x00\x00\xfb\xf5",
    "length-short-of-the-message": b"\x02\x02\x00\x00\x00",
    "length-0-with-octets-behind": b"\x00\x02\x00",
    "half-a-parameter-header": b"\x01\x02",
    "parameter-beyond-the-field": b"\x03\x02\x04\x01",
    "capability-without-length": b"\x03\x02\x01\x02",
    "capability-beyond-its-parameter": b"\x04\x02\x02\x41\x04",
    "as4-beyond-its-parameter": b"\x06\x02\x04\x41\x04\x00\x00",
    "second-capability-cut": b"\x07\x02\x05\x02\x00\x41\x04\x00",
}


@pytest.mark.parametrize("options", MALFORMED_OPTIONS.values(),
                         ids=MALFORMED_OPTIONS.keys())
def test_rfc4271_6_2_malformed_optional_parameters(stage, options):
    """Recognized but malformed: subcode 0, Unspecific."""
    peer = stage.connect("external")
    peer.send_open(options=options)
    peer.expect_notification(2, 0)


def test_rfc4271_6_2_an_open_cut_at_every_octet(stage):
    """None of them gets through, and none does harm."""
    peer = stage.neighbors["external"]
    field = bgp.parameter(bgp.multiprotocol(bgp.IPV4) + bgp.as4(64501)
                          + bgp.graceful_restart())
    options = bytes([len(field)]) + field
    whole = bgp.open_message(64501, 90, peer.bgp_id, options)[19:]
    for cut in range(10, len(whole)):
        peer = stage.connect("external")
        peer.send(bgp.message(bgp.OPEN, whole[:cut]))
        peer.expect_notification(2, 0)
        peer.close()
    stage.establish("external").expect_alive()


def test_rfc5492_4_no_optional_parameters(stage):
    """An old speaker: IPv4 unicast, and nothing else."""
    peer = stage.establish("external", options=b"\0")
    assert peer.initial[0].nlri == ["203.0.113.0/24"]
    assert stage.entry("external")["families"] == ["ipv4"]


def test_rfc5492_4_one_parameter_for_each_capability(stage):
    peer = stage.connect("external")
    capabilities = peer.default_capabilities()
    field = b"".join(map(bgp.parameter, capabilities))
    peer.establish(options=bytes([len(field)]) + field)
    peer.expect_alive()


def test_rfc5492_4_an_empty_capabilities_parameter(stage):
    peer = stage.connect("external")
    field = bgp.parameter(b"") + bgp.parameter(
        b"".join(peer.default_capabilities()))
    peer.establish(options=bytes([len(field)]) + field)
    peer.expect_alive()


def test_rfc6793_4_2_1_as_trans_with_the_capability(stage):
    """A neighbor whose AS needs four octets."""
    peer = stage.establish("wide")
    peer.expect_alive()
    assert stage.entry("wide")["remote_as"] == 4200000001


def test_rfc6793_4_2_1_as_trans_without_the_capability(stage):
    """Such an AS cannot come from an old speaker."""
    peer = stage.connect("wide")
    peer.send_open(asn=bgp.AS_TRANS,
                   capabilities=[bgp.multiprotocol(bgp.IPV4)])
    peer.expect_notification(2, 2)


def test_rfc6793_4_2_1_another_as_in_the_capability(stage):
    peer = stage.connect("external")
    peer.send_open(asn=bgp.AS_TRANS, capabilities=[bgp.as4(4200000001)])
    peer.expect_notification(2, 2)


def test_rfc6793_4_1_the_capability_counts_not_as_trans(stage):
    """AS_TRANS in the header is allowed for any AS."""
    peer = stage.connect("external")
    peer.establish(asn=bgp.AS_TRANS)
    peer.expect_alive()


def test_rfc4271_6_2_the_connection_of_a_refused_open_can_be_retried(stage):
    """At once: an incoming connection is always taken."""
    for _ in range(5):
        peer = stage.connect("external")
        peer.send_open(hold_time=1)
        peer.expect_notification(2, 6)
        peer.close()
    stage.establish("external").expect_alive()
