"""Writes the seeds: for each target, what the unit tests have cases of.

    make_seeds.py DIRECTORY CHANNEL_SEEDS

A seed is named by its own contents.  CHANNEL_SEEDS is the program that has the
encoders of the channel.  What is kept of findings lies in
tests/fuzz/seeds/ and is not this program's.
"""

import ast
import hashlib
import itertools
import pathlib
import re
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
UNIT = TESTS / "unit"

LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*')
HEX = re.compile(r"(?:[0-9a-fA-F]{2}\s*)+")
# the octets in hex of one test, and what a target wants before them
OCTETS = {
    "open": (["open", "capability"], [b""]),
    "update": (["update", "attr"], [b"\x1a", b"\x18", b"\x3f"]),
    "notification": (["notification"], [b""]),
    "refresh": (["refresh"], [b""]),
    "frame": (["frame"], [b"\x00", b"\x01"]),
}
HEADER = b"\xff" * 16


def literals(name):
    """The string literals of a test, those that C would join joined."""
    text = (UNIT / f"test_{name}.c").read_text(encoding="utf-8")
    for found in LITERAL.finditer(text):
        parts = re.findall(r'"(?:[^"\\\n]|\\.)*"', found.group(0))
        try:
            yield "".join(ast.literal_eval("b" + p).decode("latin-1")
                          for p in parts)
        except (SyntaxError, ValueError):
            pass  # an escape that python does not have


def octets(name):
    for text in literals(name):
        if HEX.fullmatch(text) and len(text) > 2:
            yield bytes.fromhex(text)


def message(kind, body=b""):
    return HEADER + (19 + len(body)).to_bytes(2) + bytes([kind]) + body


def frames():
    yield b"\x00" + message(4) + message(5, b"\x00\x01\x00\x01")
    yield b"\x01" + message(2, bytes(5000)) + message(4)
    yield b"\x00" + message(2, b"\x00\x00\x00\x00") + HEADER + b"\x00"


def requests():
    for name in ("rpc", "ctl"):
        for text in literals(name):
            if text[:1] in ("{", "["):
                yield text.encode("latin-1")
                yield (b'{"jsonrpc":"2.0","id":1,"method":"victim.add",'
                       b'"params":' + text.encode("latin-1") + b"}")


def configurations():
    for path in sorted([*TESTS.glob("golden/*.yaml"),
                        *TESTS.parent.glob("conf/*.yaml")]):
        yield path.read_bytes()
    for name in ("config_yaml", "config_type", "config_check"):
        for text in literals(name):
            if ":" in text and "\n" in text:
                yield text.encode("latin-1")


def exabgp_lines():
    for text in literals("exabgp"):
        if " " in text:
            yield text.encode("latin-1")


def text16(text):
    return len(text).to_bytes(2) + text


def channel_messages():
    """Every type with nothing, a text, numbers; alone and in a stream."""
    bodies = [b"", text16(b""), text16(b"disk full"), bytes(8),
              bytes(7) + b"\x01" + text16(b"") + b"\x00",
              b"\x01" + bytes(40), b"\x02" + bytes(40), b"\x03" + bytes(80)]
    for kind, body in itertools.product(range(1, 17), bodies):
        inner = bytes([kind]) + body
        yield b"\x00" + inner
    for kind in range(1, 17):
        inner = bytes([kind]) + bodies[2]
        yield b"\x01" + len(inner).to_bytes(4) + inner


# Orders of fuzz_session.c.
(OCTETS_, MESSAGE, KEEPALIVE, OPEN, PASS, CONNECT, CHOOSE, HANG_UP, MANNERS,
 STOP, START, REFRESH, VICTIM) = ((bytes([i])) for i in range(13))
UP = OPEN + b"\x7f" + KEEPALIVE
PLAIN_UP = OPEN + b"\x02" + KEEPALIVE


def order_message(kind, body):
    return MESSAGE + bytes([kind, len(body)]) + body


def sessions():
    scripts = [
        b"", UP, PLAIN_UP,
        UP + VICTIM + b"\x00" + VICTIM + b"\x01" + VICTIM + b"\x00",
        UP + order_message(2, b"\x00\x00\x00\x00"),
        UP + order_message(5, b"\x00\x01\x00\x01"),
        UP + order_message(5, b"\x00\x02\x00\x01") + REFRESH + b"\x01",
        UP + order_message(3, b"\x06\x02\x04stop"),
        UP + order_message(3, b"\x06\x01\x00\x01\x01\x00\x00\x00\x02")
        + VICTIM + b"\x00",
        OPEN + b"\x02" + order_message(3, b"\x02\x07\x41\x04"),
        UP + STOP + b"\x06" + START + UP,
        UP + HANG_UP + PASS + b"\x00\x02" + UP,
        UP + CONNECT + UP, CONNECT + UP + CHOOSE + b"\x00" + UP,
        OPEN + b"\x00" + CONNECT + OPEN + b"\x02" + KEEPALIVE,
        UP + PASS + b"\x02\x5b" + PASS + b"\x05\x5b" + PASS + b"\x03\x1e",
        UP + MANNERS + b"\x06" + VICTIM + b"\x02" + PASS + b"\x04\xff"
        + PASS + b"\x04\xff" + PASS + b"\x01\x01",
        MANNERS + b"\x01" + PASS + b"\x00\x02" + MANNERS + b"\x00"
        + PASS + b"\x00\x04" + UP,
        UP + OCTETS_ + b"\x13" + message(4),
        UP + OCTETS_ + b"\x12" + message(4)[:18] + OCTETS_ + b"\x01\x04",
        UP + OCTETS_ + b"\x13" + bytes(19),
    ]
    for choice, script in itertools.product(range(6), scripts):
        yield bytes([choice]) + script


def all_seeds():
    for target, (names, before) in OCTETS.items():
        for name, first in itertools.product(names, before):
            for data in octets(name):
                yield target, first + data
    for target, seeds in (("frame", frames), ("request", requests),
                          ("yaml", configurations), ("exabgp", exabgp_lines),
                          ("channel", channel_messages),
                          ("session", sessions)):
        for data in seeds():
            yield target, data


def main():
    directory = pathlib.Path(sys.argv[1])
    for target, data in all_seeds():
        path = directory / target / hashlib.sha1(data).hexdigest()[:12]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    subprocess.run([sys.argv[2], directory / "channel",
                    *sorted(TESTS.glob("golden/*.yaml"))], check=True)


if __name__ == "__main__":
    main()
