"""The manual pages say what the programs have: all of it, and no more."""

import os
import re
import subprocess

import pytest

import tables
from manual import CHECKOUT, PAGES, entries, examples, items

BUILD = CHECKOUT / os.environ.get("RTBH_BUILD", "build-test")
BGPD = BUILD / "bgpd" / "rtbh-bgpd"
CTL = BUILD / "rtbh-ctl" / "rtbh-ctl"
CONFIG, DAEMON = "rtbh-bgpd.yaml.5", "rtbh-bgpd.8"
CONTROL, COMMAND = "rtbh-control.7", "rtbh-ctl.8"
COMMANDS_IN = ("Victims", "Neighbors", "Daemon")


def run(*argv):
    return subprocess.run([str(arg) for arg in argv], text=True, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          check=False)


def test_all_pages_are_there():
    assert set(PAGES) == {CONFIG, DAEMON, CONTROL, COMMAND}


@pytest.mark.parametrize("page", PAGES)
def test_page_is_clean(page):
    lint = run("mandoc", "-T", "lint", "-W", "warning", PAGES[page])
    assert (lint.returncode, lint.stdout + lint.stderr) == (0, "")


@pytest.mark.parametrize("page", PAGES)
def test_page_refers_to_pages_that_are_there(page):
    found = re.findall(r"^\.Xr (rtbh\S*) (\d)", PAGES[page].read_text(),
                       re.MULTILINE)
    assert found
    assert {f"{name}.{section}" for name, section in found} <= set(PAGES)


def documented_keys():
    """Keys of the page with their defaults, and what they are in."""
    found = {}
    for item in items(CONFIG):
        if item.section != "DESCRIPTION" or item.sub == "Reload":
            continue
        path = "" if item.sub == "General" else item.sub
        if item.words:
            path = ".".join(filter(None, [path, item.of("Cm")[0]]))
            found[path] = item.of("Li")
        while path:
            found.setdefault(path, [])
            path = path.rpartition(".")[0]
    return found


def test_configuration_keys():
    assert sorted(documented_keys()) == sorted(tables.config_keys())


def test_configuration_defaults():
    documented = {key: " ".join(default).strip("[]")
                  for key, default in documented_keys().items()}
    assert {key: default for key, default in documented.items() if default
            } == {key: default for key, default in tables.config_keys().items()
                  if default}


def test_example_configurations(tmp_path):
    found = examples(CONFIG)
    assert len(found) == 3
    key = tmp_path / "transit-b.key"
    key.write_text("secret\n")
    key.chmod(0o600)
    for text in found:
        (tmp_path / "bgpd.yaml").write_text(text)
        done = run(BGPD, "-n", "-f", tmp_path / "bgpd.yaml")
        assert done.returncode == 0, done.stderr
        assert ": error:" not in done.stderr


def test_daemon_options():
    letters = re.search(r'getopt\(argc, argv, "([^"]*)"',
                        tables.read("bgpd/main.c")).group(1)
    # the keeper starts the speaker with -S; it is not for people
    assert set(entries(DAEMON, "DESCRIPTION", "Fl")) == \
        set(letters) - {":", "S"}


def helped_commands():
    """Commands with their options, from the program's own help."""
    text = run(CTL, "help").stdout
    return {line.split()[0]: set(re.findall(r"--([\w-]+)", line))
            for line in re.findall(r"^  ([a-z].*)$", text, re.MULTILINE)}


def documented_commands():
    return {item.of("Ic")[0]: {word.lstrip("-") for word in item.of("Fl")}
            for item in items(COMMAND)
            if item.section == "DESCRIPTION" and item.sub in COMMANDS_IN
            and item.words}


def test_commands():
    assert documented_commands() == helped_commands()
    for alias in re.findall(r"; also: (\w+)", run(CTL, "help").stdout):
        assert f".Ic {alias} " in PAGES[COMMAND].read_text()


def test_options_of_commands():
    taken = set().union(*helped_commands().values())
    documented = entries(COMMAND, "DESCRIPTION", "Fl", "Options of commands")
    assert {name.lstrip("-") for name in documented} == taken


def test_options_of_all_commands():
    helped = dict(re.findall(r"^  -(\w), --([\w-]+)", run(CTL, "help").stdout,
                             re.MULTILINE))
    documented = [item.of("Fl") for item in items(COMMAND)
                  if item.section == "DESCRIPTION" and item.sub == ""]
    assert {short: long.lstrip("-") for short, long in documented} == helped


def documented_methods():
    """Each with its parameters: those required, and those in brackets."""
    found = {}
    for item in items(CONTROL):
        if item.section != "METHODS" or not item.words:
            continue
        head, _, optional = " ".join(item.words).partition(" Op Fa ")
        name, _, required = head.removeprefix("Ic ").partition(" Fa ")
        found[name] = (set(required.split()), set(optional.split()))
    return found


def test_methods():
    assert documented_methods() == tables.methods()


def test_parameters():
    taken = set().union(*(required | optional for required, optional
                          in tables.methods().values()))
    assert set(entries(CONTROL, "PARAMETERS", "Fa")) == taken


def test_reasons_in_their_order():
    assert entries(CONTROL, "REFUSALS", "Cm") == \
        tables.names("proto/reason.c", "names")


def test_event_types_in_their_order():
    assert entries(CONTROL, "EVENTS", "Cm") == \
        tables.names("bgpd/speaker/feed.c", "names")


def test_paths_of_http():
    documented = [path for item in items(DAEMON) if item.section == "HTTP"
                  for path in item.of("Pa")]
    assert sorted(documented) == sorted(tables.routes())


def test_metrics():
    documented = [word for item in items(DAEMON) if item.section == "METRICS"
                  for word in item.of("Cm")
                  if word.startswith(("rtbh_", "process_"))]
    assert len(documented) == len(set(documented))
    assert set(documented) == tables.metrics()


@pytest.mark.parametrize("page", [DAEMON, CONTROL, COMMAND])
def test_page_says_what_delivered_is_not(page):
    text = " ".join(PAGES[page].read_text().split())
    assert "BGP has no acknowledgement" in text
    assert "policy accepted" in text
