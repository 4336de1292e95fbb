"""A control socket with a script behind it, for programs that talk to one.

It answers each method as it is told to and keeps what it was asked.
"""

import contextlib
import json
import socket
import threading


class Refusal(Exception):
    """Raised by an answer: an error with that reason, and more data."""

    def __init__(self, reason, message="no", code=-32000, **data):
        super().__init__(message)
        data = {"reason": reason} | data if reason else data
        self.error = {"code": code, "message": message}
        if data:
            self.error["data"] = data


class FakeDaemon:
    """answers: a result, or a function of the parameters, for each method.

    A method that is not in there is unknown; None means no answer at all.
    """

    def __init__(self, path, **answers):
        self.path, self.answers = path, {}
        for name, answer in answers.items():
            self.answers[name.replace("_", ".", 1)] = answer
        self.calls = []  # (method, params)
        self.lines = []  # as they came
        self._connections = []
        self._changed = threading.Condition()
        self._listener = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()
        threading.Thread(target=self._accept, args=[self._listener],
                         daemon=True).start()

    def stop(self):
        """As a daemon that goes: nobody is connected any more."""
        if self._listener is None:
            return
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._listener = None
        self.path.unlink(missing_ok=True)
        self.hang_up()

    def hang_up(self):
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._connections.clear()

    def wait_for_calls(self, count, patience=10):
        """The first so many calls."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: len(self.calls) >= count,
                patience), f"{len(self.calls)}: {self.calls[-3:]}"
            return self.calls[:count]

    def send(self, message):
        """To all who are connected."""
        for connection in self._connections:
            connection.sendall(json.dumps(message).encode() + b"\n")

    def event(self, seq, kind, **params):
        self.send({"jsonrpc": "2.0", "method": "event", "params": {
            "type": kind, "at": "2026-11-22T10:00:00.000Z", "seq": seq,
            **params}})

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=[connection],
                                 daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection.makefile("rb") as lines:
            for line in lines:
                self.lines.append(line)
                request = json.loads(line)
                answer = self._answer(request["method"],
                                      request.get("params", {}))
                if answer is not None:
                    answer |= {"jsonrpc": "2.0", "id": request["id"]}
                    connection.sendall(json.dumps(answer).encode() + b"\n")
                with self._changed:
                    self.calls.append((request["method"],
                                       request.get("params", {})))
                    self._changed.notify_all()
        with contextlib.suppress(OSError):
            connection.close()

    def _answer(self, method, params):
        try:
            if method not in self.answers:
                raise Refusal(None, f"no method {method}", -32601)
            answer = self.answers[method]
            result = answer(params) if callable(answer) else answer
        except Refusal as refusal:
            return {"error": refusal.error}
        return None if result is None else {"result": result}


def victim(prefix="203.0.113.7/32", states=("sent",), **members):
    """As the daemon gives one; its neighbors are up0, up1, ..."""
    return {
        "prefix": prefix, "since": "2026-11-22T10:00:00.000Z",
        "expires": "2026-11-22T11:00:00.000Z", "remaining": 3600,
        "claims": [{"owner": "noc", "reason": "syn flood",
                    "since": "2026-11-22T10:00:00.000Z",
                    "expires": "2026-11-22T11:00:00.000Z",
                    "remaining": 3600}],
        "recurrences": 0, "held_until": None, "suppressed": None,
        "neighbors": [{"name": f"up{i}", "state": state}
                      for i, state in enumerate(states)],
        **members}


def change(outcome="added", waited="stored", stored=True, **members):
    """The result of victim.add or victim.withdraw."""
    return {"outcome": outcome, "until": None, "victim": victim(),
            "stored": stored, "waited": waited, **members}


def changes(waited="stored", stored=True, refused=(), **counts):
    """The result of one that changes many."""
    return {**counts, "refused": list(refused), "stored": stored,
            "waited": waited}
