"""FRR as an upstream router."""

import json
import pathlib

from lab import Daemon, command, wait_for
from router import BLACKHOLE, Route, Router, family_of


class Frr(Router):
    """FRR: its zebra and bgpd, started directly, told what to do by vtysh.

    FRR installs a route with the blackhole community like any other.  As its
    manual advises, a route-map sends such routes to the address of a discard
    route, here 192.0.2.254 and 100::1; so with drop=True the next hop is no
    longer the one that was received.
    """

    kind = "frr"
    programs = pathlib.Path("/usr/lib/frr")
    discard = {"ipv4": "192.0.2.254", "ipv6": "100::1"}

    def start(self):
        if not self.daemons:
            self._prepare()
        for daemon in self.daemons:
            daemon.start()
            wait_for(f"{daemon.name} answers vtysh", lambda d=daemon: self._ask(
                "show version", daemon=d.name).startswith("FRRouting"))

    def established(self, name):
        neighbor = next(n for n in self.neighbors if n.name == name)
        answer = self._ask_json(f"show bgp neighbors {neighbor.address} json")
        state = answer.get(neighbor.address, {}).get("bgpState")
        return state == "Established"

    def route(self, prefix):
        family = family_of(prefix)
        answer = self._ask_json(f"show bgp {family} unicast {prefix} json")
        if not answer.get("paths"):
            return None
        path = answer["paths"][0]
        names = path.get("community", {}).get("list", [])
        names = {self._numbers.get(name, name) for name in names}
        if BLACKHOLE in names:
            # RFC 7999, section 3.2: FRR adds it to what it receives
            names.discard("65535:65281")
        large = path.get("largeCommunity", {}).get("list", [])
        return Route(
            as_path=tuple(map(int, path["aspath"]["string"].split())),
            next_hop=path["nexthops"][0]["ip"],
            communities=frozenset(names).union(large),
            origin=path["origin"].lower())

    # how FRR's JSON names the well-known communities
    _numbers = {"blackhole": BLACKHOLE, "noExport": "65535:65281",
                "noAdvertise": "65535:65282"}

    def _prepare(self):
        files = {"zebra.conf": "", "vtysh.conf": "",
                 "bgpd.conf": self._config()}
        for name, text in files.items():
            (self.directory / name).write_text(text)
        for address in self.discard.values():
            self.node.ip("route", "add", "blackhole", address)
        self.daemons = [self._daemon("zebra"), self._daemon("bgpd")]

    def _daemon(self, name):
        # as root: the user frr may have no way into the temporary directory;
        # that group because else they do not start without that user
        argv = [self.programs / name, "-u", "root", "-g", "frrvty",
                "--vty_socket", self.directory, "-P", "0", "--log", "stdout",
                "-f", self.directory / f"{name}.conf",
                "-i", self.directory / f"{name}.pid",
                "-z", self.directory / "zserv.api"]
        return Daemon(self.node, name, argv, self.directory)

    def _ask(self, question, daemon="bgpd"):
        return command("vtysh", "--vty_socket", self.directory, "--config_dir",
                       self.directory, "-d", daemon, "-c", question,
                       check=False).stdout.strip()

    def _ask_json(self, question):
        try:
            return json.loads(self._ask(question))
        except json.JSONDecodeError:
            return {}  # "% Network not in table", or no answer yet

    def _config(self):
        lines = ["bgp community-list standard blackhole permit blackhole"]
        if self.drop:
            lines += ["route-map ipv4 permit 10",
                      " match community blackhole",
                      f" set ip next-hop {self.discard['ipv4']}",
                      "route-map ipv6 permit 10",
                      " match community blackhole",
                      f" set ipv6 next-hop global {self.discard['ipv6']}",
                      " set ipv6 next-hop prefer-global"]
        lines += ["route-map ipv4 permit 20", "route-map ipv6 permit 20",
                  f"router bgp {self.asn}", " no bgp ebgp-requires-policy",
                  " no bgp default ipv4-unicast",
                  " no bgp network import-check",
                  f" bgp router-id {self.router_id()}"]
        for neighbor in self.neighbors:
            lines += self._config_neighbor(neighbor)
        for prefix in self.announces:
            lines += [f" address-family {family_of(prefix)} unicast",
                      f"  network {prefix}", " exit-address-family"]
        return "\n".join(lines) + "\n"

    @staticmethod
    def _config_neighbor(n):
        # without disable-connected-check a discard next hop is invalid
        lines = [f"remote-as {n.asn}", f"update-source {n.local}",
                 "timers connect 1", "disable-connected-check"]
        if n.passive:
            lines.append("passive")
        lines = [f" neighbor {n.address} {line}" for line in lines]
        for family in n.families:
            lines += [f" address-family {family} unicast",
                      f"  neighbor {n.address} activate",
                      f"  neighbor {n.address} route-map {family} in",
                      " exit-address-family"]
        return lines
