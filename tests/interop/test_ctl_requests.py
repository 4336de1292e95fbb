"""What rtbh-ctl asks for and makes of the answers, with a scripted daemon."""

import contextlib
import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import termios

import pytest

from fake_daemon import FakeDaemon, Refusal, change, changes, victim
from rtbh import CHECKOUT, CTL

UP = {"established": 1}


@pytest.fixture
def fake(tmp_path):
    with FakeDaemon(tmp_path / "sock", daemon_status=UP) as daemon:
        yield daemon


def ctl(fake, *argv, text=None):
    return subprocess.run([CTL, "-s", fake.path, *argv], input=text or "",
                          capture_output=True, text=True, timeout=20,
                          check=False, env={**os.environ, "TZ": "UTC"})


def asked(fake):
    """The one call besides the questions after it."""
    calls = [c for c in fake.calls if c[0] != "daemon.status"]
    assert len(calls) == 1
    return calls[0]


# Arguments, standard input, and the request that is made of them.
REQUESTS = [
    (["add", "203.0.113.7"], "", "victim.add", {"prefix": "203.0.113.7"}),
    (["add", "203.0.113.7", "--ttl", "max", "--reason", "syn", "--owner", "a",
      "--to", "up0", "--to", "up1", "--wait", "-t", "7", "--dry-run"], "",
     "victim.add",
     {"prefix": "203.0.113.7", "ttl": "max", "reason": "syn", "owner": "a",
      "neighbors": ["up0", "up1"], "wait": "delivered", "timeout": 7,
      "dry_run": True}),
    (["add", "203.0.113.7", "--forever", "--wait=sent"], "", "victim.add",
     {"prefix": "203.0.113.7", "permanent": True, "wait": "sent"}),
    (["add", "203.0.113.7", "203.0.113.8", "--ttl", "5m"], "",
     "victim.add_many",
     {"victims": ["203.0.113.7", "203.0.113.8"], "ttl": "5m"}),
    (["add", "203.0.113.7", "203.0.113.8", "--forever"], "",
     "victim.add_many",
     {"victims": [{"prefix": "203.0.113.7", "permanent": True},
                  {"prefix": "203.0.113.8", "permanent": True}]}),
    (["add", "-"], "203.0.113.7 # web\n\n203.0.113.8 5m\n", "victim.add_many",
     {"victims": ["203.0.113.7", {"prefix": "203.0.113.8", "ttl": "5m"}]}),
    (["add", "-", "203.0.113.9", "--reason", "x"], "203.0.113.7\n",
     "victim.add_many",
     {"victims": ["203.0.113.7", "203.0.113.9"], "reason": "x"}),
    (["withdraw", "203.0.113.7", "--hold", "--reason", "over"], "",
     "victim.withdraw",
     {"prefix": "203.0.113.7", "hold": True, "reason": "over"}),
    (["del", "203.0.113.7", "--now", "--all-owners"], "", "victim.withdraw",
     {"prefix": "203.0.113.7", "now": True, "all_owners": True}),
    (["withdraw", "-", "--owner", "a"], "203.0.113.7 5m\n203.0.113.8\n",
     "victim.withdraw_many",
     {"prefixes": ["203.0.113.7", "203.0.113.8"], "owner": "a"}),
    (["explain", "203.0.113.7", "--ttl", "2h"], "", "victim.add",
     {"prefix": "203.0.113.7", "ttl": "2h", "dry_run": True}),
    (["sync", "--owner", "a", "--ttl", "1h", "--generation", "0",
      "--max-withdraw", "3", "--hold", "-t", "9"],
     "203.0.113.7\n203.0.113.8 max\n", "victim.sync",
     {"owner": "a", "generation": 0, "max_withdraw": 3, "hold": True,
      "victims": [{"prefix": "203.0.113.7", "ttl": "1h"},
                  {"prefix": "203.0.113.8", "ttl": "max"}]}),
    (["sync", "--owner", "a"], "# nothing\n", "victim.sync",
     {"owner": "a", "victims": []}),
    (["flush", "--yes", "--owner", "a"], "", "victim.flush", {"owner": "a"}),
    (["flush", "--yes"], "", "victim.flush", {}),
    (["exempt", "203.0.113.7", "--ttl", "1h", "--reason", "dns"], "",
     "exemption.add",
     {"prefix": "203.0.113.7", "ttl": "1h", "reason": "dns"}),
    (["unexempt", "203.0.113.7"], "", "exemption.withdraw",
     {"prefix": "203.0.113.7"}),
    (["exemptions"], "", "exemption.list", {}),
    (["freeze", "--reason", "drill"], "", "daemon.freeze",
     {"frozen": True, "reason": "drill"}),
    (["unfreeze"], "", "daemon.freeze", {"frozen": False}),
    (["history", "203.0.113.7", "--limit", "5", "--owner", "a"], "",
     "history.list",
     {"prefix": "203.0.113.7", "limit": 5, "owner": "a"}),
    (["history"], "", "history.list", {"limit": 50}),
]


