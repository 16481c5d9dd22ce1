// Header fields pass by allow-list in both directions.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MockUpstream, json } from "./harness/mock_upstream.ts";
import { exchange } from "./harness/raw_client.ts";
import { withMock } from "./harness/setups.ts";
import { type Config, Srasta } from "./harness/srasta.ts";

const kBody = '{"model":"general","messages":[]}';
const kEngineKey = "the-engines-own-key";
// From the client: the first line. Made by the gateway for its own connection: the second.
const kAllowed = [
  "content-type",
  "accept",
  "traceparent",
  "tracestate",
  "idempotency-key",
  "openai-beta",
  "host",
  "content-length",
  "connection",
  "user-agent",
  "authorization",
  "accept-encoding",
];
let folder: string;
let mock: MockUpstream;
let srasta: Srasta;
let token: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "srasta-key-"));
  writeFileSync(join(folder, "engine.key"), `${kEngineKey}\n`, { mode: 0o600 });
  mock = await MockUpstream.start();
  const config = withMock(mock);
  const { upstreams } = config["inference"] as { upstreams: Config[] };
  upstreams[0]!["key_file"] = join(folder, "engine.key");
  srasta = await Srasta.start(config);
  token = await srasta.token();
});
afterAll(async () => {
  await srasta?.[Symbol.asyncDispose]();
  await mock.stop();
  rmSync(folder, { recursive: true });
});

const chat = (headers: Record<string, string> = {}) =>
  exchange(`${srasta.baseUrl}/v1/chat/completions`, { token, body: kBody, headers });

describe("from the client to the engine", () => {
  const kHostile = {
    cookie: "session=cookie-canary",
    "accept-encoding": "gzip, br",
    "x-forwarded-for": "203.0.113.9",
    forwarded: "for=203.0.113.9",
    "x-real-ip": "203.0.113.9",
    "x-srasta-principal": "u-owner",
    X_Srasta_Principal: "u-owner",
    "proxy-authorization": "Basic cHJveHktY2FuYXJ5",
    "x-unknown": "unknown-canary",
    connection: "keep-alive",
    "openai-organization": "org-canary",
  };

  it("passes nothing but the allow-list", async () => {
    mock.answer(() => [json(200, {})]);
    expect((await chat(kHostile)).status).toBe(200);

    const names = mock.requests[0]!.fields.map(([name]) => name.toLowerCase());
    expect(names.filter((name) => !kAllowed.includes(name))).toEqual([]);
    expect(mock.requests[0]!.headers["accept-encoding"] ?? "identity").toBe("identity");
  });

  it("passes no value of the client's credential, cookies or addresses", async () => {
    mock.answer(() => [json(200, {})]);
    await chat(kHostile);

    const head = mock.requests[0]!.fields.map((field) => field.join(": ")).join("\n");
    for (const secret of [token, "canary", "203.0.113.9", "u-owner"]) {
      expect(head).not.toContain(secret);
    }
  });

  it("passes the tracing and dialect fields it knows", async () => {
    const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    mock.answer(() => [json(200, {})]);
    await chat({
      traceparent: trace,
      "idempotency-key": "once-1",
      "openai-beta": "x=v1",
      "openai-beta-canary": "one field is known, not what begins like it",
    });

    const { headers } = mock.requests[0]!;
    expect(headers).not.toHaveProperty("openai-beta-canary");
    // The parent span may be our own; the trace stays the client's.
    expect(headers["traceparent"]).toContain("0af7651916cd43dd8448eb211c80319c");
    expect(headers).toMatchObject({ "idempotency-key": "once-1", "openai-beta": "x=v1" });
  });

  it("uses the engine's own key from the configuration", async () => {
    mock.answer(() => [json(200, {})]);
    await chat();

    expect(mock.requests[0]!.headers["authorization"]).toBe(`Bearer ${kEngineKey}`);
  });
});

describe("from the engine to the client", () => {
  const kHostile = {
    "Set-Cookie": "engine=1",
    Server: "engine/1",
    Via: "1.1 engine",
    "X-Powered-By": "engine",
    "Alt-Svc": 'h3=":443"',
    "Strict-Transport-Security": "max-age=1",
    "Access-Control-Allow-Origin": "*",
    "X-Srasta-Audit": "gateway:1:00000000000000000000000000000000",
    "x-srasta-error": "forged",
    X_Srasta_Anything: "forged",
    "X-Request-Id": "engine-request",
    "Proxy-Authenticate": "Basic",
    "Keep-Alive": "timeout=1",
    "X-Engine-Secret": "engine-canary",
  };

  it("drops identity, cookies, hop-by-hop fields and everything of the platform's own", async () => {
    mock.answer(() => [json(200, {}, kHostile)]);
    const answer = await chat();

    expect(answer.status).toBe(200);
    for (const name of Object.keys(kHostile).map((each) => each.toLowerCase())) {
      const value = answer.header(name) ?? "";
      expect(value, name).not.toBe(kHostile[name as never] ?? "-");
      expect(value, name).not.toMatch(/engine|forged|gateway:1:0000/);
    }
    expect(answer.header("set-cookie")).toBeUndefined();
    expect(answer.header("x_srasta_anything")).toBeUndefined();
  });

  it("keeps the content type and names the request itself", async () => {
    mock.answer(() => [json(200, {}, kHostile)]);
    const answer = await chat();

    expect(answer.header("content-type")).toMatch(/^application\/json/);
    expect(answer.requestId).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  });
});
