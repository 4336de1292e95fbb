"""The manual pages against what a running daemon answers; tests/docs compares
them with the tables of the sources."""

import os
import pathlib
import re
import sys

import pytest

from lab import command
from rtbh import CTL, VICTIM
from scene import wait_route
from test_metrics import PORT, fetch

sys.path.append(str(pathlib.Path(__file__).parents[1] / "docs"))

# pylint: disable=wrong-import-position
from manual import examples, items, literals, members  # noqa: E402

COMMAND = "rtbh-ctl.8"
CONTROL, DAEMON = "rtbh-control.7", "rtbh-bgpd.8"


def keys(value):
    """All keys of an object and of what is inside."""
    if isinstance(value, list):
        return set().union(*map(keys, value))
    if isinstance(value, dict):
        return set(value) | set().union(*map(keys, value.values()))
    return set()


@pytest.fixture(name="rtbh")
def start_rtbh(scene):
    """With one victim, at one neighbor."""
    scene.rtbh.config["metrics"] = {"listen": f"127.0.0.1:{PORT}"}
    router = scene.upstream("bird")
    scene.start()
    scene.rtbh.ctl("add", VICTIM[4], "--wait=delivered")
    wait_route(router, VICTIM[4])
    return scene.rtbh


def test_members_of_results(rtbh):
    assert members(CONTROL, "STATUS") == set(rtbh.ctl("status"))
    assert members(CONTROL, "NEIGHBORS") == set(rtbh.neighbor_state("up0"))
    assert members(CONTROL, "THE HISTORY") == \
        set(rtbh.ctl("history")["entries"][0])
    assert literals(CONTROL, "VICTIMS") == keys(rtbh.ctl("show", VICTIM[4]))


def test_metrics(scene, rtbh):
    del rtbh
    _, page = fetch(scene, "/metrics")
    documented = {word for item in items(DAEMON) if item.section == "METRICS"
                  for word in item.of("Cm")
                  if word.startswith(("rtbh_", "process_"))}
    assert documented == set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))


def test_examples_of_the_command(rtbh):
    """Each can be typed as it stands; a FIFO would be read for ever."""
    environment = os.environ | {"RTBH_SOCKET": str(rtbh.socket),
                                "PATH": f"{CTL.parent}:{os.environ['PATH']}"}
    found = [text for text in examples(COMMAND) if "mkfifo" not in text]
    assert len(found) == 6
    for text in found:
        command("sh", "-ec", text, env=environment)


def test_examples_of_the_protocol(rtbh):
    request, program = examples(CONTROL)
    with rtbh.connect() as control:
        control.write(" ".join(request.split("\n")) + "\n")
        control.flush()
        assert '"waited":"delivered"' in control.readline().replace(" ", "")
    program = program.replace("/run/rtbh/control.sock", str(rtbh.socket))
    answer = command(sys.executable, "-c", program).stdout
    assert "'outcome': 'refreshed'" in answer
