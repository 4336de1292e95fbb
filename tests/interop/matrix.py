"""What the matrix needs: a stand for each peer and setup, its table.

A stand is rtbh-bgpd and one peer with a session between them; the cells of
one peer and setup share it.
"""

import dataclasses
import itertools
import json
import re

from exabgp import ExaBgp
from gobgp import GoBgp
from lab import Lab, wait_for
from matrix_routers import MatrixBird, MatrixFrr
from openbgpd import OpenBgpd
from router import BLACKHOLE, family_of
from rtbh import AGGREGATE, Rtbh

PEERS = {kind.kind: kind
         for kind in (MatrixBird, MatrixFrr, GoBgp, OpenBgpd, ExaBgp)}

MANY = "198.18.0.0/16"  # room for 10,000 victims; RFC 2544


@dataclasses.dataclass(frozen=True)
class Setup:
    """How a session is made."""

    version: int = 4  # IP version of its transport
    they_connect: bool = False
    our_as: int = 64500
    their_as: int = 64501
    password: str = ""
    ttl_security: bool = False
    drop: bool = False  # the peer's kernel gets blackhole routes
    next_hops: tuple = ()  # keys of ours: the next hops of the other family


class Stand:
    """One session, which carries both families."""

    def __init__(self, kind, setup):
        self.setup = setup
        self.lab = Lab()
        try:
            self._build(PEERS[kind])
            # who connects comes second, as some try again only minutes later
            first, second = self.rtbh, self.peer
            if not setup.they_connect:
                first, second = second, first
            first.start()
            second.start()
            self.wait_established()
        except BaseException:
            self.show_logs()
            self.lab.close()
            raise

    def _build(self, kind):
        setup, node = self.setup, self.lab.node("us")
        other = self.lab.node("up")
        link = self.lab.link(node, other)
        ours, theirs = (link.address(n, setup.version) for n in (node, other))
        self.addresses = {v: link.address(node, v) for v in (4, 6)}
        self.peer = kind(self.lab, other, setup.their_as, drop=setup.drop)
        self.peer.neighbor(
            "rtbh", ours, theirs, setup.our_as, families=["ipv4", "ipv6"],
            passive=not setup.they_connect, password=setup.password,
            ttl_security=setup.ttl_security)
        self.rtbh = Rtbh(self.lab, node, setup.our_as)
        self.rtbh.config["aggregates"] = [*AGGREGATE.values(), MANY]
        self.rtbh.config["blackhole"] = {"max-victims": 20000}
        if setup.they_connect:
            self.rtbh.config["listen"] = [
                f"[{ours}]" if setup.version == 6 else ours]
        self.rtbh.neighbor("up", theirs, setup.their_as,
                           families=["ipv4", "ipv6"], **self._settings())

    def _settings(self):
        """Keys of our neighbor that differ from stand to stand."""
        setup = self.setup
        settings = {"passive": setup.they_connect,
                    "ttl_security": setup.ttl_security}
        for key in setup.next_hops:
            settings[key] = self.addresses[6 if key.endswith("6") else 4]
        if setup.password:
            key_file = self.rtbh.directory / "up.key"
            key_file.write_text(setup.password + "\n")
            key_file.chmod(0o600)
            settings["password_file"] = key_file.name
        return settings

    def next_hop(self, version):
        """What a route of that IP version must have."""
        if version != self.setup.version and not self.setup.next_hops:
            return self.addresses[self.setup.version]  # RFC 8950
        return self.addresses[version]

    def state(self):
        """Our view of the session."""
        return self.rtbh.neighbor_state("up")

    def wait_established(self):
        wait_for("the session stands on both sides",
                 lambda: self.peer.established("rtbh")
                 and self.rtbh.established("up"))

    def wait_route(self, prefix):
        return wait_for(f"{self.peer.kind} has {prefix}",
                        lambda: self.peer.route(prefix))

    def wait_settled(self, prefix):
        """The peer has the route, and its kernel drops it if it should."""
        route = self.wait_route(prefix)
        if self.setup.drop and BLACKHOLE in route.communities and (
                self.peer.has_kernel):
            wait_for(f"the kernel of {self.peer.kind} drops {prefix}",
                     lambda: prefix in self.peer.node.blackholes())

    def tcp_ports(self):
        """Ours and the peer's port of the session."""
        lines = self.rtbh.node.run("ss", "-Htn", "state", "established").stdout
        local, remote = re.search(r":(\d+)\s+\S+:(\d+)\s*$", lines,
                                  re.MULTILINE).groups()
        return int(local), int(remote)

    def add_batches(self, prefixes, size=500):
        """Adds them all by JSON-RPC batches, one on a line."""
        with self.rtbh.connect() as control:
            for batch in _in_pieces(prefixes, size):
                requests = [{"jsonrpc": "2.0", "id": n, "method": "victim.add",
                             "params": {"prefix": prefix}}
                            for n, prefix in enumerate(batch)]
                control.write(json.dumps(requests) + "\n")
                control.flush()
                answers = json.loads(control.readline())
                assert len(answers) == len(batch)
                assert all(a["result"]["stored"] for a in answers)

    def show_logs(self):
        for title, text in self.lab.logs():
            print(f"--- {title}:\n{text[-8000:]}")

    def close(self):
        self.lab.close()


class Stands:
    """Makes stands as they are asked for, and has one at a time."""

    def __init__(self):
        self._key = self._stand = None

    def get(self, peer, setup):
        if self._key != (peer, setup):
            self.drop()
            self._stand = Stand(peer, setup)
            self._key = peer, setup
        return self._stand

    def fail(self):
        """Shows what the present stand's programs said, and ends it."""
        if self._stand:
            self._stand.show_logs()
        self.drop()

    def drop(self):
        """Ends the present stand, if there is one."""
        stand, self._key, self._stand = self._stand, None, None
        if stand:
            stand.close()


def check_route(stand, prefix, communities):
    """The peer has the route with exactly these attributes."""
    route = stand.wait_route(prefix)
    version = 6 if family_of(prefix) == "ipv6" else 4
    assert route.as_path == (stand.setup.our_as,)
    assert route.next_hop == stand.next_hop(version)
    assert route.communities == frozenset(communities)
    assert route.origin == "igp"


def write_table(terminal):
    """The matrix as it went: a line a feature, a column a peer, and below
    it why some cells cannot be."""
    cells, notes = {}, []
    for outcome in ("passed", "failed"):
        for report in terminal.stats.get(outcome, []):
            cell = dict(report.user_properties).get("cell")
            if cell:
                feature, peer, reason = cell
                cells[feature, peer] = _mark(outcome, reason, notes)
    if not cells:
        return
    features = list(dict.fromkeys(feature for feature, _ in cells))
    width = max(map(len, features))
    terminal.section("interop matrix")
    terminal.line(" " * width + "".join(f"{p:>11}" for p in PEERS))
    for feature in features:
        terminal.line(f"{feature:{width}}" + "".join(
            f"{cells.get((feature, p), 'not run'):>11}" for p in PEERS))
    for number, reason in enumerate(notes, 1):
        terminal.line(f"[{number}] {reason}")


def _mark(outcome, reason, notes):
    """What stands in a cell; a new reason is added to notes."""
    if not reason:
        return outcome
    if reason not in notes:
        notes.append(reason)
    return f"no [{notes.index(reason) + 1}]"


def _in_pieces(items, size):
    items = iter(items)
    while piece := list(itertools.islice(items, size)):
        yield piece
