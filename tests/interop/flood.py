"""UDP at a steady rate to one address, for so long: flood.py ADDRESS PPS S."""

import socket
import sys
import time


def main(address, pps, seconds):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sender = socket.socket(family, socket.SOCK_DGRAM)
    begin = time.monotonic()
    sent = 0
    while (now := time.monotonic() - begin) < seconds:
        due = int(now * pps)
        while sent < due:
            try:
                sender.sendto(b"flood", (address, 53))
            except OSError:
                pass  # the upstream says that it drops: so would a real one
            sent += 1
        time.sleep(0.001)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
