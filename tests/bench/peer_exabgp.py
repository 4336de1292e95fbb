"""ExaBGP: a process of its own tells it what to announce."""

import os

from ground import OUR_ADDRESS, OUR_AS, THEIR_AS
from peer import Peer, first_word_of, timed

# The process: what comes through a FIFO goes on, answers go nowhere.
RELAY = """#!/bin/sh
cat <>{commands} &
exec cat >/dev/null
"""
AT_ONCE = 500  # prefixes in one command


class ExaBgp(Peer):
    """exabgp, asked by exabgpcli and through the process it runs."""

    name, program = "ExaBGP", "exabgp"
    busy_s = 20  # with many neighbors it never rests
    passes_max = {"start": 3, "bulk-100k": 1, "many": 1, "table": 1,
                  "return": 2}
    loads_early = True

    def __init__(self, ground):
        super().__init__(ground)
        self.commands = self.directory / "commands"
        os.mkfifo(self.commands)
        self._pipe = f"rtbh-{os.getpid()}"
        self._fifos = [f"/run/exabgp/{self._pipe}.{end}"
                       for end in ("in", "out")]
        self._fd = None

    @staticmethod
    def version(build):
        return first_word_of(["exabgp", "--version"], "ExaBGP : ")

    @staticmethod
    def patience(rounds, loaded=0):
        return min(rounds, 25)

    def launch(self, prefixes):
        os.makedirs("/run/exabgp", exist_ok=True)
        for fifo in self._fifos:
            if not os.path.exists(fifo):
                os.mkfifo(fifo)
        relay = self.file("relay", RELAY.format(commands=self.commands), 0o755)
        return self.execute(["env", *self._settings(), "exabgp",
                             self._config(relay, prefixes)])

    def _settings(self):
        settings = {"exabgp.daemon.user": "root",
                    "exabgp.daemon.drop": "false",
                    "exabgp.log.level": "ERR",
                    "exabgp.api.pipename": self._pipe}
        return [f"{k}={v}" for k, v in settings.items()]

    def _config(self, relay, prefixes):
        routes = "\n".join(
            f"route {p} next-hop {OUR_ADDRESS} community [65535:666];"
            for p in prefixes)
        neighbors = "".join(f"""
neighbor {a} {{
	inherit upstream;
}}
""" for a in self.ground.neighbors)
        return self.file("exabgp.conf", f"""
process relay {{ run {relay}; encoder text; }}
template {{ neighbor upstream {{
	router-id 192.0.2.1; local-address {OUR_ADDRESS};
	local-as {OUR_AS}; peer-as {THEIR_AS};
	family {{ ipv4 unicast; }}
	adj-rib-in false;
	api {{ processes [ relay ]; }}
	static {{
{routes}
	}}
}} }}
{neighbors}""")

    def opened(self):
        self._fd = os.open(self.commands, os.O_WRONLY)

    def closed(self):
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def stop(self):
        super().stop()
        for fifo in self._fifos:
            if os.path.exists(fifo):
                os.unlink(fifo)

    def argv(self, verb, prefix):
        return ["env", f"exabgp.api.pipename={self._pipe}", "exabgpcli",
                _line(verb, prefix)]

    def ask(self, verb, prefix):
        return timed(os.write, self._fd, _line(verb, prefix).encode() + b"\n")

    def bulk(self, prefixes, verb="add"):
        what = "announce" if verb == "add" else "withdraw"
        text = "".join(
            f"{what} attributes next-hop {OUR_ADDRESS} community [65535:666] "
            f"nlri {' '.join(prefixes[i:i + AT_ONCE])}\n"
            for i in range(0, len(prefixes), AT_ONCE)).encode()
        return timed(self._write_all, text)

    def _write_all(self, text):
        while text:
            text = text[os.write(self._fd, text):]


def _line(verb, prefix):
    what = "announce" if verb == "add" else "withdraw"
    return f"{what} route {prefix} next-hop {OUR_ADDRESS} " \
        "community [65535:666]"