@pytest.mark.parametrize("argv, text, method, params", REQUESTS,
                         ids=[" ".join(r[0]) for r in REQUESTS])
def test_request(fake, argv, text, method, params):
    fake.answers[method] = {
        "victim.add": change(waited="delivered"),
        "victim.withdraw": change("withdrawn"),
        "exemption.list": {"exemptions": []},
        "history.list": {"entries": [], "more": False},
    }.get(method, changes(added=1))
    if "--wait=sent" in argv:
        fake.answers[method] = change(waited="sent")
    for json_option in ([], ["--json"]):
        fake.calls.clear()
        done = ctl(fake, *json_option, *argv, text=text)
        assert (done.returncode, done.stderr) == (0, "")
        assert asked(fake) == (method, params)
        if json_option:
            json.loads(done.stdout)


@pytest.mark.parametrize("argv, text, said", [
    (["add", "-"], "", "no prefix"),
    (["add", "-", "-"], "", "twice"),
    (["add", "-"], "203.0.113.7\nnonsense\n", "line 2"),
    (["add", "203.0.113.7/24"], "", "host bits"),
    (["add", "203.0.113.7", "--hold"], "", "takes no --hold"),
    (["withdraw", "203.0.113.7", "--hold", "--now"], "", "exclude"),
    (["explain"], "", "needs a prefix"),
    (["explain", "203.0.113.7", "203.0.113.8"], "", "too much"),
    (["sync"], "203.0.113.7\n", "--owner"),
    (["sync", "--owner", "a", "/nonexistent/file"], "", "/nonexistent/file"),
    (["flush"], "", "everything"),
    (["flush", "--owner", "a"], "", "--yes"),
    (["exempt", "203.0.113.7"], "", "--ttl"),
    (["freeze", "now"], "", "too much"),
    (["monitor", "nonsense"], "", "type of events"),
    (["completion", "csh"], "", "bash, zsh or fish"),
    (["pipe", "/nonexistent/fifo"], "", "mkfifo"),
])
def test_wrong_usage(fake, argv, text, said):
    done = ctl(fake, *argv, text=text)
    assert done.returncode == 2
    assert said in done.stderr
    assert not done.stdout
    assert not fake.calls


REFUSED = {"prefix": "198.51.100.1/32", "reason": "not-ours",
           "message": "198.51.100.1/32 is outside\x1b[1m of it"}


def refuse(reason, **data):
    def answer(_):
        raise Refusal(reason, "because", **data)
    return answer


def no_answer(_):
    return None


