"""GoBGP as an upstream router; without zebra it leaves the kernel alone."""

import json
import subprocess

from lab import Daemon, command, wait_for
from router import Route, Router, family_of

ORIGINS = ("igp", "egp", "incomplete")

# BGP path attribute types in gobgp's JSON
ORIGIN, AS_PATH, NEXT_HOP, COMMUNITIES, MP_REACH, LARGE = 1, 2, 3, 8, 14, 32


class GoBgp(Router):
    """gobgpd, told what to do by gobgp."""

    kind = "gobgp"
    has_kernel = False

    def start(self):
        config = self.directory / "gobgpd.toml"
        config.write_text(self._config())
        self.target = f"unix://{self.directory / 'gobgpd.sock'}"
        if not self.daemons:
            argv = ["gobgpd", "-f", config, "--log-plain", "--pprof-disable",
                    "--api-hosts", self.target]
            self.daemons = [Daemon(self.node, "gobgpd", argv, self.directory)]
        self.daemons[0].start()
        wait_for("gobgpd answers gobgp", lambda: self._ask("neighbor"))

    def established(self, name):
        shown = self._ask("neighbor", self.session(name).address) or {}
        return shown.get("state", {}).get("session_state") == 6

    def route(self, prefix):
        shown = self._ask("global", "rib", prefix, "-a", family_of(prefix))
        if not shown:
            return None
        paths = next(iter(shown.values()))
        return _route({a["type"]: a for a in paths[0]["attrs"]})

    def blackholed(self):
        """Prefixes of all routes that have the blackhole community."""
        shown = self._ask("global", "rib") or {}
        return {prefix for prefix, paths in shown.items() if 0xffff029a in [
            c for a in paths[0]["attrs"] for c in a.get("communities", [])]}

    def ask_refresh(self, name):
        self._tell("neighbor", self.session(name).address, "softresetin")

    def shut_down(self, name, text):
        # its newer "disable" drops the reason
        self._tell("neighbor", self.session(name).address, "shutdown",
                   "--reason", text)

    def monitor(self, output):
        """A process that writes each change of the table to output."""
        return subprocess.Popen(
            ["gobgp", "--target", self.target, "monitor", "global", "rib",
             "--current"],
            stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.DEVNULL)

    def _tell(self, *argv):
        return command("gobgp", "--target", self.target, *argv)

    def _ask(self, *argv):
        done = command("gobgp", "--target", self.target, "-j", *argv,
                       check=False)
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            return None  # "Network not in table", or it is not up yet

    def _config(self):
        listen = json.dumps([n.local for n in self.neighbors])
        text = f"""
[global.config]
as = {self.asn}
router-id = "{self.router_id()}"
local-address-list = {listen}
"""
        return text + "".join(map(self._config_neighbor, self.neighbors))

    @staticmethod
    def _config_neighbor(n):
        text = f"""
[[neighbors]]
[neighbors.config]
neighbor-address = "{n.address}"
peer-as = {n.asn}
auth-password = "{n.password}"
[neighbors.transport.config]
local-address = "{n.local}"
passive-mode = {"true" if n.passive else "false"}
[neighbors.timers.config]
connect-retry = 1
idle-hold-time-after-reset = 1
[neighbors.graceful-restart.config]
enabled = true
restart-time = 120
notification-enabled = true
"""
        if n.ttl_security:
            text += """
[neighbors.ttl-security.config]
enabled = true
ttl-min = 255
"""
        return text + "".join(f"""
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "{family}-unicast"
[neighbors.afi-safis.mp-graceful-restart.config]
enabled = true
""" for family in n.families)


def _route(attrs):
    segments = attrs[AS_PATH].get("as_paths") or []
    numbers = attrs.get(COMMUNITIES, {}).get("communities", [])
    large = attrs.get(LARGE, {}).get("value", [])
    return Route(
        as_path=tuple(asn for s in segments for asn in s["asns"]),
        next_hop=attrs.get(MP_REACH, attrs.get(NEXT_HOP))["nexthop"],
        communities=frozenset(
            [f"{c >> 16}:{c & 0xffff}" for c in numbers]
            + [f"{c['ASN']}:{c['LocalData1']}:{c['LocalData2']}"
               for c in large]),
        origin=ORIGINS[attrs[ORIGIN]["value"]])
