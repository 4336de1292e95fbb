"""What stands and what comes back when either side restarts."""

import ctypes
import os
import pathlib
import re
import select
import signal
import socket
import time

import pytest

from lab import utc_now, wait_for
from rtbh import AGGREGATE, BESIDE, VICTIM
from scene import wait_dropped, wait_no_route, wait_route

PIDFD_GETFD = 438  # as a system call, which Python has no name for


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL],
                         ids=["stopped", "killed"])
def test_victim_is_back_after_our_restart(scene, kind, version, how):
    router = scene.upstream(kind, version)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[version], "--ttl", "1h",
                   "--reason", "before the restart")
    wait_dropped(router, VICTIM[version])

    scene.rtbh.restart(how)
    assert scene.rtbh.victims() == [VICTIM[version]]
    scene.wait_established()
    wait_route(router, VICTIM[version])
    wait_dropped(router, VICTIM[version])
    shown = scene.rtbh.ctl("show", VICTIM[version])
    assert shown["claims"][0]["reason"] == "before the restart"
    assert 3000 < shown["remaining"] <= 3600


def test_block_stands_while_we_restart(scene, kind):
    """Graceful restart: at no time does the upstream stop dropping."""
    router = scene.upstream(kind)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4], "--ttl", "1h")
    wait_dropped(router, VICTIM[4])

    scene.rtbh.stop()
    wait_for("the upstream has seen it",
             lambda: not router.established("rtbh"))
    assert VICTIM[4] in router.node.blackholes()
    scene.rtbh.start()
    assert VICTIM[4] in router.node.blackholes()
    scene.wait_established()
    wait_dropped(router, VICTIM[4])


def test_expired_while_we_were_down(scene, kind):
    router = scene.upstream(kind)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4], "--ttl", "2s")
    scene.rtbh.ctl("add", BESIDE[4], "--ttl", "1h")
    wait_route(router, VICTIM[4])
    expires = scene.rtbh.ctl("show", VICTIM[4])["expires"]
    scene.rtbh.stop()
    wait_for("it is past the expiry", lambda: utc_now() > expires)
    scene.rtbh.start()
    assert scene.rtbh.victims() == [BESIDE[4]]
    scene.wait_established()
    wait_no_route(router, VICTIM[4])
    assert router.route(BESIDE[4])


def speaker_of(rtbh):
    """Its pid, once there is one."""
    keeper = rtbh.daemon.pid
    path = pathlib.Path(f"/proc/{keeper}/task/{keeper}/children")
    return int(wait_for("a speaker runs", path.read_text).split()[0])