# The command, its answer, the exit code, and what is said of it.
OUTCOMES = [
    ("add 203.0.113.7/24", change(), 2, "host bits"),
    ("-t 1 add 203.0.113.7", no_answer, 3, "answer"),
    ("add 203.0.113.7", change(), 0, ""),
    ("add 203.0.113.7", refuse("not-ours"), 1, "because (not-ours)"),
    ("add 203.0.113.7", change(stored=False, waited="timeout"), 4,
     "not stored yet"),
    ("add 203.0.113.7", change(victim=victim(states=["down", "over-limit"])),
     0, "no session carries it now"),
    ("add 203.0.113.7 --wait", change(waited="delivered"), 0, ""),
    ("add 203.0.113.7 --wait -t 2",
     change(waited="timeout",
            victim=victim(states=["sent", "down", "delivered", "off"])), 4,
     "not delivered within 2 s: up0 sent, up1 down\n"),
    ("add 203.0.113.7 --dry-run",
     change("would-add", stored=False, waited="timeout"), 0, ""),
    ("withdraw 203.0.113.7", change("withdrawn", victim=None), 0, ""),
    ("withdraw 203.0.113.7", refuse("unknown-victim"), 1,
     "(unknown-victim)"),
    ("withdraw 203.0.113.7 --wait=sent",
     change("withdrawn", victim=None, waited="timeout"), 4,
     "not sent at every neighbor"),
    ("add 203.0.113.7 198.51.100.1", changes(added=1, refused=[REFUSED]), 4,
     "198.51.100.1/32 refused: 198.51.100.1/32 is outside?[1m of it "
     "(not-ours)"),
    ("add 203.0.113.7 198.51.100.1", changes(refused=[REFUSED] * 2), 1,
     "(not-ours)"),
    ("add 203.0.113.7 203.0.113.8", changes(refused=[REFUSED] * 25), 1,
     "5 more were refused"),
    ("add 203.0.113.7 203.0.113.8", refuse("denied"), 1, "(denied)"),
    ("add 203.0.113.7 203.0.113.8",
     changes(added=2, stored=False, waited="timeout"), 4, "not stored yet"),
    ("add 203.0.113.7 203.0.113.8 --wait",
     changes(added=2, waited="timeout"), 4, "not delivered at every"),
    ("withdraw 203.0.113.7 203.0.113.8", changes(withdrawn=1, held=1), 0, ""),
    ("sync --owner a", changes(), 0, ""),
    ("sync --owner a", refuse("mass-withdrawal"), 1, "(mass-withdrawal)"),
    ("flush --yes", changes(withdrawn=3), 0, ""),
    ("freeze", refuse("denied"), 1, "(denied)"),
    *((command, {"stored": stored}, code, said)
      for command in ("freeze", "unfreeze", "exempt 203.0.113.7 --ttl 1h",
                      "unexempt 203.0.113.7", "enable up0", "disable up0")
      for stored, code, said in ((True, 0, ""), (False, 4, "not stored yet"))),
    *(("exempt 198.51.100.0/24 --ttl 1h",
       {"exemption": {"prefix": "198.51.100.0/24"}, "withdrawn": 0,
        "outside_aggregates": outside, "stored": True}, 0, said)
      for outside, said in (
          (True, "rtbh-ctl: 198.51.100.0/24: warning: it lies outside every "
                 "aggregate: nothing is protected by that now\n"),
          (False, ""))),
    ("list", refuse("denied"), 1, "(denied)"),
]


# Commands that ask only for what stands, or do what is no change of victims.
OTHERS = ("list", "show 203.0.113.7", "neighbors", "neighbors up0",
          "reset up0", "enable up0", "disable up0", "status", "check",
          "reload", "stop", "monitor", "doctor")


@pytest.mark.parametrize("argv, text", [
    *(r[:2] for r in REQUESTS), *((c.split(), "") for c in OTHERS)],
    ids=[*(" ".join(r[0]) for r in REQUESTS), *OTHERS])
