"""Our sessions as a protocol analyser sees them: nothing to object to."""

import pytest

from lab import Daemon, command, wait_for
from matrix_routers import MatrixBird
from router import BLACKHOLE
from routers import ALL_ROUTERS
from rtbh import AGGREGATE, VICTIM
from scene import wait_no_route, wait_route

CS6 = 48
ROUTE_REFRESH = 5


class Capture:
    """dumpcap on the link of a node, and tshark to read what it took."""

    def __init__(self, scene, number=0):
        directory = scene.lab.subdirectory("capture")
        self._file = directory / "bgp.pcapng"
        self._dumpcap = Daemon(scene.node, "dumpcap", [
            "dumpcap", "-i", f"link{number}", "-f", "tcp port 179",
            "-B", "16", "-w", self._file], directory)
        self._dumpcap.start()
        scene.lab.add(self)
        wait_for("dumpcap captures", lambda: "File:" in
                 self._dumpcap.log_text())

    def stop(self):
        self._dumpcap.stop()

    def logs(self):
        return [("dumpcap", self._dumpcap.log_text())]

    def read(self, condition, *fields, check=True):
        """A line for each packet, of these fields or as tshark shows it."""
        options = ["-T", "fields"] if fields else []
        for field in fields:
            options += ["-e", field]
        done = command("tshark", "-n", "-r", self._file, "-Y", condition,
                       *options, check=check)
        return done.stdout.splitlines()

    def types(self):
        """Of the messages captured so far; the last may be half written."""
        return {int(kind) for line in self.read("bgp", "bgp.type", check=False)
                for kind in line.split(",")}


@pytest.fixture
def scene_with_bird(scene, version, monkeypatch):
    """Both families on one session, over this IP version."""
    monkeypatch.setitem(ALL_ROUTERS, "bird", MatrixBird)
    given = {} if version == 6 else {
        "next_hop_ipv6": "2001:db8::1", "aggregate_next_hop_ipv6":
        "2001:db8::1"}
    scene.upstream("bird", version, families=["ipv4", "ipv6"], drop=False,
                   they_connect=version == 6, **given)
    return scene


def test_nothing_malformed(scene_with_bird, version):
    """Of a session with all that we say, from SYN to the end and again."""
    scene, router = scene_with_bird, scene_with_bird.upstreams[0]
    capture = Capture(scene)
    scene.start()
    for family in (4, 6):
        wait_route(router, AGGREGATE[family])
        scene.rtbh.ctl("add", VICTIM[family])
        assert wait_route(router, VICTIM[family]).communities == {BLACKHOLE}
        scene.rtbh.ctl("withdraw", VICTIM[family])
        wait_no_route(router, VICTIM[family])
    _refresh(router, capture)
    scene.rtbh.ctl("add", VICTIM[4], VICTIM[6])
    scene.rtbh.restart()
    scene.wait_established()
    for family in (4, 6):
        wait_route(router, VICTIM[family])
    scene.rtbh.stop()
    wait_for("bird has seen the end", lambda: not router.established("rtbh"))
    capture.stop()

    assert capture.read("_ws.malformed || _ws.expert.severity == error") == []
    _check_messages(capture, scene.our_address(version), version)


def _refresh(router, capture):
    """Asks until it is in the capture, which loses a packet at times."""
    def seen():
        router.ask_refresh("rtbh")
        return ROUTE_REFRESH in capture.types()
    wait_for("a refresh is captured", seen)


def _check_messages(capture, our_address, version):
    """All types are there, and every segment of ours has our mark."""
    ip = "ipv6" if version == 6 else "ip"
    ours = f"{ip}.src == {our_address}"
    assert capture.types() >= {1, 2, 4, ROUTE_REFRESH}
    field = "ipv6.tclass.dscp" if version == 6 else "ip.dsfield.dscp"
    assert capture.read(f"{ours} && {field} == {CS6}")
    assert capture.read(f"{ours} && {field} != {CS6}") == []
