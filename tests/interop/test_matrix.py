"""The interop matrix: every feature with every kind of router.

A cell that cannot be is in CANNOT with the reason; the table at the end of
the run shows all of them.
"""

import dataclasses
import os
import signal

import pytest

from lab import wait_for
from matrix import PEERS, Setup, Stands, check_route
from router import BLACKHOLE
from rtbh import AGGREGATE, BESIDE, VICTIM
from watch import GoBgpWatch, KernelWatch, PollWatch

GIVEN = ("next_hop_ipv6", "aggregate_next_hop_ipv6")
PLAIN = Setup(next_hops=GIVEN)
RESTART = Setup(next_hops=GIVEN, drop=True)
MD5 = Setup(password="gr3y-f1ghter", next_hops=GIVEN)
MD5_IN = dataclasses.replace(MD5, they_connect=True)
GTSM = Setup(ttl_security=True, next_hops=GIVEN)
GTSM_IN = dataclasses.replace(GTSM, they_connect=True)
OVER_IPV6 = Setup(version=6, they_connect=True, our_as=4200000000,
                  their_as=4200000001)

WATCHES = {"bird": KernelWatch, "frr": KernelWatch, "gobgp": GoBgpWatch,
           "openbgpd": PollWatch}


MANY = [f"198.18.{n // 250}.{n % 250}/32" for n in range(10000)]
SHUTDOWN_TEXT = "line card swap, ticket 4711"


def family(version):
    def check(stand):
        """The aggregate and a victim, with exact attributes, and back."""
        check_route(stand, AGGREGATE[version], [])
        stand.rtbh.ctl("add", VICTIM[version])
        check_route(stand, VICTIM[version], [BLACKHOLE])
        stand.rtbh.ctl("withdraw", VICTIM[version])
        wait_for("the victim is withdrawn",
                 lambda: stand.peer.route(VICTIM[version]) is None)
        check_route(stand, AGGREGATE[version], [])
    return check


def both_families(stand):
    assert set(stand.state()["families"]) == {"ipv4", "ipv6"}
    if stand.setup.version == 6 and not stand.setup.next_hops:
        assert "extended-next-hop" in stand.state()["capabilities"]
    for version in (4, 6):
        family(version)(stand)


def stands_up(stand):
    """Over what its setup says, and the aggregate got through."""
    stand.wait_established()
    assert (":" in stand.state()["address"]) == (stand.setup.version == 6)
    stand.wait_route(AGGREGATE[stand.setup.version])


def connected_by(who):
    def check(stand):
        stands_up(stand)
        local, remote = stand.tcp_ports()
        assert (remote if who == "us" else local) == 179
        assert (local if who == "us" else remote) != 179
    return check


def signed(stand):
    """Every segment, by what both kernels say of the connection."""
    for node in (stand.rtbh.node, stand.peer.node):
        shown = node.run("ss", "-Htni", "state", "established").stdout
        assert stand.setup.password in shown
    family(4)(stand)


def four_octet_as(stand):
    """Neither AS_TRANS nor AS4_PATH is needed, both ways."""
    assert stand.state()["remote_as"] == stand.setup.their_as > 65535
    assert "as4" in stand.state()["capabilities"]
    check_route(stand, AGGREGATE[6], [])


def route_refresh(stand):
    before = stand.state()["messages"]
    stand.peer.ask_refresh("rtbh")

    def answered():
        now = stand.state()["messages"]
        return (now["received"]["route_refresh"]
                > before["received"]["route_refresh"]
                and now["sent"]["update"] > before["sent"]["update"])
    wait_for("the refresh is answered", answered)
    check_route(stand, AGGREGATE[4], [])
    assert stand.state()["flaps"] == 0


def stays_while_we_restart(end):
    def check(stand):
        """And what is withdrawn afterwards is seen to go."""
        kept = [AGGREGATE[4], AGGREGATE[6], VICTIM[4], VICTIM[6]]
        stand.rtbh.ctl("add", VICTIM[4], VICTIM[6])
        for prefix in kept:
            stand.wait_settled(prefix)
        with WATCHES[stand.peer.kind](stand.peer, kept) as watch:
            end(stand)
            wait_for("the peer sees that we are gone",
                     lambda: not stand.peer.established("rtbh"))
            stand.rtbh.start()
            stand.wait_established()
            stand.rtbh.ctl("add", BESIDE[4], BESIDE[6])
            for prefix in (BESIDE[4], BESIDE[6]):
                stand.wait_settled(prefix)
            assert watch.losses() == []
            stand.rtbh.ctl("withdraw", VICTIM[4], VICTIM[6])
            wait_for("the watch sees the withdrawals", lambda: set(
                watch.losses()) == {VICTIM[4], VICTIM[6]})
        stand.rtbh.ctl("withdraw", BESIDE[4], BESIDE[6])
    return check


