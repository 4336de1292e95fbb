"""Our sessions as a protocol analyser sees them: nothing to object to."""

import pytest

from lab import Daemon, command, wait_for
from matrix_routers import MatrixBird
from router import BLACKHOLE
from routers import ALL_ROUTERS
from rtbh import AGGREGATE, VICTIM
from scene import wait_no_route, wait_route

CS6 = 48


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

    def read(self, condition, *fields):
        """A line for each packet, of these fields or as tshark shows it."""
        options = ["-T", "fields"] if fields else []
        for field in fields:
            options += ["-e", field]
        done = command("tshark", "-n", "-r", self._file, "-Y", condition,
                       *options)
        return done.stdout.splitlines()


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
    _refresh(scene, router)
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


def _refresh(scene, router):
    router.ask_refresh("rtbh")
    wait_for("the refresh is asked", lambda: scene.rtbh.neighbor_state(
        "up0")["messages"]["received"]["route_refresh"])


def _check_messages(capture, our_address, version):
    """All types are there, and every segment of ours has our mark."""
    ip = "ipv6" if version == 6 else "ip"
    ours = f"{ip}.src == {our_address}"
    seen = {int(kind) for line in capture.read("bgp", "bgp.type")
            for kind in line.split(",")}
    assert seen >= {1, 2, 4, 5}
    field = "ipv6.tclass.dscp" if version == 6 else "ip.dsfield.dscp"
    assert capture.read(f"{ours} && {field} == {CS6}")
    assert capture.read(f"{ours} && {field} != {CS6}") == []
