"""A block that cannot fall off: through every way in which we can end and come
back, an upstream with graceful restart never loses the route for an instant,
neither in BIRD's kernel table nor in GoBGP's own."""

import os
import pathlib
import shutil
import signal

import pytest

from lab import wait_for
from rtbh import VICTIM
from scene import wait_dropped, wait_route
from watch import GoBgpWatch, KernelWatch

VICTIMS = [VICTIM[4]] + [f"203.0.113.{i}/32" for i in range(100, 120)]


def speaker_pid(rtbh):
    keeper = rtbh.daemon.pid
    path = pathlib.Path(f"/proc/{keeper}/task/{keeper}/children")
    return int(wait_for("a speaker", path.read_text).split()[0])


def is_gone(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def kill_speaker(scene):
    """The keeper starts another."""
    old = speaker_pid(scene.rtbh)
    os.kill(old, signal.SIGKILL)
    wait_for("a new speaker", lambda: speaker_pid(scene.rtbh) != old)


def kill_keeper(scene):
    """The speaker ends by itself; then the service manager starts both."""
    speaker = speaker_pid(scene.rtbh)
    scene.rtbh.stop(signal.SIGKILL)
    wait_for("the speaker has ended", lambda: is_gone(speaker))
    scene.rtbh.start()


def kill_both(scene):
    speaker = speaker_pid(scene.rtbh)
    os.kill(speaker, signal.SIGSTOP)  # so that it cannot say goodbye
    scene.rtbh.stop(signal.SIGKILL)
    os.kill(speaker, signal.SIGKILL)
    scene.rtbh.start()


def service_restart(scene):
    scene.rtbh.restart(signal.SIGTERM)


def stop_by_command(scene):
    scene.rtbh.ctl("stop")
    wait_for("it has ended", lambda: not scene.rtbh.daemon.running())
    scene.rtbh.start()


def upgrade(scene):
    """The program is replaced while it runs, then the service restarted."""
    program = scene.rtbh.daemon.program
    new = scene.rtbh.directory / "rtbh-bgpd.new"
    shutil.copy(program[0], new)
    scene.rtbh.stop(signal.SIGTERM)
    program[0] = str(new)
    scene.rtbh.start()


def speaker_dies_thrice(scene):
    for _ in range(3):
        kill_speaker(scene)


ENDS = [kill_speaker, speaker_dies_thrice, kill_keeper, kill_both,
        service_restart, stop_by_command, upgrade]
WATCHES = {"bird": KernelWatch, "gobgp": GoBgpWatch}


@pytest.mark.parametrize("kind", WATCHES)
@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_the_route_is_never_lost(scene, kind, end):
    router = scene.upstream(kind)
    scene.start()
    scene.rtbh.ctl("add", *VICTIMS, "--ttl", "1h")
    for victim in VICTIMS:
        wait_route(router, victim)
    if kind == "bird":
        wait_dropped(router, VICTIMS[-1])
    begun = scene.rtbh.neighbor_state("up0")["since"]
    with WATCHES[kind](router, VICTIMS) as watch:
        end(scene)
        wait_for("a new session is up, and all is told", lambda: (
            (now := scene.rtbh.neighbor_state("up0"))["state"] == "established"
            and now["since"] != begun and now["pending"] == 0
            and router.established("rtbh")))
        wait_for("stale routes are gone or refreshed", lambda: (
            sorted(scene.rtbh.victims()) == sorted(VICTIMS)))
        assert watch.losses() == []
    for victim in VICTIMS:
        assert router.route(victim)


def test_speaker_ends_within_a_second_of_its_keeper(scene):
    """Or graceful restart would not hold: the neighbor must see an end."""
    router = scene.upstream("bird")
    scene.start()
    speaker = speaker_pid(scene.rtbh)
    scene.rtbh.stop(signal.SIGKILL)
    wait_for("the speaker has ended", lambda: is_gone(speaker))
    wait_for("the upstream has seen it",
             lambda: not router.established("rtbh"))
