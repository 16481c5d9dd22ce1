"""Section latency: what one request waits longer because a server stands between."""
import statistics

from rig import servers
from rig.compare import compare, median
from rig.governed import Governed
from rig.loads import load
from rig.tables import bar, heading, table

REQUESTS_PER_SECOND = 2_000


def run(rig, options):
    engine = servers.Engine(rig)
    governed = Governed(rig, engine)
    tested = [servers.direct(engine), servers.nginx(rig, engine)]
    if "haproxy" not in options.without:
        tested.append(servers.haproxy(rig, engine))
    tested += [servers.plain(rig, engine), governed.server]
    count = int(options.seconds * REQUESTS_PER_SECOND)
    samples = compare(tested, lambda server: load("latency", server, model="bench", count=count), options.repeats)
    heading("Latency: one request at a time on one connection")
    added = {server.key: {field: added_by(samples, server.key, field) for field in ("p50_us", "p99_us")}
             for server in tested}
    table(["server", "p50 us", "p99 us", "added p50 us", "added p99 us", "added p50 vs nginx", "added p99 vs nginx"],
          [row(server, samples, added) for server in tested])
    print()
    for field, name in (("p50_us", "p50"), ("p99_us", "p99")):
        bar(f"added {name} vs nginx's own", quotient(added["governed"][field], added["nginx"][field]), 2, 1.2)
    counts = governed.check_ledger(sum(sample["requests"] for sample in samples["governed"]))
    print(f"\nLedger verified: {counts['inference.request']:,} requests.")
    return samples


def added_by(samples, key, field):
    """The median over repeats of the difference to the direct request of the same repeat."""
    return statistics.median(sample[field] - direct[field]
                             for sample, direct in zip(samples[key], samples["direct"]))


def quotient(value, base):
    return value / base if base > 0 else None


def row(server, samples, added):
    cells = [server.name] + [f"{median(samples[server.key], field):.1f}" for field in ("p50_us", "p99_us")]
    if server.key == "direct":
        return cells + [""] * 4
    cells += [f"{added[server.key][field]:.1f}" for field in ("p50_us", "p99_us")]
    for field in ("p50_us", "p99_us"):
        value = quotient(added[server.key][field], added["nginx"][field])
        cells.append("" if value is None else f"{value:.2f}")
    return cells
