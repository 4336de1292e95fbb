"""The control socket against clients that are wrong, rude, or not allowed.

One daemon serves all of these: none of them may hurt it, so each test finds
it as the first did.
"""

import contextlib
import json
import os
import signal
import socket

import pytest

from lab import Lab, wait_for
from rtbh import VICTIM, Rtbh
from wire_client import (ask, call, line, open_socket, read_answers, reason,
                         request)

MIB = 1 << 20
VIEWER, DETECTOR, STRANGER = "games", "daemon", "bin"
WITHIN = "203.0.113.128/25"


@pytest.fixture(scope="module", name="shared")
def shared_daemon():
    lab = Lab()
    try:
        rtbh = Rtbh(lab, lab.node("us"))
        rtbh.neighbor("nowhere", "192.0.2.2", 64501)
        rtbh.config["control"]["access"] = [
            {"user": VIEWER, "role": "viewer"},
            {"user": DETECTOR, "role": "detector", "rate": 1,
             "within": [WITHIN], "max-victims": 2},
        ]
        for directory in (lab.directory, rtbh.directory):
            directory.chmod(0o755)  # others are to reach the socket
        rtbh.start()
        yield rtbh
    finally:
        lab.close()


@pytest.fixture(name="rtbh")
def unhurt_daemon(shared):
    """After each test the daemon runs, and nothing is blackholed."""
    yield shared
    assert shared.daemon.running()
    for prefix in shared.victims():
        shared.ctl("withdraw", prefix, "--all-owners")


@pytest.mark.parametrize("text", [
    b"nonsense", b"", b"{", b'{"a":1,"a":2}', b"\x00\x01", b'"\xff"',
    b'{"jsonrpc":"2.0","id":"\\u0000","method":"daemon.status"}',
    b"{} {}", b"[" * 100000, b'{"a":' * 3000, b"\r",
], ids=lambda text: repr(text[:20]))
def test_not_json(rtbh, text):
    answer = ask(rtbh, text + b"\n")
    assert answer["error"]["code"] == -32700
    assert answer["id"] is None


@pytest.mark.parametrize("message, number", [
    (1, None), (None, None), ("text", None), ({}, None), ([], None),
    ({"jsonrpc": "2.0", "id": 1}, 1),
    ({"jsonrpc": "1.0", "id": 1, "method": "daemon.status"}, 1),
    ({"jsonrpc": "2.0", "id": [], "method": "daemon.status"}, None),
    ({"jsonrpc": "2.0", "id": 1, "method": 2}, 1),
    ({"jsonrpc": "2.0", "id": 1, "method": "daemon.status", "parms": {}}, 1),
    ({"jsonrpc": "2.0", "id": 1, "method": "daemon.status", "params": 3}, 1),
], ids=json.dumps)
def test_not_a_request(rtbh, message, number):
    answer = ask(rtbh, message)
    assert answer["error"]["code"] == -32600
    assert answer["id"] == number


@pytest.mark.parametrize("method, params, code", [
    ("no.such", {}, -32601),
    ("a" * 5000, {}, -32601),
    ("victim.add", {}, -32602),
    ("victim.add", {"prefix": 7}, -32602),
    ("victim.add", {"prefix": "203.0.113.256"}, -32602),
    ("victim.add", {"prefix": VICTIM[4], "prefixes": []}, -32602),
    ("victim.add", {"prefix": VICTIM[4], "ttl": -1}, -32602),
    ("victim.add", {"prefix": VICTIM[4], "ttl": 1.5}, -32602),
    ("victim.add", {"prefix": VICTIM[4], "ttl": None}, -32602),
    ("victim.add", {"prefix": VICTIM[4], "timeout": 61}, -32602),
    ("victim.add", {"prefix": VICTIM[4], "reason": "x" * 257}, -32602),
    ("victim.add", {"prefix": VICTIM[4], "reason": "a\u009bm"}, -32602),
    ("victim.add", {"prefix": VICTIM[4], "owner": "a b"}, -32602),
    ("victim.add", {"prefix": VICTIM[4], "neighbors": "nowhere"}, -32602),
    ("victim.add", {"prefix": VICTIM[4], "neighbors": []}, -32602),
    ("victim.add", {"prefix": VICTIM[4], "neighbors": [1]}, -32602),
    ("victim.add", {"prefix": VICTIM[4], "ttl": 1, "permanent": True},
     -32602),
    ("victim.list", {"limit": 10001}, -32602),
    ("neighbor.reset", {}, -32602),
    ("neighbor.reset", {"name": "nowhere", "soft": 1}, -32602),
    ("neighbor.disable", {"name": "nowhere", "message": "x" * 256}, -32602),
    ("daemon.reload", {"now": True}, -32602),
    ("daemon.stop", {"withdraw": "yes"}, -32602),
], ids=str)
def test_wrong_parameters(rtbh, method, params, code):
    assert call(rtbh, method, **params)["error"]["code"] == code
    assert rtbh.victims() == []


