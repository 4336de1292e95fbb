"""What both processes have given up, seen from outside, and that all still
works: as root, as an ordinary user, and as root of a container."""

import errno
import fcntl
import os
import pathlib
import pwd
import re
import select
import signal
import subprocess

import pytest

from lab import command, wait_for
from rtbh import BESIDE, BGPD, VICTIM

USER = "daemon"
LONG_CONFIG = ("local-as: 64500\nrouter-id: 192.0.2.1\n"
               "aggregates: [203.0.113.0/24]\nneighbors:\n" + "".join(
                   f"  - {{name: n{i}, address: 198.51.100.{i}, "
                   f"remote-as: 64501}}\n" for i in range(1, 251)))
NET_BIND = 1 << 10


def processes(rtbh):
    """The pids of keeper and speaker."""
    keeper = rtbh.daemon.pid
    others = [pid for pid in rtbh.node.pids()
              if pid != keeper and parent(pid) == keeper]
    return keeper, *others


def status_of(pid):
    """What the kernel says of a process, as a dictionary."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines())


def parent(pid):
    """None: it has ended since it was listed."""
    try:
        return int(status_of(pid)["PPid"])
    except (FileNotFoundError, ProcessLookupError):
        return None


def wait_new_speaker(rtbh, old):
    def found():
        _, *others = processes(rtbh)
        return others and others[0] != old and others[0]
    return wait_for("another speaker runs", found)


def check_confined(pid, filters=1):
    """Nothing can be gained, and system calls are filtered; a speaker has
    inherited its keeper's filter, unless it was started before that."""
    status = status_of(pid)
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert int(status["Seccomp_filters"]) >= filters
    for kind in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
        assert int(status[kind], 16) & ~NET_BIND == 0
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    core = next(line for line in limits.splitlines() if "core" in line)
    assert core.split()[4:6] == ["0", "0"]


def let(user, *paths):
    """Makes these the user's, with all that is in them."""
    entry = pwd.getpwnam(user)
    for path in paths:
        os.chown(path, entry.pw_uid, entry.pw_gid)
        for inner in path.rglob("*"):
            os.chown(inner, entry.pw_uid, entry.pw_gid)


def start_with_user(scene):
    """Started by root, to be given up for the user."""
    scene.rtbh.config["user"] = USER
    scene.rtbh.directory.chmod(0o755)
    let(USER, scene.rtbh.directory / "state")
    scene.start()


def test_both_are_confined(scene):
    scene.upstream("bird")
    scene.start()
    keeper, speaker = processes(scene.rtbh)
    check_confined(keeper)
    check_confined(speaker)
    shown = scene.rtbh.ctl("status")["sandbox"]
    assert shown["user"] == "root"
    assert shown["seccomp"] is True
    assert shown["capabilities"] == ["CAP_NET_BIND_SERVICE"]
    # 0 where the kernel has none, which the log must say
    assert shown["landlock"] > 0 or (
        "has no Landlock" in scene.rtbh.daemon.log_text())


def test_user_is_given_up_to(scene):
    """Also after that a reload can listen on a port that wants a privilege,
    and read the files that it needs."""
    scene.upstream("bird")
    start_with_user(scene)
    uid = str(pwd.getpwnam(USER).pw_uid)
    for pid in processes(scene.rtbh):
        assert set(status_of(pid)["Uid"].split()) == {uid}
        assert status_of(pid)["Groups"].strip() == ""
    assert scene.rtbh.ctl("status")["sandbox"]["user"] == USER

    key = scene.rtbh.directory / "other.key"
    key.write_text("a key of a neighbor that is not there\n")
    key.chmod(0o600)
    let(USER, key)
    scene.rtbh.neighbor("other", "192.0.2.250", 64666,
                        password_file="other.key")
    scene.rtbh.config["listen"] = [scene.our_address()]
    scene.rtbh.write_config()
    changed = scene.rtbh.ctl("reload")["changed"]
    assert "listen" in changed
    listening = scene.node.run("ss", "-Hltn").stdout
    assert f"{scene.our_address()}:179" in listening
    scene.rtbh.restart()
    scene.wait_established()


