"""`meson install`: every file is where INTERFACES says, nothing of the
operator's is overwritten."""

import json
import os
import subprocess

import pytest

from chroot import run
from rtbh import BUILD, CHECKOUT

# With the names of meson's options in braces.
FILES = [
    "{sbindir}/rtbh-bgpd",
    "{bindir}/rtbh-ctl",
    "{sysconfdir}/rtbh/bgpd.yaml",
    "{mandir}/man8/rtbh-bgpd.8",
    "{mandir}/man8/rtbh-ctl.8",
    "{mandir}/man5/rtbh-bgpd.yaml.5",
    "{mandir}/man7/rtbh-control.7",
    "lib/systemd/system/rtbh-bgpd.service",
    "lib/sysusers.d/rtbh.conf",
    "lib/tmpfiles.d/rtbh.conf",
    "{datadir}/bash-completion/completions/rtbh-ctl",
    "{datadir}/zsh/site-functions/_rtbh-ctl",
    "{datadir}/fish/vendor_completions.d/rtbh-ctl.fish",
    "{datadir}/doc/rtbh/examples/bgpd.yaml",
    "{datadir}/doc/rtbh/examples/client.go",
    "{datadir}/doc/rtbh/examples/client.py",
    "{datadir}/doc/rtbh/examples/client.sh",
]
# The files of these, too, with the examples.
FOLDERS = ["fastnetmon", "grafana", "prometheus", "upstreams"]


def examples():
    conf = CHECKOUT / "conf"
    return [f"{{datadir}}/doc/rtbh/examples/{path.relative_to(conf)}"
            for name in FOLDERS for path in (conf / name).iterdir()]


def options():
    found = json.loads(run("meson", "introspect", "--buildoptions",
                           BUILD).stdout)
    return {option["name"]: option["value"] for option in found}


def install(folder):
    run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", folder)


@pytest.fixture(name="root", scope="module")
def make_root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("destdir")
    install(folder)
    return folder


def places(root):
    """Each file of INTERFACES, below DESTDIR."""
    known = options()
    prefix = known["prefix"]
    return [root / os.path.join(prefix, name.format(**known)).lstrip("/")
            for name in FILES + examples()]


def test_every_file_is_there(root):
    expected = set(places(root))
    found = {path for path in root.rglob("*") if not path.is_dir()}
    assert found == expected


def test_programs_run_from_there(root):
    version = options_version()
    for name in ("rtbh-bgpd", "rtbh-ctl"):
        program = next(path for path in places(root) if path.name == name)
        assert os.access(program, os.X_OK)
        done = subprocess.run([program, "-V"], text=True, check=True,
                              capture_output=True)
        assert done.stdout == f"{name} {version}\n"


def options_version():
    return json.loads(run("meson", "introspect", "--projectinfo",
                          BUILD).stdout)["version"]


def test_configuration_is_not_overwritten(root):
    config = next(path for path in places(root) if path.name == "bgpd.yaml")
    config.write_text("mine\n")
    install(root)
    assert config.read_text() == "mine\n"


def test_unit_names_the_program_and_the_configuration(root):
    known = options()
    unit = next(path for path in places(root) if path.suffix == ".service")
    program = os.path.join(known["prefix"], known["sbindir"], "rtbh-bgpd")
    config = os.path.join(known["prefix"], known["sysconfdir"],
                          "rtbh/bgpd.yaml")
    assert f"ExecStart={program} -f {config}\n" in unit.read_text()