@pytest.mark.parametrize("method, params, why", [
    ("victim.add", {"prefix": "203.0.113.7/24"}, "host-bits"),
    ("victim.add", {"prefix": VICTIM[4], "ttl": "8d"}, "ttl-too-long"),
    ("victim.add", {"prefix": VICTIM[4], "permanent": True},
     "permanent-not-allowed"),
    ("victim.add", {"prefix": VICTIM[4], "neighbors": ["nowhere", "x"]},
     "unknown-neighbor"),
    ("victim.add", {"prefix": VICTIM[6]}, "family-off"),
    ("victim.get", {"prefix": VICTIM[4]}, "unknown-victim"),
    ("victim.withdraw", {"prefix": VICTIM[4]}, "unknown-victim"),
    ("neighbor.list", {"name": "x"}, "unknown-neighbor"),
    ("neighbor.reset", {"name": "x"}, "unknown-neighbor"),
    ("neighbor.enable", {"name": "x"}, "unknown-neighbor"),
    ("neighbor.disable", {"name": "x"}, "unknown-neighbor"),
], ids=str)
def test_refused_by_name(rtbh, method, params, why):
    assert reason(call(rtbh, method, **params)) == why
    assert rtbh.victims() == []


def test_ids_come_back_as_they_are(rtbh):
    for number in (0, -1, 1.5, "", "text", None, 2 ** 62):
        answer = ask(rtbh, request("daemon.status", number))
        assert answer["id"] == number
        assert "result" in answer


def test_notifications_are_carried_out_and_not_answered(rtbh):
    message = request("victim.add", prefix=VICTIM[4])
    del message["id"]
    with open_socket(rtbh) as s:
        s.sendall(line(message) + line([message])
                  + line(request("victim.get", 9, prefix=VICTIM[4])))
        answer, = read_answers(s, 1)
    assert answer["id"] == 9
    assert answer["result"]["prefix"] == VICTIM[4]


def test_batch_answers_each_of_its_elements(rtbh):
    answers = ask(rtbh, [
        1, request("victim.add", 2, prefix=VICTIM[4]), {},
        request("victim.add", 3, prefix="198.51.100.1"),
        request("victim.list", 4)])
    assert [a["id"] for a in answers] == [None, 2, None, 3, 4]
    assert answers[1]["result"]["stored"] is True
    assert reason(answers[3]) == "not-ours"
    assert len(answers[4]["result"]["victims"]) == 1


def test_batch_too_large_is_refused_whole(rtbh):
    one = request("victim.add", prefix=VICTIM[4])
    assert ask(rtbh, [one] * 10001)["error"]["code"] == -32600
    assert rtbh.victims() == []


def test_pipelined_answers_come_in_order(rtbh):
    lines = [request("daemon.status", i) if i % 3 else
             request("victim.add", i, prefix=f"203.0.113.{i % 7 + 10}")
             for i in range(600)]
    with open_socket(rtbh) as s:
        s.sendall(b"".join(map(line, lines)))
        answers = read_answers(s, len(lines))
    assert [a["id"] for a in answers] == list(range(len(lines)))
    assert all("result" in a for a in answers)


def test_one_byte_at_a_time(rtbh):
    with open_socket(rtbh) as s:
        for byte in line(request("daemon.status")):
            s.sendall(bytes([byte]))
        assert "result" in read_answers(s, 1)[0]


def test_half_close_gets_all_answers(rtbh):
    with open_socket(rtbh) as s:
        s.sendall(line(request("victim.add", 1, prefix=VICTIM[4]))
                  + line(request("victim.withdraw", 2, prefix=VICTIM[4]))
                  + b"a line without its end")
        s.shutdown(socket.SHUT_WR)
        with s.makefile("rb") as f:
            answers = [json.loads(text) for text in f]
    assert [a["result"]["outcome"] for a in answers] == ["added", "withdrawn"]


@pytest.mark.parametrize("user, most", [(None, 8 * MIB), (VIEWER, MIB)],
                         ids=["operator", "viewer"])
def test_longest_line(rtbh, user, most):
    good = line(request("daemon.status"))
    longest = b" " * (most + 1 - len(good)) + good
    assert "result" in ask(rtbh, longest, user)
    with open_socket(rtbh, user) as s:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            s.sendall(b" " + longest)
        answer, = read_answers(s, 1)
        assert answer["error"]["code"] == -32600
        with contextlib.suppress(ConnectionResetError):
            assert s.recv(1) == b""


def test_client_that_never_reads_is_cut_off(rtbh):
    many = line(request("neighbor.list")) * 1000
    with open_socket(rtbh) as s:
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            while True:
                s.sendall(many)
                assert "result" in call(rtbh, "daemon.status")
    assert "does not read its answers" in rtbh.daemon.log_text()


def test_client_that_goes_away_while_it_waits(rtbh):
    for i in range(20):
        with open_socket(rtbh) as s:
            s.sendall(line(request("victim.add", prefix=VICTIM[4]))
                      + line(request("daemon.reload", i)))
    assert rtbh.victims() == [VICTIM[4]]


