// Prompts, answers, tokens and keys pass through; none of them stays in the ledger, a copy or an export
// of it, a database, a log, a metric, a trace or an error.
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Canaries } from "./harness/canaries.ts";
import { type World, drive } from "./harness/canary_paths.ts";
import { disguises, filesBelow, leaksBelow, leaksIn } from "./harness/canary.ts";
import { Collector } from "./harness/collector.ts";
import { IdentityProvider } from "./harness/idp.ts";
import { LogReceivers } from "./harness/log_receivers.ts";
import { MockUpstream } from "./harness/mock_upstream.ts";
import { type RawAnswer, exchange } from "./harness/raw_client.ts";
import { trusting } from "./harness/setups.ts";
import { type Config, Srasta } from "./harness/srasta.ts";
import { until } from "./harness/wait.ts";

const kSecret = "a secret: Zürich/7f3a?&=+ %00 'quoted' \"twice\"";
const kLeast = 300;
/** Of refusals and failures that must have happened; their answers tell some of them not apart. */
const kReasons =
  "signature unknown_kid alg aud iss base64url segments scheme token_chars two_credentials " +
  "format secret unknown_id network expired permission persona no_role tenant_unmapped " +
  "model_not_allowed model_unknown principal user_day upstream_5xx upstream_4xx upstream_auth " +
  "upstream_429 redirect reset";

describe("the search itself", () => {
  it("finds a secret in each of its disguises", () => {
    const folder = mkdtempSync(join(tmpdir(), "srasta-canary-"));
    for (const [name, bytes] of Object.entries(disguises(kSecret))) {
      writeFileSync(
        join(folder, name.replaceAll(" ", "-")),
        Buffer.concat([Buffer.from("x"), bytes]),
      );
    }
    writeFileSync(join(folder, "clean"), "nothing here");

    const found = leaksBelow(folder, { secret: kSecret });
    rmSync(folder, { recursive: true });
    for (const name of Object.keys(disguises(kSecret))) {
      const file = `/${name.replaceAll(" ", "-")}: secret`;
      expect(
        found.some((line) => line.includes(file)),
        name,
      ).toBe(true);
    }
    expect(found.filter((line) => line.includes("clean"))).toEqual([]);
  });

  it("finds a secret inside a longer base64 text", () => {
    for (const before of ["", "a", "ab", "abc"]) {
      const text = Buffer.from(`${before}${kSecret}tail`).toString("base64");
      expect(leaksIn("text", Buffer.from(text), { secret: kSecret }), before).not.toEqual([]);
    }
  });
});

/** An API key as a client writes it, and its entry in the configuration. */
function makeKey(canaries: Canaries, id: string, more: Config = {}): [key: string, entry: Config] {
  const secret = canaries.keep("API key", randomBytes(32).toString("base64url"));
  const entry = {
    id,
    secret_sha256: createHash("sha256").update(secret).digest("hex"),
    subject: `k-${id}`,
    tenant: "default",
    roles: ["user"],
    expires: "2099-01-01T00:00:00Z",
    ...more,
  };
  return [`sk-srasta-${id}-${secret}`, entry];
}

