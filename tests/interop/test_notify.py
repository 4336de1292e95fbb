"""FastNetMon's notify script, with an rtbh-ctl that keeps what it was told."""

import os
import pathlib
import subprocess

import pytest

from lab import wait_for
from rtbh import CHECKOUT, CTL, VICTIM
from scene import wait_no_route, wait_route

SCRIPT = CHECKOUT / "conf" / "fastnetmon" / "notify.sh"
DETAILS = "Attack type: syn_flood\n" * 50000  # more than a pipe holds

# Each takes its arguments into a file, a line each call.
RTBH_CTL = """#!/bin/sh
echo "$*" >>"$NOTIFY_TEST/calls"
answer=$(cat "$NOTIFY_TEST/answer")
echo "${answer%% *}" >>"$NOTIFY_TEST/codes"
printf %s "${answer#* }" >&2
exit "${answer%% *}"
"""
LOGGER = """#!/bin/sh
echo "$*" >>"$NOTIFY_TEST/log"
"""


class Stand:
    """The script's surroundings."""

    def __init__(self, directory):
        self.directory = directory
        self.environment = {
            **os.environ, "NOTIFY_TEST": str(directory),
            "PATH": f"{directory}:/usr/bin:/bin",
            "RTBH_NOTIFY_DIR": str(directory / "state")}
        for name, text in (("rtbh-ctl", RTBH_CTL), ("logger", LOGGER)):
            (directory / name).write_text(text)
            (directory / name).chmod(0o755)
        for name in ("calls", "codes", "log"):
            (directory / name).touch()
        self.answer(0)

    def answer(self, code, say=""):
        """What rtbh-ctl does from now on."""
        new = self.directory / "answer.new"
        new.write_text(f"{code} {say}")
        new.rename(self.directory / "answer")

    def lines(self, name):
        return (self.directory / name).read_text().splitlines()

    def run(self, *argv, text=None):
        return subprocess.run(
            [SCRIPT, *argv], input=text, text=True, timeout=30, check=False,
            capture_output=True, env=self.environment).returncode


@pytest.fixture
def stand(tmp_path):
    return Stand(tmp_path)


def ban(address="203.0.113.7", pps="120000"):
    return (f"add --ttl max --reason FastNetMon: {pps} packets/s "
            f"--owner fastnetmon -- {address}")


def unban(address="203.0.113.7"):
    return ("withdraw --hold --reason FastNetMon: unban "
            f"--owner fastnetmon -- {address}")


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8:100::7/128"])
def test_ban_and_unban(stand, address):
    assert stand.run(address, "incoming", "120000", "ban", text=DETAILS) == 0
    assert stand.run(address, "incoming", "120000", "unban") == 0
    assert stand.lines("calls") == [ban(address), unban(address)]
    assert stand.lines("log") == []


@pytest.mark.parametrize("argv, code, logged", [
    (["203.0.113.7", "outgoing", "1", "ban"], 0, 0),
    (["203.0.113.7", "other", "1", "ban"], 0, 0),
    (["203.0.113.7", "incoming", "1", "attack_details"], 0, 0),
    (["203.0.113.7", "incoming", "1", "nonsense"], 2, 1),
    (["203.0.113.7; id", "incoming", "1", "ban"], 2, 1),
    (["-", "incoming", "1", "ban"], 2, 1),
    (["", "incoming", "1", "ban"], 2, 1),
    ([], 0, 0),
])
def test_what_is_not_done(stand, argv, code, logged):
    """Details are read to the end all the same."""
    assert stand.run(*argv, text=DETAILS) == code
    assert stand.lines("calls") == []
    assert len(stand.lines("log")) == logged


def test_strange_rate(stand):
    assert stand.run("203.0.113.7", "incoming", "$(id)", "ban", text="") == 0
    assert stand.lines("calls") == [
        "add --ttl max --reason FastNetMon --owner fastnetmon -- 203.0.113.7"]


