"""Section disconnects: callers that go away in every phase leave nothing behind."""
import statistics
import time

from rig import servers
from rig.governed import Governed
from rig.loads import load
from rig.measure import descriptors
from rig.tables import bar, heading, table

# Lasts longer than the second after which nothing may run any more.
MODEL = "stream-500x250@10"
AT_ONCE = 200


def run(rig, options):
    engine = servers.Engine(rig, MODEL)
    governed = Governed(rig, engine)
    pid = governed.api_pid()
    governed.ask('{"model":"bench","messages":[]}')
    before = descriptors(pid)
    closes = rig.folder / "closes"
    result = load("disconnects", governed.server, model=MODEL, count=options.disconnects, streams=AT_ONCE,
                  closes=closes)
    time.sleep(1)
    result["alive"] = engine.counters()["running"]
    result["leaked"] = max(descriptors(pid) - before, 0)
    result["close_ms"] = close_times(closes.read_text(), engine.get("/closes"))
    heading(f"Disconnects: {options.disconnects:,} callers, {AT_ONCE} at once, half of them with a reset")
    phases = ("connected", "in_head", "in_body", "sent", "waiting", "answered", "streaming")
    table(["left when", "callers"], [[phase.replace("_", " "), f"{result[phase]:,}"] for phase in phases])
    print(f"\nAnswers other than 200: {result['refused']}. Streams that the engine saw given up: "
          f"{len(result['close_ms']):,}.\n")
    bar("upstream requests alive after 1 s", result["alive"], 0)
    bar("descriptors leaked", result["leaked"], 0)
    bar("engine's request closed after the caller left, p99", quantile(result["close_ms"], 99), 1000, 10, unit=" ms")
    counts = governed.check_ledger(1)
    print(f"\nLedger verified: {counts['inference.request']:,} requests begun, "
          f"{counts.get('inference.abort', 0):,} given up.")
    return result


def close_times(callers, engine):
    """Milliseconds from a caller's close to the close that the engine saw."""
    left = dict(line.split() for line in callers.splitlines())
    return sorted((int(when) - int(left[who])) / 1e6
                  for who, when in (line.split() for line in engine.splitlines()) if who in left)


def quantile(values, percent):
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else None
