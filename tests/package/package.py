"""Our Debian package: built, and made anew with a greater version."""

import re

from chroot import run
from rtbh import CHECKOUT


def build_package(folder):
    run(CHECKOUT / "conf/debian/build.sh", folder)
    return next(folder.glob("rtbh_*.deb"))


def next_version(package, folder):
    """The same package, as if it were the next one."""
    tree = folder / "tree"
    run("dpkg-deb", "-R", package, tree)
    control = tree / "DEBIAN" / "control"
    text, count = re.subn(r"(?m)^(Version: .*)$", r"\1+next",
                          control.read_text())
    assert count == 1
    control.write_text(text)
    run("dpkg-deb", "--root-owner-group", "-b", tree, folder)
    return next(folder.glob("rtbh_*.deb"))
