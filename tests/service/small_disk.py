"""A disk of four MiB for the data folder or for the log alone, and a file that fills it."""
import contextlib
import subprocess

from harness import scratch


@contextlib.contextmanager
def small_disk(place):
    place.mkdir(mode=0o700, parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@contextlib.contextmanager
def data_on_a_small_disk():
    with scratch() as folder, small_disk(folder / "data"):
        yield folder / "data"


@contextlib.contextmanager
def log_on_a_small_disk():
    """Yields a folder; the log of a platform in its `data` is on that disk, all else is not."""
    with scratch() as folder, small_disk(folder / "data/audit"):
        yield folder


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
