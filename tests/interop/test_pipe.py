"""rtbh-ctl pipe: ExaBGP's commands become victims, whoever comes and goes."""

import os
import subprocess

import pytest

from fake_daemon import FakeDaemon, Refusal, change, victim
from lab import wait_for
from rtbh import CTL

EXPLAIN = {"rules": [], "neighbors": [
    {"name": "up0", "announced": True, "next_hop": "192.0.2.1",
     "communities": ["blackhole"], "large_communities": [],
     "as_path": "64500", "med": None, "local_pref": None}]}


def answer_add(params):
    if params.get("dry_run"):
        return change("would-add", victim=victim(explain=EXPLAIN))
    return change()


@pytest.fixture
def fake(tmp_path):
    with FakeDaemon(tmp_path / "sock", victim_add=answer_add,
                    victim_withdraw=change("withdrawn")) as daemon:
        yield daemon


def changed(fake):
    """The changes that were asked for."""
    return [(method.removeprefix("victim."), params) for method, params
            in fake.calls if not params.get("dry_run")]


def pipe(fake, text, *argv):
    return subprocess.run([CTL, "-s", fake.path, "pipe", *argv], input=text,
                          capture_output=True, text=True, timeout=30,
                          check=False)


def test_commands(fake):
    done = pipe(fake, "announce route 203.0.113.7/32 next-hop self\n"
                "withdraw ipv4 unicast 203.0.113.8/32\n"
                "announce ipv6 unicast 2001:db8:100::7 next-hop self")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert changed(fake) == [
        ("add", {"prefix": "203.0.113.7/32", "ttl": "max"}),
        ("withdraw", {"prefix": "203.0.113.8/32", "hold": True}),
        ("add", {"prefix": "2001:db8:100::7/128", "ttl": "max"})]


@pytest.mark.parametrize("argv, more", [
    (["--ttl", "1h"], {"ttl": "1h"}),
    (["--forever"], {"permanent": True}),
    (["--owner", "wanguard"], {"ttl": "max", "owner": "wanguard"}),
])
def test_options(fake, argv, more):
    done = pipe(fake, "announce route 203.0.113.7 next-hop self\n", *argv)
    assert done.returncode == 0
    assert changed(fake) == [("add", {"prefix": "203.0.113.7/32", **more})]


def test_what_is_not_understood_is_told_and_skipped(fake):
    done = pipe(fake, "# a comment\n\nnonsense\x1b[1m here\nversion\n"
                "announce route 203.0.113.7/24 next-hop self\n"
                "announce route 203.0.113.9 next-hop self\n")
    assert done.returncode == 4
    assert len(done.stderr.splitlines()) == 3
    assert "nonsense?[1m here" in done.stderr
    assert changed(fake) == [
        ("add", {"prefix": "203.0.113.9/32", "ttl": "max"})]


def test_refusals(fake):
    def refuse(params):
        if params["prefix"] == "198.51.100.1/32":
            raise Refusal("not-ours", "198.51.100.1/32 is outside")
        return answer_add(params)
    fake.answers["victim.add"] = refuse
    done = pipe(fake, "announce route 198.51.100.1 next-hop self\n"
                "announce route 203.0.113.7 next-hop self\n")
    assert done.returncode == 4
    assert done.stderr == "rtbh-ctl: 198.51.100.1/32 is outside (not-ours)\n"
    assert pipe(fake, "announce route 198.51.100.1\n").returncode == 1


