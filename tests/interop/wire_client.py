"""Clients of the control socket that speak its bytes, as any user."""

import contextlib
import json
import os
import pwd
import socket
import threading


@contextlib.contextmanager
def acting_as(user):
    """The kernel says who connects by the effective ids of that moment."""
    if user is None:
        yield
        return
    entry = pwd.getpwnam(user)
    os.setegid(entry.pw_gid)
    os.seteuid(entry.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def open_socket(rtbh, user=None):
    """From within the socket's directory: the user need not be able to come
    there, and in a root of mode 0700 nobody but root can."""
    s = socket.socket(socket.AF_UNIX)
    with contextlib.chdir(rtbh.socket.parent), acting_as(user):
        s.connect(rtbh.socket.name)  # waits while many others connect
    s.settimeout(10)
    return s


def request(method, number=1, **params):
    return {"jsonrpc": "2.0", "id": number, "method": method,
            "params": params}


def line(message):
    return json.dumps(message).encode() + b"\n"


def read_answers(s, count):
    with s.makefile("rb") as f:
        return [json.loads(f.readline()) for _ in range(count)]


def ask(rtbh, message, user=None):
    """The answer to one line, given as bytes or as what JSON says."""
    with open_socket(rtbh, user) as s:
        s.sendall(message if isinstance(message, bytes) else line(message))
        return read_answers(s, 1)[0]


def call(rtbh, method, user=None, **params):
    return ask(rtbh, request(method, **params), user)


def reason(answer):
    assert answer["error"]["code"] == -32000, answer
    return answer["error"]["data"]["reason"]


class Follower:
    """A client that follows events; a thread reads them as they come."""

    def __init__(self, rtbh, **params):
        self._socket = open_socket(rtbh)
        self._socket.settimeout(None)
        self.events = []
        self._socket.sendall(line(request("events.subscribe", **params)))
        self._file = self._socket.makefile("rb")
        answer = json.loads(self._file.readline())
        assert answer["result"] == {}, answer
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for text in self._file:
            message = json.loads(text)
            assert message["method"] == "event" and "id" not in message
            self.events.append(message["params"])

    def of(self, *types):
        return [e for e in self.events if e["type"] in types]

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(10)
        self._file.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


class Client:
    """One connection that stays, for one request after another."""

    def __init__(self, rtbh):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(rtbh.socket))
        self._socket.settimeout(10)
        self._lines = self._socket.makefile("rb")

    def call(self, method, **params):
        """The whole response."""
        self._socket.sendall(line(request(method, **params)))
        return json.loads(self._lines.readline())

    def send_raw(self, text):
        self._socket.sendall(text.encode())

    def close(self):
        self._lines.close()
        self._socket.close()
