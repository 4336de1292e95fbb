"""What takes long lets BGP, the disk and other clients have their turn."""

import concurrent.futures
import contextlib
import threading
import time

import pytest

from wire_client import (call, line, open_socket, read_answers, request)

VICTIMS = 20000
REQUESTS = 1000
BATCHES = 5
READERS = 12
WITHDRAWALS = 30
VIEWER = "games"  # any of the system's users


@pytest.fixture(name="upstream")
def scene_with_viewer(scene):
    """BIRD ends the session after three seconds without a keepalive."""
    scene.upstream("bird", hold_time="3s", drop=False)
    config = scene.rtbh.config
    config["aggregates"] = ["203.0.0.0/16"]
    config["blackhole"] = {"max-victims": VICTIMS}
    config["control"]["access"] = [{"user": VIEWER, "role": "viewer"}]
    for directory in (scene.lab.directory, scene.rtbh.directory):
        directory.chmod(0o755)
    scene.start()
    return scene


def ask_in_batches(s, method, params):
    """Again and again; the answers come in order."""
    asked = line([request(method, number, **params)
                  for number in range(REQUESTS)])
    s.settimeout(120)
    for _ in range(BATCHES):
        s.sendall(asked)
        answers, = read_answers(s, 1)
        assert [a["id"] for a in answers] == list(range(REQUESTS))
        assert all("result" in a for a in answers)


def longest_call_s(rtbh, while_running):
    longest = 0
    while not while_running.done():
        begin = time.monotonic()
        assert call(rtbh, "neighbor.list")["result"]["neighbors"]
        longest = max(longest, time.monotonic() - begin)
    return longest


def read_history(s, stop):
    """All of it, again and again; gives how often it was answered."""
    answers = 0
    s.settimeout(60)
    while not stop.is_set():
        s.sendall(line(request("history.list", limit=10000)))
        answers += "result" in read_answers(s, 1)[0]
    return answers


def test_readers_of_the_history(upstream):
    """What they ask the keeper for does not stand before what it stores."""
    rtbh = upstream.rtbh
    victims = [f"203.0.{n >> 8}.{n & 255}" for n in range(VICTIMS)]
    assert call(rtbh, "victim.add_many",
                victims=victims)["result"]["added"] == VICTIMS
    stop = threading.Event()
    with (contextlib.ExitStack() as sockets,
          concurrent.futures.ThreadPoolExecutor(READERS) as pool):
        readers = [pool.submit(read_history, sockets.enter_context(
            open_socket(rtbh, VIEWER)), stop) for _ in range(READERS)]
        try:
            for n in range(WITHDRAWALS):
                result = call(rtbh, "victim.withdraw",
                              prefix=victims[n])["result"]
                assert result["stored"], result
        finally:
            stop.set()
        answers = sum(reader.result() for reader in readers)
    print(f"{answers} answers")
    assert answers > 0


@pytest.mark.parametrize("method,params", [
    ("daemon.status", {}),
    ("victim.list", {"owner": "nobody"}),
])
def test_long_batches(upstream, method, params):
    rtbh = upstream.rtbh
    victims = [f"203.0.{n >> 8}.{n & 255}" for n in range(VICTIMS)]
    assert call(rtbh, "victim.add_many",
                victims=victims)["result"]["added"] == VICTIMS
    with (concurrent.futures.ThreadPoolExecutor() as pool,
          open_socket(rtbh, VIEWER) as s):
        viewer = pool.submit(ask_in_batches, s, method, params)
        longest = longest_call_s(rtbh, viewer)
        viewer.result()
    print(f"longest call: {longest * 1000:.1f} ms")
    assert longest < 3
    state = rtbh.neighbor_state("up0")
    assert state["state"] == "established" and state["flaps"] == 0
