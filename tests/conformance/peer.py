"""A neighbor played by hand over one TCP connection.

Every read has a deadline.  A message that a test does not expect fails it,
and says what came instead.
"""

import collections
import socket
import time

import message as bgp

# How long the daemon may take to answer.  Generous: it only costs time on
# failure.
PATIENCE_S = 10

Message = collections.namedtuple("Message", "kind body")
# What receive() gives at the end of a connection
CLOSED, RESET = Message("closed", b""), Message("reset", b"")


class Peer:
    """One connection with the daemon.

    identity tells who it plays: an object with asn, bgp_id and address.
    """

    def __init__(self, sock, identity):
        self.sock = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.identity = identity
        self.open = None         # the daemon's, once it was read
        self.initial = []        # its UPDATEs up to the last End-of-RIB
        self._buffer = b""

    # --- bytes ---

    def send(self, *messages):
        self.sock.settimeout(PATIENCE_S)
        self.sock.sendall(b"".join(messages))

    def _fill(self, size, deadline):
        """None, or how the connection ended before size octets were there.
        """
        while len(self._buffer) < size:
            left = deadline - time.monotonic()
            if left <= 0:
                raise socket.timeout
            self.sock.settimeout(left)
            try:
                more = self.sock.recv(65536)
            except (ConnectionResetError, BrokenPipeError):
                return RESET
            if not more:
                assert not self._buffer, "closed within a message"
                return CLOSED
            self._buffer += more
        return None

    def receive(self, timeout_s=PATIENCE_S):
        """The next message, CLOSED or RESET; None when nothing comes."""
        deadline = time.monotonic() + timeout_s
        try:
            end = self._fill(bgp.HEADER_LEN, deadline)
            if end is not None:
                return end
            header = self._buffer[:bgp.HEADER_LEN]
            assert header[:16] == bgp.MARKER, f"marker of {header.hex()}"
            length = int.from_bytes(header[16:18], "big")
            end = self._fill(length, deadline)
        except socket.timeout:
            return None
        assert end is None, "closed within a message"
        body = self._buffer[bgp.HEADER_LEN:length]
        self._buffer = self._buffer[length:]
        return Message(header[18], body)

    def close(self):
        """Returns once the daemon has done its part, so that a connection
        made after this meets no trace of this one."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
            self._buffer = b""
            self.sock.settimeout(PATIENCE_S)
            while self.sock.recv(65536):
                pass
        except OSError:
            pass
        finally:
            self.sock.close()

    # --- messages ---

    def send_open(self, *, asn=None, hold_time=90, bgp_id=None, version=4,
                  capabilities=None, options=None):
        """Ours, unless told otherwise: the AS, an identifier equal to the
        address, and the capabilities of default_capabilities()."""
        if options is None:
            if capabilities is None:
                capabilities = self.default_capabilities()
            options = bgp.options_of(capabilities)
        if asn is None:
            asn = min(self.identity.asn, 65536)
            asn = bgp.AS_TRANS if asn == 65536 else asn
        self.send(bgp.open_message(asn, hold_time,
                                   bgp_id or self.identity.bgp_id, options,
                                   version=version))

    def default_capabilities(self, *more, families=None):
        """A modern router without graceful restart; and more."""
        families = families or self.identity.families
        return [*map(bgp.multiprotocol, families),
                bgp.capability(bgp.REFRESH),
                bgp.capability(bgp.ENHANCED_REFRESH),
                bgp.as4(self.identity.asn), *more]

    def send_keepalive(self):
        self.send(bgp.keepalive())

    def expect(self, kind, *, skip=(), timeout_s=PATIENCE_S):
        """The body of the next message, which must be of that type."""
        while True:
            got = self.receive(timeout_s)
            assert got is not None, f"nothing came, expected type {kind}"
            if got.kind == kind:
                return got.body
            assert got.kind in skip, \
                f"expected type {kind}, got {got.kind}: {got.body.hex()}"

    def expect_open(self):
        self.open = bgp.parse_open(self.expect(bgp.OPEN))
        return self.open

    def expect_update(self, timeout_s=PATIENCE_S):
        """The next one that is not an End-of-RIB."""
        while True:
            body = self.expect(bgp.UPDATE, skip=(bgp.KEEPALIVE,),
                               timeout_s=timeout_s)
            found = bgp.parse_update(body)
            if found.end_of_rib() is None:
                return found

    def expect_notification(self, code, subcode, data=b"", *,
                            timeout_s=PATIENCE_S):
        """Exactly these octets, then the orderly end of the connection."""
        body = self.expect(bgp.NOTIFICATION, timeout_s=timeout_s,
                           skip=(bgp.KEEPALIVE, bgp.UPDATE,
                                 bgp.ROUTE_REFRESH))
        wanted = bytes([code, subcode]) + data
        assert body == wanted, f"NOTIFICATION {body.hex()}, not {wanted.hex()}"
        self.expect_end()

    def expect_end(self):
        """The connection is closed, and nothing is said before that."""
        got = self.receive()
        assert got == CLOSED, f"expected the end, got {got}"

    def expect_closed(self, timeout_s=PATIENCE_S):
        """It ends, in whatever way, without a NOTIFICATION."""
        while True:
            got = self.receive(timeout_s)
            assert got is not None, "still open"
            assert got.kind != bgp.NOTIFICATION, f"NOTIFICATION {got.body}"
            if got in (CLOSED, RESET):
                return

    # --- sessions ---

    def confirm(self, **opened):
        """Both OPENs are exchanged: the daemon is in OpenConfirm, and its
        first KEEPALIVE was read.  Arguments are those of send_open()."""
        if self.open is None:
            self.expect_open()
        self.send_open(**opened)
        self.expect(bgp.KEEPALIVE)
        return self

    def establish(self, **opened):
        """Established, and what the daemon announces at first was read: all
        up to End-of-RIB for each family that both sides named."""
        self.confirm(**opened)
        self.send_keepalive()
        left = self._common_families(opened)
        while left:
            found = bgp.parse_update(self.expect(bgp.UPDATE,
                                                 skip=(bgp.KEEPALIVE,)))
            ended = found.end_of_rib()
            if ended is None:
                self.initial.append(found)
            else:
                left.remove(ended)
        return self

    def _common_families(self, opened):
        if "options" in opened:
            theirs = []
        elif opened.get("capabilities") is None:
            theirs = self.default_capabilities()
        else:
            theirs = opened["capabilities"]
        theirs = [c[2:] for c in theirs if c[0] == bgp.MULTIPROTOCOL]
        ours = self.open.values(bgp.MULTIPROTOCOL)
        plain = [bgp.multiprotocol(bgp.IPV4)[2:]]
        return [f for f in (bgp.IPV4, bgp.IPV6)
                if bgp.multiprotocol(f)[2:] in (theirs or plain)
                and bgp.multiprotocol(f)[2:] in (ours or plain)]

    def refresh(self, family=bgp.IPV4):
        """Asks for all routes again; the UPDATEs between BoRR and EoRR."""
        self.send(bgp.route_refresh(family))
        found = []
        begun = False
        while True:
            got = self.receive()
            assert got is not None, "no answer to ROUTE-REFRESH"
            if got.kind == bgp.ROUTE_REFRESH:
                afi, subtype, safi = got.body[:2], got.body[2], got.body[3]
                assert (int.from_bytes(afi, "big"), safi) == family
                if subtype == 2:
                    assert begun, "EoRR without BoRR"
                    return found
                assert subtype == 1 and not begun
                begun = True
            elif got.kind == bgp.UPDATE:
                found.append(bgp.parse_update(got.body))
            else:
                assert got.kind == bgp.KEEPALIVE, f"session ended: {got}"

    def expect_alive(self):
        """The session stands: whatever was sent before has been taken, since
        a refresh that was asked for after it is answered."""
        self.refresh(self.identity.families[0])

    def expect_alive_without_enhanced(self):
        """The same for a session without enhanced route refresh: the
        aggregate is announced again."""
        self.send(bgp.route_refresh(self.identity.families[0]))
        return self.expect_update()

    def expect_silence(self, timeout_s):
        """No message comes in that time."""
        got = self.receive(timeout_s)
        assert got is None, f"unexpected {got}"