def test_refusal_as_json(fake, argv, text):
    """The same document, whatever the command; for people there is none."""
    fake.answers = dict.fromkeys((
        "victim.list", "victim.get", "neighbor.list", "neighbor.reset",
        "neighbor.enable", "neighbor.disable", "daemon.status",
        "daemon.reload", "daemon.stop", "events.subscribe",
        *(r[2] for r in REQUESTS)), refuse("denied"))
    code = 3 if argv == ["check"] else 1
    done = ctl(fake, "--json", *argv, text=text)
    assert done.returncode == code
    assert json.loads(done.stdout) == {"error": {
        "code": -32000, "message": "because", "data": {"reason": "denied"}}}
    assert "because (denied)" in done.stderr
    done = ctl(fake, *argv, text=text)
    assert done.returncode == code
    if argv[0] not in ("check", "explain"):
        assert not done.stdout


def test_every_exit_code_has_a_case():
    text = (CHECKOUT / "rtbh-ctl" / "command.h").read_text()
    codes = {int(code) for code in re.findall(r"EXIT_\w+ = (\d)", text)}
    assert codes == {outcome[2] for outcome in OUTCOMES}


@pytest.mark.parametrize("command, answer, code, said", OUTCOMES,
                         ids=[f"{o[0]}: {o[2]}" for o in OUTCOMES])
def test_exit_code(fake, command, answer, code, said):
    fake.answers.update(dict.fromkeys((
        "victim.add", "victim.withdraw", "victim.add_many",
        "victim.withdraw_many", "victim.sync", "victim.flush",
        "victim.list", "daemon.freeze", "exemption.add",
        "exemption.withdraw", "neighbor.enable", "neighbor.disable"), answer))
    done = ctl(fake, *command.split())
    assert done.returncode == code, done
    assert said in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    if not said:
        assert not done.stderr


def test_many_without_a_session_are_warned_of(fake):
    fake.answers["victim.add_many"] = changes(added=2)
    fake.answers["daemon.status"] = {"established": 0}
    done = ctl(fake, "add", "203.0.113.7", "203.0.113.8")
    assert done.returncode == 0
    assert "no session carries them now" in done.stderr
    assert done.stdout == "2 added\n"


def test_100000_lines_are_one_request(fake):
    fake.answers["victim.add_many"] = lambda p: changes(
        added=len(p["victims"]))
    text = "".join(f"2001:db8:100:0:{i >> 8:x}::{i & 255:x} 1h\n"
                   for i in range(100000))
    done = ctl(fake, "add", "-", text=text)
    assert (done.returncode, done.stdout) == (0, "100000 added\n")
    assert len(fake.lines) == 2  # and the status
    assert len(fake.lines[0]) < 8 << 20


@pytest.mark.parametrize("line, count, said", [
    ("203.0.113.7\n", 100001, "100001 prefixes"),
    (f"2001:db8:1111:2222:3333:4444:5555:6666/128 {3600:030}\n", 100000,
     "8 MiB"),
])
def test_too_much_for_one_request(fake, line, count, said):
    done = ctl(fake, "add", "-", text=line * count)
    assert done.returncode == 2
    assert said in done.stderr and "split" in done.stderr
    assert not fake.lines


def test_no_answer_in_time(fake):
    fake.answers["victim.add"] = None
    done = ctl(fake, "-t", "1", "add", "203.0.113.7")
    assert done.returncode == 3
    assert "no answer" in done.stderr


EXPLAIN = {"rules": [
    {"rule": "denied", "verdict": "pass", "message": None},
    {"rule": "not-ours", "verdict": "refuse",
     "message": "198.51.100.1/32 is outside"},
    {"rule": "too-many", "verdict": "not reached", "message": None},
], "neighbors": [
    {"name": "up0", "announced": True, "next_hop": "192.0.2.1",
     "communities": ["blackhole"], "large_communities": [],
     "as_path": "64500", "med": 7, "local_pref": None},
    {"name": "up1", "announced": False, "why": "the session is down"},
]}


