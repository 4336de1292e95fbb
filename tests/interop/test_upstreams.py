"""The recipes of conf/upstreams, given to the very routers they are for: what
they accept of the customer, what they refuse, and what they make of it."""

import ipaddress
import re

import pytest

from bird import Bird
from frr import Frr
from gobgp import GoBgp
from lab import command, wait_for
from openbgpd import OpenBgpd
from rtbh import BGPD, CHECKOUT, Rtbh
from scene import OUR_AS, THEIR_AS, wait_dropped, wait_route

UPSTREAMS = CHECKOUT / "conf" / "upstreams"

# What the recipes let the customer have, and how many prefixes a session.
LIMIT = 100
NETS = {"ipv4": "203.0.113.0/24", "ipv6": "2001:db8:100::/48"}
# Also ours, as we say, but not in the recipes; or longer than theirs.
REFUSED_NETS = ["203.0.113.128/25", "203.0.113.200/32", "198.51.100.0/24",
                "2001:db8:100:8000::/49", "2001:db8:100::c8/128",
                "2001:db8:200::/48"]
VICTIMS = {"ipv4": "203.0.113.7/32", "ipv6": "2001:db8:100::7/128"}
LAST_VICTIMS = {"ipv4": "203.0.113.9/32", "ipv6": "2001:db8:100::9/128"}
REFUSED_VICTIMS = ["198.51.100.7/32", "2001:db8:200::7/128",
                   "203.0.113.64/26", "2001:db8:100:1::/64"]
NO_EXPORT = {"65535:65281", "NO_EXPORT"}


class Recipe:
    """A router that takes a file of conf/upstreams for its configuration.

    Each kind has two more questions: held(), the prefixes of all routes that
    it accepted, and drops(prefix), which fails unless it discards that one.
    """

    file = ""
    places = {}  # addresses of the file, and those of the lab in their place

    def _config(self):
        text = (UPSTREAMS / self.file).read_text()
        for documented in self.places:
            assert documented in text
        return re.sub(r"[\w.:]+", lambda word: self.places.get(
            word.group(), word.group()), text)


class RecipeBird(Recipe, Bird):
    file = "bird2.conf"

    def held(self):
        return self.prefixes()

    def drops(self, prefix):
        wait_dropped(self, prefix)


class RecipeFrr(Recipe, Frr):
    """All its daemons, with one file for them, as its service does it."""

    file = "frr.conf"

    def start(self):
        super().start()
        command("vtysh", "--vty_socket", self.directory, "--config_dir",
                self.directory, "-b")

    def _prepare(self):
        names = ("zebra", "staticd", "bgpd")
        for name in ("vtysh", *names):
            (self.directory / f"{name}.conf").write_text("")
        (self.directory / "frr.conf").write_text(self._config())
        self.daemons = [self._daemon(name) for name in names]

    def held(self):
        answers = [self._ask_json(f"show bgp {family} unicast json")
                   for family in NETS]
        return {p for answer in answers for p in answer.get("routes", {})}

    def drops(self, prefix):
        wait_dropped(self, prefix)


class RecipeOpenBgpd(Recipe, OpenBgpd):
    """Here it has no kernel table: that it drops cannot be seen."""

    file = "openbgpd.conf"

    def _config(self):
        lab = f'socket "{self.directory / "bgpd.sock"}"\nfib-update no\n'
        return super()._config() + lab

    def drops(self, prefix):
        pass


class RecipeGoBgp(Recipe, GoBgp):
    file = "gobgpd.toml"
    discard = {"ipv4": "192.0.2.66", "ipv6": "100::1"}

    def held(self):
        return {prefix for family in NETS for prefix in
                self._ask("global", "rib", "-a", family) or {}}

    def drops(self, prefix):
        family = "ipv6" if ":" in prefix else "ipv4"
        assert self.route(prefix).next_hop == self.discard[family]


RECIPES = {kind.kind: kind for kind in (
    RecipeBird, RecipeFrr, RecipeOpenBgpd, RecipeGoBgp)}


@pytest.fixture(params=RECIPES)
def upstream(request, lab):
    """The router, and our daemon with a session for each family to it."""
    us, them = lab.node("us"), lab.node("up")
    link = lab.link(us, them)
    router = RECIPES[request.param](lab, them, THEIR_AS)
    rtbh = Rtbh(lab, us, OUR_AS)
    rtbh.config["aggregates"] = [*NETS.values(), *REFUSED_NETS]
    rtbh.config["blackhole"] = {"min-length": {"ipv4": 24, "ipv6": 48}}
    router.places = {
        "192.0.2.1": link.address(us, 4), "192.0.2.2": link.address(them, 4),
        "2001:db8:0:1::1": link.address(us, 6),
        "2001:db8:0:1::2": link.address(them, 6)}
    for version in (4, 6):
        ours, theirs = link.address(us, version), link.address(them, version)
        name, family = f"customer{version}", f"ipv{version}"
        router.neighbor(name, ours, theirs, OUR_AS, families=[family])
        rtbh.neighbor(name, theirs, THEIR_AS, families=[family])
    return router, rtbh


