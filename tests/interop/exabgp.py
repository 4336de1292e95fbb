"""ExaBGP as an upstream; it keeps no table, so this counts what it is told.

ExaBGP hands every event as a line of JSON to a process of ours, which writes
it to a file, and takes commands from a FIFO.
"""

import json
import os

from lab import Daemon, wait_for
from router import Route, Router

RELAY = """#!/bin/sh
cat <>{commands} &
exec cat >{events}
"""


class ExaBgp(Router):
    """ExaBGP, and the routes as its events tell them."""

    kind = "exabgp"
    has_kernel = False

    def start(self):
        self._events = self.directory / "events"
        self._commands = self.directory / "commands"
        self._read = 0
        self._routes, self._state = {}, {}
        if not self.daemons:
            self._prepare()
        self._events.write_text("")
        self.daemons[0].start()
        wait_for("exabgp has read its configuration", lambda:
                 "loaded new configuration" in self.daemons[0].log_text())

    def established(self, name):
        self._learn()
        return self._state.get(self.session(name).address) == "up"

    def route(self, prefix):
        self._learn()
        return self._routes.get(prefix)

    def blackholed(self):
        """Prefixes of all routes that have the blackhole community."""
        self._learn()
        return {prefix for prefix, route in self._routes.items()
                if "65535:666" in route.communities}

    def ask_refresh(self, name):
        neighbor = self.session(name)
        for family in neighbor.families:
            self._tell(f"neighbor {neighbor.address} announce route-refresh "
                       f"{family} unicast")

    def _prepare(self):
        os.mkfifo(self._commands)
        relay = self.directory / "relay"
        relay.write_text(RELAY.format(commands=self._commands,
                                      events=self._events))
        relay.chmod(0o755)
        config = self.directory / "exabgp.conf"
        config.write_text(self._config(relay))
        settings = {
            "exabgp.daemon.user": "root", "exabgp.daemon.drop": "false",
            "exabgp.api.cli": "false", "exabgp.api.respawn": "false",
            "exabgp.tcp.bind": " ".join(
                n.local for n in self.neighbors if n.passive)}
        argv = ["env", *(f"{k}={v}" for k, v in settings.items()),
                "exabgp", config]
        self.daemons = [Daemon(self.node, "exabgp", argv, self.directory)]

    def _tell(self, line):
        with open(self._commands, "w", encoding="ascii") as commands:
            commands.write(line + "\n")

    def _learn(self):
        """Takes in the whole lines that came since the last time."""
        with open(self._events, "rb") as events:
            events.seek(self._read)
            lines, _, _ = events.read().rpartition(b"\n")
        if not lines:
            return
        self._read += len(lines) + 1
        for line in lines.split(b"\n"):
            if line.startswith(b"{"):
                self._take(json.loads(line))

    def _take(self, event):
        neighbor = event.get("neighbor", {})
        if event["type"] == "state":
            self._state[neighbor["address"]["peer"]] = neighbor["state"]
        elif event["type"] == "update":
            self._update(neighbor["message"].get("update", {}))

    def _update(self, update):
        for routes in update.get("withdraw", {}).values():
            for route in routes:
                self._routes.pop(route["nlri"], None)
        for hops in update.get("announce", {}).values():
            for next_hop, routes in hops.items():
                for route in routes:
                    self._routes[route["nlri"]] = _route(
                        update["attribute"], next_hop)

    def _config(self, relay):
        text = f"process relay {{ run {relay}; encoder json; }}\n"
        return text + "".join(map(self._config_neighbor, self.neighbors))

    def _config_neighbor(self, n):
        security = ""
        if n.password:
            security += f'md5-password "{n.password}"; '
        if n.ttl_security:
            security += "incoming-ttl 255; outgoing-ttl 255; "
        families = " ".join(f"{family} unicast;" for family in n.families)
        return f"""
neighbor {n.address} {{
	router-id {self.router_id()};
	local-address {n.local};
	local-as {self.asn};
	peer-as {n.asn};
	passive {"true" if n.passive else "false"};
	{security}
	family {{ {families} }}
	capability {{ asn4 enable; route-refresh enable; graceful-restart 120;
		nexthop enable; }}
	nexthop {{ ipv4 unicast ipv6; }}
	api {{ processes [ relay ]; neighbor-changes;
		receive {{ parsed; update; }} }}
}}
"""


def _route(attribute, next_hop):
    communities = [":".join(map(str, c)) for name in (
        "community", "large-community") for c in attribute.get(name, [])]
    return Route(as_path=tuple(attribute.get("as-path", [])),
                 next_hop=next_hop, communities=frozenset(communities),
                 origin=attribute["origin"])
