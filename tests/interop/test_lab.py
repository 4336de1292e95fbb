"""The lab itself leaves nothing behind."""

from lab import Daemon, Lab, command, wait_for


def test_nothing_stays():
    lab = Lab()
    try:
        left, right = lab.node("left"), lab.node("right")
        link = lab.link(left, right)
        for version in (4, 6):
            address = link.address(right, version)
            wait_for(f"{address} answers", lambda a=address: left.pings(a))
        stray = Daemon(left, "sleep", ["sleep", "1000"], lab.directory)
        stray.start()
        wait_for("it runs there", lambda: stray.pid in left.pids())
    finally:
        lab.close()
    assert stray.stop() != 0
    assert not lab.directory.exists()
    here = command("ip", "netns", "list").stdout
    assert left.netns not in here and right.netns not in here
