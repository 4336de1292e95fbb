"""Fixtures: the package, a fresh Debian that it is installed into, a lab."""

import os
import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).parents[1] / "interop"))

# pylint: disable=wrong-import-position
from chroot import Chroot  # noqa: E402
from lab import Lab  # noqa: E402
from package import build_package  # noqa: E402


def pytest_configure(config):
    del config
    if os.geteuid() != 0:
        pytest.exit("a chroot needs root", returncode=2)


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    """The built package, as a file."""
    return build_package(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def debian():
    """A fresh Debian 12 in memory, with nothing of ours."""
    chroot = Chroot()
    try:
        yield chroot
    finally:
        chroot.close()


@pytest.fixture(scope="session")
def installed(debian, package):
    """The same, with the package."""
    debian.install(package)
    return debian


@pytest.fixture
def lab():
    made = Lab()
    try:
        yield made
    finally:
        made.close()
