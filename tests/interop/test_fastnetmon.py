"""The whole of it with real parts: a flood, Debian's FastNetMon that sees it,
its script or its ExaBGP pipe that tells us, BIRD that drops it.

attacker --- upstream (BIRD, kernel) --- us (rtbh-bgpd, FastNetMon) --- victim
"""

import datetime
import os
import pathlib
import sys
import time

import pytest

from fastnetmon import FastNetMon
from lab import Daemon, wait_for
from rtbh import AGGREGATE, CTL, VICTIM
from scene import wait_dropped, wait_not_dropped
from watch import KernelWatch

HERE = pathlib.Path(__file__).parent
NOTIFY = HERE.parents[1] / "conf" / "fastnetmon" / "notify.sh"
ADDRESS = VICTIM[4].removesuffix("/32")
THRESHOLD_PPS = 2000
FLOOD_PPS = 6000
# a ban ends after 5 s and another 2 at the most: sooner than we let go
HOLD_S = 10


class Site:
    """The nodes, and what runs on them."""

    def __init__(self, scene):
        self.scene, self.lab = scene, scene.lab
        self.router = scene.upstream("bird")
        self.attacker = self.lab.node("attacker")
        self.victim = self.lab.node("victim")
        uplink = self.lab.link(self.router.node, self.attacker)
        customer = self.lab.link(scene.node, self.victim)
        for node in (self.router.node, scene.node):
            node.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        self.victim.ip("address", "add", f"{ADDRESS}/32", "dev", "lo")
        self.victim.ip("route", "add", "default", "via",
                       customer.address(scene.node))
        self.attacker.ip("route", "add", "default", "via",
                         uplink.address(self.router.node))
        scene.node.ip("route", "add", AGGREGATE[4], "via",
                      customer.address(self.victim))
        # the upstream's way to all that is not blackholed
        self.router.node.ip("route", "add", AGGREGATE[4], "via",
                            scene.our_address(), "metric", "4000")
        self._arrivals = self.lab.directory / "arrivals"
        self.receiver = self._python(self.victim, "arrivals.py", ADDRESS,
                                     self._arrivals)
        self._flood = None

    def _python(self, node, script, *argv):
        program = Daemon(node, script, [sys.executable, HERE / script, *argv],
                         self.lab.subdirectory(script))
        program.logs = lambda: [(script, program.log_text())]
        self.lab.add(program)
        program.start()
        return program

    def flood(self, seconds):
        """Begins; it ends by itself, or by end_flood."""
        self._flood = self._python(self.attacker, "flood.py", ADDRESS,
                                   FLOOD_PPS, seconds)

    def end_flood(self):
        self._flood.stop()

    def arrived(self):
        """(time, count) pairs so far."""
        if not self._arrivals.exists():
            return []
        lines = self._arrivals.read_text().splitlines()
        return [(float(when), int(count)) for when, count in
                (line.split() for line in lines if " " in line)]

    def is_quiet(self):
        """Nothing has arrived for half a second."""
        came = self.arrived()
        return came and time.monotonic() - came[-1][0] > 0.5

    def fastnetmon(self, **how):
        environment = {
            "PATH": f"{CTL.parent}:{os.environ['PATH']}",
            "RTBH_SOCKET": self.scene.rtbh.socket,
        }
        made = FastNetMon(self.lab, self.scene.node, interface="link0",
                          networks=[AGGREGATE[4]],
                          threshold_pps=THRESHOLD_PPS,
                          environment=environment, **how)
        made.start()
        wait_for("fastnetmon listens",
                 lambda: "AF_PACKET worker" in made.log_text())
        return made

    def show(self):
        done = self.scene.rtbh.ctl_raw("--json", "show", VICTIM[4])
        return done.returncode == 0 and self.scene.rtbh.ctl("show", VICTIM[4])


@pytest.fixture(name="site")
def fixture_site(scene):
    scene.rtbh.config["blackhole"] = {
        "hold-down": {"min": f"{HOLD_S}s", "window": "10m"}}
    made = Site(scene)
    scene.start()
    return made


def actions(site):
    """What history says of the victim, oldest first."""
    entries = site.scene.rtbh.ctl("history", VICTIM[4])["entries"]
    return [entry["action"] for entry in reversed(entries)]


def expect_drop(site, detector):
    """From the flood to the end of what arrives; gives how long it took."""
    wait_for("the flood arrives", site.arrived)
    first = site.arrived()[0][0]
    wait_for("fastnetmon detects it", lambda: (
        f"IP: {ADDRESS}" in detector.log_text()))
    wait_dropped(site.router, VICTIM[4])
    wait_for("the flood is over for the victim", site.is_quiet)
    return site.arrived()[-1][0] - first


def figure(way, took):
    return "figure", (f"FastNetMon by {way}: {took:.2f} s from the first packet "
                      "over the threshold to the last that arrived")


def test_by_the_script(site, record_property):
    """And what comes after: FastNetMon takes silence for the end, we hold; when
    the hold is over and the flood is not, it comes back for twice as long."""
    detector = site.fastnetmon(notify=NOTIFY)
    site.flood(60)
    took = expect_drop(site, detector)
    assert actions(site) == ["added"]
    record_property(*figure("notify.sh", took))

    with KernelWatch(site.router, [VICTIM[4]]) as watch:
        held = wait_for("the early unban is held", lambda: (
            (v := site.show()) and v["held_until"] and v))
        assert actions(site) == ["added", "held"]
        assert watch.losses() == []
        assert held["recurrences"] == 0
        wait_for("the hold is over", lambda: watch.losses() != [])
    again = wait_for("it is blackholed again", lambda: (
        (v := site.show()) and v["recurrences"] == 1 and v))
    assert again["held_until"] is None
    wait_dropped(site.router, VICTIM[4])
    held = wait_for("held again", lambda: (
        (v := site.show()) and v["held_until"] and v))
    assert held["recurrences"] == 1
    assert hold_length(held) == pytest.approx(2 * HOLD_S, abs=0.01)
    site.end_flood()
    assert actions(site) == ["added", "held", "withdrawn", "added", "held"]


def hold_length(victim):
    """Seconds from its begin to the end of its hold."""
    begin, end = (datetime.datetime.fromisoformat(victim[key].rstrip("Z"))
                  for key in ("since", "held_until"))
    return (end - begin).total_seconds()


def test_by_the_exabgp_pipe(site, record_property):
    fifo = site.lab.directory / "exabgp.cmd"
    os.mkfifo(fifo)
    pipe = Daemon(site.scene.node, "rtbh-ctl", [
        CTL, "-s", site.scene.rtbh.socket, "pipe", "--owner", "fastnetmon",
        fifo], site.lab.subdirectory("pipe"))
    pipe.logs = lambda: [("rtbh-ctl pipe", pipe.log_text())]
    site.lab.add(pipe)
    pipe.start()
    detector = site.fastnetmon(pipe=fifo)
    site.flood(40)
    took = expect_drop(site, detector)
    victim = site.show()
    assert [claim["owner"] for claim in victim["claims"]] == ["fastnetmon"]
    record_property(*figure("the ExaBGP pipe", took))
    with KernelWatch(site.router, [VICTIM[4]]) as watch:
        wait_for("the early unban is held", lambda: site.show()["held_until"])
        assert watch.losses() == []
    site.end_flood()
    wait_not_dropped(site.router, VICTIM[4])
    assert actions(site) == ["added", "held", "withdrawn"]