def test_too_many_connections_of_one_user(rtbh):
    with contextlib.ExitStack() as stack:
        most = [stack.enter_context(open_socket(rtbh, VIEWER))
                for _ in range(64)]
        with open_socket(rtbh, VIEWER) as s:
            assert reason(read_answers(s, 1)[0]) == "busy"
            assert s.recv(1) == b""
        most[-1].sendall(line(request("daemon.status")))
        assert "result" in read_answers(most[-1], 1)[0]
        assert "result" in call(rtbh, "daemon.status")


def test_stranger_gets_one_refusal(rtbh):
    with open_socket(rtbh, STRANGER) as s:
        assert reason(read_answers(s, 1)[0]) == "denied"
        assert s.recv(1) == b""


@pytest.mark.parametrize("user, method, params", [
    (VIEWER, "victim.add", {"prefix": VICTIM[4]}),
    (VIEWER, "victim.withdraw", {"prefix": VICTIM[4]}),
    *((user, method, params) for user in (VIEWER, DETECTOR)
      for method, params in [
          ("neighbor.reset", {"name": "nowhere"}),
          ("neighbor.enable", {"name": "nowhere"}),
          ("neighbor.disable", {"name": "nowhere"}),
          ("daemon.reload", {}), ("daemon.stop", {})]),
    (DETECTOR, "victim.add", {"prefix": "203.0.113.200", "owner": "noc"}),
    (DETECTOR, "victim.withdraw", {"prefix": VICTIM[4], "all_owners": True}),
], ids=str)
def test_role_is_not_enough(rtbh, user, method, params):
    assert reason(call(rtbh, method, user, **params)) == "denied"
    assert rtbh.neighbor_state("nowhere")["state"] != "disabled"


def test_viewer_reads(rtbh):
    rtbh.ctl("add", VICTIM[4])
    for method in ("victim.list", "neighbor.list", "daemon.status"):
        assert "result" in call(rtbh, method, VIEWER)


def test_detector_has_its_own_claims_within_bounds(rtbh):
    rtbh.ctl("add", "203.0.113.201")
    refused = [("victim.add", VICTIM[4], "not-ours"),
               ("victim.withdraw", "203.0.113.201", "not-yours")]
    for method, prefix, why in refused:
        assert reason(call(rtbh, method, DETECTOR, prefix=prefix)) == why
    for prefix in ("203.0.113.202", "203.0.113.203"):
        added = call(rtbh, "victim.add", DETECTOR, prefix=prefix)["result"]
        claim, = added["victim"]["claims"]
        assert claim["owner"] == DETECTOR
    assert reason(call(rtbh, "victim.add", DETECTOR,
                       prefix="203.0.113.204")) == "too-many"


def test_detector_is_held_to_its_rate(rtbh):
    """Ten seconds' worth at once, and no more."""
    add = request("victim.add", prefix="203.0.113.202")
    answers = ask(rtbh, [add] * 40, DETECTOR)
    late = [a for a in answers if "error" in a]
    assert len(late) >= 25
    assert {reason(a) for a in late} == {"rate"}


def test_answer_waits_for_nothing_that_never_comes(rtbh):
    """A reload beside a change: both are told, in their order."""
    answers = ask(rtbh, [request("victim.add", 1, prefix=VICTIM[4]),
                         request("daemon.reload", 2),
                         request("daemon.reload", 3)])
    assert answers[0]["result"]["waited"] == "stored"
    assert [a["result"]["changed"] for a in answers[1:]] == [[], []]


def test_history(rtbh):
    call(rtbh, "victim.add", prefix=VICTIM[4], reason="flood")
    call(rtbh, "victim.withdraw", prefix=VICTIM[4], reason="over")
    history = call(rtbh, "history.list", VIEWER, prefix=VICTIM[4], limit=2)
    ended, added = history["result"]["entries"]
    assert (ended["action"], ended["reason"]) == ("withdrawn", "over")
    assert (added["action"], added["reason"]) == ("added", "flood")
    assert added["by"] == "root" and added["expires"] > added["at"]


def test_history_while_the_keeper_hangs(rtbh):
    """It is not known, and nothing else waits for it."""
    os.kill(rtbh.daemon.pid, signal.SIGSTOP)
    try:
        with open_socket(rtbh) as s:
            s.sendall(line(request("history.list")))
            assert "result" in call(rtbh, "daemon.status")
            assert reason(read_answers(s, 1)[0]) == "busy"
    finally:
        os.kill(rtbh.daemon.pid, signal.SIGCONT)
    assert "result" in call(rtbh, "history.list")


def test_all_of_it_left_no_client_behind(rtbh):
    wait_for("the descriptors of closed clients are closed",
             lambda: speaker_sockets(rtbh) < 20)


def speaker_sockets(rtbh):
    """How many descriptors the process has that serves clients."""
    keeper = rtbh.daemon.pid
    with open(f"/proc/{keeper}/task/{keeper}/children",
              encoding="ascii") as f:
        speaker, = f.read().split()
    return len(os.listdir(f"/proc/{speaker}/fd"))
