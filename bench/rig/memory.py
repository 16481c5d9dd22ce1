"""Section memory: what the platform holds when nothing happens, and how soon it answers."""
import time

from rig import servers
from rig.compare import median
from rig.governed import Governed, chat, seconds_to_first_answer
from rig.loads import Wrk
from rig.measure import descriptors, resident_bytes, tree_resident_bytes
from rig.processes import until
from rig.tables import bar, heading, table

MIB = 1 << 20


def run(rig, options):
    engine = servers.Engine(rig)
    governed = Governed(rig, engine)
    # First, while the ledger is short: without checkpoints a start reads all of its last segment.
    starts = [start_again(rig, governed) for _ in range(options.repeats)]
    governed.ask(chat())
    time.sleep(0.3)  # probes of the first second are over
    idle = memory_of(governed)
    Wrk(rig, options.connections).run(governed.server, options.seconds)
    used = memory_of(governed)
    peers = [servers.nginx(rig, engine)]
    if "haproxy" not in options.without:
        peers.append(servers.haproxy(rig, engine))
    rows = [["gateway process", mib(idle["api"]), mib(used["api"])],
            ["with its supervisor", mib(idle["all"]), mib(used["all"])]]
    rows += [[peer.name, mib(tree_resident_bytes(peer.pid)), ""] for peer in peers]
    heading("Memory and start")
    table(["process", "idle MiB", f"after {options.seconds:g} s of load MiB"], rows)
    print("\nStart to first governed 200, ms: " + ", ".join(f"{start['ms']:.0f}" for start in starts) + "\n")
    bar("idle memory of the gateway process", idle["api"] / MIB, 24, 10, unit=" MiB")
    bar("start to first governed 200", median(starts, "ms"), 150, 30, unit=" ms")
    return {"idle": idle, "used": used, "starts": starts}


def run_soak(rig, options):
    """Whether a million requests leave anything behind, after a tenth of them has warmed the process up."""
    governed = Governed(rig, servers.Engine(rig))
    wrk, steps, served = Wrk(rig, options.connections), [], 0
    for share in range(11):
        while served < options.requests * (share + 1) // 10:
            served += wrk.run(governed.server, options.seconds)["units"]
        steps.append({"requests": served} | memory_of(governed) | {"descriptors": descriptors(governed.api_pid())})
    heading(f"Memory over {served - steps[0]['requests']:,} requests")
    table(["requests", "gateway MiB", "with its supervisor MiB", "descriptors of the gateway"],
          [[f"{step['requests']:,}", mib(step["api"]), mib(step["all"]), str(step["descriptors"])] for step in steps])
    print()
    bar("gateway's memory at the end, of that after the first tenth", steps[-1]["api"] / steps[0]["api"])
    kept = governed.check_ledger(served)
    print(f"\nLedger verified: {kept['inference.request']:,} requests.")
    return {"soak": steps}


def memory_of(governed):
    return {"api": resident_bytes(governed.api_pid()), "all": tree_resident_bytes(governed.process.pid)}


def start_again(rig, governed):
    """On the folder that the first start made, as any restart does."""
    rig.stop(governed.process)
    until(lambda: not servers.listens(governed.port), "the port is free")
    return {"ms": seconds_to_first_answer(governed) * 1000}


def mib(count):
    return f"{count / MIB:.1f}"