def test_what_is_not_there_need_not_be_withdrawn(fake):
    def refuse(_):
        raise Refusal("unknown-victim", "there is none")
    fake.answers["victim.withdraw"] = refuse
    done = pipe(fake, "withdraw route 203.0.113.7/32\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_too_fast_is_tried_again(fake):
    tries = []

    def slow(params):
        tries.append(params)
        if len(tries) == 1:
            raise Refusal("rate", "too fast")
        return change()
    fake.answers["victim.add"] = slow
    done = pipe(fake, "announce route 203.0.113.7 next-hop self\n")
    assert done.returncode == 0
    assert len(tries) == 2
    assert done.stderr == "rtbh-ctl: too fast (rate)\n"


def test_differences_are_told_once(fake):
    done = pipe(fake, "".join(
        f"announce route 203.0.113.{i} next-hop 192.0.2.66 "
        "community [65001:666] med 10\n" for i in range(5)))
    assert done.returncode == 0
    said = done.stderr.splitlines()
    assert len(said) == 2
    assert "med" in said[0]
    assert said[1] == (
        "rtbh-ctl: the commands say next hop 192.0.2.66, communities "
        "65001:666; neighbor up0 gets next hop 192.0.2.1, communities "
        "blackhole, as bgpd.yaml says")
    assert len(changed(fake)) == 5


def test_what_looks_the_same_is_not_told(fake):
    done = pipe(fake, "announce route 203.0.113.7 next-hop 192.0.2.1 "
                "community 65535:666\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_input_ends_while_the_daemon_is_away(fake):
    fake.stop()
    done = subprocess.run(
        [CTL, "-s", fake.path, "-t", "1", "pipe"], text=True, timeout=30,
        input="announce route 203.0.113.7 next-hop self\n",
        capture_output=True, check=False)
    assert done.returncode == 3
    assert done.stderr.count("cannot reach") == 1
    assert "1 commands were not carried out" in done.stderr


@pytest.fixture
def fifo(fake, tmp_path):
    """A pipe on a FIFO, and the file with what it says."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    with open(tmp_path / "said", "w+", encoding="utf-8") as said:
        process = subprocess.Popen([CTL, "-s", fake.path, "pipe", path],
                                   stdin=subprocess.DEVNULL, stderr=said)
        try:
            yield path
            assert process.poll() is None
        finally:
            process.terminate()
            process.wait()


def write(fifo, text):
    """As a program that opens the FIFO, writes and goes."""
    with open(fifo, "w", encoding="utf-8") as out:
        out.write(text)


def test_writers_come_and_go(fake, fifo):
    write(fifo, "announce route 203.0.113.7 next-hop self\n")
    fake.wait_for_calls(1)
    write(fifo, "withdraw route 203.0.")
    write(fifo, "113.7 next-hop self\nannounce route 203.0.113.8\n")
    fake.wait_for_calls(3)
    assert changed(fake) == [
        ("add", {"prefix": "203.0.113.7/32", "ttl": "max"}),
        ("withdraw", {"prefix": "203.0.113.7/32", "hold": True}),
        ("add", {"prefix": "203.0.113.8/32", "ttl": "max"})]


def test_the_daemon_comes_and_goes(fake, fifo, tmp_path):
    """The last word on each prefix is what reaches it."""
    write(fifo, "announce route 203.0.113.7 next-hop self\n")
    fake.wait_for_calls(1)
    fake.stop()
    fake.calls.clear()
    for word in ("announce", "withdraw", "announce", "withdraw"):
        write(fifo, f"{word} route 203.0.113.7\n")
    write(fifo, "announce route 203.0.113.8\n")
    said = tmp_path / "said"
    wait_for("the pipe says that the daemon is away",
             lambda: "kept until" in said.read_text())
    fake.start()
    fake.wait_for_calls(2)
    assert changed(fake) == [
        ("withdraw", {"prefix": "203.0.113.7/32", "hold": True}),
        ("add", {"prefix": "203.0.113.8/32", "ttl": "max"})]
    wait_for("the pipe says that the daemon is back",
             lambda: "is back" in said.read_text())
    assert said.read_text().count("cannot reach") == 1


def test_many_commands_at_once(fake, fifo):
    """Far more than may be on their way, in pieces."""
    write(fifo, "".join(f"announce route 203.0.{i >> 8}.{i & 255} next-hop "
                        "self\n" for i in range(5000)))
    fake.wait_for_calls(5000, patience=30)
    assert [p["prefix"] for _, p in changed(fake)] == [
        f"203.0.{i >> 8}.{i & 255}/32" for i in range(5000)]
