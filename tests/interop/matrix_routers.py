"""BIRD and FRR with what the matrix asks of them beyond other tests."""

import re

from bird import Bird
from frr import Frr
from lab import command
from router import family_of


class MatrixBird(Bird):
    """BIRD 2 with passwords, GTSM and RFC 8950."""

    def blackholed(self):
        """Prefixes of all routes that have the blackhole community."""
        shown = self._ask("show route where (65535, 666) ~ bgp_community")
        return set(re.findall(r"^([\da-f.:]+/\d+)", shown, re.MULTILINE))

    def ask_refresh(self, name):
        self._ask(f"reload in {name}")

    def shut_down(self, name, text):
        self._ask(f'disable {name} "{text}"')

    def _config_neighbor(self, n):
        more = "\tgraceful restart aware;\n"
        if n.password:
            more += f'\tpassword "{n.password}";\n'
        if n.ttl_security:
            more += "\tttl security yes;\n"
        text = super()._config_neighbor(n)
        if family_of(n.address) == "ipv6":
            text = text.replace("\tipv4 {", "\tipv4 { extended next hop yes;")
        return text.removesuffix("}\n") + more + "}\n"


class MatrixFrr(Frr):
    """FRR with passwords, GTSM and RFC 8950."""

    def blackholed(self):
        """Prefixes of all routes that have the blackhole community."""
        shown = self._ask_json(
            "show bgp ipv4 unicast community 65535:666 json")
        return set(shown.get("routes", {}))

    def ask_refresh(self, name):
        address = self.session(name).address
        for family in self.session(name).families:
            self._ask(f"clear bgp {family} unicast {address} soft in")

    def shut_down(self, name, text):
        self._configure(f"router bgp {self.asn}", f"neighbor "
                        f"{self.session(name).address} shutdown message "
                        f"{text}")

    def _configure(self, *lines):
        questions = [word for line in ("configure terminal", *lines)
                     for word in ("-c", line)]
        command("vtysh", "--vty_socket", self.directory, "--config_dir",
                self.directory, "-d", "bgpd", *questions)

    @staticmethod
    def _config_neighbor(n):
        first, *others = Frr._config_neighbor(n)
        more = []
        if n.password:
            more.append(f" neighbor {n.address} password {n.password}")
        if n.ttl_security:
            more.append(f" neighbor {n.address} ttl-security hops 1")
        if family_of(n.address) == "ipv6":
            more.append(f" neighbor {n.address} capability extended-nexthop")
        return [first, *more, *others]
