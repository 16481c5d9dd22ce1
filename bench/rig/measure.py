"""What the kernel knows about a process and its children."""
import os
import pathlib


def process_tree(pid):
    parents = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    pids = [pid]
    for each in pids:
        pids += [child for child, parent in parents.items() if parent == each]
    return pids


def cpu_seconds(pid):
    """User and system time of the whole tree. The kernel counts it exactly and shows it in ticks of 10 ms."""
    ticks = 0
    for each in process_tree(pid):
        fields = pathlib.Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    fields = pathlib.Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def tree_resident_bytes(pid):
    return sum(resident_bytes(each) for each in process_tree(pid))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))