def test_speaker_that_is_started_later_is_confined_as_well(scene):
    scene.upstream("bird")
    scene.rtbh.config["listen"] = ["127.0.0.1:179"]
    start_with_user(scene)
    scene.rtbh.ctl("add", VICTIM[4])
    _, speaker = processes(scene.rtbh)
    os.kill(speaker, signal.SIGKILL)
    another = wait_new_speaker(scene.rtbh, speaker)
    scene.wait_established()
    check_confined(another, filters=2)
    assert scene.rtbh.victims() == [VICTIM[4]]


def ways_without_root():
    """In a chroot the kernel lets nobody make a user namespace."""
    done = command("setpriv", "--reuid=1", "--regid=1", "--clear-groups",
                   "unshare", "--user", "true", check=False)
    return ["ordinary"] + ["container"] * (done.returncode == 0)


@pytest.mark.parametrize("how", ways_without_root())
def test_without_root(scene, how):
    """By an ordinary user, or by one who is root in a namespace only."""
    scene.upstream("bird")
    daemon, directory = scene.rtbh.daemon, scene.rtbh.directory
    entry = pwd.getpwnam(USER)
    become = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}",
              "--clear-groups"]
    if how == "container":
        become += ["unshare", "--user", "--map-root-user"]
        # who we are to somebody whose namespace does not have us
        scene.rtbh.config["control"]["access"] = [
            {"user": "nobody", "role": "operator"}]
    daemon.program = become + daemon.program
    let(USER, directory)
    scene.start()
    keeper, speaker = processes(scene.rtbh)
    check_confined(keeper)
    check_confined(speaker)
    scene.rtbh.ctl("add", VICTIM[4])
    scene.rtbh.restart()
    scene.wait_established()
    scene.rtbh.ctl("add", BESIDE[4])
    assert scene.rtbh.victims() == [VICTIM[4], BESIDE[4]]


# Runs what follows where close_range(2) gives argv[1], with a descriptor that
# exec does not close in every place up to 20.
WITHOUT_CLOSE_RANGE = """
import ctypes, os, sys
lib = ctypes.CDLL("libseccomp.so.2")
lib.seccomp_init.restype = ctypes.c_void_p
ctx = ctypes.c_void_p(lib.seccomp_init(0x7fff0000))
call = lib.seccomp_syscall_resolve_name(b"close_range")
assert lib.seccomp_rule_add(ctx, 0x50000 | int(sys.argv[1]), call, 0) == 0
assert lib.seccomp_load(ctx) == 0
for fd in range(3, 21):
    os.dup2(0, fd)
os.execv(sys.argv[2], sys.argv[2:])
"""


def opened_by(pid):
    """What its descriptors lead to, but for the standard ones."""
    found = set()
    for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(os.readlink(fd) if int(fd.name) > 2 else "")
        except FileNotFoundError:
            pass  # closed since it was listed
    return found


@pytest.mark.parametrize("error", [None, errno.ENOSYS, errno.EPERM])
def test_speaker_inherits_nothing(scene, error):
    """Also on old kernels, and in containers that do not know close_range."""
    scene.upstream("bird")
    daemon = scene.rtbh.daemon
    strange = scene.rtbh.directory / "bgpd.yaml"
    if error is None:
        daemon.program = ["sh", "-c", f'exec "$@" 5<{strange} 9<{strange}',
                          "sh"] + daemon.program
    else:
        daemon.program = ["/usr/bin/python3", "-c", WITHOUT_CLOSE_RANGE,
                          str(error)] + daemon.program
    scene.start()
    _, speaker = processes(scene.rtbh)
    os.kill(speaker, signal.SIGKILL)
    another = wait_new_speaker(scene.rtbh, speaker)
    scene.wait_established()
    assert not opened_by(another) & {"/dev/null", str(strange)}
    scene.rtbh.ctl("add", VICTIM[4])


def test_second_process_cannot_be_looked_into(scene):
    """Not even by its own user: it holds keys."""
    scene.upstream("bird")
    start_with_user(scene)
    entry = pwd.getpwnam(USER)
    for pid in processes(scene.rtbh):
        done = command("setpriv", f"--reuid={entry.pw_uid}",
                       f"--regid={entry.pw_gid}", "--clear-groups", "cat",
                       f"/proc/{pid}/environ", check=False)
        assert done.returncode != 0
        assert "Permission denied" in done.stderr


