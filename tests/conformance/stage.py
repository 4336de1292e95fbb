"""One daemon in a network namespace of its own, and its scripted neighbors.

All addresses are local to the namespace, so that port 179, TTLs and keys can
be what they are on a router.  Each test module names its neighbors in
NEIGHBORS; they all share one daemon, and a test has a session with one of
them for a moment.
"""

import contextlib
import ctypes
import json
import socket
import struct

from lab import Lab
from rtbh import Rtbh

import message as bgp
from peer import PATIENCE_S, Peer

PORT = 179
OUR_AS, THEIR_AS = 64500, 64501
OUR_ID = "10.255.0.1"
OURS = {4: "192.0.2.1", 6: "2001:db8::1"}
# A link for neighbors with link-local addresses
LINK, OUR_LINK_LOCAL = "link0", "fe80::1"

CLONE_NEWNET = 0x40000000
TCP_MD5SIG, TCP_SAVE_SYN, TCP_SAVED_SYN = 14, 27, 28
IP_MINTTL, IPV6_MINHOPCOUNT = 21, 73

_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(node):
    """Sockets that are made in here belong to the node."""
    with open("/proc/thread-self/ns/net", encoding="ascii") as home, \
            open(f"/run/netns/{node.netns}", encoding="ascii") as there:
        _enter(there)
        try:
            yield
        finally:
            _enter(home)


def _enter(namespace):
    if _libc.setns(namespace.fileno(), CLONE_NEWNET) == -1:
        raise OSError(ctypes.get_errno(), "setns")


def md5_option(address, key):
    """setsockopt()'s arguments: struct tcp_md5sig of linux/tcp.h."""
    raw, key = bgp.packed(address), key.encode()
    if len(raw) == 4:
        storage = struct.pack("=HH4s", socket.AF_INET, 0, raw)
    else:
        storage = struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, raw, 0)
    sig = struct.pack("=128sBBHi80s", storage, 0, 0, len(key), 0, key)
    return socket.IPPROTO_TCP, TCP_MD5SIG, sig


def ttl_option(ttl, version=4):
    """The TTL of what a socket sends."""
    if version == 4:
        return socket.IPPROTO_IP, socket.IP_TTL, ttl
    return socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl


def min_ttl_option(ttl, version=4):
    """What has a lower one is as good as lost (RFC 5082)."""
    if version == 4:
        return socket.IPPROTO_IP, IP_MINTTL, ttl
    return socket.IPPROTO_IPV6, IPV6_MINHOPCOUNT, ttl


class Identity:
    """One neighbor in the daemon's configuration, to be played by us.

    asn: its AS; version: the IP version of its sessions; families: what it
    names in its OPEN unless told otherwise; listens: the daemon connects to
    it; link_local: over a link of its own; key: of TCP MD5.  Everything else
    are keys of the configuration, with "_" for "-".
    """

    def __init__(self, name, number, *, asn=THEIR_AS, version=4,
                 families=None, listens=False, link_local=False, key=None,
                 **settings):
        self.name, self.asn, self.version = name, asn, version
        self.bgp_id = f"198.51.100.{number}"
        self.address = (self.bgp_id if version == 4
                        else f"2001:db8::1:{number:x}")
        self.link_local, self.key = link_local, key
        if link_local:
            self.address = f"fe80::1:{number:x}"
        self.families = families or [bgp.IPV4 if version == 4 else bgp.IPV6]
        self.listens = listens
        self.settings = {"passive": not listens} | settings
        if listens and not link_local:
            self.settings.setdefault("local_address", self.our_address())
        if families:
            names = {bgp.IPV4: "ipv4", bgp.IPV6: "ipv6"}
            self.settings.setdefault("families",
                                     [names[f] for f in families])
        self.listener = None

    def socket(self):
        """Made in the namespace that the caller is in."""
        family = socket.AF_INET if self.version == 4 else socket.AF_INET6
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return sock

    def our_address(self):
        """Where the daemon is for this neighbor."""
        return OUR_LINK_LOCAL if self.link_local else OURS[self.version]

    def end(self, address, port):
        """For bind() and connect()."""
        if not self.link_local:
            return address, port
        return address, port, 0, socket.if_nametoindex(LINK)


