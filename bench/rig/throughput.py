"""Section throughput: one chat completion at saturation through each server."""
import dataclasses

from rig import servers
from rig.compare import compare, ratio
from rig.governed import STRANGERS, Governed
from rig.loads import Wrk
from rig.processes import Void
from rig.tables import bar, comparison, heading

COLUMNS = [("throughput vs nginx", "per_second", "{:.2f}", True), ("CPU/request vs nginx", "us", "{:.2f}", True),
           ("requests/s", "per_second", "{:,.0f}", False), ("us/request", "us", "{:.1f}", False),
           ("p50 us", "p50_us", "{:,.0f}", False), ("p99 us", "p99_us", "{:,.0f}", False)]


HELD_PER_CONNECTION = 16


def run(rig, options):
    engine = servers.Engine(rig)
    governed, uncached = Governed(rig, engine), Governed(rig, engine, "uncached", STRANGERS)
    tested = [servers.nginx(rig, engine)]
    if "haproxy" not in options.without:
        tested += [servers.haproxy(rig, engine), servers.haproxy(rig, engine, jwt=True)]
    # A connection keeps its caller for a while, as clients do; and, beside it, the hardest case.
    governed.server.hold = HELD_PER_CONNECTION * options.connections
    changing = dataclasses.replace(governed.server, key="changing", hold=1)
    tested += [servers.plain(rig, engine), governed.server, changing, uncached.server]
    if "portkey" not in options.without:
        tested.append(servers.portkey(rig, engine))
    for server in tested:
        server.tokens = server.tokens or governed.tokens
    if "haproxy" not in options.without:
        check_that_haproxy_verifies(rig, tested[2], governed)
    wrk, requests = Wrk(rig, options.connections), {}

    def measure(server, seconds=options.seconds):
        sample = wrk.run(server, seconds)
        requests[server.key] = requests.get(server.key, 0) + sample["units"]
        return sample

    for server in tested:
        measure(server, 1)
    samples = compare(tested, measure, options.repeats)
    print_results(samples, tested, options)
    ceiling = wrk.run(dataclasses.replace(servers.direct(engine), tokens=governed.tokens), options.seconds)
    print(f"\nWithout a proxy: {ceiling['per_second']:,.0f} requests/s.")
    print_evidence(governed, uncached, requests)
    return samples


def check_that_haproxy_verifies(rig, server, governed):
    """Tokens of another issuer must be refused, else it verifies nothing."""
    stranger = servers.Server("haproxy_jwt", server.port, tokens=governed.tokens)
    try:
        Wrk(rig, 1).run(stranger, 1)
    except Void:
        return
    raise Void("HAProxy let a token pass that it cannot have verified")


def print_results(samples, tested, options):
    heading(f"Throughput: POST /v1/chat/completions, {options.connections} connections")
    skipped = [key for name, keys in (("haproxy", ("haproxy", "haproxy_jwt")), ("portkey", ("portkey",)))
               if name in options.without for key in keys]
    comparison(samples, "nginx", COLUMNS, tested, skipped)
    print()
    bar("no gates, CPU per request vs nginx", ratio(samples, "plain", "nginx", "us"), 1.15, 0.85)
    bar("all gates, CPU per request vs nginx", ratio(samples, "governed", "nginx", "us"), 1.4, 1.0)
    bar("all gates, another caller each request, CPU per request vs nginx",
        ratio(samples, "changing", "nginx", "us"))
    bar("all gates, cache off, CPU per request vs nginx", ratio(samples, "uncached", "nginx", "us"))
    bar("all gates vs no gates, throughput", ratio(samples, "governed", "plain", "per_second"), 0.8, 0.9, least=True)
    bar("all gates vs HAProxy jwt_verify, throughput",
        ratio(samples, "governed", "haproxy_jwt", "per_second"), 1.5, 2.3, least=True)
    bar("all gates vs Portkey OSS, throughput", ratio(samples, "governed", "portkey", "per_second"), 12, 22, least=True)


def print_evidence(governed, uncached, requests):
    kept = governed.check_ledger(requests["governed"] + requests["changing"])
    missed = uncached.check_ledger(requests["uncached"])
    if missed.get("auth.ok", 0) < requests["uncached"]:
        raise Void(f"cache off: only {missed.get('auth.ok', 0)} of {requests['uncached']} tokens were verified")
    print(f"\nLedger verified: {kept['inference.request']:,} requests of {kept['auth.ok']:,} callers; cache off: "
          f"{missed['auth.ok']:,} verifications in {missed['inference.request']:,} requests.")
