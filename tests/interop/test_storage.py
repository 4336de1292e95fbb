"""A disk that fails or hangs costs no session and no block: the change stands
and says that it is not stored, and is stored when the disk is back."""

import contextlib
import os
import pathlib
import resource
import signal
import sqlite3

import pytest

from disk import Disk
from lab import command, wait_for
from rtbh import AGGREGATE, BESIDE, VICTIM
from scene import wait_dropped, wait_no_route, wait_route
from watch import KernelWatch


@pytest.fixture(name="disk")
def fixture_disk(scene):
    """The state directory lies on it."""
    disk = Disk(scene.lab)
    scene.rtbh.config["state"]["directory"] = disk.path / "state"
    yield disk
    disk.thaw()  # before the daemon is told to end


@contextlib.contextmanager
def full(disk, rtbh):
    del rtbh
    disk.fill()
    yield
    disk.free()


@contextlib.contextmanager
def full_at_start(disk, rtbh):
    rtbh.stop()
    disk.fill()
    rtbh.start()
    yield
    disk.free()


@contextlib.contextmanager
def full_after_crash(disk, rtbh):
    """The log is not merged."""
    disk.fill()
    rtbh.restart(signal.SIGKILL)
    yield
    disk.free()


@contextlib.contextmanager
def read_only(disk, rtbh):
    """A remount is refused while files are open for writing: so the error
    is met at the next start of the keeper."""
    rtbh.stop()
    disk.set_read_only(True)
    rtbh.start()
    yield
    disk.set_read_only(False)
    # the daemon sees its network namespace's own copy of the mount
    command("nsenter", "-m", "-r", "-t", str(rtbh.daemon.pid),
            "mount", "-o", "remount,rw", disk.path)


@contextlib.contextmanager
def hanging(disk, rtbh):
    del rtbh
    disk.freeze()
    yield
    disk.thaw()


@contextlib.contextmanager
def stopped_keeper(disk, rtbh):
    del disk
    os.kill(rtbh.daemon.pid, signal.SIGSTOP)
    yield
    os.kill(rtbh.daemon.pid, signal.SIGCONT)


@contextlib.contextmanager
def limited(disk, rtbh):
    """No file may grow; what is written beyond that is a signal, too."""
    del disk
    limits = resource.prlimit(rtbh.daemon.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(rtbh.daemon.pid, resource.RLIMIT_FSIZE, (1, limits[1]))
    yield
    resource.prlimit(rtbh.daemon.pid, resource.RLIMIT_FSIZE, limits)


def storage(scene):
    return scene.rtbh.ctl("status")["storage"]


def check(scene):
    """Exit code and line of `rtbh-ctl check`."""
    done = scene.rtbh.ctl_raw("check")
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize("failing", [
    full, full_at_start, full_after_crash, read_only, hanging, stopped_keeper,
    limited], ids=lambda failing: failing.__name__)
def test_the_block_goes_out_all_the_same(scene, disk, failing):
    router = scene.upstream("bird", hold_time="9s")
    scene.start()
    scene.rtbh.ctl("add", BESIDE[4], "--ttl", "1h")
    with failing(disk, scene.rtbh):
        scene.wait_established()
        flaps = scene.rtbh.neighbor_state("up0")["flaps"]
        done = scene.rtbh.ctl("add", VICTIM[4], "--ttl", "1h", code=4)
        assert done["stored"] is False
        wait_dropped(router, VICTIM[4])
        wait_dropped(router, BESIDE[4])
        short = scene.rtbh.ctl("add", "203.0.113.9/32", "--ttl", "1s", code=4)
        assert short["stored"] is False
        wait_no_route(router, "203.0.113.9/32")
        wait_for("status tells", lambda: not storage(scene)["ok"])
        assert storage(scene)["error"]
        code, line = check(scene)
        assert code == 1 and "WARNING" in line, line
        assert scene.rtbh.neighbor_state("up0")["flaps"] == flaps
    wait_for("all is stored", lambda: storage(scene)["ok"]
             and storage(scene)["pending"] == 0)
    wait_for("check says so", lambda: check(scene)[0] == 0)
    scene.rtbh.restart(signal.SIGKILL)
    assert sorted(scene.rtbh.victims()) == sorted([VICTIM[4], BESIDE[4]])


def test_refuse_means_refuse(scene, disk):
    """state.on-failure: refuse."""
    scene.rtbh.config["state"]["on-failure"] = "refuse"
    router = scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("add", BESIDE[4], "--ttl", "1h")
    wait_dropped(router, BESIDE[4])
    with hanging(disk, scene.rtbh):
        done = scene.rtbh.ctl_raw("add", VICTIM[4])
        assert done.returncode == 1 and "stor" in done.stderr, done
        done = scene.rtbh.ctl_raw("withdraw", BESIDE[4])
        assert done.returncode == 1 and "stor" in done.stderr, done
        assert scene.rtbh.victims() == [BESIDE[4]]
        assert router.route(VICTIM[4]) is None
    wait_for("the disk is back", lambda: storage(scene)["ok"]
             and storage(scene)["pending"] == 0)
    assert scene.rtbh.victims() == [BESIDE[4]]
    scene.rtbh.ctl("add", VICTIM[4])
    wait_dropped(router, VICTIM[4])
    many = ["203.0.113.20/32", "203.0.113.21/32"]
    done = scene.rtbh.ctl("add", *many, "--wait")
    assert (done["added"], done["waited"]) == (2, "delivered")
    scene.rtbh.restart(signal.SIGKILL)
    assert sorted(scene.rtbh.victims()) == sorted(
        [VICTIM[4], BESIDE[4], *many])


def test_a_store_that_hangs_at_the_start(scene, disk):
    """Sessions and aggregates come up; what the upstream kept stays, since
    End-of-RIB waits for the load."""
    router = scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4], "--ttl", "1h")
    wait_dropped(router, VICTIM[4])
    with KernelWatch(router, [VICTIM[4]]) as watch:
        scene.rtbh.stop()
        disk.freeze()
        scene.rtbh.start()
        scene.wait_established()
        wait_route(router, AGGREGATE[4])
        assert scene.rtbh.victims() == []
        code, line = check(scene)
        assert code == 2 and "not loaded yet" in line, line
        disk.thaw()
        wait_for("the victims are loaded",
                 lambda: scene.rtbh.victims() == [VICTIM[4]])
        wait_for("all is sent", lambda: (
            scene.rtbh.neighbor_state("up0")["pending"] == 0))
        wait_for("all is well", lambda: check(scene)[0] == 0)
        assert watch.losses() == []
    assert router.route(VICTIM[4])