def start(router, rtbh, communities):
    for neighbor in rtbh.config["neighbors"]:
        neighbor["communities"] = communities
    router.start()
    rtbh.start()
    for name in ("customer4", "customer6"):
        wait_for(f"{name} is established on both sides",
                 lambda n=name: router.established(n) and rtbh.established(n))


@pytest.mark.parametrize("community", ["65535:666", "64501:666"])
def test_what_is_accepted(upstream, community):
    """A single address with the community, and the networks; no more."""
    router, rtbh = upstream
    start(router, rtbh, [community])
    rtbh.ctl("add", *REFUSED_VICTIMS, *VICTIMS.values())
    # of what was sent before these, all is decided once these are there
    rtbh.ctl("add", *LAST_VICTIMS.values())
    accepted = [*VICTIMS.values(), *LAST_VICTIMS.values()]
    for prefix in accepted:
        route = wait_route(router, prefix)
        assert route.as_path == (OUR_AS,)
        assert community in route.communities
        if community != "65535:666":  # to that some add it of themselves
            assert route.communities & NO_EXPORT
        router.drops(prefix)
    assert router.held() == {*NETS.values(), *accepted}
    for prefix in NETS.values():
        assert not router.route(prefix).communities
        assert prefix not in router.node.blackholes()
    rtbh.ctl("withdraw", *accepted)
    wait_for("only the networks are left",
             lambda: router.held() == set(NETS.values()))


def test_another_community_is_not_enough(upstream):
    router, rtbh = upstream
    start(router, rtbh, ["64501:777"])
    wait_for("the networks are there",
             lambda: router.held() == set(NETS.values()))
    victims = ["203.0.113.129/32", "2001:db8:100:8000::7/128"]
    rtbh.ctl("add", *victims, "--wait=delivered")
    # taken back after them, and these stay, in longer networks of ours
    for net in NETS.values():
        rtbh.config["aggregates"].remove(net)
    rtbh.write_config()
    rtbh.ctl("reload")
    wait_for("nothing is left", lambda: router.held() == set())
    for prefix in victims:
        victim = rtbh.ctl("show", prefix)
        assert "delivered" in [n["state"] for n in victim["neighbors"]]


def test_a_network_is_not_dropped(upstream):
    """Not even for who may announce it."""
    router, rtbh = upstream
    rtbh.config["aggregates"] = ["203.0.112.0/23", "2001:db8:100::/47"]
    start(router, rtbh, ["65535:666", "64501:666"])
    rtbh.ctl("add", *NETS.values())
    rtbh.ctl("add", *LAST_VICTIMS.values())
    wait_for("of all that was sent, only single addresses are there",
             lambda: router.held() == set(LAST_VICTIMS.values()))


@pytest.mark.parametrize("version", [4, 6])
def test_prefixes_are_counted(upstream, version):
    router, rtbh = upstream
    start(router, rtbh, ["64501:666"])
    net = ipaddress.ip_network(NETS[f"ipv{version}"])
    rtbh.ctl("add", *(str(net[i]) for i in range(1, LIMIT + 2)))
    name = f"customer{version}"
    error = wait_for("the session ends",
                     lambda: rtbh.neighbor_state(name)["last_error"])
    # FRR says it within a Hard Reset
    assert "Maximum Number of Prefixes Reached" in error["text"]
    assert rtbh.neighbor_state(name)["limited_by_neighbor"]
    other = f"customer{10 - version}"
    assert rtbh.neighbor_state(other)["flaps"] == 0


def sections():
    """Of networks.md: the title of each network, and its text."""
    text = (UPSTREAMS / "networks.md").read_text()
    return re.findall(r"^## (.+)\n((?:(?!#).*\n)*)", text, re.MULTILINE)


@pytest.mark.parametrize("title, text", [
    pytest.param(*s, id=s[0].split(",")[0]) for s in sections()])
def test_network(title, text, tmp_path):
    """Each has its source, with a date, and a block that is right as it is."""
    assert re.search(r"AS ?\d+", title)
    assert re.search(r"^Source: <https?://[^>]+>.*\bread 20\d\d-\d\d-\d\d\.$",
                     text, re.MULTILINE | re.DOTALL)
    block, = re.findall(r"^```yaml\n(.*?)^```$", text,
                        re.MULTILINE | re.DOTALL)
    (tmp_path / "bgpd.yaml").write_text(f"""
local-as: 64500
router-id: 192.0.2.1
aggregates: [203.0.113.0/24, "2001:db8:100::/48"]
listen: ["192.0.2.1"]
neighbors:
{block}""")
    for key in re.findall(r"password-file: (\S+)", block):
        (tmp_path / key).write_text("secret\n")
        (tmp_path / key).chmod(0o600)
    done = command(BGPD, "-n", "-f", tmp_path / "bgpd.yaml", check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_recipe_is_in_the_table():
    table = (UPSTREAMS / "README.md").read_text()
    for file in UPSTREAMS.iterdir():
        assert file.name == "README.md" or f"`{file.name}`" in table
    for file in (kind.file for kind in RECIPES.values()):
        assert not re.search(rf"`{file}`.*untested", table)
