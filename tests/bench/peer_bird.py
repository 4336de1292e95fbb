"""BIRD 2: victims are static routes in a file of their own, then configure."""

import socket

from ground import OUR_ADDRESS, OUR_AS, THEIR_AS
from peer import Peer, first_word_of, timed


class Bird(Peer):
    """bird, asked by birdc or over its control socket."""

    name, program = "BIRD", "bird"
    loads_early = True

    def __init__(self, ground):
        super().__init__(ground)
        self.socket = self.directory / "bird.ctl"
        self._victims = {}
        self._connection = self._answers = None

    @staticmethod
    def version(build):
        return first_word_of(["bird", "--version"], "version ")

    def launch(self, prefixes):
        self._victims = dict.fromkeys(prefixes)
        self._write()
        return self.execute(["bird", "-f", "-c", self._config(),
                             "-s", self.socket])

    def relaunch(self):
        return self.launch(self._victims)

    @staticmethod
    def patience(rounds, loaded=0):
        return min(rounds, 100) if loaded else rounds

    def _config(self):
        neighbors = "".join(f"""
protocol bgp n{i} from upstream {{ neighbor {a} as {THEIR_AS}; }}
""" for i, a in enumerate(self.ground.neighbors))
        return self.file("bird.conf", f"""
log stderr {{ warning, error, fatal, bug }};
router id 192.0.2.1;
protocol device {{ scan time 3600; }}
protocol static victims {{
	ipv4 {{ import filter {{ bgp_community.add((65535, 666)); accept; }}; }};
	include "{self.directory}/victims";
}}
template bgp upstream {{
	local {OUR_ADDRESS} as {OUR_AS};
	connect retry time 1; connect delay time 1; error wait time 1, 2;
	ipv4 {{ import none; export where source = RTS_STATIC; }};
}}
{neighbors}""")

    def _write(self):
        self.lines("victims", (f"route {p} blackhole;" for p in self._victims))

    def opened(self):
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.settimeout(60)
        self._connection.connect(str(self.socket))
        self._answers = self._connection.makefile("rb")
        self._answers.readline()

    def closed(self):
        if self._connection is not None:
            self._answers.close()
            self._connection.close()
            self._connection = None

    def _note(self, verb, prefixes):
        if verb == "add":
            self._victims |= dict.fromkeys(prefixes)
        else:
            for prefix in prefixes:
                del self._victims[prefix]
        self._write()

    def argv(self, verb, prefix):
        self._note(verb, [prefix])
        return ["birdc", "-s", self.socket, "configure"]

    def ask(self, verb, prefix):
        self._note(verb, [prefix])
        return self._configure()

    def _configure(self):
        begin = timed(self._connection.sendall, b"configure\n")
        line = b""
        # the last line has its code followed by a space
        while line[4:5] != b" ":
            line = self._answers.readline()
        assert line[:4] in (b"0003", b"0004"), line
        return begin

    def bulk(self, prefixes, verb="add"):
        begin = timed(self._note, verb, prefixes)
        self._configure()
        return begin