def kill_both(stand):
    """Keeper and speaker, at once."""
    pids = stand.rtbh.node.pids()
    assert len(pids) == 2
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    stand.rtbh.stop(signal.SIGKILL)


def stop(stand):
    stand.rtbh.stop(signal.SIGTERM)


def ten_thousand(stand):
    stand.add_batches(MANY)
    wait_for("all are in the peer's table",
             lambda: stand.peer.blackholed().issuperset(MANY))
    check_route(stand, MANY[-1], [BLACKHOLE])
    assert stand.state()["flaps"] == 0


def shutdown_message(stand):
    """RFC 9003, from the peer's administrator to ours."""
    stand.peer.shut_down("rtbh", SHUTDOWN_TEXT)
    error = wait_for("the shutdown is reported", lambda: (
        lambda e: e if e and e["code"] == 6 else None)(
            stand.state()["last_error"]))
    # FRR puts it into a Hard Reset (RFC 8538), as our table does
    assert error["subcode"] in (2, 9)
    assert error["sent_by"] == "neighbor"
    assert "Administrative Shutdown" in error["text"]
    assert SHUTDOWN_TEXT in error["text"]


# In this order, since the cells of one setup share a session, and the last
# ones of a setup are hard on it.
FEATURES = {
    "over IPv4": (PLAIN, stands_up),
    "we connect": (PLAIN, connected_by("us")),
    "IPv4": (PLAIN, family(4)),
    "both families over IPv4": (PLAIN, both_families),
    "route refresh": (PLAIN, route_refresh),
    "10,000 blackholes": (PLAIN, ten_thousand),
    "shutdown message": (PLAIN, shutdown_message),
    "over IPv6": (OVER_IPV6, stands_up),
    "they connect": (OVER_IPV6, connected_by("them")),
    "IPv6": (OVER_IPV6, family(6)),
    "4-octet AS": (OVER_IPV6, four_octet_as),
    "both families over IPv6": (OVER_IPV6, both_families),
    "MD5, we connect": (MD5, signed),
    "MD5, they connect": (MD5_IN, signed),
    "GTSM, we connect": (GTSM, family(4)),
    "GTSM, they connect": (GTSM_IN, family(4)),
    "restart after kill -9": (RESTART, stays_while_we_restart(kill_both)),
    "restart after SIGTERM": (RESTART, stays_while_we_restart(stop)),
}

# openbgpd 7.7 has no RFC 8950, so its IPv4 routes get IPv4 next hops.
INSTEAD = {
    ("both families over IPv6", "openbgpd"): dataclasses.replace(
        OVER_IPV6, next_hops=("next_hop", "aggregate_next_hop")),
}

NO_TABLE = "exabgp is no graceful restart helper: it keeps no routes"
CANNOT = {
    ("restart after kill -9", "exabgp"): NO_TABLE,
    ("restart after SIGTERM", "exabgp"): NO_TABLE,
    ("route refresh", "gobgp"):
        "gobgp sends no ROUTE-REFRESH: softresetin reads its own copy again",
    ("MD5, we connect", "openbgpd"):
        "openbgpd's Linux port sets no key on its listener",
    ("GTSM, we connect", "exabgp"):
        "exabgp's listener sends its SYN+ACK with TTL 64",
    ("shutdown message", "exabgp"):
        "exabgp's teardown command takes a subcode, but no text",
}

CELLS = [(feature, peer) for peer in PEERS for feature in FEATURES]
NAMES = [f"{feature}-{peer}".replace(",", "").replace(" ", "-")
         for feature, peer in CELLS]


@pytest.fixture(scope="module")
def stands():
    made = Stands()
    try:
        yield made
    finally:
        made.drop()


@pytest.mark.parametrize("feature, peer", CELLS, ids=NAMES)
def test_matrix(stands, feature, peer, record_property):
    reason = CANNOT.get((feature, peer))
    record_property("cell", (feature, peer, reason))
    if reason:
        return
    setup, check = FEATURES[feature]
    try:
        check(stands.get(peer, INSTEAD.get((feature, peer), setup)))
    except BaseException:
        stands.fail()
        raise


def test_exceptions_are_of_cells():
    """Or a name changed, and a reason stands for nothing."""
    assert {*CANNOT, *INSTEAD} <= set(CELLS)
