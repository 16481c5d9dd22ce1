"""A disk of four MiB for the data folder, and a file that fills it."""
import contextlib
import subprocess

from harness import scratch


@contextlib.contextmanager
def data_on_a_small_disk():
    with scratch() as folder:
        data = folder / "data"
        data.mkdir(mode=0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", data], check=True)
        try:
            yield data
        finally:
            subprocess.run(["umount", "-l", data], check=True)


@contextlib.contextmanager
def filled(filler):
    """The disk has no room while this holds."""
    with filler.open("wb", buffering=0) as out, contextlib.suppress(OSError):
        while out.write(b"x" * 4096):
            pass
    try:
        yield
    finally:
        filler.unlink()
