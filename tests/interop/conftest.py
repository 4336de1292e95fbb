"""Fixtures: a lab and a scene for each test, each kind of router, both IPs."""

import os

import pytest

from lab import Lab
from matrix import write_table
from routers import ROUTERS
from rtbh import BGPD
from scene import Scene

_report = pytest.StashKey()


def pytest_configure(config):
    del config
    if os.geteuid() != 0:
        pytest.exit("network namespaces need root", returncode=2)
    if not BGPD.exists():
        pytest.exit(f"{BGPD} is missing: build first, or set RTBH_BUILD",
                    returncode=2)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    del call
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        item.stash[_report] = report


def pytest_terminal_summary(terminalreporter):
    write_table(terminalreporter)
    write_figures(terminalreporter)


def write_figures(terminalreporter):
    """What tests measured beside what they assert: record_property."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", []):
            if report.when == "call" and name == "figure":
                terminalreporter.write_line(f"measured: {value}")


@pytest.fixture
def lab(request):
    """Taken down after the test; what programs said is shown on failure."""
    made = Lab()
    try:
        yield made
    finally:
        try:
            if _report in request.node.stash:
                for title, text in made.logs():
                    print(f"--- {title}:\n{text[-8000:]}")
        finally:
            made.close()


@pytest.fixture
def scene(lab):
    return Scene(lab)


@pytest.fixture(params=sorted(ROUTERS))
def kind(request):
    """Each kind of upstream router."""
    return request.param


@pytest.fixture(params=[4, 6], ids=["ipv4", "ipv6"])
def version(request):
    """The IP version that the session runs over, and whose routes it has."""
    return request.param