def is_at_rest(pid):
    """It has no signal to take, and waits."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text("ascii")
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    return fields["State"][0] == "S" and int(fields["ShdPnd"], 16) == 0


def test_a_signal_in_the_midst_of_a_reload(scene):
    """What the file says at the last SIGHUP is what runs."""
    scene.start()
    rtbh = scene.rtbh
    speaker = speaker_of(rtbh)
    os.kill(speaker, signal.SIGSTOP)
    for aggregates in (["198.51.100.0/24"], ["192.0.2.0/24"]):
        rtbh.config["aggregates"] = aggregates
        rtbh.write_config()
        os.kill(rtbh.daemon.pid, signal.SIGHUP)
        wait_for("the keeper has read it",
                 lambda: is_at_rest(rtbh.daemon.pid))
    os.kill(speaker, signal.SIGCONT)
    wait_for("the last one runs", lambda: (
        rtbh.ctl("status")["config"]["aggregates"] == ["192.0.2.0/24"]))
    assert rtbh.daemon.log_text().count("configuration reloaded") == 2


def test_the_speaker_ends_with_its_keeper(scene):
    """Within a second, so that graceful restart holds and both start anew."""
    router = scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    wait_dropped(router, VICTIM[4])
    speaker = pathlib.Path(f"/proc/{speaker_of(scene.rtbh)}")
    killed = time.monotonic()
    scene.rtbh.stop(signal.SIGKILL)
    wait_for("the upstream sees it",
             lambda: not router.established("rtbh"))
    assert time.monotonic() - killed < 1
    wait_for("the speaker has ended", lambda: not speaker.exists())
    assert VICTIM[4] in router.node.blackholes()


# Runs what follows with all signals blocked.
BLOCKED = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_signals_that_whoever_started_us_had_blocked(scene):
    scene.upstream("bird")
    daemon = scene.rtbh.daemon
    daemon.program = ["/usr/bin/python3", "-c", BLOCKED] + daemon.program
    scene.start()
    os.kill(daemon.pid, signal.SIGHUP)
    wait_for("it has reloaded", lambda: (
        "configuration reloaded" in daemon.log_text()))
    scene.rtbh.stop()


def share_descriptor(pid, number):
    """A descriptor of our own of what the process has under that number."""
    pidfd = os.pidfd_open(pid)
    fd = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, pidfd,
                                                   number, 0)
    os.close(pidfd)
    assert fd != -1, os.strerror(ctypes.get_errno())
    return fd


def test_a_speaker_that_spoils_the_control_socket(scene):
    """Its successors could not be reached: all starts afresh."""
    scene.upstream("bird")
    scene.start()
    speaker = speaker_of(scene.rtbh)
    with socket.socket(fileno=share_descriptor(speaker, 4)) as control:
        control.shutdown(socket.SHUT_RD)
    os.kill(speaker, signal.SIGKILL)
    wait_for("the daemon ends", lambda: not scene.rtbh.daemon.running())
    assert scene.rtbh.daemon.stop() == 1
    assert "has shut it down" in scene.rtbh.daemon.log_text()
    scene.rtbh.start()


def stop_early(rtbh):
    """Stops the speaker, by SIGSTOP, before it can be ready; gives its pid."""
    rtbh.write_config()
    rtbh.daemon.start()
    keeper = rtbh.daemon.pid
    path = pathlib.Path(f"/proc/{keeper}/task/{keeper}/children")
    end = time.monotonic() + 10
    while not path.read_text():  # it is a matter of milliseconds
        assert time.monotonic() < end
    pid = int(path.read_text().split()[0])
    os.kill(pid, signal.SIGSTOP)
    return pid


def test_what_the_service_manager_is_told(scene):
    """Not that we run, nor of a reload, before we do and when we stop."""
    scene.upstream("bird")
    rtbh, daemon = scene.rtbh, scene.rtbh.daemon
    config = rtbh.directory / "bgpd.yaml"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.setblocking(False)
        manager.bind(str(rtbh.directory / "notify"))
        daemon.program = ["env", f"NOTIFY_SOCKET={rtbh.directory}/notify",
                          *daemon.program]
        speaker = stop_early(rtbh)
        config.write_text("nonsense: 1\n")
        os.kill(daemon.pid, signal.SIGHUP)
        wait_for("it is refused", lambda: (
            "configuration not reloaded" in daemon.log_text()))
        assert not select.select([manager], [], [], 0)[0]
        os.kill(speaker, signal.SIGCONT)
        wait_for("it says that it runs",
                 lambda: select.select([manager], [], [], 0)[0])
        assert manager.recv(200).startswith(b"READY=1\nMAINPID=")
        os.kill(daemon.pid, signal.SIGHUP)
        wait_for("it is refused again", lambda: (
            daemon.log_text().count("configuration not reloaded") == 2))
        assert manager.recv(200).startswith(b"RELOADING=1\n")
        assert manager.recv(200) == b"READY=1"
        rtbh.stop()
        assert manager.recv(200).startswith(b"STOPPING=1\n")
        speaker = stop_early(rtbh)
        os.kill(daemon.pid, signal.SIGTERM)
        wait_for("it hears that",
                 lambda: select.select([manager], [], [], 0)[0])
        os.kill(speaker, signal.SIGCONT)
        rtbh.stop()
        assert manager.recv(200).startswith(b"STOPPING=1\n")
        assert not select.select([manager], [], [], 0)[0]


def test_a_speaker_that_keeps_dying(scene):
    """It is started at once, then later and later, which the log says."""
    scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    for _ in range(3):
        os.kill(speaker_of(scene.rtbh), signal.SIGKILL)
        wait_for("another one answers", lambda: (
            scene.rtbh.ctl_raw("status").returncode == 0))
        assert scene.rtbh.victims() == [VICTIM[4]]
    log = scene.rtbh.daemon.log_text()
    assert log.count("was killed by signal 9") == 3
    assert re.findall("starts again in (.*)", log) == ["1 s", "2 s"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL],
                         ids=["stopped", "killed"])
def test_all_is_told_again_after_their_restart(scene, kind, how):
    router = scene.upstream(kind)
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4])
    wait_dropped(router, VICTIM[4])

    router.stop(how)
    wait_for("we see that it is gone",
             lambda: not scene.rtbh.established("up0"))
    scene.rtbh.ctl("add", BESIDE[4])
    router.start()
    scene.wait_established()
    wait_route(router, AGGREGATE[4])
    wait_dropped(router, VICTIM[4])
    wait_dropped(router, BESIDE[4])


def test_a_second_daemon_is_refused(scene):
    """The state directory is locked; the first one goes on."""
    router = scene.upstream("bird")
    scene.start()
    second = scene.node.run(*scene.rtbh.daemon.program, check=False)
    assert second.returncode != 0
    scene.rtbh.ctl("add", VICTIM[4])
    wait_dropped(router, VICTIM[4])
