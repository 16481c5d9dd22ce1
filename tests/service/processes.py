"""What a process uses, from /proc."""
import os
import pathlib

SANITIZER_ADDRESS_SPACE = 1 << 40


class ResourceUse:
    def __init__(self, pid):
        self.folder = pathlib.Path(f"/proc/{pid}")

    def descriptors(self):
        return len(os.listdir(self.folder / "fd"))

    def field(self, name):
        for line in (self.folder / "status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        raise KeyError(name)

    def resident(self):
        return self.field("VmRSS")

    def allowance(self, size):
        """Freed memory stays in a sanitizer's quarantine, 256 MiB unless told otherwise."""
        return size + (300 << 20 if self.field("VmSize") > SANITIZER_ADDRESS_SPACE else 0)
