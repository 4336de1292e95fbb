"""BGP messages as bytes, built and taken apart by hand.

Builders take every field, also wrong ones, since most tests send a message
with exactly one thing wrong.  Nothing here comes from the daemon's code, so
that an error there is not repeated here.
"""

import dataclasses
import ipaddress
import struct

OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE_REFRESH = 1, 2, 3, 4, 5
HEADER_LEN = 19
MARKER = b"\xff" * 16
AS_TRANS = 23456

# AFI and SAFI, as they stand in most messages
IPV4, IPV6 = (1, 1), (2, 1)

# Capability codes
MULTIPROTOCOL, REFRESH, EXTENDED_NEXT_HOP, EXTENDED_MESSAGE = 1, 2, 5, 6
ROLE, GRACEFUL_RESTART, AS4, ENHANCED_REFRESH, LONG_LIVED = 9, 64, 65, 70, 71

# Path attribute codes
ORIGIN, AS_PATH, NEXT_HOP, MED, LOCAL_PREF, ATOMIC_AGGREGATE = range(1, 7)
AGGREGATOR, COMMUNITIES, ORIGINATOR_ID, CLUSTER_LIST = range(7, 11)
MP_REACH, MP_UNREACH, EXTENDED_COMMUNITIES = 14, 15, 16
AS4_PATH, AS4_AGGREGATOR, AIGP, LARGE_COMMUNITIES, OTC = 17, 18, 26, 32, 35

AS_SET, AS_SEQUENCE, CONFED_SEQUENCE, CONFED_SET = 1, 2, 3, 4

OPTIONAL, TRANSITIVE, PARTIAL, EXTENDED = 0x80, 0x40, 0x20, 0x10
WELL_KNOWN = TRANSITIVE

FLAGS = {
    ORIGIN: WELL_KNOWN, AS_PATH: WELL_KNOWN, NEXT_HOP: WELL_KNOWN,
    MED: OPTIONAL, LOCAL_PREF: WELL_KNOWN, ATOMIC_AGGREGATE: WELL_KNOWN,
    AGGREGATOR: OPTIONAL | TRANSITIVE, COMMUNITIES: OPTIONAL | TRANSITIVE,
    ORIGINATOR_ID: OPTIONAL, CLUSTER_LIST: OPTIONAL, MP_REACH: OPTIONAL,
    MP_UNREACH: OPTIONAL, EXTENDED_COMMUNITIES: OPTIONAL | TRANSITIVE,
    AS4_PATH: OPTIONAL | TRANSITIVE, AS4_AGGREGATOR: OPTIONAL | TRANSITIVE,
    AIGP: OPTIONAL, LARGE_COMMUNITIES: OPTIONAL | TRANSITIVE,
    OTC: OPTIONAL | TRANSITIVE,
}


def u16(value):
    return struct.pack("!H", value)


def u32(value):
    return struct.pack("!I", value)


def packed(address):
    return ipaddress.ip_address(address).packed


def message(kind, body=b"", *, marker=MARKER, length=None):
    if length is None:
        length = HEADER_LEN + len(body)
    return marker + u16(length) + bytes([kind]) + body


def keepalive():
    return message(KEEPALIVE)


def notification(code, subcode, data=b""):
    return message(NOTIFICATION, bytes([code, subcode]) + data)


def route_refresh(family=IPV4, subtype=0, more=b""):
    afi, safi = family
    return message(ROUTE_REFRESH, u16(afi) + bytes([subtype, safi]) + more)


# --- OPEN ---


def capability(code, value=b"", *, length=None):
    return bytes([code, len(value) if length is None else length]) + value


def multiprotocol(family):
    afi, safi = family
    return capability(MULTIPROTOCOL, u16(afi) + bytes([0, safi]))


def as4(asn):
    return capability(AS4, u32(asn))


def graceful_restart(time_s=120, families=(IPV4,), *, restarting=False,
                     notify=False, forwarding=True):
    """notify is the N bit of RFC 8538."""
    head = restarting << 15 | notify << 14 | time_s
    flags = 0x80 if forwarding else 0
    return capability(GRACEFUL_RESTART, u16(head) + b"".join(
        u16(afi) + bytes([safi, flags]) for afi, safi in families))


def role(value):
    return capability(ROLE, bytes([value]))


def parameter(value, kind=2):
    """An optional parameter; 2 is that of capabilities."""
    return bytes([kind, len(value)]) + value


def parameter_extended(value, kind=2):
    """The same in the form of RFC 9072."""
    return bytes([kind]) + u16(len(value)) + value


def open_extended(parameters, *, length=255):
    """The optional parameters field of RFC 9072."""
    return bytes([length, 255]) + u16(len(parameters)) + parameters


def open_message(asn, hold_time, bgp_id, options, *, version=4):
    """options: the whole optional parameters field, its length first."""
    return message(OPEN, bytes([version]) + u16(asn) + u16(hold_time)
                   + packed(bgp_id) + options)


def options_of(capabilities):
    """The options field with all of them in one parameter; b"" for none."""
    if not capabilities:
        return b"\0"
    field = parameter(b"".join(capabilities))
    return bytes([len(field)]) + field


@dataclasses.dataclass
class Open:
    version: int
    asn: int
    hold_time: int
    bgp_id: str
    options: bytes       # the field, without its length
    capabilities: list   # (code, value) in the order of the message

    def values(self, code):
        return [value for c, value in self.capabilities if c == code]

    def has(self, code):
        return bool(self.values(code))


