"""rtbh itself, durable as installed."""

import json
import socket

from ground import OUR_ADDRESS, OUR_AS, THEIR_AS
from peer import Peer, first_word_of, timed

AT_ONCE = 100_000  # prefixes that one request may have


class Rtbh(Peer):
    """rtbh-bgpd, asked by rtbh-ctl and by its control socket."""

    name = "rtbh"
    stores = True
    listens = False  # whether neighbors may connect to it
    address = OUR_ADDRESS

    def __init__(self, ground):
        super().__init__(ground)
        self.bgpd = ground.build / "bgpd" / "rtbh-bgpd"
        self.ctl = ground.build / "rtbh-ctl" / "rtbh-ctl"
        self.socket = self.directory / "control.sock"
        (self.directory / "state").mkdir(mode=0o700)
        self._connection = self._answers = None

    @staticmethod
    def version(build):
        return first_word_of([build / "bgpd" / "rtbh-bgpd", "-V"],
                             "rtbh-bgpd ")

    def launch(self, prefixes):
        return self.execute([self.bgpd, "-f", self._config()])

    def _config(self):
        neighbors = "".join(
            f"  - {{name: n{i}, address: {a}, remote-as: {THEIR_AS}, "
            "announce: [blackholes]}\n"
            for i, a in enumerate(self.ground.neighbors))
        listen = f"listen: [{OUR_ADDRESS}]" if self.listens else ""
        return self.file("bgpd.yaml", f"""\
local-as: {OUR_AS}
router-id: 192.0.2.1
aggregates: [10.0.0.0/8]
blackhole: {{communities: [blackhole], max-victims: 1000000,
            default-ttl: 1d}}
neighbors:
{neighbors}control: {{socket: {self.socket}, max-clients: 1024}}
state: {{directory: {self.directory / "state"}}}
log: {{level: warning}}
{listen}
""")

    def opened(self):
        self._connection = self.connect()
        self._answers = self._connection.makefile("rb")

    def closed(self):
        if self._connection is not None:
            self._answers.close()
            self._connection.close()
            self._connection = None

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(60)
        s.connect(str(self.socket))
        return s

    def argv(self, verb, prefix):
        return [self.ctl, "-s", self.socket, verb, prefix]

    def ask(self, verb, prefix):
        begin = timed(self._connection.sendall, request(verb, prefix))
        self.answer()
        return begin

    def pipeline(self, prefixes, verb="add"):
        """Single requests, all at once, until all are answered."""
        self._connection.sendall(
            b"".join(request(verb, p) for p in prefixes))
        for _ in prefixes:
            self.answer()

    def answer(self):
        """The next one, which must not be a refusal."""
        line = self._answers.readline()
        assert b'"result"' in line, line

    def bulk(self, prefixes, verb="add"):
        begins = [self._bulk(prefixes[i:i + AT_ONCE], verb)
                  for i in range(0, len(prefixes), AT_ONCE)]
        return begins[0]

    def _bulk(self, prefixes, verb):
        path = self.lines("bulk", prefixes)
        with open(path, "rb") as file:
            # 4: it is announced, but a busy disk took more than two seconds
            return self.command.run(
                [self.ctl, "-s", self.socket, verb, "-"], good=(0, 4),
                stdin=file)


def request(verb, prefix, number=1):
    return json.dumps({"jsonrpc": "2.0", "id": number,
                       "method": f"victim.{verb}",
                       "params": {"prefix": prefix}}).encode() + b"\n"
