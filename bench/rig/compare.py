"""The same measurement of several servers in one run, in alternating order."""
import statistics
import time

from rig.measure import cpu_seconds


def compare(servers, measure, repeats):
    """Samples by server. `measure` gives "units"; CPU per unit and the share of a core are added."""
    samples = {server.key: [] for server in servers}
    for repeat in range(repeats):
        for server in servers if repeat % 2 == 0 else reversed(servers):
            before, begun = cpu_of(server), time.monotonic()
            sample = measure(server)
            used, elapsed = cpu_of(server) - before, time.monotonic() - begun
            if "units" in sample:
                sample["us"] = used / max(sample["units"], 1) * 1e6
                sample["busy"] = used / elapsed
            samples[server.key].append(sample)
    return samples


def cpu_of(server):
    return cpu_seconds(server.pid) if server.pid else 0.0


def median(samples, field):
    return statistics.median(sample[field] for sample in samples)


def ratio(samples, key, base, field):
    """Of medians; nothing when one of the two did not run."""
    if key not in samples or base not in samples:
        return None
    below = median(samples[base], field)
    return median(samples[key], field) / below if below > 0 else None
