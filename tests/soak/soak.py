"""Half an hour of everything at once against one daemon: sessions that flap,
victims that come and go, clients of all manners, reloads.  Memory, descriptors
and latency are to stay as they are after the first minutes.

    tests/soak/soak.py [--minutes 30] [--build build] [--seed N]

Runs as root, with real BIRDs in namespaces of its own.  Prints a line each
half minute, and a verdict; exits 1 when something grows or goes wrong.
"""

import argparse
import os
import pathlib
import random
import statistics
import sys
import threading
import time

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "tests" / "interop"))

SAMPLE_S = 30
VICTIMS = [f"203.0.113.{i}/32" for i in range(2, 250)]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--build", default="build")
    parser.add_argument("--seed", type=int,
                        default=random.SystemRandom().randrange(1 << 32))
    return parser.parse_args()


class Worker(threading.Thread):
    """Does one thing again and again until the run is over."""

    def __init__(self, run, pause_s):
        super().__init__(daemon=True)
        self.run_once, self.pause_s = run, pause_s
        self.end = threading.Event()
        self.count, self.error = 0, None

    def run(self):
        try:
            while not self.end.wait(self.pause_s):
                self.run_once()
                self.count += 1
        except Exception as error:  # told by the main thread
            self.error = error


class Soak:
    def __init__(self, scene, client_class, seed):
        self.scene, self.rtbh = scene, scene.rtbh
        self.client_class = client_class
        self.dice = random.Random(seed)
        self.latencies_ms = []
        self.main = client_class(self.rtbh)
        self.workers = {
            "changes": Worker(self.change, 0.002),
            "clients": Worker(self.visit, 0.05),
            "reloads": Worker(self.reload, 1),
            "resets": Worker(self.reset, 7),
            "restarts": Worker(self.restart_upstream, 41),
        }

    def change(self):
        method = self.dice.choice(["victim.add", "victim.add",
                                   "victim.withdraw"])
        params = {"prefix": self.dice.choice(VICTIMS)}
        if method == "victim.add":
            params |= {"ttl": self.dice.randint(1, 60)}
        begin = time.monotonic()
        self.main.call(method, **params)
        self.latencies_ms.append((time.monotonic() - begin) * 1000)

    def visit(self):
        """A client that asks something, or listens, or talks nonsense."""
        client = self.client_class(self.rtbh)
        manner = self.dice.randrange(4)
        if manner == 0:
            client.call("victim.list")
        elif manner == 1:
            client.call("events.subscribe", snapshot=True)
        elif manner == 2:
            client.send_raw("{nonsense\n" * 10)
        else:
            client.send_raw('{"jsonrpc": "2.0", "id": 1, "meth')
        client.close()

    def reload(self):
        blackhole = {"communities": self.dice.choice(
            [["blackhole"], ["blackhole", "no-export"]])}
        self.rtbh.config["blackhole"] = blackhole
        self.rtbh.write_config()
        client = self.client_class(self.rtbh)
        answer = client.call("daemon.reload")
        client.close()
        if "error" in answer:
            raise AssertionError(answer)

    def reset(self):
        client = self.client_class(self.rtbh)
        client.call("neighbor.reset", name="up0")
        client.close()

    def restart_upstream(self):
        self.scene.upstreams[1].restart()

    def processes(self):
        keeper = self.rtbh.daemon.pid
        children = pathlib.Path(
            f"/proc/{keeper}/task/{keeper}/children").read_text().split()
        return {"keeper": keeper, "speaker": int(children[0])}

    def sample(self):
        taken, self.latencies_ms = self.latencies_ms, []
        row = {"latency_ms": statistics.median(taken) if taken else 0.0}
        for name, pid in self.processes().items():
            row[f"{name}_kib"] = pss_kib(pid)
            row[f"{name}_fds"] = len(list(
                pathlib.Path(f"/proc/{pid}/fd").iterdir()))
            row[f"{name}_pid"] = pid
        return row

    def go_on(self, until):
        rows = []
        for worker in self.workers.values():
            worker.start()
        while time.monotonic() < until:
            time.sleep(SAMPLE_S)
            rows.append(self.sample())
            print_row(len(rows), rows[-1])
            for name, worker in self.workers.items():
                if worker.error is not None:
                    raise AssertionError(f"{name}: {worker.error!r}")
        for worker in self.workers.values():
            worker.end.set()
        for worker in self.workers.values():
            worker.join()
        return rows


def pss_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").open():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def print_row(number, row):
    print(f"{number * SAMPLE_S / 60:5.1f} min  "
          + "  ".join(f"{who} {row[who + '_kib']} KiB, "
                      f"{row[who + '_fds']} descriptors"
                      for who in ("keeper", "speaker"))
          + f"  answer {row['latency_ms']:.2f} ms", flush=True)


def judge(rows):
    """The second fifth of the run against the last: what has grown?"""
    fifth = max(len(rows) // 5, 1)
    early, late = rows[fifth:2 * fifth] or rows[:1], rows[-fifth:]
    wrong = []
    for key, factor, slack in (("keeper_kib", 1.1, 512),
                               ("speaker_kib", 1.1, 512),
                               ("keeper_fds", 1, 0), ("speaker_fds", 1, 8),
                               ("latency_ms", 2, 1)):
        before, after = (statistics.median(row[key] for row in part)
                         for part in (early, late))
        if after > before * factor + slack:
            wrong.append(f"{key} grew from {before} to {after}")
    for who in ("keeper_pid", "speaker_pid"):
        if len({row[who] for row in rows}) != 1:
            wrong.append(f"{who} changed: it has died")
    return wrong


def import_lab():
    from lab import Lab
    from scene import Scene
    from wire_client import Client
    return Lab, Scene, Client


def main():
    arguments = parse_arguments()
    # rtbh.py reads it when it is imported
    os.environ["RTBH_BUILD"] = arguments.build
    lab_class, scene_class, client_class = import_lab()
    print(f"seed {arguments.seed}, {arguments.minutes} minutes", flush=True)
    lab = lab_class()
    try:
        scene = scene_class(lab)
        scene.rtbh.config["log"]["level"] = "warning"
        for _ in range(2):
            scene.upstream("bird")
        scene.start()
        soak = Soak(scene, client_class, arguments.seed)
        rows = soak.go_on(time.monotonic() + arguments.minutes * 60)
        done = ", ".join(f"{worker.count} {name}"
                         for name, worker in soak.workers.items())
        wrong = judge(rows)
        print(done)
        print("flat" if not wrong else "; ".join(wrong))
    finally:
        lab.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
