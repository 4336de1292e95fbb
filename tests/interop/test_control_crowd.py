"""256 clients at once, most of them rude, while BGP and one client work.

What they cost is measured by the benchmark; here it is only asserted loosely,
since the machine may be busy with other things.
"""

import contextlib
import json
import random
import select
import socket
import statistics
import time

import pytest

from lab import wait_for
from wire_client import (call, line, open_socket, read_answers, reason,
                         request)

USERS = ["games", "man", "mail", "news", "daemon"]  # any of the system's
PLACES = 256
FOR_OPERATORS = 16
OF_ONE_USER = PLACES // 4
ADDS = 200
GARBAGE = [b"\x00\xff{[", b"{" * 1000 + b"\n", b'"\n', b"[1,2\n", b"\n\n"]


class NeverReads:
    """Asks until the socket is full."""

    def act(self, s):
        s.sendall(line(request("neighbor.list")) * 50)


class OneByteAtATime:
    def __init__(self):
        self._rest = b""

    def act(self, s):
        self._rest = self._rest or line(request("daemon.status"))
        s.sendall(self._rest[:1])
        self._rest = self._rest[1:]
        s.recv(4096)


class Garbage:
    def act(self, s):
        s.sendall(random.choice(GARBAGE))
        s.recv(4096)


class ClosesInMidLine:
    def act(self, s):
        s.sendall(line(request("daemon.status"))[:20])
        s.close()


class FollowsWithoutReading:
    def __init__(self):
        self._asked = False

    def act(self, s):
        if not self._asked:
            s.sendall(line(request("events.subscribe", snapshot=True)))
        self._asked = True


RUDE = [NeverReads, OneByteAtATime, Garbage, ClosesInMidLine,
        FollowsWithoutReading]


class Crowd:
    """Clients with a manner each; who is cut off comes again."""

    def __init__(self, rtbh):
        self.rtbh = rtbh
        self.members = [[None, user, RUDE[i % len(RUDE)]()]
                        for i, user in enumerate(self.users())]

    @staticmethod
    def users():
        return [user for user in USERS for _ in range(OF_ONE_USER)][
            :PLACES - FOR_OPERATORS]

    def connect(self, member):
        member[0] = open_socket(self.rtbh, member[1])
        member[0].setblocking(False)

    def act(self, member):
        if member[0] is None:
            self.connect(member)
        try:
            member[2].act(member[0])
        except BlockingIOError:
            pass
        except OSError:  # cut off, as it should be
            member[0].close()
        if member[0].fileno() == -1:
            member[0] = None

    def close(self):
        for s, _, _ in self.members:
            if s is not None:
                s.close()


@pytest.fixture(name="upstream")
def scene_with_viewers(scene):
    """BIRD ends the session after three seconds without a keepalive."""
    scene.upstream("bird", hold_time="3s")
    scene.rtbh.config["control"]["access"] = [
        {"user": user, "role": "viewer"} for user in USERS]
    for directory in (scene.lab.directory, scene.rtbh.directory):
        directory.chmod(0o755)
    scene.start()
    return scene


def timed_add(s, number):
    """Seconds until the answer, which is read whole."""
    begin = time.monotonic()
    s.sendall(line(request("victim.add", number,
                           prefix=f"203.0.113.{number % 200 + 1}")))
    answer, = read_answers(s, 1)
    assert answer["id"] == number
    assert answer["result"]["stored"] is True
    return time.monotonic() - begin


def test_crowd(upstream):
    rtbh = upstream.rtbh
    crowd = Crowd(rtbh)
    with contextlib.ExitStack() as stack:
        stack.callback(crowd.close)
        for member in crowd.members:
            crowd.connect(member)
        for _ in range(FOR_OPERATORS - 1):  # the polite one has a place too
            stack.enter_context(open_socket(rtbh))
        polite = stack.enter_context(open_socket(rtbh))
        times = []
        for number in range(ADDS):
            for member in random.sample(crowd.members, 24):
                crowd.act(member)
            times.append(timed_add(polite, number))
    print(f"adds: median {statistics.median(times) * 1000:.1f} ms, "
          f"longest {max(times) * 1000:.1f} ms")
    assert statistics.median(times) < 0.25
    assert max(times) < 3
    state = rtbh.neighbor_state("up0")
    assert state["state"] == "established" and state["flaps"] == 0
    wait_for("BIRD has all of them",
             lambda: len(upstream.upstreams[0].node.blackholes()) == ADDS)


def test_places_are_kept_for_operators(upstream):
    rtbh = upstream.rtbh
    with contextlib.ExitStack() as stack:
        for user in Crowd.users():
            stack.enter_context(open_socket(rtbh, user))
        with open_socket(rtbh, USERS[-1]) as s:
            assert reason(read_answers(s, 1)[0]) == "busy"
        for _ in range(FOR_OPERATORS):
            operator = stack.enter_context(open_socket(rtbh))
            operator.sendall(line(request("daemon.status")))
            assert "result" in read_answers(operator, 1)[0]
        with open_socket(rtbh) as s:
            assert reason(read_answers(s, 1)[0]) == "busy"
    wait_for("there are places again",
             lambda: "result" in call(rtbh, "daemon.status"))


def cpu_s(rtbh):
    """What the process that serves clients has used so far."""
    keeper = rtbh.daemon.pid
    with open(f"/proc/{keeper}/task/{keeper}/children",
              encoding="ascii") as f:
        speaker = f.read().split()[0]
    with open(f"/proc/{speaker}/stat", encoding="ascii") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def send_bytes(s, count):
    """One at a time, each in a send of its own."""
    for _ in range(count):
        s.send(b" ")
        if select.select([s], [], [], 0)[0]:
            raise AssertionError(s.recv(4096))


def test_long_line_costs_no_more_than_its_bytes(upstream):
    """Behind 7 MiB of its line a byte costs what the first ones did."""
    rtbh, count = upstream.rtbh, 50000
    used = []
    with open_socket(rtbh) as s:
        for before in (0, 7 << 20):
            s.sendall(b" " * before)
            assert "result" in call(rtbh, "daemon.status")
            begin = cpu_s(rtbh)
            send_bytes(s, count)
            assert "result" in call(rtbh, "daemon.status")
            used.append(cpu_s(rtbh) - begin)
        s.sendall(line(request("daemon.status", 5)))
        assert read_answers(s, 1)[0]["id"] == 5
    print(f"CPU of {count} bytes: {used[0]} s, then {used[1]} s")
    assert used[1] < 3 * used[0] + 0.5


def test_slow_reader_gets_every_octet(upstream):
    """One that takes little at a time is no burden, and loses nothing."""
    rtbh, count = upstream.rtbh, 2000
    asked = line(request("neighbor.list")) * count
    with open_socket(rtbh) as s:
        s.setblocking(False)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        got = b""
        while got.count(b"\n") < count:
            readable, writable, _ = select.select([s], [s] if asked else [],
                                                  [], 10)
            assert readable or writable
            if writable:
                asked = asked[s.send(asked[:4096]):]
            if readable:
                got += s.recv(16384)
    assert all("result" in json.loads(text) for text in got.splitlines())
