"""How long from the request to the UPDATE on the wire: run.py BUILD [ROUNDS]

Starts rtbh-bgpd of that build directory (one without sanitizers) with one
neighbor on 127.0.0.1, the probe, which stamps each UPDATE as it arrives.
Measures, on the one clock that all share:

    command    from the exec of `rtbh-ctl add` to the UPDATE's arrival
    socket     from the request's write to the control socket to the same
    stored     from that write to the answer, which waits for the disk

and prints a table of milliseconds.  Needs no privilege.
"""

import contextlib
import json
import os
import pathlib
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PATIENCE_S = 20
PREFIX = "203.0.113.7/32"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Bench:
    """The daemon, the probe and a control connection, while it lasts."""

    def __init__(self, build, directory, stack):
        self.ctl = build / "rtbh-ctl" / "rtbh-ctl"
        self.socket = directory / "control.sock"
        port = free_port()
        config = directory / "bgpd.yaml"
        config.write_text(
            "local-as: 64500\nrouter-id: 192.0.2.1\n"
            "aggregates: [203.0.113.0/24]\n"
            "blackhole: {communities: [blackhole]}\n"
            "neighbors:\n  - {name: probe, address: 127.0.0.1, "
            f"remote-as: 64501, port: {port}}}\n"
            f"control: {{socket: {self.socket}}}\n"
            f"state: {{directory: {directory}}}\n"
            "log: {level: error}\n")
        self.probe = stack.enter_context(_running(
            [build / "tests" / "bench" / "probe", port, 64501],
            stdout=subprocess.PIPE, text=True))
        stack.enter_context(
            _running([build / "bgpd" / "rtbh-bgpd", "-f", config]))
        while not self.next_line().startswith("end-of-rib"):
            pass
        self.control = self._connect()

    def _connect(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(PATIENCE_S)
            s.connect(str(self.socket))
            return s.makefile("rw", encoding="utf-8", newline="\n")

    def next_line(self):
        line = self.probe.stdout.readline()
        if not line:
            raise SystemExit("the session ended")
        return line

    def arrival_ns(self, what):
        """When the next UPDATE came, which must say this."""
        kind, stamp, prefix = self.next_line().split()
        assert (kind, prefix) == (what, PREFIX), (kind, prefix)
        return int(stamp)

    def call(self, method):
        """When it was written, and when the answer was there."""
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
                           "params": {"prefix": PREFIX}})
        begin = time.monotonic_ns()
        self.control.write(line + "\n")
        self.control.flush()
        answer = json.loads(self.control.readline())
        end = time.monotonic_ns()
        assert answer["result"]["stored"], answer
        return begin, end

    def withdraw(self):
        self.call("victim.withdraw")
        self.arrival_ns("withdraw")

    def command_round(self):
        begin = time.monotonic_ns()
        subprocess.run([self.ctl, "-s", self.socket, "add", PREFIX],
                       check=True, stdout=subprocess.DEVNULL)
        arrival = self.arrival_ns("announce")
        self.withdraw()
        return arrival - begin

    def socket_round(self):
        begin, end = self.call("victim.add")
        arrival = self.arrival_ns("announce")
        self.withdraw()
        return arrival - begin, end - begin


@contextlib.contextmanager
def _running(argv, **options):
    """Ended with the context: the daemon by SIGTERM, the probe with it."""
    process = subprocess.Popen([str(a) for a in argv], **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def row(name, samples_ns):
    samples = sorted(ns / 1e6 for ns in samples_ns)
    last = len(samples) - 1
    figures = [statistics.median(samples), samples[round(last * 0.9)],
               samples[round(last * 0.99)], samples[last]]
    print(f"{name:<10}" + "".join(f"{ms:>10.2f}" for ms in figures))


def main():
    if len(sys.argv) not in (2, 3):
        raise SystemExit("usage: tests/bench/run.py BUILD [ROUNDS]")
    build = pathlib.Path(sys.argv[1]).resolve()
    rounds = int(sys.argv[2]) if len(sys.argv) == 3 else 200
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        bench = Bench(build, pathlib.Path(directory), stack)
        commands = [bench.command_round() for _ in range(rounds)]
        sockets = [bench.socket_round() for _ in range(rounds)]
    print(f"{rounds} rounds, {os.cpu_count()} CPUs, Linux "
          f"{platform.release()}; milliseconds")
    print(f"{'':<10}{'median':>10}{'90 %':>10}{'99 %':>10}{'worst':>10}")
    row("command", commands)
    row("socket", [wire for wire, _ in sockets])
    row("stored", [stored for _, stored in sockets])


if __name__ == "__main__":
    main()
