"""Sections sse, streams and saturation: event streams through each server, every frame checked."""
from rig import servers
from rig.compare import compare, median, ratio
from rig.governed import Governed
from rig.loads import load, whole_streams
from rig.measure import process_tree, resident_bytes
from rig.processes import Void
from rig.tables import bar, comparison, heading

FRAMES, FRAME_BYTES = 64, 250
SATURATED = f"stream-{FRAMES}x{FRAME_BYTES}"
SATURATED_BY_EIGHT = f"stream-{FRAMES}x{FRAME_BYTES}*8"
PACED = f"stream-{FRAMES}x{FRAME_BYTES}@10"
SATURATING_STREAMS, PACED_STREAMS = 64, 200
# The load looks at its sockets this often at saturation: read frame by frame, it would be what is measured.
GATHER_MS = 2
RAMP_SECONDS = 3


def relays(rig, engine, options):
    """The servers that relay streams, and the platform."""
    governed = Governed(rig, engine)
    tested = [servers.nginx(rig, engine, buffered=False)]
    if "haproxy" not in options.without:
        tested.append(servers.haproxy(rig, engine, streams=True))
    return tested + [governed.server], governed


def measure_streams(model, streams, seconds, opened, gather=0):
    def measure(server):
        sample = whole_streams(server, load("streams", server, model=model, streams=streams, seconds=seconds,
                                            gather=gather))
        opened[server.key] = opened.get(server.key, 0) + sample["completed"]
        return sample | {"units": sample["frames"]}
    return measure


def check_evidence(governed, opened):
    counts = governed.check_ledger(opened["governed"])
    print(f"\nLedger verified: {counts['inference.request']:,} streams.")


FRAME_COLUMNS = [("CPU/frame vs nginx", "us", "{:.2f}", True), ("us/frame", "us", "{:.2f}", False),
                 ("frames/s", "frames_per_second", "{:,.0f}", False), ("busy", "busy", "{:.0%}", False),
                 ("late p50 us", "late_p50_us", "{:,.0f}", False), ("late p99 us", "late_p99_us", "{:,.0f}", False)]


def run_sse(rig, options):
    engine = servers.Engine(rig, PACED, SATURATED)
    tested, governed = relays(rig, engine, options)
    opened, results = {}, {}
    for title, model, streams in (("paced", PACED, PACED_STREAMS), ("saturated", SATURATED, SATURATING_STREAMS)):
        results[title] = compare(tested, measure_streams(model, streams, options.seconds, opened), options.repeats)
        heading(f"SSE, {title}: {streams} streams of {FRAMES} frames of {FRAME_BYTES} bytes")
        comparison(results[title], "nginx", FRAME_COLUMNS, tested,
                   ["haproxy"] if "haproxy" in options.without else [])
    print()
    bar("CPU per chunk relayed vs nginx unbuffered (paced: one chunk a frame)",
        ratio(results["paced"], "governed", "nginx", "us"), 1.0, 0.65)
    check_evidence(governed, opened)
    return results


def run_saturation(rig, options):
    engine = servers.Engine(rig, SATURATED, SATURATED_BY_EIGHT)
    tested, governed = relays(rig, engine, options)
    tested.insert(0, servers.bare_relay(rig, engine))
    columns = [("frames/s vs bare relay", "frames_per_second", "{:.2f}", True),
               ("CPU/frame vs bare relay", "us", "{:.2f}", True), *FRAME_COLUMNS[1:4]]
    opened, results = {}, {}
    for title, model in (("one frame a write", SATURATED), ("eight frames a write", SATURATED_BY_EIGHT)):
        measure = measure_streams(model, SATURATING_STREAMS, options.seconds, opened, gather=GATHER_MS)
        results[title] = compare(tested, measure, options.repeats)
        heading(f"Saturation: {SATURATING_STREAMS} streams, the engine sends {title}")
        comparison(results[title], "relay", columns, tested, ["haproxy"] if "haproxy" in options.without else [])
        print()
        bar(f"frames/s vs the bare relay, {title}",
            ratio(results[title], "governed", "relay", "frames_per_second"), 0.8, 1.0, least=True)
    ceiling = measure_streams(SATURATED_BY_EIGHT, SATURATING_STREAMS, options.seconds, {}, GATHER_MS)(
        servers.direct(engine))
    print(f"\nWithout a proxy: {ceiling['frames_per_second']:,.0f} frames/s. A server that is not busy all the time "
          "waited for the engine and the load, which share the other CPU.")
    check_evidence(governed, opened)
    return results


def run_streams(rig, options):
    """Many streams at a pace. Memory is what the first run adds: later ones reuse it."""
    count = streams_that_fit(options.streams)
    # All are open together for the seconds that follow the ramp.
    frames = int((RAMP_SECONDS + options.seconds) * 1000 / options.pace)
    model = f"stream-{frames}x{FRAME_BYTES}@{options.pace}"
    engine = servers.Engine(rig, model)
    governed = Governed(rig, engine)
    tested = [servers.nginx(rig, engine, buffered=False), governed.server]
    watched = {"nginx": nginx_worker(tested[0]), "governed": governed.api_pid()}
    idle = {key: resident_bytes(pid) for key, pid in watched.items()}

    def measure(server):
        sample = load("streams", server, model=model, streams=count, seconds=0, ramp=RAMP_SECONDS,
                      pid=watched[server.key])
        sample["lost"] = sample["missing"] + sample["refused"] * frames
        sample["kib_per_stream"] = (sample["rss_peak"] - idle[server.key]) / count / 1024
        return sample | {"units": sample["frames"]}

    samples = compare(tested, measure, options.repeats)
    heading(f"Streams: {count:,}, a frame every {options.pace} ms, {frames} frames each")
    comparison(samples, "nginx", [("at once", "at_once", "{:,.0f}", False),
                                  ("frames lost", "lost", "{:,.0f}", False), ("broken", "broken", "{:,.0f}", False),
                                  ("KiB/stream", "kib_per_stream", "{:.1f}", False), *FRAME_COLUMNS[1:]], tested)
    print()
    bar("share of the streams that ran at once", median(samples["governed"], "at_once") / count, 0.99, least=True)
    bar("frames lost", max(sample["lost"] for sample in samples["governed"]), 0)
    bar("p99 lateness", median(samples["governed"], "late_p99_us") / 1000, options.pace, unit=" ms")
    bar("memory per stream", median(samples["governed"], "kib_per_stream"), 32, 12, unit=" KiB")
    check_evidence(governed, {"governed": sum(sample["completed"] for sample in samples["governed"])})
    return samples


def nginx_worker(server):
    return process_tree(server.pid)[-1]


def streams_that_fit(wanted):
    """Each stream takes two descriptors of the server."""
    most = (servers.most_files() - 500) // 2
    if most < 100:
        raise Void("too few descriptors: raise the hard limit (ulimit -Hn)")
    if wanted > most:
        print(f"only {most:,} streams: the limit is {servers.most_files():,} descriptors a process")
    return min(wanted, most)