def set_by_operators(scene):
    """What they set at run time, all of it."""
    status = scene.rtbh.ctl("status")
    disabled = [n["name"] for n in scene.rtbh.ctl("neighbors")["neighbors"]
                if n["state"] == "disabled"]
    exempted = [e["prefix"] for e in
                scene.rtbh.ctl("exemptions")["exemptions"]]
    return (status["freeze"] and status["freeze"]["reason"], disabled,
            sorted(exempted))


@contextlib.contextmanager
def hanging_start(disk, rtbh):
    rtbh.stop()
    disk.freeze()
    rtbh.start()
    yield
    disk.thaw()


@contextlib.contextmanager
def displaced_start(disk, rtbh):
    """What is there in its place cannot be opened."""
    path, away = disk.path / "state" / "victims.db", disk.path / "away"
    rtbh.stop()
    path.rename(away)
    path.mkdir()
    rtbh.start()
    yield
    path.rmdir()
    away.rename(path)


@pytest.mark.parametrize("late", [hanging_start, displaced_start],
                         ids=lambda late: late.__name__)
def test_settings_that_come_late(scene, disk, late):
    """What operators had set holds once the disk is there; what they set
    meanwhile counts more, and none overwrites the other on the disk."""
    router = scene.upstream("bird")
    scene.upstream("bird")
    scene.start()
    ctl = scene.rtbh.ctl
    ctl("freeze", "--reason", "of old")
    ctl("disable", "up1")
    ctl("exempt", BESIDE[4], "--ttl", "1h")
    ctl("exempt", "203.0.113.9", "--ttl", "1h")
    old = ("of old", ["up1"], ["203.0.113.8/32", "203.0.113.9/32"])
    assert set_by_operators(scene) == old
    with late(disk, scene.rtbh):
        assert set_by_operators(scene) == (None, [], [])
        ctl("freeze", "--reason", "of new", code=4)
        ctl("unfreeze", code=4)
        ctl("exempt", "203.0.113.9", "--ttl", "1h", code=4)
        ctl("unexempt", "203.0.113.9", code=4)
        ctl("exempt", "203.0.113.10", "--ttl", "1h", code=4)
        ctl("add", BESIDE[4], code=4)
        wait_route(router, BESIDE[4])
    merged = (None, ["up1"], ["203.0.113.10/32", "203.0.113.8/32"])
    wait_for("the old ones are back",
             lambda: set_by_operators(scene) == merged)
    wait_no_route(router, BESIDE[4])
    wait_for("all is stored", lambda: storage(scene)["ok"]
             and storage(scene)["pending"] == 0)
    assert "settings: the stored ones came late" in (
        scene.rtbh.daemon.log_text())
    scene.rtbh.restart(signal.SIGKILL)
    assert set_by_operators(scene) == merged


