"""What all kinds of upstream routers that tests run against have in common.

Each has the same face, so that one test runs against all of them:

    router = Bird(lab, node, asn)
    router.neighbor("rtbh", address, local, asn, families=["ipv4"])
    router.start(); router.stop(); router.restart()
    router.established("rtbh")    whether that session is up
    router.route("203.0.113.7/32")  a Route, or None
    router.node.blackholes()      what its kernel drops

The matrix asks these as well:

    router.blackholed()           IPv4 prefixes with the blackhole community
    router.ask_refresh("rtbh")    sends a ROUTE-REFRESH, where it can
    router.shut_down("rtbh", "why")  ends that session with this message

A new kind of router is a file with a class of its own, and its name in PEERS
of matrix.py; if it puts routes into the kernel, in ROUTERS of routers.py too.
"""

import dataclasses
import signal

BLACKHOLE = "65535:666"


def family_of(prefix):
    return "ipv6" if ":" in prefix else "ipv4"


@dataclasses.dataclass(frozen=True)
class Route:
    """The attributes of a route as the router holds them."""

    as_path: tuple
    next_hop: str
    communities: frozenset
    origin: str = "igp"


@dataclasses.dataclass
class Neighbor:
    """One session of the router."""

    name: str
    address: str
    local: str
    asn: int
    families: list
    passive: bool
    password: str = ""  # TCP MD5
    ttl_security: bool = False  # GTSM, one hop


class Router:
    """What all kinds have in common."""

    kind = ""
    has_kernel = True  # its routes become those of the node

    def __init__(self, lab, node, asn, *, drop=True):
        """drop: whether what has the blackhole community is discarded."""
        self.node, self.asn, self.drop = node, asn, drop
        self.directory = lab.subdirectory(self.kind)
        self.neighbors = []
        self.announces = []  # prefixes of its own
        self.daemons = []
        lab.add(self)

    def neighbor(self, name, address, local, asn, *, families=("ipv4",),
                 passive=False, **security):
        self.neighbors.append(Neighbor(
            name, address, local, asn, list(families), passive, **security))

    def session(self, name):
        """The neighbor of that name."""
        return next(n for n in self.neighbors if n.name == name)

    def stop(self, how=signal.SIGTERM):
        for daemon in reversed(self.daemons):
            daemon.stop(how)

    def restart(self, how=signal.SIGTERM):
        self.stop(how)
        self.start()

    def router_id(self):
        """An IPv4 form that no other node of the lab has."""
        return f"10.0.{self.asn % 256}.1"

    def logs(self):
        return [(f"{d.name} in {self.node.netns}", d.log_text())
                for d in self.daemons]
