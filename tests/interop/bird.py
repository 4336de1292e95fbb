"""BIRD 2 as an upstream router."""

import re

from lab import Daemon, command, wait_for
from router import Route, Router, family_of


def _line(text, key):
    """The value of "key: value" in what birdc prints, or ""."""
    found = re.search(rf"^\s*{re.escape(key)}: *(.*)$", text, re.MULTILINE)
    return found.group(1) if found else ""


class Bird(Router):
    """BIRD 2, told what to do by birdc."""

    kind = "bird"
    import_limit = None  # of prefixes a family; beyond it the session ends

    def start(self):
        config = self.directory / "bird.conf"
        config.write_text(self._config())
        socket = self.directory / "bird.ctl"
        if not self.daemons:
            argv = ["bird", "-f", "-c", config, "-s", socket]
            self.daemons = [Daemon(self.node, "bird", argv, self.directory)]
        self.daemons[0].start()
        wait_for("bird answers birdc",
                 lambda: "is up" in self._ask("show status"))

    def established(self, name):
        return "Established" in self._ask(f"show protocols all {name}")

    def route(self, prefix):
        text = self._ask(f"show route all {prefix}")
        if "BGP.as_path:" not in text:
            return None
        pairs = re.findall(r"\((\d+),(\d+)\)", _line(text, "BGP.community"))
        large = re.findall(r"\((\d+), (\d+), (\d+)\)",
                           _line(text, "BGP.large_community"))
        return Route(
            as_path=tuple(map(int, _line(text, "BGP.as_path").split())),
            next_hop=_line(text, "BGP.next_hop").split()[0],
            communities=frozenset(":".join(c) for c in pairs + large),
            origin=_line(text, "BGP.origin").lower())

    def prefixes(self):
        """Of all routes that it learnt by BGP."""
        shown = self._ask("show route where source = RTS_BGP")
        return set(re.findall(r"^([\da-f.:]+/\d+)", shown, re.MULTILINE))

    def _ask(self, question):
        return command("birdc", "-s", self.directory / "bird.ctl", question,
                       check=False).stdout

    def _config(self):
        return f"""
log stderr all;
router id {self.router_id()};
protocol device {{ }}
protocol kernel {{ ipv4 {{ export where source = RTS_BGP; }}; }}
protocol kernel {{ ipv6 {{ export where source = RTS_BGP; }}; }}
filter blackholes {{
	if {"true" if self.drop else "false"} && (65535, 666) ~ bgp_community
	then dest = RTD_BLACKHOLE;
	accept;
}}
""" + "".join(map(self._config_static, self.announces)
    ) + "".join(map(self._config_neighbor, self.neighbors))

    @staticmethod
    def _config_static(prefix):
        return f"""
protocol static {{ {family_of(prefix)}; route {prefix} unreachable; }}
"""

    def _config_neighbor(self, n):
        limit = ""
        if self.import_limit is not None:
            limit = f"import limit {self.import_limit} action restart; "
        channels = "".join(
            f"\t{family} {{ import filter blackholes; {limit}"
            f"export where source = RTS_STATIC; }};\n"
            for family in n.families)
        return f"""
protocol bgp {n.name} {{
	local {n.local} as {self.asn};
	neighbor {n.address} as {n.asn};
	passive {"yes" if n.passive else "no"};
	connect retry time 1;
	connect delay time 1;
	error wait time 1, 2;
{channels}}}
"""
