"""Neighbors and strangers that mean harm harm nobody else.

One daemon stands all attacks of hostile.py.  Meanwhile another neighbor, a
real BIRD, keeps its session, a third one gets its KEEPALIVEs in time, and the
daemon's memory and descriptors come back to where they were.

RTBH_HOSTILE: so many mutated messages, rather than as many as fit a test run.
"""

import os
import pathlib
import sys
import threading
import time

import pytest

from hostile import Target
from lab import Daemon, Lab, wait_for
from rtbh import VICTIM
from scene import Scene, wait_route

# pylint: disable=wrong-import-order
import message as bgp  # of tests/conformance, where hostile.py looks too
from stage import inside

MUTATED = int(os.environ.get("RTBH_HOSTILE", "20000"))
MUTATED_LIMIT_S = 60 + MUTATED / 500
SEED = "rtbh"
HOSTILE = pathlib.Path(__file__).with_name("hostile.py")
HOSTILE_AS = 64510
NEIGHBORS = [f"198.51.100.{n}" for n in range(10, 50)]
STRANGERS = [f"198.51.100.{n}" for n in range(100, 140)]
WATCHER = "198.51.100.250"
VICTIMS = 3000
HOLD_S, LATE_S = 3, 1
# What all of them may hold: a connection each, and those that linger
DESCRIPTORS = len(NEIGHBORS) + 256 + 100
GROWTH_KB = 16 << 10


class Watcher(threading.Thread):
    """A neighbor with a short hold time, and when it got KEEPALIVEs."""

    def __init__(self, address):
        super().__init__(daemon=True)
        target = Target(address, HOSTILE_AS)
        self._socket = target.connect(WATCHER)
        self._socket.sendall(target.open_message(WATCHER).replace(
            bgp.u16(90), bgp.u16(HOLD_S), 1) + bgp.keepalive())
        self._end = threading.Event()
        self.times, self.ended = [], False

    def run(self):
        octets, spoken = b"", time.monotonic()
        self._socket.settimeout(0.1)
        while not self._end.is_set():
            now = time.monotonic()
            if now - spoken > HOLD_S / 6:
                self._socket.sendall(bgp.keepalive())
                spoken = now
            try:
                more = self._socket.recv(1 << 16)
            except TimeoutError:
                continue
            if not more:
                self.ended = True
                return
            octets = self._take(octets + more)

    def _take(self, octets):
        """Notes the messages; what is left."""
        while len(octets) >= bgp.HEADER_LEN:
            length = int.from_bytes(octets[16:18], "big")
            if len(octets) < length:
                break
            if octets[18] == bgp.KEEPALIVE:
                self.times.append(time.monotonic())
            octets = octets[length:]
        return octets

    def stop(self):
        self._end.set()
        self.join()
        self._socket.close()

    def longest_gap(self, since):
        times = [t for t in self.times if t >= since] + [time.monotonic()]
        return max(b - a for a, b in zip([since] + times, times))