def test_memory_is_hidden_before_a_key_is_read(tmp_path):
    """Also when a configuration is only looked at: here one who cannot go on,
    since nobody reads what is printed."""
    entry = pwd.getpwnam(USER)
    out, into = os.pipe()
    fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, 4096)
    path = tmp_path / "bgpd.yaml"
    path.write_text(LONG_CONFIG)
    with path.open() as config, subprocess.Popen(
            ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}",
             "--clear-groups", BGPD, "-n", "-f", "/dev/stdin"],
            stdin=config, stdout=into) as process:
        here = pathlib.Path(f"/proc/{process.pid}")
        os.close(into)
        wait_for("something is printed",
                 lambda: select.select([out], [], [], 0)[0])
        limits = (here / "limits").read_text()
        owner = (here / "environ").stat().st_uid
        while os.read(out, 65536):
            pass
    os.close(out)
    assert process.returncode == 0
    assert re.search(r"core file size +0 +0 ", limits)
    assert owner == 0  # which tells that it cannot be dumped or traced


# The first is so long that libyaml moves it about while it reads it.
KEYS = (b"wjBTde6LgzPdJpcfDCerfMDd6NhqSSPdNPBdqc "
        b"8iuCjLhNvM6VmgPNSnzgMXeNdRpHVLD3wFPFzv", b"vT4 xq9Zr kW7bLm2")
PIECE = 12


def memory_of(pid):
    """All that the process can read and has touched, piece by piece."""
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text("ascii")
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for begin, end in re.findall(r"^(\w+)-(\w+) r", maps, re.M):
            if int(end, 16) - int(begin, 16) > 1 << 30:
                continue  # a sanitizer's
            try:
                memory.seek(int(begin, 16))
                yield memory.read(int(end, 16) - int(begin, 16))
            except (OSError, OverflowError):
                pass  # the kernel's


def leftovers(memory):
    """Pieces of the keys that are not part of a whole one."""
    for key in KEYS:
        memory = memory.replace(key, b"")
    pieces = {key[i:i + PIECE] for key in KEYS
              for i in range(0, len(key) - PIECE + 1, 4)}
    return sorted(piece for piece in pieces if piece in memory)


def reload_without_quote(rtbh):
    """What is not closed ends where the file does, in the midst of a text."""
    path = rtbh.directory / "bgpd.yaml"
    text = path.read_text()
    for broken in (KEYS[0].decode(), KEYS[0].decode() + '" x'):
        path.write_text(text.replace(KEYS[0].decode() + '"', broken))
        assert rtbh.ctl_raw("reload").returncode == 1
    path.write_text(text)


def test_keys_are_not_left_about(scene):
    """One copy in each process, also after reloads, and none outside."""
    rtbh = scene.rtbh
    scene.upstream("bird")
    rtbh.neighbor("inline", "192.0.2.250", 64666, password=KEYS[0].decode())
    rtbh.neighbor("file", "192.0.2.251", 64667, password_file="n.key")
    key = rtbh.directory / "n.key"
    key.write_bytes(KEYS[1] + b"\n")
    rtbh.write_config()
    for path in (key, rtbh.directory / "bgpd.yaml"):
        path.chmod(0o600)
    scene.start()
    for port in (1790, 1791):
        rtbh.config["neighbors"][1]["port"] = port
        rtbh.write_config()
        rtbh.ctl("reload")
    reload_without_quote(rtbh)
    for pid in processes(rtbh):
        memory = b"".join(memory_of(pid))
        assert [memory.count(key) for key in KEYS] == [1, 1]
        assert not leftovers(memory)
    said = [rtbh.daemon.log_text(), rtbh.ctl_raw("--json", "status").stdout,
            rtbh.ctl_raw("--json", "neighbors", "inline").stdout,
            rtbh.ctl_raw("--json", "history").stdout]
    said += [path.read_bytes().decode("latin-1")
             for path in (rtbh.directory / "state").iterdir()]
    assert not [text for text in said for key in KEYS if key.decode() in text]