def test_explain(fake):
    fake.answers["victim.add"] = change(
        "would-add", victim=victim(explain=EXPLAIN))
    done = ctl(fake, "explain", "203.0.113.7")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "would add: 203.0.113.7/32"
    assert "not-ours  refuse       198.51.100.1/32 is outside" in lines
    assert ("up0       yes      next hop 192.0.2.1, communities blackhole, "
            "AS path 64500, MED 7") in lines
    assert "up1       no       the session is down" in lines


def test_explain_refused(fake):
    fake.answers["victim.add"] = refuse("not-ours", explain=EXPLAIN)
    done = ctl(fake, "explain", "198.51.100.1")
    assert done.returncode == 1
    assert "because (not-ours)" in done.stderr
    assert "not-ours  refuse" in done.stdout
    done = ctl(fake, "--json", "explain", "198.51.100.1")
    assert json.loads(done.stdout)["error"]["data"]["explain"] == EXPLAIN


@pytest.mark.parametrize("verdict, problems, code, line", [
    ("ok", [], 0, "RTBH OK - 3 victims, all covered; 2 sessions up"),
    ("warning", ["up0 is down"], 1, "RTBH WARNING - up0 is down"),
    ("critical", ["no session stands", "a|b"], 2,
     "RTBH CRITICAL - no session stands; a/b"),
])
def test_check(fake, verdict, problems, code, line):
    fake.answers["daemon.status"] = {
        "victims": 3, "established": 2,
        "health": {"verdict": verdict, "problems": problems}}
    done = ctl(fake, "check")
    assert (done.returncode, done.stdout) == (code, line + "\n")
    assert not done.stderr


def test_check_is_unknown_when_it_cannot_tell(fake):
    assert ctl(fake, "check", "now").returncode == 3
    assert ctl(fake, "check", "--nonsense").returncode == 3
    done = ctl(fake, "check")  # a daemon without health
    assert (done.returncode, done.stdout[:12]) == (3, "RTBH UNKNOWN")
    fake.stop()
    done = ctl(fake, "check")
    assert done.returncode == 3
    assert done.stdout.startswith("RTBH UNKNOWN - cannot reach")
    assert done.stdout.count("\n") == 1
    assert not done.stderr


def test_held_suppressed_and_recurrences_are_shown(fake):
    held = victim(
        claims=[], held_until="2096-11-22T10:00:00.000Z", recurrences=2,
        held_claim={"owner": "fastnetmon", "reason": "flood",
                    "since": "2026-11-22T10:00:00.000Z"})
    gone = victim("203.0.113.8/32", suppressed="not-ours")
    fake.answers["victim.list"] = {"victims": [held, gone], "more": False}
    fake.answers["victim.get"] = held
    done = ctl(fake, "list")
    assert "fastnetmon (held)" in done.stdout
    assert "flood" in done.stdout
    assert "suppressed: not-ours" in done.stdout
    shown = ctl(fake, "show", "203.0.113.7").stdout
    assert "fastnetmon (held)" in shown
    assert "held until  2096-11-22T10:00:00.000Z" in shown
    assert "came back   2 times" in shown


def test_history_in_pages(fake):
    entries = [{"id": i, "at": "2026-11-22T10:00:00.000Z", "action": "added",
                "prefix": "203.0.113.7/32", "owner": "noc", "by": "root",
                "reason": "flood", "expires": None}
               for i in range(20001, 1, -1)]

    def page(params):
        first = 20001 - params["after"] + 1 if "after" in params else 0
        part = entries[first:first + params["limit"]]
        return {"entries": part, "more": first + len(part) < len(entries)}
    fake.answers["history.list"] = page
    done = ctl(fake, "--json", "history", "--since", "1d")
    assert len(json.loads(done.stdout)["entries"]) == 20000
    assert [c[1]["limit"] for c in fake.calls] == [1000] * 20
    assert fake.calls[0][1]["since"].endswith("Z")
    done = ctl(fake, "history")
    assert len(done.stdout.splitlines()) == 51
    assert "noc by root" in done.stdout
    assert "--limit N" in done.stderr


