"""RFC 5492 (capabilities), RFC 9072 (more than 255 octets of parameters),
RFC 8654 (long messages)."""

import pytest

import message as bgp

NEIGHBORS = {
    "external": {},
    # refusals are remembered: a neighbor each
    **{f"refusing{n}": {} for n in range(8)},
    "refusing-role": {"role": "customer"},
    "v6": {"families": [bgp.IPV4, bgp.IPV6],
           "next_hop_ipv6": "2001:db8::66",
           "aggregate_next_hop_ipv6": "2001:db8::1"},
}


def codes(peer):
    return [code for code, _ in peer.open.capabilities]


# --- RFC 5492: what we get ---

UNKNOWN = {
    "empty": bgp.capability(200),
    "with_value": bgp.capability(200, b"abc"),
    "longest": bgp.capability(201, bytes(200)),
    "code_0": bgp.capability(0),
    "code_255": bgp.capability(255, b"\xff"),
    "cisco_refresh": bgp.capability(128),
    "hostname": bgp.capability(73, b"\x03abc\x00"),
    "add_path": bgp.capability(69, b"\0\1\1\3"),
}


@pytest.mark.parametrize("more", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_rfc5492_4_unknown_capability_is_ignored(stage, more):
    """It is never a reason for an error."""
    peer = stage.connect("external")
    peer.establish(capabilities=[more, *peer.default_capabilities()])
    peer.expect_alive()


ODD = {
    "multiprotocol_of_3": bgp.capability(bgp.MULTIPROTOCOL, b"\0\1\0"),
    "multiprotocol_of_5": bgp.capability(bgp.MULTIPROTOCOL, b"\0\1\0\1\0"),
    "multiprotocol_empty": bgp.capability(bgp.MULTIPROTOCOL),
    "refresh_of_1": bgp.capability(bgp.REFRESH, b"\0"),
    "next_hop_of_5": bgp.capability(bgp.EXTENDED_NEXT_HOP, bytes(5)),
    "long_messages_of_1": bgp.capability(bgp.EXTENDED_MESSAGE, b"\0"),
    "role_empty": bgp.capability(bgp.ROLE),
    "restart_empty": bgp.capability(bgp.GRACEFUL_RESTART),
    "restart_of_1": bgp.capability(bgp.GRACEFUL_RESTART, b"\0"),
    "restart_of_5": bgp.capability(bgp.GRACEFUL_RESTART, bytes(5)),
    "as4_of_2": bgp.capability(bgp.AS4, b"\xfb\xf5"),
    "as4_empty": bgp.capability(bgp.AS4),
    "enhanced_of_1": bgp.capability(bgp.ENHANCED_REFRESH, b"\0"),
    "long_lived_of_6": bgp.capability(bgp.LONG_LIVED, bytes(6)),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_rfc5492_4_capability_of_a_wrong_length(stage, odd):
    """As good as absent; the row of capabilities itself is whole."""
    peer = stage.connect("external")
    peer.establish(capabilities=[odd, *peer.default_capabilities()])
    peer.expect_alive()


def test_rfc5492_4_the_same_capability_twice(stage):
    """With the same value it counts once."""
    peer = stage.connect("external")
    peer.establish(capabilities=peer.default_capabilities() * 2)
    peer.expect_alive()


def test_rfc5492_3_nothing_is_demanded(stage):
    """None of our capabilities need be there in the neighbor's OPEN."""
    peer = stage.connect("external")
    peer.establish(capabilities=[])
    assert peer.expect_alive_without_enhanced().nlri == ["203.0.113.0/24"]


def test_rfc5492_4_many_capabilities(stage):
    peer = stage.connect("external")
    many = [bgp.capability(128 + n) for n in range(100)]
    peer.establish(capabilities=[*peer.default_capabilities(), *many])
    peer.expect_alive()


# --- RFC 5492: what the neighbor refuses ---


def refuse(stage, name, subcode, data=b""):
    """Answers the OPEN with an error, and gives the next one."""
    peer = stage.connect(name)
    peer.send(bgp.notification(2, subcode, data))
    peer.expect_closed()
    peer.close()
    return stage.connect(name)


@pytest.mark.parametrize("number, code", enumerate([
    bgp.REFRESH, bgp.EXTENDED_MESSAGE, bgp.GRACEFUL_RESTART,
    bgp.ENHANCED_REFRESH]))
def test_rfc5492_5_a_refused_capability_is_left_out(stage, number, code):
    """The next OPEN is without it, and with all others."""
    before = stage.connect(f"refusing{number}")
    (value,) = before.open.values(code)
    before.close()
    again = refuse(stage, f"refusing{number}", 7, bgp.capability(code, value))
    assert set(codes(again)) == set(codes(before)) - {code}
    assert again.establish().initial


def test_rfc5492_5_several_refused_at_once(stage):
    again = refuse(stage, "refusing4", 7, bgp.capability(bgp.REFRESH)
                   + bgp.capability(bgp.ENHANCED_REFRESH))
    assert not {bgp.REFRESH, bgp.ENHANCED_REFRESH} & set(codes(again))


def test_rfc5492_5_refused_one_after_another(stage):
    """What was refused once stays out when the next one is refused."""
    refuse(stage, "refusing6", 7, bgp.capability(bgp.REFRESH)).close()
    again = refuse(stage, "refusing6", 7,
                   bgp.capability(bgp.ENHANCED_REFRESH))
    assert not {bgp.REFRESH, bgp.ENHANCED_REFRESH} & set(codes(again))


def test_rfc5492_5_a_reset_offers_all_again(stage):
    """The neighbor may have learned them meanwhile."""
    before = stage.connect("refusing7")
    refuse(stage, "refusing7", 4).close()
    stage.call("neighbor.reset", name="refusing7")
    assert codes(stage.connect("refusing7")) == codes(before)


def test_rfc5492_5_a_refused_role_is_left_out(stage):
    again = refuse(stage, "refusing-role", 7, bgp.role(3))
    assert bgp.ROLE not in codes(again)


@pytest.mark.parametrize("data", [b"", bgp.capability(200, b"x"), b"\x02",
                                  b"\x02\x05", b"\xff" * 300])
def test_rfc5492_5_a_refusal_that_names_nothing_of_ours(stage, data):
    """Without a name there is nothing to leave out."""
    before = codes(stage.connect("external"))
    stage.close_peers()
    again = refuse(stage, "external", 7, data)
    assert codes(again) == before


def test_rfc5492_3_optional_parameters_refused(stage):
    """Unsupported Optional Parameter: the next OPEN has none, as a speaker
    that knows of no capabilities wants it."""
    again = refuse(stage, "refusing5", 4)
    assert again.open.options == b""
    again.establish(options=b"\0")
    assert again.initial[0].nlri == ["203.0.113.0/24"]


# --- RFC 9072 ---

PADDING = bgp.capability(200, bytes(250))


def extended(stage, parameters, name="external", **how):
    peer = stage.connect(name)
    peer.establish(options=bgp.open_extended(parameters, **how))
    return peer


def all_of(peer_identity):
    return (bgp.multiprotocol(bgp.IPV4) + bgp.capability(bgp.REFRESH)
            + bgp.capability(bgp.ENHANCED_REFRESH)
            + bgp.as4(peer_identity.asn))


def test_rfc9072_2_more_than_255_octets(stage):
    who = stage.neighbors["external"]
    value = bgp.parameter_extended(PADDING + PADDING + all_of(who))
    extended(stage, value).expect_alive()


def test_rfc9072_2_a_parameter_each(stage):
    who = stage.neighbors["external"]
    value = (bgp.parameter_extended(PADDING)
             + bgp.parameter_extended(PADDING)
             + bgp.parameter_extended(all_of(who)))
    extended(stage, value).expect_alive()


def test_rfc9072_2_the_form_may_be_used_for_short_ones(stage):
    who = stage.neighbors["external"]
    extended(stage, bgp.parameter_extended(all_of(who))).expect_alive()


@pytest.mark.parametrize("length", [1, 4, 254])
def test_rfc9072_2_the_plain_length_need_not_be_255(stage, length):
    """Any but 0: the type of 255 says it."""
    who = stage.neighbors["external"]
    extended(stage, bgp.parameter_extended(all_of(who)),
             length=length).expect_alive()


def test_rfc9072_2_an_empty_extended_field(stage):
    peer = stage.connect("external")
    peer.establish(options=bgp.open_extended(b""))
    peer.expect_alive_without_enhanced()


MALFORMED = {
    "plain_length_of_0": bgp.open_extended(bgp.parameter_extended(b""),
                                           length=0),
    "length_beyond_the_message": b"\xff\xff\x00\x09\x02\x00\x00",
    "length_short_of_the_message": b"\xff\xff\x00\x03\x02\x00\x00\x00",
    "no_extended_length": b"\xff\xff\x00",
    "parameter_with_a_plain_length": bgp.open_extended(
        bgp.parameter(bgp.capability(bgp.REFRESH))),
    "parameter_cut": bgp.open_extended(b"\x02\x00\x05\x02\x00"),
    "capability_cut": bgp.open_extended(
        bgp.parameter_extended(b"\x41\x04\x00")),
}


@pytest.mark.parametrize("options", MALFORMED.values(), ids=MALFORMED.keys())
def test_rfc9072_2_malformed(stage, options):
    peer = stage.connect("external")
    peer.send_open(options=options)
    peer.expect_notification(2, 0)


def test_rfc9072_2_unknown_parameter(stage):
    peer = stage.connect("external")
    peer.send_open(options=bgp.open_extended(bgp.parameter_extended(b"", 9)))
    peer.expect_notification(2, 4)


def test_rfc9072_2_type_255_behind_the_first_place(stage):
    """There it is an unknown parameter like any other."""
    peer = stage.connect("external")
    field = bgp.parameter(bgp.as4(64501)) + bgp.parameter(b"", 255)
    peer.send_open(options=bytes([len(field)]) + field)
    peer.expect_notification(2, 4)


def test_rfc9072_2_ours_are_plain_where_they_fit(stage):
    """parse_open() takes the plain form only."""
    assert len(stage.connect("v6").open.options) <= 255


# --- RFC 8654 ---

LONG = bgp.capability(bgp.EXTENDED_MESSAGE)


def long_update(length):
    room = length - 19 - 4 - 4
    return bgp.update([bgp.attribute(
        99, bytes(room), flags=bgp.OPTIONAL | bgp.TRANSITIVE)])


def test_rfc8654_3_our_capability(stage):
    assert stage.connect("external").open.values(bgp.EXTENDED_MESSAGE) == [
        b""]


@pytest.mark.parametrize("length", [4097, 65535])
def test_rfc8654_4_long_update_is_taken(stage, length):
    peer = stage.connect("external")
    peer.establish(capabilities=peer.default_capabilities(LONG))
    peer.send(long_update(length))
    peer.expect_alive()


def test_rfc8654_4_who_did_not_offer_it_may_send_them(stage):
    """It says what its sender can take: we said so, and must."""
    peer = stage.establish("external")
    peer.send(long_update(5000))
    peer.expect_alive()


def test_rfc8654_4_long_notification_is_taken(stage):
    peer = stage.connect("external")
    peer.establish(capabilities=peer.default_capabilities(LONG))
    peer.send(bgp.notification(6, 2, bytes(60000)))
    peer.expect_closed()
    assert stage.entry("external")["last_error"]["code"] == 6


@pytest.mark.parametrize("kind", [bgp.OPEN, bgp.KEEPALIVE])
def test_rfc8654_4_open_and_keepalive_never_grow(stage, kind):
    peer = stage.connect("external")
    peer.establish(capabilities=peer.default_capabilities(LONG))
    peer.send(bgp.message(kind, length=4097))
    peer.expect_notification(1, 2, bgp.u16(4097))


def blackhole_many(stage, capabilities):
    """Sizes of the UPDATEs in which 250 addresses of each family come."""
    peer = stage.connect("v6")
    peer.establish(capabilities=capabilities(peer))
    victims = [f"2001:db8:100::{n:x}" for n in range(1, 900)]
    stage.rtbh.ctl("add", *victims)
    updates, found = [], set()
    while len(found) < len(victims):
        update = peer.expect_update()
        updates.append(update)
        found |= set(update.announced())
    # all at once, which in their making they need not be
    updates += peer.refresh(bgp.IPV6)
    stage.rtbh.ctl("withdraw", *victims)
    while found:
        update = peer.expect_update()
        updates.append(update)
        found -= set(update.all_withdrawn())
    return [u.octets for u in updates]


def test_rfc8654_4_ours_are_short_for_one_that_did_not_offer_it(stage):
    """4096 octets at most, and as full as that allows."""
    sizes = blackhole_many(stage, lambda peer: peer.default_capabilities())
    assert max(sizes) <= 4096
    assert max(sizes) > 4096 - 18


def test_rfc8654_4_ours_are_long_for_one_that_offered_it(stage):
    sizes = blackhole_many(
        stage, lambda peer: peer.default_capabilities(LONG))
    assert max(sizes) > 4096
