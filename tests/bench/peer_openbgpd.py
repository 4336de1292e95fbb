"""OpenBGPD: victims are networks, added by bgpctl."""

from ground import OUR_ADDRESS, OUR_AS, THEIR_AS
from peer import Peer, first_word_of

# It changes its root to /run/openbgpd, which Debian's service makes.  "ip
# netns exec" has given us mounts of our own, so this is seen by nobody else.
OWN_RUN = """
mount -t tmpfs tmpfs /run && mkdir /run/openbgpd && exec "$0" "$@"
"""


class OpenBgpd(Peer):
    """bgpd, asked by bgpctl, which is the only way in."""

    name, program = "OpenBGPD", "bgpctl"
    passes_max = {"reconnect": 1, "return": 2}  # it holds off longer each time

    def __init__(self, ground):
        super().__init__(ground)
        self.socket = self.directory / "bgpd.sock"

    @staticmethod
    def version(build):
        return first_word_of(["bgpd", "-V"], "OpenBGPD ")

    def launch(self, prefixes):
        return self.execute(["/usr/sbin/bgpd", "-d", "-f", self._config()],
                            wrapper=["sh", "-c", OWN_RUN])

    def _config(self):
        neighbors = "".join(
            f'neighbor {a} {{\nremote-as {THEIR_AS}\nlocal-address '
            f'{OUR_ADDRESS}\ndescr "n{i}"\n}}\n'
            for i, a in enumerate(self.ground.neighbors))
        return self.file("bgpd.conf", f"""\
AS {OUR_AS} 23456
router-id 192.0.2.1
socket "{self.socket}"
fib-update no
listen on {OUR_ADDRESS}
{neighbors}deny from any
allow to any
""", 0o600)

    def argv(self, verb, prefix):
        what = ["add", prefix, "community", "BLACKHOLE"] if verb == "add" \
            else ["delete", prefix]
        return ["bgpctl", "-s", self.socket, "network", *what]

    def bulk(self, prefixes, verb="add"):
        path = self.lines("bulk", prefixes)
        what = ["community", "BLACKHOLE", "add"] if verb == "add" \
            else ["delete"]
        with open(path, "rb") as file:
            return self.command.run(
                ["bgpctl", "-s", self.socket, "network", "bulk", *what],
                stdin=file)