def split_tlvs(data):
    """(code, value) pairs with one octet for each code and length."""
    found = []
    while data:
        code, length = data[0], data[1]
        assert len(data) >= 2 + length, f"a cut value: {data.hex()}"
        found.append((code, data[2:2 + length]))
        data = data[2 + length:]
    return found


def parse_open(body):
    version, asn, hold_time = struct.unpack("!BHH", body[:5])
    options = body[10:]
    assert body[9] == len(options), "length of the optional parameters"
    capabilities = []
    for kind, value in split_tlvs(options):
        assert kind == 2, f"an optional parameter of type {kind}"
        capabilities += split_tlvs(value)
    return Open(version, asn, hold_time, str(ipaddress.ip_address(body[5:9])),
                options, capabilities)


# --- UPDATE ---


def nlri(*prefixes):
    """Prefixes in their shortest form; host bits are kept in the last octet.
    """
    field = b""
    for prefix in prefixes:
        address, length = prefix.split("/")
        octets = (int(length) + 7) // 8
        field += bytes([int(length)]) + packed(address)[:octets]
    return field


def attribute(code, value=b"", *, flags=None, length=None):
    """With EXTENDED in flags, or a long value, the length has two octets."""
    if flags is None:
        flags = FLAGS[code]
    if length is None:
        length = len(value)
    if length > 255:
        flags |= EXTENDED
    size = u16(length) if flags & EXTENDED else bytes([length])
    return bytes([flags, code]) + size + value


def as_path(*segments, wide=True):
    """The value of an AS_PATH: (type, [asn, ...]) each."""
    number = u32 if wide else u16
    return b"".join(bytes([kind, len(ases)]) + b"".join(map(number, ases))
                    for kind, ases in segments)


def mp_reach(field, family=IPV6, next_hop=packed("2001:db8::9"), reserved=0):
    """The value of an MP_REACH_NLRI."""
    afi, safi = family
    return (u16(afi) + bytes([safi, len(next_hop)]) + next_hop
            + bytes([reserved]) + field)


def mp_unreach(field, family=IPV6):
    afi, safi = family
    return u16(afi) + bytes([safi]) + field


def update(attributes=(), prefixes=b"", withdrawn=b"", *,
           withdrawn_len=None, attributes_len=None):
    block = b"".join(attributes)
    if withdrawn_len is None:
        withdrawn_len = len(withdrawn)
    if attributes_len is None:
        attributes_len = len(block)
    return message(UPDATE, u16(withdrawn_len) + withdrawn
                   + u16(attributes_len) + block + prefixes)


def end_of_rib(family=IPV4):
    if family == IPV4:
        return update()
    return update([attribute(MP_UNREACH, mp_unreach(b"", family))])


@dataclasses.dataclass
class Update:
    withdrawn: list      # classic field, as text
    attributes: list     # (flags, code, value) in the order of the message
    nlri: list           # classic field, as text
    octets: int          # of the whole message

    def value(self, code):
        """None when it is not there."""
        for _, c, value in self.attributes:
            if c == code:
                return value
        return None

    def codes(self):
        return [code for _, code, _ in self.attributes]

    def end_of_rib(self):
        """The family that it ends, or None."""
        if self.withdrawn or self.nlri:
            return None
        if not self.attributes:
            return IPV4
        value = self.value(MP_UNREACH)
        if len(self.attributes) == 1 and value is not None and len(value) == 3:
            return struct.unpack("!HB", value)
        return None

    def reach(self):
        """(family, next hop, prefixes) of MP_REACH_NLRI, or None."""
        value = self.value(MP_REACH)
        if value is None:
            return None
        afi, safi, length = struct.unpack("!HBB", value[:4])
        assert value[4 + length] == 0, "the reserved octet"
        return ((afi, safi), value[4:4 + length],
                split_nlri(value[5 + length:], afi))

    def unreach(self):
        """(family, prefixes) of MP_UNREACH_NLRI, or None."""
        value = self.value(MP_UNREACH)
        if value is None:
            return None
        afi, safi = struct.unpack("!HB", value[:3])
        return (afi, safi), split_nlri(value[3:], afi)

    def announced(self):
        """All prefixes that it announces, of either field."""
        reach = self.reach()
        return self.nlri + (reach[2] if reach else [])

    def all_withdrawn(self):
        unreach = self.unreach()
        return self.withdrawn + (unreach[1] if unreach else [])


def split_nlri(data, afi):
    """Prefixes as text; an error when they are not canonical."""
    size = 4 if afi == 1 else 16
    found = []
    while data:
        length, octets = data[0], (data[0] + 7) // 8
        address = data[1:1 + octets]
        assert len(address) == octets, "a cut prefix"
        network = ipaddress.ip_network((address.ljust(size, b"\0"), length))
        found.append(str(network))
        data = data[1 + octets:]
    return found


def parse_update(body):
    length, = struct.unpack("!H", body[:2])
    withdrawn, rest = body[2:2 + length], body[2 + length:]
    assert len(withdrawn) == length
    length, = struct.unpack("!H", rest[:2])
    block, prefixes = rest[2:2 + length], rest[2 + length:]
    assert len(block) == length
    attributes = []
    while block:
        flags, code = block[0], block[1]
        size = 2 if flags & EXTENDED else 1
        length = int.from_bytes(block[2:2 + size], "big")
        value = block[2 + size:2 + size + length]
        assert len(value) == length, "a cut attribute"
        attributes.append((flags, code, value))
        block = block[2 + size + length:]
    return Update(split_nlri(withdrawn, 1), attributes,
                  split_nlri(prefixes, 1), HEADER_LEN + len(body))
