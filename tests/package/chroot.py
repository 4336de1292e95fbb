"""A fresh Debian 12 in memory, in which packages are installed and run."""

import pathlib
import shutil
import subprocess
import tempfile


def run(*argv, check=True):
    """As lab.command, with the patience that apt needs."""
    done = subprocess.run([str(arg) for arg in argv], text=True, timeout=500,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(done.args)}: exit {done.returncode}: "
                             f"{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done


class Chroot:
    """Its root is a file system of its own, which close() takes away."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="rtbh-chroot-"))
        run("mount", "-t", "tmpfs", "-o", "mode=0755", "rtbh-chroot",
            self.root)
        try:
            run("debootstrap", "--variant=minbase", "bookworm", self.root)
            run("mount", "-t", "proc", "proc", self.root / "proc")
            shutil.copy("/etc/resolv.conf", self.root / "etc")
        except BaseException:
            self.close()
            raise

    def close(self):
        run("umount", "-l", self.root / "proc", check=False)
        run("umount", "-l", self.root)
        self.root.rmdir()

    def run(self, *argv, check=True):
        """In a clean environment, as a service manager would start it."""
        return run("chroot", self.root, "env", "-i",
                   "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                   "DEBIAN_FRONTEND=noninteractive", *argv, check=check)

    def install(self, package):
        """What it depends on comes along."""
        shutil.copy(package, self.root)
        self.run("apt-get", "-q", "update")
        self.run("apt-get", "-q", "-y", "--no-install-recommends", "install",
                 f"/{package.name}")

    def upgrade(self, package):
        shutil.copy(package, self.root)
        self.run("dpkg", "-i", f"/{package.name}")

    def file(self, path):
        """A file of it, named as it is in there."""
        return self.root / path.lstrip("/")
