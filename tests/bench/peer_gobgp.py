"""GoBGP: victims are paths of its table, by gobgp or its gRPC interface.

Its messages are encoded here by hand; they are few.
"""

import ipaddress
import json

try:
    import grpc
except ImportError:  # it is left out then
    grpc = None

from ground import OUR_ADDRESS, OUR_AS, THEIR_AS
from peer import Peer, first_word_of, timed

AT_ONCE = 1000  # paths in one message
BLACKHOLE = 0xffff029a
ANY = b"type.googleapis.com/apipb."


class GoBgp(Peer):
    """gobgpd."""

    name, program = "GoBGP", "gobgpd"
    loads_first = True  # or each path goes to each neighbor by itself
    passes_max = {"start": 3, "bulk-100k": 2, "many": 1, "table": 1,
                  "reconnect": 2, "return": 2}

    def __init__(self, ground):
        super().__init__(ground)
        self.socket = self.directory / "gobgpd.sock"
        self.target = f"unix://{self.socket}"
        self._channel = None

    @classmethod
    def lacks(cls):
        return super().lacks() or (None if grpc else "python3-grpcio")

    @staticmethod
    def version(build):
        return first_word_of(["gobgpd", "--version"], "version ")

    @staticmethod
    def patience(rounds, loaded=0):
        return min(rounds, 100)

    def launch(self, prefixes):
        self.socket.unlink(missing_ok=True)  # if it was killed
        neighbors = "".join(f"""
[[neighbors]]
[neighbors.config]
neighbor-address = "{a}"
peer-as = {THEIR_AS}
[neighbors.timers.config]
connect-retry = 1
idle-hold-time-after-reset = 1
""" for a in self.ground.neighbors)
        config = self.file("gobgpd.toml", f"""
[global.config]
as = {OUR_AS}
router-id = "192.0.2.1"
local-address-list = [{json.dumps(OUR_ADDRESS)}]
[global.apply-policy.config]
import-policy-list = ["nothing-in"]
[[defined-sets.neighbor-sets]]
neighbor-set-name = "upstreams"
neighbor-info-list = {json.dumps(self.ground.neighbors)}
[[policy-definitions]]
name = "nothing-in"
[[policy-definitions.statements]]
[policy-definitions.statements.conditions.match-neighbor-set]
neighbor-set = "upstreams"
[policy-definitions.statements.actions]
route-disposition = "reject-route"
{neighbors}""")
        return self.execute(["gobgpd", "-f", config, "--log-plain",
                             "--log-level", "error", "--pprof-disable",
                             "--api-hosts", self.target])

    def opened(self):
        self._channel = grpc.insecure_channel(
            self.target.replace("unix://", "unix:"))
        grpc.channel_ready_future(self._channel).result(20)
        self._one = {verb: self._channel.unary_unary(
            f"/apipb.GobgpApi/{method}")
            for verb, method in (("add", "AddPath"),
                                 ("withdraw", "DeletePath"))}
        self._stream = self._channel.stream_unary(
            "/apipb.GobgpApi/AddPathStream")

    def closed(self):
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def argv(self, verb, prefix):
        what = ["add", prefix, "community", "65535:666"] if verb == "add" \
            else ["del", prefix]
        return ["gobgp", "--target", self.target, "global", "rib", *what]

    def ask(self, verb, prefix):
        # table type global; the path is field 3 in the one, 4 in the other
        wanted = _number(1, 0) + _field(3 if verb == "add" else 4,
                                        path(prefix, verb != "add"))
        if verb != "add":
            wanted += _field(3, FAMILY)
        return timed(self._one[verb], wanted)

    def bulk(self, prefixes, verb="add"):
        paths = [_field(3, path(p, verb != "add")) for p in prefixes]
        messages = [_number(1, 0) + b"".join(paths[i:i + AT_ONCE])
                    for i in range(0, len(paths), AT_ONCE)]
        return timed(self._stream, iter(messages))


def _varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def _number(field, n):
    return _varint(field << 3) + _varint(n)


def _field(field, content):
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _any(kind, content):
    return _field(1, ANY + kind) + _field(2, content)


FAMILY = _number(1, 1) + _number(2, 1)  # IPv4 unicast
ATTRIBUTES = b"".join(_field(2, a) for a in (
    _any(b"OriginAttribute", _number(1, 0)),
    _any(b"NextHopAttribute", _field(1, b"0.0.0.0")),
    _any(b"CommunitiesAttribute", _field(1, _varint(BLACKHOLE)))))


def path(prefix, is_withdraw):
    """A Path of apipb: NLRI, attributes, whether it is taken back, family."""
    net = ipaddress.ip_network(prefix)
    nlri = _any(b"IPAddressPrefix", _number(1, net.prefixlen)
                + _field(2, str(net.network_address).encode()))
    taken_back = _number(5, 1) if is_withdraw else b""
    return _field(1, nlri) + ATTRIBUTES + taken_back + _field(9, FAMILY)
