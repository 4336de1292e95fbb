"""What runs out does so for those who take too much: descriptors, and memory
for lines that never end."""

import contextlib
import os
import pathlib
import resource
import select
import socket
import time

import pytest

from hostile import Target
from lab import wait_for
from rtbh import VICTIM
from scene import wait_route
from wire_client import call, line, open_socket, read_answers, reason, request

# pylint: disable=wrong-import-order
from stage import inside  # of tests/conformance, where hostile.py looks too

LINE = b" " * (7 << 20)  # of two, one user may not have both and another
NEIGHBOR, STRANGER = "198.51.100.10", "198.51.100.200"
METRICS_PORT = 9179
CROWD = 30


@pytest.fixture(name="ground")
def scene_with_listeners(scene):
    scene.upstream("bird")
    address = scene.our_address()
    scene.node.add_local("198.51.100.0/24")
    scene.rtbh.neighbor("other", NEIGHBOR, 64510, passive=True)
    scene.rtbh.config["listen"] = [address]
    scene.rtbh.config["metrics"] = {"listen": f"{address}:{METRICS_PORT}"}
    scene.start()
    return scene


def speaker_of(rtbh):
    keeper = rtbh.daemon.pid
    path = pathlib.Path(f"/proc/{keeper}/task/{keeper}/children")
    return int(path.read_text("ascii"))


def cpu_s(pid):
    """What the process has used so far."""
    text = pathlib.Path(f"/proc/{pid}/stat").read_text("ascii")
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def crowd(ground, stack):
    """More of each kind than there are descriptors for."""
    address = ground.our_address()
    target = Target(address, 64510)
    made = []
    with inside(ground.node):
        for _ in range(CROWD):
            made += [target.connect(NEIGHBOR), target.connect(STRANGER),
                     socket.create_connection((address, METRICS_PORT), 10)]
    for _ in range(CROWD):
        s = socket.socket(socket.AF_UNIX)
        s.connect(str(ground.rtbh.socket))
        made.append(s)
    for s in made:
        if s is not None:
            stack.callback(s.close)


@contextlib.contextmanager
def few_descriptors(pid, more):
    highest = max(map(int, os.listdir(f"/proc/{pid}/fd")))
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (highest + 1 + more, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def test_without_descriptors(ground):
    """Nothing spins, and the sessions that stand go on; with descriptors all
    is as before."""
    rtbh = ground.rtbh
    speaker = speaker_of(rtbh)
    with open_socket(rtbh) as polite, contextlib.ExitStack() as stack:
        polite.sendall(line(request("daemon.status")))
        assert "result" in read_answers(polite, 1)[0]
        with few_descriptors(speaker, 4):
            crowd(ground, stack)
            used, begin = cpu_s(speaker), time.monotonic()
            wait_for("it has had time to spin",
                     lambda: time.monotonic() - begin > 3)
            assert cpu_s(speaker) - used < 1
            polite.sendall(line(request("victim.add", prefix=VICTIM[4])))
            assert "result" in read_answers(polite, 1)[0]
            wait_route(ground.upstreams[0], VICTIM[4])
    wait_for("clients are served again",
             lambda: "result" in call(rtbh, "daemon.status"))
    up = rtbh.neighbor_state("up0")
    assert up["state"] == "established" and up["flaps"] == 0
    assert "pausing" in rtbh.daemon.log_text()


def test_lines_without_end(ground):
    """Of three that a user begins one is refused; short ones are not."""
    rtbh = ground.rtbh
    with contextlib.ExitStack() as stack:
        hoarders = [stack.enter_context(open_socket(rtbh)) for _ in range(3)]
        for s in hoarders:
            with contextlib.suppress(ConnectionError):
                s.sendall(LINE)
            assert "result" in call(rtbh, "daemon.status")
        refused, _, _ = select.select(hoarders, [], [], 10)
        assert len(refused) == 1
        assert reason(read_answers(refused[0], 1)[0]) == "busy"
        for s in hoarders:
            if s not in refused:
                s.sendall(line(request("daemon.status")))
                assert "result" in read_answers(s, 1)[0]
        # the lines have ended: there is room again
        late = stack.enter_context(open_socket(rtbh))
        late.sendall(LINE)
        late.sendall(line(request("daemon.status")))
        assert "result" in read_answers(late, 1)[0]