class Stage:
    def __init__(self, neighbors, config=None, rtbh=None):
        """neighbors: name -> arguments of Identity.  config: keys of the
        daemon's configuration."""
        self.lab = Lab()
        self.peers = []
        try:
            self.node = self.lab.node("us")
            self.rtbh = (rtbh or Rtbh)(self.lab, self.node, OUR_AS)
            self.rtbh.config["listen"] = [
                OURS[4], f"[{OURS[6]}]", f"[{OUR_LINK_LOCAL}%{LINK}]"]
            self.rtbh.config |= config or {}
            self._add_addresses()
            self.neighbors = {
                name: self._add_neighbor(name, number, dict(arguments))
                for number, (name, arguments)
                in enumerate(neighbors.items(), 10)}
        except BaseException:
            self.lab.close()
            raise

    def _add_addresses(self):
        self.node.ip("address", "add", f"{OURS[4]}/32", "dev", "lo")
        self.node.ip("address", "add", f"{OURS[6]}/128", "dev", "lo")
        self.node.add_local("198.51.100.0/24")
        self.node.ip("link", "add", LINK, "type", "veth",
                     "peer", "name", f"{LINK}-peer")
        for device in (LINK, f"{LINK}-peer"):
            self.node.ip("link", "set", device, "up")
        self._add_ipv6(f"{OUR_LINK_LOCAL}/64", LINK)

    def _add_ipv6(self, address, device):
        self.node.ip("address", "add", address, "dev", device, "nodad")

    def _add_neighbor(self, name, number, arguments):
        who = Identity(name, number, **arguments)
        address = who.address
        if who.link_local:
            self._add_ipv6(f"{address}/64", LINK)
            address += f"%{LINK}"
        elif who.version == 6:
            self._add_ipv6(f"{address}/128", "lo")
        if who.key:
            file = self.rtbh.directory / f"{name}.key"
            file.touch(mode=0o600)
            file.write_text(who.key + "\n")
            who.settings["password_file"] = file.name
        self.rtbh.neighbor(name, address, who.asn, **who.settings)
        if who.listens:
            who.listener = self._listen(who)
        return who

    def _listen(self, who):
        with inside(self.node):
            sock = who.socket()
            sock.bind(who.end(who.address, who.settings.get("port", PORT)))
        sock.setsockopt(socket.IPPROTO_TCP, TCP_SAVE_SYN, 1)
        sock.setsockopt(*ttl_option(255, who.version))
        if who.key:
            sock.setsockopt(*md5_option(who.our_address(), who.key))
        sock.listen(8)
        return sock

    def start(self):
        self.rtbh.start()

    def close(self):
        self.close_peers()
        for who in self.neighbors.values():
            if who.listener is not None:
                who.listener.close()
        self.lab.close()

    def close_peers(self):
        for peer in self.peers:
            peer.close()
        self.peers = []

    # --- connections ---

    def socket_of(self, address):
        """A socket of any IPv4 address: a stranger's."""
        with inside(self.node):
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.bind((address, 0))
        return sock

    def tcp(self, name, *, options=(), timeout_s=PATIENCE_S):
        """A connection to the daemon's listener; its OPEN is not read.
        options are set on the socket before it connects."""
        who = self.neighbors[name]
        with inside(self.node):
            sock = who.socket()
            try:
                for option in options:
                    sock.setsockopt(*option)
                sock.bind(who.end(who.address, 0))
                sock.settimeout(timeout_s)
                sock.connect(who.end(who.our_address(), PORT))
            except BaseException:
                sock.close()
                raise
        return self._peer(sock, who)

    def accept(self, name, timeout_s=PATIENCE_S):
        """The connection that the daemon opens to a neighbor that listens."""
        who = self.neighbors[name]
        who.listener.settimeout(timeout_s)
        sock, _ = who.listener.accept()
        return self._peer(sock, who)

    def _peer(self, sock, who):
        peer = Peer(sock, who)
        self.peers.append(peer)
        return peer

    def connect(self, name, **arguments):
        """... and its OPEN was read: the daemon is in OpenSent."""
        peer = self.tcp(name, **arguments)
        peer.expect_open()
        return peer

    def confirm(self, name, **opened):
        """... and the daemon is in OpenConfirm."""
        return self.connect(name).confirm(**opened)

    def establish(self, name, **opened):
        """... and the session is up, see Peer.establish()."""
        return self.connect(name).establish(**opened)

    # --- the daemon's own view ---

    def entry(self, name):
        return self.rtbh.neighbor_state(name)

    def call(self, method, **params):
        """A method of the control protocol; its result."""
        with self.rtbh.connect() as control:
            control.write(json.dumps({"jsonrpc": "2.0", "id": 1,
                                      "method": method,
                                      "params": params}) + "\n")
            control.flush()
            answer = json.loads(control.readline())
        assert "result" in answer, answer
        return answer["result"]


def saved_syn(sock):
    """The IP header of the SYN by which the daemon opened a connection."""
    return sock.getsockopt(socket.IPPROTO_TCP, TCP_SAVED_SYN, 128)