class Ground:
    """The daemon, BIRD, the watcher; and the attackers' addresses."""

    def __init__(self, lab):
        self.scene = Scene(lab)
        self.bird = self.scene.upstream("bird")
        self.rtbh = self.scene.rtbh
        self.address = self.scene.our_address()
        self.rtbh.config["listen"] = [self.address]
        self.rtbh.config["aggregates"].append("198.18.0.0/16")
        self.rtbh.config["blackhole"] = {"max-victims": 2 * VICTIMS}
        self.scene.node.add_local("198.51.100.0/24")
        for number, address in enumerate(NEIGHBORS):
            self.rtbh.neighbor(f"bad{number}", address, HOSTILE_AS,
                               passive=True)
        self.rtbh.neighbor("watcher", WATCHER, HOSTILE_AS, passive=True,
                           hold_time=f"{HOLD_S}s")
        self.scene.start()
        victims = [f"198.18.{n // 256}.{n % 256}" for n in range(VICTIMS)]
        for at in range(0, len(victims), 1000):
            self.rtbh.ctl("add", *victims[at:at + 1000], "--ttl", "1h")
        keeper = self.rtbh.daemon.pid
        self.speaker = int(pathlib.Path(
            f"/proc/{keeper}/task/{keeper}/children").read_text("ascii"))
        with inside(self.scene.node):
            self.watcher = Watcher(self.address)
        self.watcher.start()
        wait_for("the watcher hears", lambda: len(self.watcher.times) > 2)

    def attack(self, name, sources):
        """A program that attacks until it ends, or is ended."""
        argv = [sys.executable, HOSTILE, name, self.address, HOSTILE_AS, SEED,
                *sources]
        attack = Daemon(self.scene.node, name, argv, self.rtbh.directory)
        attack.start()
        return attack

    def status(self, key):
        """A number in the kernel's account of the speaker."""
        text = pathlib.Path(f"/proc/{self.speaker}/status").read_text("ascii")
        return int(text.partition(f"{key}:")[2].split()[0])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.speaker}/fd"))

    def received(self):
        """Messages that the attackers' neighbors have sent so far."""
        return sum(sum(n["messages"]["received"].values())
                   for n in self.rtbh.ctl("neighbors")["neighbors"]
                   if n["name"].startswith("bad"))

    def check_unharmed(self, since):
        """The others' sessions stood all the time, and were served."""
        assert self.rtbh.daemon.running()
        up = self.rtbh.neighbor_state("up0")
        assert up["state"] == "established" and up["flaps"] == 0
        assert self.bird.established("rtbh")
        assert not self.watcher.ended
        gap = self.watcher.longest_gap(since)
        assert gap < HOLD_S / 3 + LATE_S, f"{gap:.2f} s without KEEPALIVE"


@pytest.fixture(name="ground", scope="module")
def ground_for_all():
    """A sanitizer keeps what was freed for a while: a short one here."""
    options = os.environ.get("ASAN_OPTIONS", "")
    lab = Lab()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASAN_OPTIONS", f"{options}:quarantine_size_mb=1")
        try:
            made = Ground(lab)
            yield made
            made.watcher.stop()
        finally:
            lab.close()


def run_attack(ground, name, sources):
    """To its end; gives the most descriptors that there were."""
    since, most = time.monotonic(), 0
    attack = ground.attack(name, sources)
    while attack.running():
        most = max(most, ground.descriptors())
        time.sleep(0.02)
    assert attack.log_text() == ""
    ground.check_unharmed(since)
    return most


def test_mutated_messages(ground, record_property):
    """Memory is looked at after a part of them, and at the end."""
    begin = time.monotonic()
    attack = ground.attack("mutated", NEIGHBORS)
    sizes = []
    for part in (MUTATED / 4, MUTATED):
        wait_for(f"{part:.0f} messages were taken",
                 lambda p=part: ground.received() >= p or
                 not attack.running(), MUTATED_LIMIT_S)
        sizes.append(ground.status("VmRSS"))
    assert attack.running(), attack.log_text()
    attack.stop()
    ground.check_unharmed(begin)
    record_property("figure", f"{ground.received()} mutated messages in "
                    f"{time.monotonic() - begin:.1f} s; KEEPALIVEs at most "
                    f"{ground.watcher.longest_gap(begin):.2f} s apart; "
                    f"{sizes[0]} kB, then {sizes[1]} kB")
    assert sizes[1] - sizes[0] < GROWTH_KB


@pytest.mark.parametrize("name", ["slow_loris", "giant_lengths", "half_open",
                                  "reset_storm", "zero_window"])
def test_neighbors_attack(ground, name, record_property):
    wait_for("earlier attackers are gone", lambda: ground.descriptors() < 100)
    before = ground.status("VmRSS")
    most = run_attack(ground, name, NEIGHBORS)
    after = ground.status("VmRSS")
    record_property("figure", f"{name}: at most {most} descriptors; "
                    f"{before} kB, then {after} kB")
    assert most < DESCRIPTORS
    assert after - before < GROWTH_KB


@pytest.mark.parametrize("name", ["half_open", "reset_storm"])
def test_strangers_attack(ground, name):
    """They hold nothing of ours, not for a moment."""
    wait_for("earlier attackers are gone", lambda: ground.descriptors() < 100)
    before = ground.descriptors()
    assert run_attack(ground, name, STRANGERS) <= before + 2


def test_new_victim_is_announced_after_all_that(ground):
    ground.rtbh.ctl("add", VICTIM[4], "--ttl", "1h")
    wait_route(ground.bird, VICTIM[4])
