"""The clients of conf/examples, with a real daemon that comes and goes."""

import os
import shutil
import signal
import subprocess

import pytest

from lab import wait_for
from rtbh import CHECKOUT, CTL, VICTIM
from scene import wait_no_route, wait_route

EXAMPLES = CHECKOUT / "conf" / "examples"


def command_of(name, directory):
    if name.endswith(".py"):
        return ["/usr/bin/python3", EXAMPLES / name]
    if name.endswith(".sh"):
        return ["sh", EXAMPLES / name]
    if shutil.which("go") is None:
        pytest.skip("golang-go is not installed")
    program = directory / "client"
    subprocess.run(
        ["go", "build", "-o", program, EXAMPLES / name], check=True,
        timeout=300, env={**os.environ, "GOCACHE": str(directory / "cache"),
                          "GOFLAGS": "-mod=mod", "HOME": str(directory)})
    return [program]


@pytest.mark.parametrize("name", ["client.py", "client.go", "client.sh"])
def test_client(scene, tmp_path, name):
    command = command_of(name, tmp_path)
    router = scene.upstream("bird")
    scene.start()
    said = tmp_path / "said"
    with said.open("w") as out:
        process = subprocess.Popen(
            [*command, "203.0.113.7", "5m"], stdin=subprocess.DEVNULL,
            stdout=out, stderr=out, env={
                **os.environ, "RTBH_SOCKET": str(scene.rtbh.socket),
                "PATH": f"{CTL.parent}:{os.environ['PATH']}"})
    try:
        wait_for("it says that all have it",
                 lambda: "added" in said.read_text()
                 and "delivered" in said.read_text())
        wait_route(router, VICTIM[4])
        assert 200 < scene.rtbh.ctl("show", VICTIM[4])["remaining"] <= 300
        wait_for("it hears of events", lambda: hears(scene, said))

        scene.rtbh.stop()
        wait_for("it tries again", lambda: "again" in said.read_text())
        scene.rtbh.start()
        wait_for("it has asked again",
                 lambda: "refreshed" in said.read_text())
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    scene.rtbh.ctl("withdraw", VICTIM[4])
    wait_no_route(router, VICTIM[4])


def hears(scene, said):
    """Of something else that happens; the shell asks only when it is done."""
    scene.rtbh.ctl("add", "203.0.113.8")
    scene.rtbh.ctl("withdraw", "203.0.113.8")
    return "victim.withdrawn" in said.read_text()


def test_they_are_short():
    for path in EXAMPLES.glob("client.*"):
        assert len(path.read_text().splitlines()) < 60, path