EVENTS = [
    ({"kind": "victim.added", "prefix": "203.0.113.7/32", "owner": "noc",
      "by": "root", "reason": "syn flood", "left": 1, "victim": victim()},
     "victim.added      203.0.113.7/32  noc  by root  expires in 1h  "
     "syn flood"),
    ({"kind": "victim.withdrawn", "prefix": "203.0.113.7/32", "owner": "noc",
      "by": "noc", "reason": "", "left": 2, "victim": victim()},
     "victim.withdrawn  203.0.113.7/32  noc  2 claims left"),
    ({"kind": "victim.delivered", "prefix": "203.0.113.7/32",
      "neighbor": "up0", "covered": True},
     "victim.delivered  203.0.113.7/32  up0  covered"),
    ({"kind": "neighbor.down", "neighbor": "up0", "state": "idle",
      "count": 3, "reason": "hold\x1b time"},
     "neighbor.down     up0  3 victims lost  hold? time"),
    ({"kind": "daemon.reloaded", "changed": ["blackhole.never", "access"]},
     "daemon.reloaded     changed blackhole.never, access"),
    ({"kind": "events.lost", "count": 7},
     "events.lost       7 events; see rtbh-ctl list"),
    ({"kind": "something.new", "number": 3, "flag": True, "none": None},
     "something.new       number 3  flag"),
]


