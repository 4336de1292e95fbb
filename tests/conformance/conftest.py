"""Fixtures: the daemon of a module, and its neighbors.

A module names its neighbors in NEIGHBORS (see stage.Identity), and keys of
the daemon's configuration in CONFIG.
"""

import os
import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).parents[1] / "interop"))

# pylint: disable=wrong-import-position
from rtbh import BGPD  # noqa: E402
from stage import Stage  # noqa: E402


def pytest_configure(config):
    del config
    if os.geteuid() != 0:
        pytest.exit("network namespaces need root", returncode=2)
    if not BGPD.exists():
        pytest.exit(f"{BGPD} is missing: build first, or set RTBH_BUILD",
                    returncode=2)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What the daemon said during a test is shown when it fails."""
    outcome = yield
    report = outcome.get_result()
    stage = getattr(item, "funcargs", {}).get("stage")
    if report.failed and call.when == "call" and stage is not None:
        for title, text in stage.rtbh.logs():
            report.sections.append((title, text[-4000:]))


@pytest.fixture(scope="module")
def running_stage(request):
    stage = Stage(request.module.NEIGHBORS,
                  getattr(request.module, "CONFIG", None))
    try:
        stage.start()
        yield stage
    finally:
        stage.close()


@pytest.fixture
def stage(running_stage):
    """The module's daemon; connections end with the test."""
    yield running_stage
    running_stage.close_peers()


@pytest.fixture
def new_stage():
    """Makes daemons of the test's own; they end with it."""
    made = []

    def make(neighbors, config=None):
        made.append(Stage(neighbors, config))
        made[-1].start()
        return made[-1]

    yield make
    for each in made:
        each.close()
