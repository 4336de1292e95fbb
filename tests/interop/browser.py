"""A headless Chromium in a node of the lab, driven over a pair of pipes.

It speaks the DevTools protocol: JSON messages, each ended by a zero byte.
What it complains about, and every address that it asks for, is kept.
"""

import base64
import fcntl
import itertools
import json
import os
import select
import subprocess
import time

from lab import PATIENCE_S, wait_for

_ARGV = ("chromium", "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--remote-debugging-pipe", "about:blank")
# Where Chromium reads commands and writes answers.
_THEIR_FDS = (3, 4)
_FDS_ABOVE = 10


def _pipe():
    """A pair of descriptors that are out of the way of the child's."""
    moved = []
    for fd in os.pipe():
        moved.append(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _FDS_ABOVE))
        os.close(fd)
    return moved


class Browser:
    """One browser with one page."""

    def __init__(self, lab, node):
        self.node = node
        self.directory = lab.subdirectory("chromium")
        self.problems, self.addresses = [], []
        self._ids = itertools.count(1)
        self._answers, self._rest = {}, b""
        self._process = self._session = None
        lab.add(self)

    def start(self):
        their_in, self._to = _pipe()
        self._from, their_out = _pipe()

        def give_pipes():
            os.dup2(their_in, _THEIR_FDS[0])
            os.dup2(their_out, _THEIR_FDS[1])

        with open(self.directory / "log", "wb") as log:
            # pylint: disable=subprocess-popen-preexec-fn
            self._process = subprocess.Popen(
                ["ip", "netns", "exec", self.node.netns, *_ARGV,
                 f"--user-data-dir={self.directory}/profile"],
                preexec_fn=give_pipes, pass_fds=_THEIR_FDS,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=os.environ | {"HOME": str(self.directory)})
        os.close(their_in)
        os.close(their_out)
        target = self.call("Target.createTarget", url="about:blank")
        self._session = self.call(
            "Target.attachToTarget", targetId=target["targetId"],
            flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.bringToFront")

    def stop(self):
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)
        self._process = None

    def logs(self):
        path = self.directory / "log"
        text = path.read_text(errors="replace") if path.exists() else ""
        return [("chromium", text)]

    def call(self, method, **params):
        """What the browser answers."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE_S
        while number not in self._answers:
            self._hear(deadline)
        answer = self._answers.pop(number)
        assert "error" not in answer, (method, answer)
        return answer["result"]

    def _hear(self, deadline):
        ready, _, _ = select.select([self._from], [], [],
                                    max(0, deadline - time.monotonic()))
        assert ready, "the browser does not answer"
        got = os.read(self._from, 1 << 16)
        assert got, "the browser has ended"
        *whole, self._rest = (self._rest + got).split(b"\0")
        for line in whole:
            self._take(json.loads(line))

    def _take(self, message):
        params = message.get("params", {})
        if "id" in message:
            self._answers[message["id"]] = message
        elif message["method"] == "Network.requestWillBeSent":
            self.addresses.append(params["request"]["url"])
        elif message["method"] == "Runtime.exceptionThrown":
            self.problems.append(params["exceptionDetails"])
        elif message["method"] == "Runtime.consoleAPICalled":
            self.problems.append(params["args"])
        elif message["method"] == "Log.entryAdded":
            self.problems.append(params["entry"])

    def open(self, address):
        """Gives when the page is there and its script runs."""
        self.call("Page.navigate", url=address)
        self.wait("the page is loaded", "document.readyState === 'complete' "
                  f"&& location.href.startsWith({json.dumps(address)})")

    def value(self, expression):
        """What the script expression gives, as JSON."""
        result = self.call("Runtime.evaluate", expression=expression,
                           returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, (expression, result)
        return result["result"].get("value")

    def wait(self, what, expression, timeout_s=PATIENCE_S):
        return wait_for(what, lambda: self.value(expression), timeout_s)

    def look(self, width, height, dark=False):
        """A window of that size, of somebody who likes it dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=width < 500)
        scheme = "dark" if dark else "light"
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path):
        """The whole page, for people to look at."""
        path.parent.mkdir(parents=True, exist_ok=True)
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))