describe("nothing stays behind", () => {
  const canaries = new Canaries();
  const outputs: Record<string, string> = {};
  const copies: Record<string, Buffer> = {};
  const own = mkdtempSync(join(tmpdir(), "srasta-canary-keys-"));
  const engineKey = join(own, "engine.key");
  const webhookKey = join(own, "webhook.secret");
  const collectorFields = join(own, "otlp.headers");
  let idp: IdentityProvider;
  let mock: MockUpstream;
  let receivers: LogReceivers;
  let collector: Collector;
  let collectorField: string;
  let srasta: Srasta;
  let refusals: RawAnswer[];
  let whileItRan: string[];

  beforeAll(async () => {
    idp = await IdentityProvider.create([{ sub: "u-alice", tenant: "default", roles: ["user"] }]);
    await idp.start();
    mock = await MockUpstream.start();
    receivers = await LogReceivers.start();
    collector = await Collector.start();
    collectorField = canaries.word("collector's key");
    writeFileSync(collectorFields, `x-api-key: ${collectorField}\n`, { mode: 0o600 });
    writeFileSync(engineKey, canaries.word("engine's key"), { mode: 0o600 });
    const secret = canaries.keep("webhook's secret", randomBytes(32).toString("base64"));
    writeFileSync(webhookKey, `whsec_${secret}\n`, { mode: 0o600 });
    const [good, goodEntry] = makeKey(canaries, "abcdefgh2345");
    const [old, oldEntry] = makeKey(canaries, "bbcdefgh2345", { expires: "2020-01-01T00:00:00Z" });
    const networks = ["192.0.2.0/24"];
    const [elsewhere, elsewhereEntry] = makeKey(canaries, "cbcdefgh2345", { networks });
    srasta = await Srasta.start(configuration([goodEntry, oldEntry, elsewhereEntry]));
    keepKeysOf(srasta);

    const keys = { good, expired: old, elsewhere };
    const world: World = { url: srasta.baseUrl, canaries, idp, mock, keys };
    refusals = await drive(world);
    await collectOutputs();
    await collectCopies();
    // The database's log of changes is a file only while the gateway runs.
    whileItRan = filesBelow(srasta.data);
    outputs["data folder"] = leaksOfDataFolder().join("\n");
    await srasta.stop();
  });
  afterAll(async () => {
    srasta?.remove();
    rmSync(own, { recursive: true });
    await receivers.stop();
    await collector.stop();
    await mock.stop();
    await idp.stop();
  });

  function configuration(keys: Config[]): Config {
    const upstream = { name: "mock", kind: "vllm", url: mock.url, key_file: engineKey };
    const routes = [{ upstream: "mock", model: mock.model, weight: 1 }];
    return {
      log: { level: "debug" },
      inference: { detect: false, upstreams: [upstream], aliases: { general: { routes } } },
      identity: trusting(idp),
      tenants: ["default", "platform"],
      telemetry: { otlp: { endpoint: collector.url, headers_file: collectorFields } },
      audit: {
        sinks: [
          { name: "webhook", url: receivers.webhookUrl, secret_file: webhookKey },
          { name: "syslog", url: receivers.syslogUrl },
        ],
      },
      access: {
        keys,
        models: { user: ["general", "canary-*"], developer: ["general"], service: ["*"] },
        personas: { reader: { permissions: ["inference.models"] } },
      },
      limits: {
        json_body: "64KiB",
        source: { refusal_records: 10_000 },
        rates: [{ name: "once", per: "principal", roles: ["service"], burst: 1, every: "1h" }],
        budgets: [
          { name: "day", per: "principal", roles: ["developer"], period: "day", tokens: 20_000 },
          { name: "all", per: "tenant", period: "day", tokens: 100_000_000 },
        ],
      },
    };
  }

  /** The installation's own keys, as text and as the bytes that the text stands for. */
  function keepKeysOf({ data }: Srasta): void {
    const access = readFileSync(join(data, "keys/access.key"), "utf8").trim();
    const pem = readFileSync(join(data, "keys/issuer.pem"), "utf8").split("\n");
    canaries.keep("access key", access);
    canaries.keep("access key, bytes", Buffer.from(access, "hex").toString("latin1"));
    for (const line of pem.slice(1, 3)) canaries.keep("issuer key", line);
  }

  async function collectOutputs(): Promise<void> {
    const operator = await srasta.token({ sub: "u-operator", roles: ["operator"] });
    canaries.token("operator's token", operator);
    const search = async (...args: string[]) => (await srasta.run(args)).out;
    outputs["metrics"] = (await exchange(`${srasta.baseUrl}/metrics`, { token: operator })).text;
    outputs["audit search"] = await search("audit", "search", "--data", srasta.data, "--json");
    outputs["access show"] = await search("access", "show", "--data", srasta.data);
    outputs["config explain"] = await search("config", "explain", "--config", srasta.config);
    outputs["doctor"] = await search("doctor", "--config", srasta.config, "--data", srasta.data);
    outputs["configuration"] = readFileSync(srasta.config, "utf8");
  }

  async function bundle(): Promise<Buffer> {
    const file = join(srasta.folder, "evidence.tar");
    rmSync(file, { force: true });
    const { code, out } = await srasta.run(
      ["audit", "export", "--bundle", "--data", srasta.data, "--out", file], // prettier-ignore
    );
    expect(code, out).toBe(0);
    return readFileSync(file);
  }

  /** Of the log: what its routes answer, a bundle, and what the sinks got, up to the last record. */
  async function collectCopies(): Promise<void> {
    const auditor = await srasta.token({ sub: "u-auditor", roles: ["auditor"], tenant: "platform" });
    canaries.token("auditor's token", auditor);
    const ask = (path: string) =>
      exchange(`${srasta.baseUrl}/srasta/v1/audit/${path}`, { token: auditor });
    const id = refusals.at(-1)!.requestId;
    /** What is written is there soon, and in a bundle once a checkpoint covers it. */
    const withLast = (what: string, copy: () => Promise<Buffer>) =>
      until(`${what} with the last record`, async () => {
        const bytes = await copy();
        return bytes.includes(id) ? bytes : undefined;
      });
    const page = async (path: string) => {
      const answer = await ask(path);
      expect(answer.status, answer.text).toBe(200);
      return answer.whole;
    };
    const all = "records?order=desc&limit=1000";
    copies["records over HTTP"] = await withLast("a page", () => page(all));
    copies["records as CSV"] = await withLast("a page", () => page(`${all}&format=csv`));
    copies["receipts"] = await withLast("receipts", () => page(`receipts/${id}`));
    copies["evidence bundle"] = await withLast("a bundle", bundle);
    for (const kind of ["webhook", "syslog"] as const) {
      await until(`the ${kind} has the last record`, () => receivers.bytes(kind).includes(id), 60_000);
      copies[kind] = receivers.bytes(kind);
    }
  }

  /** The keys' own files may hold the keys, and nothing else. */
  function leaksOfDataFolder(): string[] {
    const own = /keys\/(access\.key: access key|issuer\.pem: issuer key)/;
    return leaksBelow(srasta.data, canaries.secrets).filter((line) => !own.test(line));
  }

  it(`with ${kLeast} canaries that went every way`, () => {
    const distinct = new Set(Object.values(canaries.secrets));
    expect(distinct.size).toBeGreaterThanOrEqual(kLeast);
    expect(refusals.length).toBeGreaterThan(50);
  });

  it("wrote evidence, a database, a log and metrics: the search has something to search", () => {
    expect(outputs["audit search"]!.split("\n").length).toBeGreaterThan(100);
    expect(outputs["metrics"]).toMatch(/^# TYPE /m);
    expect(outputs["access show"]).toMatch(/^keys +3$/m);
    const reasons = kReasons.split(" ");
    const missing = (reason: string) => !outputs["audit search"]!.includes(`"reason":"${reason}"`);
    expect(reasons.filter(missing)).toEqual([]);
    for (const event of ["request", "refused", "upstream failed", "issuer keys loaded"]) {
      expect(srasta.log).toContain(`"event":"${event}"`);
    }
    for (const name of ["access/snapshot", "gateway/gateway.db-wal", "run/gateway.url", ".jsonl"]) {
      expect(
        whileItRan.filter((file) => file.endsWith(name)),
        name,
      ).not.toEqual([]);
    }
  });

  it("in no file of the data folder, before and after the end", () => {
    expect(outputs["data folder"]).toBe("");
    expect(leaksOfDataFolder()).toEqual([]);
  });

  it("in no log line", () => {
    expect(leaksIn("log", Buffer.from(srasta.log), canaries.secrets)).toEqual([]);
  });

  it.each([
    "metrics",
    "audit search",
    "access show",
    "config explain",
    "doctor",
    "configuration",
  ])("not in %s", (name) => {
    expect(outputs[name]!.length).toBeGreaterThan(100);
    expect(leaksIn(name, Buffer.from(outputs[name]!), canaries.secrets)).toEqual([]);
  });

  it.each([
    "records over HTTP",
    "records as CSV",
    "receipts",
    "evidence bundle",
    "webhook",
    "syslog",
  ])("in no copy of the log: %s", (name) => {
    expect(copies[name]!.includes(refusals.at(-1)!.requestId), "it has the last refusal").toBe(true);
    expect(leaksIn(name, copies[name]!, canaries.secrets)).toEqual([]);
  });

  it("in no trace, and the collector's key in no body", () => {
    expect(collector.wrong).toEqual([]);
    expect(collector.heads.every((head) => head.includes(collectorField))).toBe(true);
    expect(collector.spans.length).toBeGreaterThan(50);
    for (const error of ["upstream_error", "rate_limited", "upstream_5xx", "permission_denied"]) {
      expect(collector.spans.map((span) => span.attributes["error.type"])).toContain(error);
    }
    expect(leaksIn("traces", collector.bytes(), canaries.secrets)).toEqual([]);
  });

  it("in no error answer, head or body, but the name of the model that was asked for", () => {
    const leaks = refusals.flatMap((answer) =>
      leaksIn(`${answer.status} ${answer.errorCode}`, answer.whole, canaries.secrets),
    );
    expect(leaks.filter((line) => !/: asked model \d+ as raw$/.test(line))).toEqual([]);
  });

  it("and would be found: each canary, planted in a copy of the log", () => {
    const names = Object.keys(canaries.secrets);
    const missed = names.filter((name, at) => {
      const forms = Object.values(disguises(canaries.secrets[name]!));
      const copy = Buffer.concat([Buffer.from(srasta.log), forms[at % forms.length]!]);
      return leaksIn("copy", copy, { [name]: canaries.secrets[name]! }).length === 0;
    });
    expect(missed).toEqual([]);
  });
});
