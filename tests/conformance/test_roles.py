"""RFC 9234: roles, and the OTC attribute that keeps leaks away."""

import pytest

import message as bgp
from message import attribute, nlri, packed, u32

PROVIDER, RS, RS_CLIENT, CUSTOMER, PEER = range(5)
ROLES = {"provider": PROVIDER, "rs": RS, "rs-client": RS_CLIENT,
         "customer": CUSTOMER, "peer": PEER}
FITS = {PROVIDER: CUSTOMER, CUSTOMER: PROVIDER, RS: RS_CLIENT, RS_CLIENT: RS,
        PEER: PEER}

NEIGHBORS = {name: {"role": name} for name in ROLES}
NEIGHBORS |= {"strict": {"role": "customer", "role_strict": True},
              "none": {}, "internal": {"asn": 64500, "announce": [
                  "aggregates", "blackholes"]}}

MARKED = ["provider", "rs", "peer"]


def with_roles(peer, *roles):
    return peer.default_capabilities(*map(bgp.role, roles))


@pytest.mark.parametrize("name", sorted(ROLES))
def test_rfc9234_4_1_our_role(stage, name):
    assert stage.connect(name).open.values(bgp.ROLE) == [bytes([ROLES[name]])]


@pytest.mark.parametrize("name", ["none", "internal"])
def test_rfc9234_4_1_no_role_unless_configured(stage, name):
    assert not stage.connect(name).open.has(bgp.ROLE)


@pytest.mark.parametrize("name", sorted(ROLES))
@pytest.mark.parametrize("theirs", [*range(6), 255])
def test_rfc9234_4_2_every_pair(stage, name, theirs):
    """Table 2: the pairs that fit; any other one is a Role Mismatch."""
    peer = stage.connect(name)
    peer.send_open(capabilities=with_roles(peer, theirs))
    if FITS[ROLES[name]] == theirs:
        peer.expect(bgp.KEEPALIVE)
    else:
        peer.expect_notification(2, 11)


def test_rfc9234_4_2_the_neighbor_has_none(stage):
    stage.establish("customer").expect_alive()


def test_rfc9234_4_2_strict_the_neighbor_has_none(stage):
    peer = stage.connect("strict")
    peer.send_open()
    peer.expect_notification(2, 11)


def test_rfc9234_4_2_strict_it_fits(stage):
    peer = stage.connect("strict")
    peer.establish(capabilities=with_roles(peer, PROVIDER))
    peer.expect_alive()


def test_rfc9234_4_2_twice_the_same(stage):
    peer = stage.connect("customer")
    peer.establish(capabilities=with_roles(peer, PROVIDER, PROVIDER))
    peer.expect_alive()


@pytest.mark.parametrize("roles", [(PROVIDER, PEER), (PEER, PROVIDER)])
def test_rfc9234_4_2_two_different_ones(stage, roles):
    peer = stage.connect("customer")
    peer.send_open(capabilities=with_roles(peer, *roles))
    peer.expect_notification(2, 11)


def test_rfc9234_4_2_we_have_none(stage):
    peer = stage.connect("none")
    peer.establish(capabilities=with_roles(peer, PEER))
    peer.expect_alive()


def test_rfc9234_4_2_internal_sessions_have_none(stage):
    """One that comes all the same is ignored."""
    peer = stage.connect("internal")
    peer.establish(capabilities=with_roles(peer, PEER))
    peer.expect_alive()


@pytest.mark.parametrize("name", sorted(ROLES))
def test_rfc9234_5_otc_on_what_we_announce(stage, name):
    """Our AS, towards a customer, a peer and a client of our route server;
    nothing upwards."""
    (route,) = stage.establish(name).initial
    wanted = u32(64500) if name in MARKED else None
    assert route.value(bgp.OTC) == wanted


@pytest.mark.parametrize("name", ["none", "internal"])
def test_rfc9234_5_no_otc_without_a_role(stage, name):
    (route,) = stage.establish(name).initial
    assert route.value(bgp.OTC) is None


def test_rfc9234_5_flags_of_otc(stage):
    (route,) = stage.establish("peer").initial
    flags = {code: f for f, code, _ in route.attributes}
    assert flags[bgp.OTC] == bgp.OPTIONAL | bgp.TRANSITIVE


def test_rfc9234_5_otc_on_blackholes(stage):
    peer = stage.establish("peer")
    stage.rtbh.ctl("add", "203.0.113.7")
    route = peer.expect_update()
    stage.rtbh.ctl("withdraw", "203.0.113.7")
    assert route.value(bgp.OTC) == u32(64500)


@pytest.mark.parametrize("name", ["customer", "peer", "provider", "none"])
@pytest.mark.parametrize("value", [u32(64501), u32(64999), u32(0), b"",
                                   b"\0\1\2", bytes(5)])
def test_rfc9234_5_otc_received(stage, name, value):
    """A leak, or a value of a wrong length (treat-as-withdraw): the session
    stands."""
    peer = stage.establish(name)
    peer.send(bgp.update([
        attribute(bgp.ORIGIN, b"\0"),
        attribute(bgp.AS_PATH, bgp.as_path((bgp.AS_SEQUENCE, [64501]))),
        attribute(bgp.NEXT_HOP, packed("198.51.100.10")),
        attribute(bgp.OTC, value)], nlri("198.18.7.0/24")))
    peer.expect_alive()
