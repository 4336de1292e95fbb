"""rtbh-bgpd in a node of the lab, and rtbh-ctl to talk to it."""

import json
import os
import pathlib
import re
import signal
import socket

from lab import Daemon, command, wait_for

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
BUILD = CHECKOUT / os.environ.get("RTBH_BUILD", "build-test")
BGPD = BUILD / "bgpd" / "rtbh-bgpd"
CTL = BUILD / "rtbh-ctl" / "rtbh-ctl"

AGGREGATE = {4: "203.0.113.0/24", 6: "2001:db8:100::/48"}
VICTIM = {4: "203.0.113.7/32", 6: "2001:db8:100::7/128"}
BESIDE = {4: "203.0.113.8/32", 6: "2001:db8:100::8/128"}
FAMILY = {4: "ipv4", 6: "ipv6"}


def yaml(value):
    """A value in YAML's flow style; our names and numbers stand unquoted."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        pairs = (f"{key}: {yaml(v)}" for key, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(yaml, value)) + "]"
    text = str(value)
    return text if re.fullmatch(r"[\w./-]+", text) else json.dumps(text)


class Rtbh:
    """A daemon with its configuration, state directory and control socket.

    config is what bgpd.yaml will say, key by key; a test may change it
    before start().
    """

    def __init__(self, lab, node, asn=64500):
        self.node = node
        self.directory = lab.subdirectory("rtbh")
        self.socket = self.directory / "control.sock"
        self.config = {
            "local-as": asn,
            "router-id": "10.255.0.1",
            "aggregates": list(AGGREGATE.values()),
            "neighbors": [],
            "control": {"socket": self.socket},
            "state": {"directory": self.directory / "state"},
            "log": {"level": "debug"},
        }
        (self.directory / "state").mkdir(mode=0o700)
        self.daemon = Daemon(node, "rtbh-bgpd",
                             [BGPD, "-f", self.directory / "bgpd.yaml"],
                             self.directory)
        lab.add(self)

    def neighbor(self, name, address, asn, **settings):
        """Keys are spelled with "_" for "-"."""
        entry = {"name": name, "address": address, "remote-as": asn}
        entry |= {key.replace("_", "-"): v for key, v in settings.items()}
        self.config["neighbors"].append(entry)

    def write_config(self):
        """A key a line, in order; gives the file."""
        path = self.directory / "bgpd.yaml"
        text = "".join(f"{k}: {yaml(v)}\n" for k, v in self.config.items())
        path.write_text(text)
        return path

    def start(self):
        self.write_config()
        self.daemon.start()
        wait_for("rtbh-bgpd answers", self._answers)

    def _answers(self):
        if not self.daemon.running():
            raise AssertionError(f"rtbh-bgpd ended: {self.daemon.log_text()}")
        return self.ctl_raw("status").returncode == 0

    def stop(self, how=signal.SIGTERM):
        """Both processes end, the keeper with 0; no sanitizer had to speak."""
        code = self.daemon.stop(how)
        log = self.daemon.log_text()
        assert "Sanitizer" not in log and "runtime error" not in log, log
        assert code in (None, 0) or how == signal.SIGKILL, f"exit {code}"

    def restart(self, how=signal.SIGTERM):
        self.stop(how)
        self.start()

    def logs(self):
        return [(f"rtbh-bgpd in {self.node.netns}", self.daemon.log_text())]

    def ctl_raw(self, *argv):
        """rtbh-ctl as it is: exit code, standard output and error."""
        return command(CTL, "-s", self.socket, *argv, check=False)

    def ctl(self, *argv, code=0):
        """What rtbh-ctl --json prints; its exit code must be this one."""
        done = self.ctl_raw("--json", *argv)
        assert done.returncode == code, (argv, done)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def victims(self):
        """Their prefixes, in the daemon's order."""
        return [v["prefix"] for v in self.ctl("list")["victims"]]

    def neighbor_state(self, name):
        """The whole entry of one neighbor."""
        return next(n for n in self.ctl("neighbors")["neighbors"]
                    if n["name"] == name)

    def established(self, name):
        return self.neighbor_state(name)["state"] == "established"

    def connect(self):
        """A connection to the control socket, as a text file."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(str(self.socket))
            return s.makefile("rw", encoding="utf-8", newline="\n")
