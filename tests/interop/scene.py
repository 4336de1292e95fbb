"""The usual scene: rtbh-bgpd on one node, an upstream router on another."""

from lab import wait_for
from routers import ALL_ROUTERS
from rtbh import FAMILY, Rtbh

OUR_AS = 64500
THEIR_AS = 64501


class Scene:
    """Us, and upstream routers that are each joined to us by one link.

    For the i-th upstream (from 0) the session is called "rtbh" there and
    "up<i>" here.
    """

    def __init__(self, lab):
        self.lab = lab
        self.node = lab.node("us")
        self.rtbh = Rtbh(lab, self.node, OUR_AS)
        self.upstreams, self.links = [], []

    def upstream(self, kind, version=4, *, they_connect=False, drop=True,
                 families=None, **settings):
        """Adds an upstream whose session runs over IPv<version>; settings
        are keys of our neighbor.  By default we connect and it waits."""
        number = len(self.upstreams)
        node = self.lab.node(f"up{number}")
        link = self.lab.link(self.node, node)
        ours, theirs = (link.address(n, version) for n in (self.node, node))
        families = families or [FAMILY[version]]
        router = ALL_ROUTERS[kind](self.lab, node, THEIR_AS + number, drop=drop)
        router.neighbor("rtbh", ours, theirs, OUR_AS, families=families,
                        passive=not they_connect)
        self.rtbh.neighbor(f"up{number}", theirs, router.asn,
                           families=families, passive=they_connect, **settings)
        if they_connect:
            address = f"[{ours}]" if version == 6 else ours
            self.rtbh.config.setdefault("listen", []).append(address)
        self.upstreams.append(router)
        self.links.append(link)
        return router

    def our_address(self, version=4, number=0):
        return self.links[number].address(self.node, version)

    def start(self):
        for router in self.upstreams:
            router.start()
        self.rtbh.start()
        self.wait_established()

    def wait_established(self, numbers=None):
        """Of these upstreams, or of all."""
        if numbers is None:
            numbers = range(len(self.upstreams))
        for i in numbers:
            router = self.upstreams[i]
            wait_for(f"up{i} is established on both sides",
                     lambda r=router, i=i: r.established("rtbh")
                     and self.rtbh.established(f"up{i}"))


def wait_route(router, prefix):
    """The route, once the router has it."""
    return wait_for(f"{router.kind} has {prefix}",
                    lambda: router.route(prefix))


def wait_no_route(router, prefix):
    wait_for(f"{router.kind} has no {prefix}",
             lambda: router.route(prefix) is None)


def wait_dropped(router, prefix):
    wait_for(f"the kernel of {router.kind} drops {prefix}",
             lambda: prefix in router.node.blackholes())


def wait_not_dropped(router, prefix):
    wait_for(f"the kernel of {router.kind} does not drop {prefix}",
             lambda: prefix not in router.node.blackholes())
