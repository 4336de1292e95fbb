"""RFC 4271, section 6.8, with RFC 6286 and RFC 4724: two connections with one
neighbor, of which one stays."""

import pytest

import message as bgp

LOW, OURS, HIGH = "10.255.0.0", "10.255.0.1", "10.255.0.2"
FAR = "200.0.0.1"
COLLISION = (6, 7)

# Each test has a neighbor of its own, which listens before the daemon starts:
# so its connection is there when the test begins.
NEIGHBORS = {f"{who}{n}": {"listens": True, "asn": asn}
             for who, asn, count in (("peer", 64501, 10), ("small", 64499, 1),
                                     ("large", 64502, 1))
             for n in range(count)}
NEIGHBORS |= {"passive": {}}


@pytest.fixture(scope="module")
def free_neighbors():
    return iter([n for n in NEIGHBORS if n.startswith("peer")])


@pytest.fixture
def both(stage, free_neighbors):
    """The daemon's connection and ours, both in OpenSent."""
    return two_connections(stage, next(free_neighbors))


def two_connections(stage, name):
    theirs = stage.accept(name)
    theirs.expect_open()
    ours = stage.connect(name)
    return theirs, ours


def settle(first, second, bgp_id):
    """OPEN on the one, which gets to OpenConfirm, then on the other."""
    first.confirm(bgp_id=bgp_id)
    second.send_open(bgp_id=bgp_id)


def expect_kept(peer, *, confirmed):
    if not confirmed:
        peer.expect(bgp.KEEPALIVE)
    peer.send_keepalive()
    peer.expect_update()
    peer.expect_alive()


@pytest.mark.parametrize("bgp_id", [HIGH, FAR])
def test_rfc4271_6_8_the_neighbor_s_identifier_is_higher(both, bgp_id):
    """The connection that it opened stays, though the other is in
    OpenConfirm already.  Identifiers compare as unsigned numbers."""
    theirs, ours = both
    settle(theirs, ours, bgp_id)
    theirs.expect_notification(*COLLISION)
    expect_kept(ours, confirmed=False)


def test_rfc4271_6_8_the_neighbor_s_identifier_is_higher_other_order(both):
    theirs, ours = both
    settle(ours, theirs, HIGH)
    theirs.expect_notification(*COLLISION)
    expect_kept(ours, confirmed=True)


def test_rfc4271_6_8_the_neighbor_s_identifier_is_lower(both):
    """The connection that the daemon opened stays."""
    theirs, ours = both
    settle(theirs, ours, LOW)
    ours.expect_notification(*COLLISION)
    expect_kept(theirs, confirmed=True)


def test_rfc4271_6_8_the_neighbor_s_identifier_is_lower_other_order(both):
    theirs, ours = both
    settle(ours, theirs, LOW)
    ours.expect_notification(*COLLISION)
    expect_kept(theirs, confirmed=False)


def test_rfc6286_2_3_equal_identifiers_larger_as(stage):
    """The connection of the larger AS stays: its one."""
    theirs, ours = two_connections(stage, "large0")
    settle(theirs, ours, OURS)
    theirs.expect_notification(*COLLISION)
    expect_kept(ours, confirmed=False)


def test_rfc6286_2_3_equal_identifiers_smaller_as(stage):
    theirs, ours = two_connections(stage, "small0")
    settle(theirs, ours, OURS)
    ours.expect_notification(*COLLISION)
    expect_kept(theirs, confirmed=True)


@pytest.mark.parametrize("bgp_id", [LOW, HIGH])
def test_rfc4271_6_8_with_an_established_one(both, bgp_id):
    """The new connection is closed, whatever the identifiers."""
    theirs, ours = both
    ours.establish(bgp_id=bgp_id)
    theirs.send_open(bgp_id=bgp_id)
    theirs.expect_notification(*COLLISION)
    ours.expect_alive()


def test_rfc4271_6_8_two_opens_are_not_yet_a_collision(both):
    """Without an OPEN from the neighbor both connections go on."""
    theirs, ours = both
    theirs.expect_silence(0.3)
    ours.expect_silence(0.3)
    ours.establish(bgp_id=HIGH)
    ours.expect_alive()


def test_rfc4271_6_8_the_other_one_s_error_does_no_harm(both):
    theirs, ours = both
    ours.confirm(bgp_id=HIGH)
    theirs.send(bgp.message(9))
    theirs.expect_notification(1, 3, b"\x09")
    expect_kept(ours, confirmed=True)


def test_rfc4271_6_8_a_third_connection_beside_an_established_one(stage):
    """Closed, with or without a word; the session stands."""
    peer = stage.establish("passive")
    again = stage.tcp("passive")
    got = again.receive()
    if got.kind == bgp.OPEN:
        again.send_open()
        got = again.receive()
    if got.kind == bgp.NOTIFICATION:
        assert got.body[:2] in (bytes(COLLISION), b"\x06\x05")
        got = again.receive()
    assert got.kind in ("closed", "reset"), got
    peer.expect_alive()


@pytest.mark.parametrize("bgp_id, new_wins", [(HIGH, True), (LOW, False)])
def test_rfc4271_6_8_both_opened_by_the_neighbor(stage, bgp_id, new_wins):
    """One in OpenConfirm, and a new one: by the letter of the section the
    higher identifier says whether the new one stays."""
    old = stage.confirm("passive", bgp_id=bgp_id)
    new = stage.connect("passive")
    new.send_open(bgp_id=bgp_id)
    loser, winner = (old, new) if new_wins else (new, old)
    loser.expect_notification(*COLLISION)
    expect_kept(winner, confirmed=not new_wins)


# --- RFC 4724: a neighbor that restarts ---

RESTARTS = bgp.graceful_restart(120)


def with_restart(peer, *more):
    return {"capabilities": peer.default_capabilities(RESTARTS, *more)}


def test_rfc4724_4_2_a_new_connection_replaces_an_established_one(stage):
    """It is taken as a sign that the old one is dead, where the neighbor
    has sent the capability with a family."""
    old = stage.connect("passive")
    old.establish(**with_restart(old))
    new = stage.connect("passive")
    new.establish(**with_restart(new))
    assert new.initial
    new.expect_alive()
    old.expect_closed()


def test_rfc4724_4_2_not_before_its_open(stage):
    """A connection alone, which anybody may open who can use the address,
    ends no session."""
    old = stage.connect("passive")
    old.establish(**with_restart(old))
    new = stage.connect("passive")
    old.expect_alive()
    new.send(bgp.message(9))
    assert new.receive().kind == bgp.NOTIFICATION
    old.expect_alive()


def test_rfc4724_4_2_not_for_one_that_only_helps(stage):
    """The capability without a family: section 6.8 of RFC 4271 holds."""
    old = stage.connect("passive")
    helper = bgp.graceful_restart(0, ())
    old.establish(capabilities=old.default_capabilities(helper))
    new = stage.tcp("passive")
    if new.receive().kind == bgp.OPEN:
        new.send_open(capabilities=new.default_capabilities(helper))
        new.expect_notification(*COLLISION)
    old.expect_alive()
