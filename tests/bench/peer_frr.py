"""FRR: victims are networks with a route-map, by vtysh or its socket."""

import socket

from ground import OUR_ADDRESS, OUR_AS, THEIR_AS
from peer import Peer, first_word_of, timed
from lab import wait_for

PROGRAMS = "/usr/lib/frr"


class Frr(Peer):
    """zebra and bgpd."""

    name, program = "FRR", "vtysh"
    passes_max = {"start": 3, "bulk-100k": 2, "many": 1, "table": 1}
    loads_early = True

    def __init__(self, ground):
        super().__init__(ground)
        self._connection = None

    @staticmethod
    def version(build):
        return first_word_of([f"{PROGRAMS}/bgpd", "--version"], "version ")

    @staticmethod
    def patience(rounds, loaded=0):
        return min(rounds, 25)

    def launch(self, prefixes):
        (self.directory / "zserv.api").unlink(missing_ok=True)
        self.file("zebra.conf", "")
        self.file("vtysh.conf", "")
        self.file("bgpd.conf", self._config(prefixes))
        begin = self._run("zebra")
        wait_for("zebra answers",
                 lambda: (self.directory / "zserv.api").exists())
        self._run("bgpd")
        return begin

    def _run(self, name):
        # as root, and of that group: else they want the user frr
        return self.execute([
            f"{PROGRAMS}/{name}", "-u", "root", "-g", "frrvty",
            "--vty_socket", self.directory, "-P", "0", "--log", "stdout",
            "--log-level", "errors", "-f", self.directory / f"{name}.conf",
            "-i", self.directory / f"{name}.pid",
            "-z", self.directory / "zserv.api"])

    def _config(self, prefixes):
        lines = ["route-map BLACKHOLE permit 10",
                 " set community blackhole", "route-map NOTHING deny 10",
                 f"router bgp {OUR_AS}", " no bgp ebgp-requires-policy",
                 " no bgp network import-check", " bgp router-id 192.0.2.1",
                 " coalesce-time 0"]
        for a in self.ground.neighbors:
            lines += [f" neighbor {a} remote-as {THEIR_AS}",
                      f" neighbor {a} update-source {OUR_ADDRESS}",
                      f" neighbor {a} timers connect 1",
                      f" neighbor {a} advertisement-interval 0"]
        lines += [" address-family ipv4 unicast"]
        lines += [f"  neighbor {a} route-map NOTHING in"
                  for a in self.ground.neighbors]
        lines += [f"  network {p} route-map BLACKHOLE" for p in prefixes]
        return "\n".join([*lines, " exit-address-family", ""])

    def opened(self):
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.settimeout(60)
        self._connection.connect(str(self.directory / "bgpd.vty"))
        for line in ("enable", "configure terminal", f"router bgp {OUR_AS}",
                     "address-family ipv4 unicast"):
            self._tell(line)

    def closed(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _tell(self, line):
        """As vtysh does: an answer ends with three zeros and a code."""
        self._connection.sendall(line.encode() + b"\0")
        answer = b""
        while answer[-4:-1] != b"\0\0\0":
            answer += self._connection.recv(65536)
        assert answer[-1] == 0, (line, answer)

    def argv(self, verb, prefix):
        commands = ["configure terminal", f"router bgp {OUR_AS}",
                    "address-family ipv4 unicast", _line(verb, prefix)]
        return ["vtysh", "--vty_socket", self.directory, "--config_dir",
                self.directory, "-d", "bgpd",
                *(word for c in commands for word in ("-c", c))]

    def ask(self, verb, prefix):
        return timed(self._tell, _line(verb, prefix))

    def bulk(self, prefixes, verb="add"):
        return timed(self._tell_all, [_line(verb, p) for p in prefixes])

    def _tell_all(self, lines):
        for line in lines:
            self._tell(line)


def _line(verb, prefix):
    if verb == "add":
        return f"network {prefix} route-map BLACKHOLE"
    return f"no network {prefix}"
