"""A small file system of a test's own, that can be full, read-only or hang."""

import os

from lab import command

SIZE_KIB = 8192


class Disk:
    """An ext4 in a file of the lab; unmounted with it."""

    name = "disk"

    def __init__(self, lab):
        self._image = lab.directory / "disk.img"
        self.path = lab.directory / "disk"
        self.path.mkdir()
        with open(self._image, "wb") as image:
            image.truncate(SIZE_KIB * 1024)
        command("mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal",
                self._image)
        command("mount", "-o", "loop", self._image, self.path)
        self._frozen = False
        lab.add(self)

    def fill(self):
        """Not a block is left."""
        with open(self.path / "filler", "wb", buffering=0) as filler:
            for size in (65536, 1024):
                try:
                    while True:
                        filler.write(bytes(size))
                except OSError:
                    pass
            os.fsync(filler.fileno())

    def free(self):
        (self.path / "filler").unlink()

    def set_read_only(self, read_only):
        command("mount", "-o", "remount," + ("ro" if read_only else "rw"),
                self.path)

    def freeze(self):
        """Whoever writes waits, and cannot even be killed."""
        command("fsfreeze", "--freeze", self.path)
        self._frozen = True

    def thaw(self):
        if self._frozen:
            command("fsfreeze", "--unfreeze", self.path)
        self._frozen = False

    def logs(self):
        return []

    def stop(self):
        self.thaw()
        command("umount", "--lazy", self.path)