def damage(path):
    """Every page but the first two is overwritten in its middle."""
    size = path.stat().st_size
    with open(path, "r+b") as database:
        for page in range(2, size // 4096, 2):
            database.seek(page * 4096)
            database.write(b"\xa5" * 4096)


def test_a_damaged_database(scene):
    """It is kept aside as it was; what can be read of it is announced; the
    pager goes."""
    router = scene.upstream("bird")
    scene.rtbh.config["aggregates"] = ["203.0.113.0/24", "198.51.100.0/22"]
    scene.start()
    victims = ["203.0.113.%d/32" % i for i in range(2, 250)]
    scene.rtbh.ctl("add", *victims, "--ttl", "1h", "--reason", "x" * 200)
    scene.rtbh.stop()
    path = pathlib.Path(scene.rtbh.config["state"]["directory"], "victims.db")
    damage(path)
    before = path.read_bytes()
    scene.rtbh.start()
    scene.wait_established()
    wait_route(router, AGGREGATE[4])
    kept = [p for p in path.parent.glob("victims.db.unreadable-*")
            if p.read_bytes() == before]
    assert len(kept) == 1
    left = scene.rtbh.victims()
    assert 0 < len(left) < len(victims) and set(left) < set(victims)
    for victim in left:
        wait_route(router, victim)
    code, line = check(scene)
    assert code == 2 and str(kept[0]) in line, line
    scene.rtbh.ctl("add", VICTIM[4])
    scene.rtbh.restart()
    assert set(left) <= set(scene.rtbh.victims())
    assert check(scene)[0] == 0
    scene.rtbh.stop()
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == (
            "ok",)


def test_damaged_while_running(scene):
    """Nothing is lost, since we know what stands; the pager goes."""
    scene.upstream("bird")
    scene.start()
    victims = ["203.0.113.%d/32" % i for i in range(2, 250)]
    scene.rtbh.ctl("add", *victims, "--ttl", "1h", "--reason", "x" * 200)
    scene.rtbh.ctl("withdraw", BESIDE[4])
    victims.remove(BESIDE[4])
    scene.rtbh.restart()  # nothing is in the log, or in the keeper's memory
    path = pathlib.Path(scene.rtbh.config["state"]["directory"], "victims.db")
    damage(path)
    scene.rtbh.ctl_raw("add", "203.0.113.251")
    wait_for("check says where it is", lambda: (
        "victims.db.unreadable-" in check(scene)[1]))
    wait_for("all is stored", lambda: storage(scene)["pending"] == 0)
    scene.rtbh.restart(signal.SIGKILL)
    assert sorted(scene.rtbh.victims()) == sorted(
        victims + ["203.0.113.251/32"])


@pytest.mark.parametrize("left", ["nothing", "another"])
def test_taken_away_while_running(scene, left):
    """What is said to be stored is on the disk under its name."""
    scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4], "--ttl", "1h")
    state = pathlib.Path(scene.rtbh.config["state"]["directory"])
    for path in list(state.iterdir()):
        path.unlink()
    if left == "another":
        (state / "victims.db").write_bytes(b"another\n" * 1000)
    assert scene.rtbh.ctl("add", BESIDE[4], "--ttl", "1h")["stored"] is True
    wait_for("check tells", lambda: check(scene)[0] == 2
             and "was taken away while the daemon ran" in check(scene)[1])
    wait_for("all is stored", lambda: storage(scene)["pending"] == 0)
    assert len(list(state.glob("*.unreadable-*"))) == (left == "another")
    scene.rtbh.restart(signal.SIGKILL)
    assert sorted(scene.rtbh.victims()) == sorted([VICTIM[4], BESIDE[4]])


def test_garbage_for_a_database(scene):
    router = scene.upstream("bird")
    path = pathlib.Path(scene.rtbh.config["state"]["directory"], "victims.db")
    path.write_bytes(b"this is no database\n" * 1000)
    scene.start()
    wait_route(router, AGGREGATE[4])
    code, line = check(scene)
    assert code == 2 and "victims.db.unreadable-" in line, line
    assert scene.rtbh.ctl("add", VICTIM[4])["stored"] is True
    wait_dropped(router, VICTIM[4])


@pytest.mark.parametrize("name", ["victims.db-wal", "victims.db-journal"])
def test_a_pipe_beside_the_database(scene, name):
    """It would hold up whoever opens it, deaf to signals; so nobody does."""
    router = scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("add", BESIDE[4])
    scene.rtbh.stop()
    path = pathlib.Path(scene.rtbh.config["state"]["directory"], name)
    os.mkfifo(path, 0o600)
    scene.rtbh.start()
    wait_route(router, AGGREGATE[4])
    code, line = check(scene)
    assert code == 2 and f"{name}: it is no plain file" in line, line
    assert scene.rtbh.ctl("add", VICTIM[4], code=4)["stored"] is False
    wait_dropped(router, VICTIM[4])
    path.unlink()
    wait_for("all is stored", lambda: storage(scene)["ok"]
             and storage(scene)["pending"] == 0)
    assert sorted(scene.rtbh.victims()) == [VICTIM[4], BESIDE[4]]
    wait_for("check says so", lambda: check(scene)[0] == 0)