def on_terminal(fake, *argv, columns=80, text="", **environment):
    """What a terminal of that width is sent."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, columns, 0, 0))
    subprocess.run([CTL, "-s", fake.path, *argv], input=text, text=True,
                   stdout=theirs, stderr=theirs, timeout=20, check=True,
                   env={**os.environ, "NO_COLOR": "", **environment})
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal is an error
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    return shown.decode()


@pytest.mark.parametrize("columns", [80, 200])
def test_tables_fit_the_terminal(fake, columns):
    long = victim("2001:db8:1111:2222:3333:4444:5555:6666/128",
                  states=["delivered", "down"], claims=[
                      {"owner": "o" * 64, "reason": "flood " * 40}])
    fake.answers["victim.list"] = {"victims": [long, victim()], "more": False}
    fake.answers["victim.get"] = long
    fake.answers["victim.add"] = change(
        "would-add", victim=victim(explain=EXPLAIN))
    fake.answers["history.list"] = {"more": False, "entries": [
        {"id": 1, "at": "2026-11-22T10:00:00.000Z", "action": "added",
         "prefix": long["prefix"], "owner": "noc", "by": "root",
         "reason": "flood " * 40, "expires": None}]}
    for argv in (["list"], ["show", "203.0.113.7"], ["history"], ["help"],
                 ["explain", "203.0.113.7"]):
        shown = on_terminal(fake, *argv, columns=columns)
        lines = re.sub(r"\x1b\[\d*m", "", shown).splitlines()
        assert max(map(len, lines)) <= columns
    shown = on_terminal(fake, "list", columns=columns)
    assert long["prefix"] in shown


def test_what_has_no_room_goes_below(fake):
    """A long address leaves whole what is behind it."""
    fake.answers["victim.list"] = {"more": False, "victims": [victim(
        "2001:db8:1111:2222:3333:4444:5555:6666/128",
        claims=[{"owner": "noc", "reason": "syn flood of a bot net"}])]}
    assert on_terminal(fake, "list").splitlines()[-1] == (
        "        syn flood of a bot net")


def test_help_explains_every_option(fake):
    commands = re.findall(r"^  ([a-z]+)", ctl(fake, "help").stdout,
                          re.MULTILINE)
    commands.remove("help")  # its own is that of all
    for command in commands:
        _, usage, *rest = ctl(fake, command, "--help").stdout.split("\n\n")
        taken = set(re.findall(r"--[a-z-]+", usage.splitlines()[0]))
        assert set(re.findall(r"^  (--[a-z-]+)  +\S", "".join(rest),
                              re.MULTILINE)) == taken, command


def test_colour_is_for_terminals_that_want_it(fake):
    fake.answers["victim.list"] = {
        "victims": [victim(states=["down"])], "more": False}
    assert "\x1b[31m" in on_terminal(fake, "list")
    assert "\x1b" not in on_terminal(fake, "list", NO_COLOR="1")
    assert "\x1b" not in ctl(fake, "list").stdout


def test_progress_is_for_terminals(fake):
    fake.answers["victim.add_many"] = changes(added=10000)
    text = "203.0.113.7\n" * 10000
    shown = on_terminal(fake, "add", "-", text=text)
    assert "10000 lines read" in shown
    assert shown.endswith("\r\x1b[K10000 added\r\n")
    assert ctl(fake, "add", "-", text=text).stderr == ""


def monitor(fake, *argv):
    process = subprocess.Popen(
        [CTL, "-s", fake.path, *argv], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={**os.environ, "TZ": "UTC"})
    fake.wait_for_calls(1)
    return process


def test_monitor(fake):
    """Each line is there at once; an interruption is no failure."""
    fake.answers["events.subscribe"] = {}
    process = monitor(fake, "monitor", "victim.added", "neighbor.down")
    assert fake.calls[0] == ("events.subscribe", {
        "types": ["victim.added", "neighbor.down"]})
    for event, line in EVENTS:
        fake.event(1, **event)
        assert process.stdout.readline() == f"10:00:00  {line}\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


def test_monitor_json_until_the_daemon_goes(fake):
    fake.answers["events.subscribe"] = {}
    process = monitor(fake, "--json", "monitor")
    assert fake.calls[0] == ("events.subscribe", {})
    fake.event(1, "neighbor.up", neighbor="up0")
    assert json.loads(process.stdout.readline())["seq"] == 1
    fake.stop()
    _, said = process.communicate(timeout=10)
    assert process.returncode == 3
    assert "daemon" in said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command(fake, shell):
    script = ctl(fake, "completion", shell).stdout
    for line in ctl(fake, "help").stdout.splitlines():
        if line.startswith("  ") and line[2].isalpha():
            assert line.split()[0] in script
    assert "max-withdraw" in script
    assert "snapshot.end" in script


def complete(fake, *words):
    """What bash offers behind these words; the last is begun."""
    script = ctl(fake, "completion", "bash").stdout
    line = " ".join(f"'{word}'" for word in words)
    done = subprocess.run(
        ["bash", "-c", f"{script}\nPATH={CTL.parent}:$PATH\n"
         f"COMP_WORDS=(rtbh-ctl {line}) COMP_CWORD={len(words)}\n"
         "compopt() { :; }\n_rtbh_ctl && printf '%s\\n' \"${COMPREPLY[@]}\""],
        capture_output=True, text=True, check=True, timeout=20,
        env={**os.environ, "RTBH_SOCKET": str(fake.path)})
    return done.stdout.split()


def test_bash_completes(fake):
    fake.answers["victim.list"] = {"victims": [victim()], "more": False}
    fake.answers["neighbor.list"] = {"neighbors": [{"name": "transit-a"}]}
    assert complete(fake, "wi") == ["withdraw"]
    assert complete(fake, "add", "--re") == ["--reason"]
    assert complete(fake, "del", "20") == ["203.0.113.7/32"]
    assert complete(fake, "-s", "x", "reset", "tr") == ["transit-a"]
    assert complete(fake, "add", "203.0.113.7", "--to", "t") == ["transit-a"]
    assert complete(fake, "completion", "z") == ["zsh"]
