"""The Debian package in a fresh Debian: installed, started, upgraded under a
running daemon, and removed.  The tests go on from one another."""

import stat

import pytest

from bird import Bird
from chroot import run
from lab import wait_for
from packaged import PackagedRtbh
from package import next_version
from rtbh import CHECKOUT, VICTIM
from scene import wait_dropped, wait_not_dropped
from watch import KernelWatch

OUR_AS, THEIR_AS = 64500, 64501
CONFIG = "/etc/rtbh/bgpd.yaml"
FILES = [
    "/usr/sbin/rtbh-bgpd",
    "/usr/bin/rtbh-ctl",
    "/usr/share/man/man8/rtbh-bgpd.8.gz",
    "/usr/share/man/man8/rtbh-ctl.8.gz",
    "/usr/share/man/man5/rtbh-bgpd.yaml.5.gz",
    "/usr/share/man/man7/rtbh-control.7.gz",
    "/lib/systemd/system/rtbh-bgpd.service",
    "/usr/lib/sysusers.d/rtbh.conf",
    "/usr/lib/tmpfiles.d/rtbh.conf",
    "/usr/share/bash-completion/completions/rtbh-ctl",
    "/usr/share/zsh/site-functions/_rtbh-ctl",
    "/usr/share/fish/vendor_completions.d/rtbh-ctl.fish",
    "/usr/share/doc/rtbh/examples/bgpd.yaml",
    "/usr/share/doc/rtbh/examples/fastnetmon/notify.sh",
    "/usr/share/doc/rtbh/examples/upstreams/networks.md",
]


def test_version_is_that_of_the_build():
    entry = (CHECKOUT / "conf/debian/changelog").read_text().split("\n")[0]
    version = entry.partition("(")[2].partition(")")[0]
    assert f"version: '{version}'" in (CHECKOUT / "meson.build").read_text()


def test_lintian_finds_nothing(package):
    done = run("lintian", "--allow-root", "--fail-on", "error,warning",
               package, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_scripts_restart_the_service_and_stop_it_only_at_the_end(package,
                                                                 tmp_path):
    run("dpkg-deb", "-e", package, tmp_path)
    assert "_dh_action=restart" in (tmp_path / "postinst").read_text()
    stop = (tmp_path / "prerm").read_text().partition("deb-systemd-invoke")[0]
    assert '[ "$1" = remove ]' in stop


def test_nothing_is_left_in_the_tree(package):
    del package
    assert not (CHECKOUT / "debian").exists()


def test_files_are_there(installed):
    listed = installed.run("dpkg", "-L", "rtbh").stdout.split()
    assert set(FILES) <= set(listed)
    # minimal installations leave manual pages out
    assert {path for path in FILES if "/man/" not in path
            and not installed.file(path).exists()} == set()


def test_the_example_is_the_configuration(installed):
    config = installed.file(CONFIG)
    assert config.read_text() == (CHECKOUT / "conf/bgpd.yaml").read_text()
    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    assert installed.run("stat", "-c", "%U:%G", CONFIG).stdout == "root:rtbh\n"
    assert installed.run("rtbh-bgpd", "-n").returncode == 0


def test_directories_are_the_users(installed):
    shown = installed.run("stat", "-c", "%U:%G %a", "/run/rtbh",
                          "/var/lib/rtbh").stdout
    assert shown == "rtbh:rtbh 755\nrtbh:rtbh 750\n"


def test_the_service_waits_to_be_enabled(installed):
    wants = installed.file("/etc/systemd/system/multi-user.target.wants")
    assert not (wants / "rtbh-bgpd.service").is_symlink()


class Scene:
    """The package's daemon, and BIRD as its upstream."""

    def __init__(self, lab, chroot):
        ours, theirs = lab.node("us"), lab.node("up")
        link = lab.link(ours, theirs)
        self.rtbh = PackagedRtbh(lab, ours, chroot)
        self.rtbh.neighbor("up", link.address(theirs), THEIR_AS)
        self.router = Bird(lab, theirs, THEIR_AS, drop=True)
        self.router.neighbor("rtbh", link.address(ours), link.address(theirs),
                             OUR_AS, families=["ipv4"], passive=True)

    def start(self):
        self.router.start()
        self.rtbh.start()
        self.wait_established()

    def wait_established(self):
        wait_for("the session is up on both sides",
                 lambda: self.router.established("rtbh")
                 and self.rtbh.established("up"))


@pytest.fixture(name="scene")
def make_scene(lab, installed):
    return Scene(lab, installed)


def test_from_the_package_to_a_blackhole(scene):
    scene.start()
    assert scene.rtbh.ctl("status")["sandbox"]["user"] == "rtbh"
    scene.rtbh.ctl("add", VICTIM[4], "--ttl", "1h", "--reason", "a test")
    wait_dropped(scene.router, VICTIM[4])
    scene.rtbh.ctl("withdraw", VICTIM[4])
    wait_not_dropped(scene.router, VICTIM[4])


def test_an_upgrade_loses_no_route(scene, package, tmp_path):
    """Graceful restart: neither while the files are replaced nor while the
    new program takes over does the upstream's kernel stop dropping."""
    victims = [VICTIM[4]] + [f"203.0.113.{i}/32" for i in range(100, 120)]
    scene.start()
    scene.rtbh.ctl("add", *victims, "--ttl", "1h")
    for victim in victims:
        wait_dropped(scene.router, victim)
    ours = scene.rtbh.chroot.file(CONFIG).read_text()
    begun = scene.rtbh.neighbor_state("up")["since"]
    with KernelWatch(scene.router, victims) as watch:
        scene.rtbh.chroot.upgrade(next_version(package, tmp_path))
        # what "systemctl restart" does, which postinst calls where it runs
        scene.rtbh.restart_as_it_is()
        wait_for("a new session is up, and all is told", lambda: (
            (now := scene.rtbh.neighbor_state("up"))["state"] == "established"
            and now["since"] != begun and now["pending"] == 0
            and scene.router.established("rtbh")))
        assert sorted(scene.rtbh.victims()) == sorted(victims)
        assert watch.losses() == []
    assert scene.rtbh.chroot.file(CONFIG).read_text() == ours
    version = scene.rtbh.chroot.run("dpkg-query", "-W", "-f", "${Version}",
                                    "rtbh").stdout
    assert version.endswith("+next")


def test_a_removal_keeps_what_is_the_operators(installed):
    config = installed.file(CONFIG)
    before = config.read_text()
    installed.run("dpkg", "--remove", "rtbh")
    assert not installed.file("/usr/sbin/rtbh-bgpd").exists()
    assert config.read_text() == before
    assert installed.file("/var/lib/rtbh/victims.db").exists()


def test_a_purge_leaves_nothing(installed):
    installed.run("dpkg", "--purge", "rtbh")
    for path in ("/etc/rtbh", "/var/lib/rtbh", "/run/rtbh"):
        assert not installed.file(path).exists(), path
