"""rtbh-bgpd of the package, in a node of the lab and in its own Debian."""

from lab import Daemon, wait_for
from rtbh import Rtbh


class PackagedRtbh(Rtbh):
    """With the package's own paths, and its user."""

    def __init__(self, lab, node, chroot):
        super().__init__(lab, node)
        log_directory = self.directory
        self.chroot, self.directory = chroot, chroot.file("/etc/rtbh")
        del self.config["control"], self.config["state"]
        self.config["user"] = "rtbh"
        self.daemon = Daemon(node, "rtbh-bgpd",
                             ["chroot", chroot.root, "/usr/sbin/rtbh-bgpd"],
                             log_directory)

    def ctl_raw(self, *argv):
        return self.chroot.run("rtbh-ctl", *argv, check=False)

    def restart_as_it_is(self):
        """Without writing the configuration anew."""
        self.stop()
        self.daemon.start()
        wait_for("rtbh-bgpd answers", self._answers)
