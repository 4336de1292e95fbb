"""A laboratory of network namespaces in which real routers meet rtbh-bgpd.

A Lab makes nodes (namespaces), joins them by veth pairs, runs programs in
them and takes everything down again: every process, namespace and file that
it made, also when a test fails half way.  Nothing outside these namespaces
is touched.  A test never sleeps: it waits for a condition, with a deadline.
"""

import datetime
import ipaddress
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

_ids = itertools.count()

# How long a condition may take.  Generous: it only costs time on failure.
PATIENCE_S = 30


def wait_for(what, condition, timeout_s=PATIENCE_S):
    """The first true value of condition(), or an error that names what."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {timeout_s} s still not: {what}")
        time.sleep(0.05)


def utc_now():
    """The wall clock as RFC 3339 text, which sorts like time."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def command(*argv, check=True, **options):
    """Runs a program to its end and gives the result, output as text."""
    done = subprocess.run([str(a) for a in argv], text=True, timeout=60,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(done.args)}: exit "
                             f"{done.returncode}: {done.stdout}{done.stderr}")
    return done


class Node:
    """One namespace: a machine with a loopback and some links."""

    def __init__(self, role):
        self.role = role
        self.netns = f"rtbh-{os.getpid()}-{next(_ids)}-{role}"
        command("ip", "netns", "add", self.netns)
        # or IPv6 addresses could not be used in their first second
        for where in ("all", "default"):
            self.run("sh", "-c", "echo 0 >"
                     f"/proc/sys/net/ipv6/conf/{where}/accept_dad")
        self.ip("link", "set", "lo", "up")

    def ip(self, *argv):
        return command("ip", "-n", self.netns, *argv).stdout

    def run(self, *argv, check=True):
        return command("ip", "netns", "exec", self.netns, *argv, check=check)

    def has_ipv6(self, device):
        """Whether its link-local and other addresses may be used."""
        ready = self.ip("-6", "-o", "address", "show", "dev", device,
                        "-tentative")
        return "scope link" in ready and "scope global" in ready

    def add_local(self, prefix):
        """Makes the node answer for every address of the prefix."""
        self.ip(_family_option(prefix), "route", "add", "local", prefix,
                "dev", "lo")

    def blackholes(self):
        """Destinations that the kernel drops, as prefixes with length."""
        found = set()
        for option in ("-4", "-6"):
            out = self.ip(option, "-j", "route", "show", "type", "blackhole")
            found |= {str(ipaddress.ip_network(route["dst"]))
                      for route in json.loads(out or "[]")}
        return found

    def pings(self, address):
        """Whether one echo request is answered."""
        return self.run("ping", "-n", "-c", "1", "-W", "1", address,
                        check=False).returncode == 0

    def pids(self):
        out = command("ip", "netns", "pids", self.netns, check=False).stdout
        return [int(pid) for pid in out.split()]

    def close(self):
        """Ends whatever still runs in the namespace, then removes it."""
        try:
            wait_for(f"{self.netns} is empty", self._end_pids)
        finally:
            command("ip", "netns", "delete", self.netns)

    def _end_pids(self):
        """Whether none was left; one may come in while others are ended."""
        pids = self.pids()
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return not pids


class Link:
    """A veth pair between two nodes, with addresses of its own."""

    def __init__(self, left, right, number):
        self.left, self.right = left, right
        name = f"link{number}"
        left.ip("link", "add", "name", name, "type", "veth",
                "peer", "name", name, "netns", right.netns)
        net4 = ipaddress.ip_network(f"192.0.2.{4 * number}/30")
        net6 = ipaddress.ip_network(f"2001:db8:0:{number:x}::/64")
        for node in (left, right):
            node.ip("link", "set", name, "up")
        self._addresses = {}
        for host, node in ((1, left), (2, right)):
            v4, v6 = net4[host], net6[host]
            node.ip("address", "add", f"{v4}/30", "dev", name)
            node.ip("address", "add", f"{v6}/64", "dev", name)
            self._addresses[node] = {4: str(v4), 6: str(v6)}
        for node in (left, right):
            wait_for(f"IPv6 works on {name} of {node.netns}",
                     lambda n=node: n.has_ipv6(name))

    def address(self, node, version=4):
        return self._addresses[node][version]


class Daemon:
    """One program running in a node; what it says goes to its log file."""

    def __init__(self, node, name, argv, directory):
        self.node, self.name = node, name
        self.log = directory / f"{name}.log"
        self.program = [str(a) for a in argv]
        self._process = None

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        with open(self.log, "ab") as log:
            # "ip netns exec" becomes the program, so the pid is its own
            self._process = subprocess.Popen(
                ["ip", "netns", "exec", self.node.netns, *self.program],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def running(self):
        return self._process is not None and self._process.poll() is None

    def stop(self, how=signal.SIGTERM):
        """Ends it and gives its exit code; None when it did not run."""
        if self._process is None:
            return None
        if self.running():
            self._process.send_signal(how)
        try:
            return self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired as late:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"{self.name} did not end") from late
        finally:
            self._process = None

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Lab:
    """All nodes, links, programs and files of one test."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="rtbh-lab-"))
        # users other than root may reach the control socket in it
        self.directory.chmod(0o755)
        self.nodes, self.programs = [], []
        self._links = 0

    def node(self, role):
        node = Node(role)
        self.nodes.append(node)
        return node

    def link(self, left, right):
        self._links += 1
        return Link(left, right, self._links - 1)

    def subdirectory(self, name):
        path = self.directory / f"{name}-{next(_ids)}"
        path.mkdir()
        return path

    def add(self, program):
        """Takes something with stop() and logs(), to be ended with the lab."""
        self.programs.append(program)
        return program

    def logs(self):
        """What every program said: (title, text) pairs."""
        return [pair for program in self.programs for pair in program.logs()]

    def close(self):
        problems = []
        steps = [program.stop for program in reversed(self.programs)]
        steps += [node.close for node in self.nodes]
        for step in steps:
            try:
                step()
            except AssertionError as problem:
                problems.append(str(problem))
        shutil.rmtree(self.directory, ignore_errors=True)
        if problems:
            raise AssertionError("\n".join(problems))


def _family_option(prefix):
    return "-6" if ":" in prefix else "-4"