@pytest.mark.parametrize("code", [0, 1, 4])
def test_what_is_said_goes_to_syslog(stand, code):
    stand.answer(code, "rtbh-ctl: refused (not-ours)")
    assert stand.run("203.0.113.7", "incoming", "1", "ban",
                     text=DETAILS) == code
    assert stand.lines("log") == [
        "-t rtbh-notify -p daemon.err -- ban 203.0.113.7: "
        "rtbh-ctl: refused (not-ours)"]
    assert len(stand.lines("calls")) == 1


def test_failure_without_a_word(stand):
    (stand.directory / "rtbh-ctl").unlink()
    assert stand.run("203.0.113.7", "incoming", "1", "unban") == 127
    assert "rtbh-ctl" in stand.lines("log")[0]


def test_tried_again_until_the_daemon_is_there(stand):
    stand.answer(3, "cannot reach the daemon")
    assert stand.run("203.0.113.7", "incoming", "120000", "ban",
                     text=DETAILS) == 3
    assert "trying again" in stand.lines("log")[0]
    wait_for("it is tried again", lambda: len(stand.lines("calls")) >= 2)
    stand.answer(0)
    wait_for("it is done", lambda: "0" in stand.lines("codes"))
    assert set(stand.lines("calls")) == {ban()}
    assert len(stand.lines("log")) == 1


def test_given_up(stand):
    stand.environment["RTBH_NOTIFY_RETRY"] = "2"
    stand.answer(3, "cannot reach the daemon")
    stand.run("203.0.113.7", "incoming", "1", "ban", text="")
    wait_for("it is given up", lambda: len(stand.lines("log")) == 2)
    assert "given up after 2 s: cannot reach" in stand.lines("log")[1]


def test_the_last_word_counts(stand):
    """A ban that is still being tried ends when the unban comes."""
    stand.answer(3, "cannot reach the daemon")
    stand.run("203.0.113.7", "incoming", "120000", "ban", text="")
    stand.run("203.0.113.8", "incoming", "120000", "ban", text="")
    stand.run("203.0.113.7", "incoming", "120000", "unban")
    stand.answer(0)
    wait_for("the last words are carried out", lambda: {
        unban(), ban("203.0.113.8")} <= set(stand.lines("calls")[3:]))
    first = stand.lines("calls").index(unban())
    assert ban() not in stand.lines("calls")[first:]


def test_without_a_place_for_the_order(stand):
    stand.environment["RTBH_NOTIFY_DIR"] = "/proc/nothing"
    assert stand.run("203.0.113.7", "incoming", "120000", "ban",
                     text=DETAILS) == 0
    assert stand.lines("calls") == [ban()]
    assert "no order" in stand.lines("log")[0]


def test_shellcheck():
    checker = pathlib.Path("/usr/bin/shellcheck")
    if not checker.exists():
        pytest.skip("shellcheck is not installed")
    subprocess.run([checker, SCRIPT], check=True, timeout=60)


def test_with_a_real_daemon(scene, stand):
    """A ban while it is away is carried out once it is there."""
    router = scene.upstream("bird")
    scene.start()
    (stand.directory / "rtbh-ctl").unlink()
    stand.environment |= {"RTBH_SOCKET": str(scene.rtbh.socket),
                          "PATH": f"{CTL.parent}:{stand.environment['PATH']}"}
    arguments = ("203.0.113.7", "incoming", "120000")
    assert stand.run(*arguments, "ban", text=DETAILS) == 0
    wait_route(router, VICTIM[4])
    claim = scene.rtbh.ctl("show", VICTIM[4])["claims"][0]
    assert claim["owner"] == "fastnetmon"
    assert claim["reason"] == "FastNetMon: 120000 packets/s"
    assert stand.run(*arguments, "unban") == 0
    wait_no_route(router, VICTIM[4])

    scene.rtbh.stop()
    assert stand.run(*arguments, "ban", text=DETAILS) == 3
    scene.rtbh.start()
    wait_for("the ban is carried out",
             lambda: scene.rtbh.victims() == [VICTIM[4]])
