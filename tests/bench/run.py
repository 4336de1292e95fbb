#!/usr/bin/python3
"""Measures rtbh and the programs people use today, side by side.

    tests/bench/run.py [ROW...]     all rows, or these

in network namespaces of its own, so as root, with the peers that are
installed.  The build is one without sanitizers:

    meson setup build-bench --buildtype=release && ninja -C build-bench
"""

import argparse
import datetime
import os
import pathlib
import platform
import signal
import sys
import time
import traceback

# the rows, in the order of the table
import latency  # noqa: F401
import bulk  # noqa: F401
import session  # noqa: F401
import weight  # noqa: F401
import goals
import growth
import report
from ground import CHECKOUT
from peer_bird import Bird
from peer_exabgp import ExaBgp
from peer_frr import Frr
from peer_gobgp import GoBgp
from peer_openbgpd import OpenBgpd
from peer_rtbh import Rtbh
from suite import ROWS, Suite

PEERS = {p.name: p for p in (ExaBgp, GoBgp, OpenBgpd, Bird, Frr)}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rows", nargs="*", metavar="ROW",
                        help=", ".join([*ROWS, *growth.PLOTS]))
    parser.add_argument("--build", default="build-bench", metavar="FOLDER")
    parser.add_argument("--rounds", type=int, default=500,
                        help="of what is quick; default 500")
    parser.add_argument("--passes", type=int, default=5,
                        help="of what is not; default 5")
    parser.add_argument("--quick", action="store_true",
                        help="50 rounds, one pass")
    parser.add_argument("--peers", default=",".join(PEERS), metavar="NAME,...",
                        help="default: all that are installed; '' for none")
    parser.add_argument("--output", type=pathlib.Path, metavar="FOLDER",
                        help="results as JSON and plots as SVG go there; "
                        "those of rows that are not run now stay")
    parser.add_argument("--readme", action="store_true",
                        help="write the tables and plots into README.md")
    given = parser.parse_args()
    unknown = set(given.rows) - ROWS.keys() - growth.PLOTS.keys()
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    if given.quick:
        given.rounds, given.passes = 50, 1
    return given


def find_programs(names):
    """Ours, and those of the peers that are here."""
    chosen = [PEERS[name] for name in names.split(",") if name]
    for peer in chosen:
        if peer.lacks():
            print(f"{peer.name} is left out: {peer.lacks()} is not installed")
    return [Rtbh, *(p for p in chosen if not p.lacks())]


def machine(build, programs):
    """On what this was measured."""
    with open("/proc/cpuinfo", encoding="ascii") as info:
        model = next((line.partition(":")[2].strip() for line in info
                      if line.startswith("model name")), "?")
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} CPUs ({model}), "
                   f"Linux {platform.release()}",
        "load": os.getloadavg()[0],
        "versions": {p.name: p.version(build) for p in programs},
    }


def main():
    os.environ["PATH"] = "/usr/sbin:/usr/bin:" + os.environ["PATH"]
    # clean up, whoever ends us
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = arguments()
    build = CHECKOUT / given.build
    programs = find_programs(given.peers)
    suite = Suite(build, programs, given.rounds, given.passes)
    about = machine(build, programs)
    results, plots, failed = {}, {}, []
    for name in given.rows or [*ROWS, *growth.PLOTS]:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        try:
            if name in ROWS:
                results[name] = ROWS[name].run(suite)
                report.print_row(ROWS[name], results[name])
            else:
                plots[name] = growth.PLOTS[name].run(suite)
                report.print_plot(growth.PLOTS[name], plots[name])
        except KeyboardInterrupt:  # enough: tell what there is
            break
        except Exception:  # the other rows are worth their while
            traceback.print_exc()
            failed.append(name)
        print(f"   took {time.monotonic() - began:.0f} s", flush=True)
    about["load after"] = os.getloadavg()[0]
    if given.output is not None:
        results, plots = report.join_folder(given.output, about,
                                             results, plots)
    reached = goals.judge(results)
    report.print_goals(reached)
    if given.output is not None:
        report.write_folder(given.output, about, results, plots)
    if given.readme:
        report.write_readme(about, results, reached, plots)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
