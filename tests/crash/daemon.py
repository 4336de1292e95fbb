"""rtbh-bgpd without neighbors that could be reached, to be killed at will."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
BUILD = CHECKOUT / os.environ.get("RTBH_BUILD", "build-test")
BGPD = BUILD / "bgpd" / "rtbh-bgpd"
PATIENCE_S = 30

CONFIG = """\
local-as: 64500
router-id: 10.255.0.1
aggregates: [203.0.113.0/24, 2001:db8:100::/48]
blackhole: {{max-victims: 100000}}
neighbors:
  - {{name: nobody, address: 127.0.0.1, remote-as: 64501, port: {port},
     families: [ipv4, ipv6], next-hop-ipv6: "100::1",
     aggregate-next-hop-ipv6: "100::2"}}
control: {{socket: {directory}/control.sock}}
state: {{directory: {directory}/state}}
log: {{level: warning}}
"""


def wait_for(what, check):
    """Until check() gives something that is true; gives it."""
    end = time.monotonic() + PATIENCE_S
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.002)


def children(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for child in text.split()]


class Connection:
    """One client: requests go out as fast as they can, answers are kept."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._rest = b""
        self.alive = True

    def send(self, message):
        """false: the daemon is gone."""
        try:
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self.alive = False
        return self.alive

    def answers(self, block=False):
        """Those that are whole by now; with block, one at least."""
        found = []
        while self.alive and not found:
            self._socket.setblocking(block)
            try:
                chunk = self._socket.recv(1 << 20)
            except BlockingIOError:
                break
            except OSError:
                chunk = b""
            if not chunk:
                self.alive = False
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            found = [json.loads(line) for line in lines]
            if not block:
                break
        self._socket.setblocking(True)
        return found

    def call(self, method, **params):
        assert self.send({"jsonrpc": "2.0", "id": 0, "method": method,
                          "params": params})
        answers = self.answers(block=True)
        assert answers, f"{method} was not answered"
        return answers[0]["result"]

    def close(self):
        self._socket.close()


class Daemon:
    def __init__(self, directory):
        self.directory = directory
        self.socket = directory / "control.sock"
        self.database = directory / "state" / "victims.db"
        (directory / "state").mkdir(mode=0o700)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        (directory / "bgpd.yaml").write_text(
            CONFIG.format(directory=directory, port=port))
        self._keeper = None

    @property
    def keeper(self):
        return self._keeper.pid

    def speaker(self):
        """Its pid, once there is one."""
        found = wait_for("a speaker", lambda: children(self.keeper))
        return found[0]

    def start(self):
        with open(self.directory / "log", "ab") as log:
            self._keeper = subprocess.Popen(
                [BGPD, "-f", self.directory / "bgpd.yaml"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def connect(self):
        """A client of a daemon that accepts; it may have to start first."""
        def attempt():
            try:
                connection = Connection(self.socket)
            except OSError:
                return None
            if connection.send({"jsonrpc": "2.0", "id": 0,
                                "method": "daemon.status"}):
                if connection.answers(block=True):
                    return connection
            connection.close()
            return None
        return wait_for("the daemon answers", attempt)

    def kill(self, whom):
        """SIGKILL to "keeper", "speaker" or "both"; gone when it returns.

        A speaker without its keeper ends by itself.
        """
        speaker = self.speaker()
        victims = {"keeper": [self.keeper], "speaker": [speaker],
                   "both": [self.keeper, speaker]}[whom]
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        if whom != "speaker":
            self._keeper.wait()
        wait_for(f"the end of {speaker}", lambda: not is_running(speaker))
        return whom != "speaker"

    def stop(self):
        self._keeper.terminate()
        return self._keeper.wait(PATIENCE_S)

    def running(self):
        return self._keeper is not None and self._keeper.poll() is None

    def log(self):
        return (self.directory / "log").read_text(errors="replace")


def is_running(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
