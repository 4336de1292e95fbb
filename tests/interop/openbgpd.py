"""OpenBGPD as an upstream router; on Linux it leaves the kernel alone."""

import json

from lab import Daemon, command, wait_for
from router import BLACKHOLE, Route, Router, family_of

# It changes its root to /run/openbgpd, which Debian's service makes.  "ip
# netns exec" has given us mounts of our own, so this is seen by nobody else.
OWN_RUN = """
mount -t tmpfs tmpfs /run && mkdir /run/openbgpd && exec "$0" "$@"
"""


class OpenBgpd(Router):
    """OpenBGPD's bgpd, told what to do by bgpctl."""

    kind = "openbgpd"
    has_kernel = False

    def start(self):
        config = self.directory / "bgpd.conf"
        config.write_text(self._config())
        config.chmod(0o600)
        if not self.daemons:
            argv = ["sh", "-c", OWN_RUN, "/usr/sbin/bgpd", "-d", "-v",
                    "-f", config]
            self.daemons = [Daemon(self.node, "bgpd", argv, self.directory)]
        self.daemons[0].start()
        wait_for("bgpd answers bgpctl",
                 lambda: self._ask("show").get("neighbors"))

    def established(self, name):
        shown = self._ask("show", "neighbor", self.session(name).address)
        return [n["state"] for n in shown.get("neighbors", [])] == [
            "Established"]

    def route(self, prefix):
        shown = self._ask("show", "rib", "detail", prefix).get("rib", [])
        # asked for a prefix that it has not, it shows the one around it
        routes = [r for r in shown if r["prefix"] == prefix]
        return _route(routes[0]) if routes else None

    def held(self):
        """Prefixes of all routes that it has and may use."""
        shown = self._ask("show", "rib").get("rib", [])
        return {r["prefix"] for r in shown if r["valid"]}

    def blackholed(self):
        """Prefixes of all routes that have the blackhole community."""
        shown = self._ask("show", "rib", "community", "BLACKHOLE")
        return {r["prefix"] for r in shown.get("rib", [])}

    def ask_refresh(self, name):
        self._tell("neighbor", self.session(name).address, "refresh")

    def shut_down(self, name, text):
        self._tell("neighbor", self.session(name).address, "down", text)

    def _bgpctl(self, *argv, check):
        return command("bgpctl", "-j", "-s", self.directory / "bgpd.sock",
                       *argv, check=check).stdout

    def _tell(self, *argv):
        self._bgpctl(*argv, check=True)

    def _ask(self, *argv):
        try:
            return json.loads(self._bgpctl(*argv, check=False))
        except json.JSONDecodeError:
            return {}  # it is not up yet

    def _config(self):
        lines = [f"AS {self.asn} 23456", f"router-id {self.router_id()}",
                 f'socket "{self.directory / "bgpd.sock"}"', "fib-update no"]
        lines += [f"listen on {n.local}" for n in self.neighbors]
        for neighbor in self.neighbors:
            lines += self._config_neighbor(neighbor)
        return "\n".join(lines + ["allow from any", "deny to any"]) + "\n"

    @staticmethod
    def _config_neighbor(n):
        lines = [f"neighbor {n.address} {{", f"remote-as {n.asn}",
                 f'descr "{n.name}"', f"local-address {n.local}"]
        lines += [f"announce {'IPv4' if family == 'ipv4' else 'IPv6'} unicast"
                  for family in n.families]
        if family_of(n.address) not in n.families:
            lines.append(f"announce {family_of(n.address)} none")
        if n.passive:
            lines.append("passive")
        if n.password:
            lines.append(f'tcp md5sig password "{n.password}"')
        if n.ttl_security:
            lines.append("ttl-security yes")
        return lines + ["}"]


def _route(shown):
    names = {BLACKHOLE if c == "BLACKHOLE" else c
             for c in shown.get("communities", [])}
    return Route(
        as_path=tuple(map(int, shown["aspath"].split())),
        next_hop=shown["exit_nexthop"],
        communities=frozenset(names).union(shown.get("large_communities", [])),
        origin=shown["origin"].lower())
