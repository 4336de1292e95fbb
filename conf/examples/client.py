#!/usr/bin/env python3
"""Blackholes an address and follows what becomes of it.

client.py ADDRESS [TTL]; RTBH_SOCKET names another control socket.  When the
daemon goes, all of it begins again: what is added twice is only refreshed.
"""

import json
import os
import socket
import sys
import time

PATH = os.environ.get("RTBH_SOCKET", "/run/rtbh/control.sock")


class Client:
    def __init__(self):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(PATH)
            self.lines = sock.makefile("rw", encoding="utf-8", newline="\n")

    def call(self, method, **params):
        self.lines.write(json.dumps({"jsonrpc": "2.0", "id": 1,
                                     "method": method, "params": params}))
        self.lines.write("\n")
        self.lines.flush()
        answer = next(self.messages())
        if "error" in answer:
            sys.exit(answer["error"]["message"])
        return answer["result"]

    def messages(self):
        for line in self.lines:
            yield json.loads(line)
        raise ConnectionError("the daemon has closed the connection")


def blackhole(prefix, ttl):
    # the second connection first: no event is missed while the first waits
    events = Client()
    events.call("events.subscribe")
    done = Client().call("victim.add", prefix=prefix, ttl=ttl,
                         reason="example", wait="delivered")
    print(done["victim"]["prefix"], done["outcome"], done["waited"],
          flush=True)
    for event in events.messages():
        event = event["params"]
        print(event["type"], event.get("prefix") or event.get("neighbor", ""),
              flush=True)


while True:
    try:
        blackhole(sys.argv[1], *sys.argv[2:3] or ["10m"])
    except OSError as why:
        print(f"{why}; again in a second", file=sys.stderr)
        time.sleep(1)
