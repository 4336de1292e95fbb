"""Receives UDP at an address: arrivals.py ADDRESS FILE.  For each tenth of a
second in which something came, a line: time (CLOCK_MONOTONIC) of the last
datagram in it, and how many came."""

import socket
import sys
import time

STEP_S = 0.1


def main(address, path):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    receiver = socket.socket(family, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    receiver.bind((address, 53))
    receiver.settimeout(STEP_S)
    with open(path, "w", buffering=1, encoding="ascii") as output:
        while True:
            count, last, end = 0, None, time.monotonic() + STEP_S
            while time.monotonic() < end:
                try:
                    receiver.recv(64)
                except TimeoutError:
                    continue
                count, last = count + 1, time.monotonic()
            if count:
                output.write(f"{last} {count}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
