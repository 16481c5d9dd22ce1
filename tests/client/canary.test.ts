// Prompts, answers and tokens pass through; none of them stays in the ledger, a log or a metric.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { disguises, filesBelow, leaksBelow, leaksIn } from "./harness/canary.ts";
import {
  MockUpstream,
  chunk,
  json,
  kLastChunk,
  kReset,
  streamHead,
} from "./harness/mock_upstream.ts";
import { type RawAnswer, exchange } from "./harness/raw_client.ts";
import { withMock } from "./harness/setups.ts";
import { Srasta } from "./harness/srasta.ts";
import { chatEvents } from "./harness/sse.ts";

const kPrompt = "prompt canary: Zürich/7f3a?&=+ %00 'quoted'";
const kAnswer = "answer canary: Malmö/19cd?&=+ %41 'quoted'";
const kModel = "model-canary-55aa0f";
const kPath = "path-canary-90bb1e";
const kHeader = "header-canary-c3d4e5";

describe("the search itself", () => {
  it("finds a secret in each of its disguises", () => {
    const folder = mkdtempSync(join(tmpdir(), "srasta-canary-"));
    for (const [name, bytes] of Object.entries(disguises(kPrompt))) {
      writeFileSync(
        join(folder, name.replaceAll(" ", "-")),
        Buffer.concat([Buffer.from("x"), bytes]),
      );
    }
    writeFileSync(join(folder, "clean"), "nothing here");

    const found = leaksBelow(folder, { prompt: kPrompt });
    rmSync(folder, { recursive: true });
    for (const name of Object.keys(disguises(kPrompt))) {
      expect(
        found.some((line) => line.endsWith(` as ${name}`)),
        name,
      ).toBe(true);
    }
    expect(found.filter((line) => line.includes("clean"))).toEqual([]);
  });

  it("finds a secret inside a longer base64 text", () => {
    for (const before of ["", "a", "ab", "abc"]) {
      const text = Buffer.from(`${before}${kPrompt}tail`).toString("base64");
      expect(leaksIn("text", Buffer.from(text), { prompt: kPrompt }), before).not.toEqual([]);
    }
  });
});

describe("nothing stays behind", () => {
  let mock: MockUpstream;
  let srasta: Srasta;
  let metrics: RawAnswer;
  let secrets: Record<string, string>;
  const kBody = JSON.stringify({
    model: "general",
    messages: [{ role: "user", content: kPrompt }],
  });
  const kStream = kBody.replace("{", '{"stream":true,');

  beforeAll(async () => {
    mock = await MockUpstream.start();
    srasta = await Srasta.start(withMock(mock, { log: { level: "debug" } }));
    const token = await srasta.token({ sub: "u-alice" });
    const refused = `${token.slice(0, -6)}AAAAAA`;
    secrets = {
      prompt: kPrompt,
      answer: kAnswer,
      path: kPath,
      header: kHeader,
      model: kModel,
      "token signature": token.split(".")[2]!,
      "refused token": refused,
    };
    await everyKindOfRequest(token, refused);
    metrics = await exchange(`${srasta.baseUrl}/metrics`, {
      token: await srasta.token({ sub: "u-operator", roles: ["operator"] }),
    });
    await srasta.stop();
  });
  afterAll(async () => {
    srasta?.remove();
    await mock.stop();
  });

  async function everyKindOfRequest(token: string, refused: string): Promise<void> {
    const url = `${srasta.baseUrl}/v1/chat/completions`;
    const events = chatEvents([kAnswer], { prompt: 1, completion: 1 });
    const whole = { choices: [{ index: 0, message: { role: "assistant", content: kAnswer } }] };
    const headers = { "x-canary": kHeader, cookie: `c=${kHeader}` };

    mock.answer(() => [json(200, whole)]);
    expect((await exchange(url, { token, body: kBody, headers })).text).toContain("answer canary");
    mock.answer(() => [streamHead(), ...events.map(chunk), kLastChunk]);
    expect((await exchange(url, { token, body: kStream })).text).toContain("answer canary");
    mock.answer(() => [streamHead(), chunk(events[0]!), kReset]);
    await exchange(url, { token, body: kStream });
    mock.answer(() => [json(500, { error: { message: kAnswer } })]);
    await exchange(url, { token, body: kBody });
    mock.answer(() => [json(400, { error: { message: kAnswer } })]);
    await exchange(url, { token, body: kBody });
    await exchange(url, { token: refused, body: kBody });
    await exchange(url, { token, body: kBody.slice(0, -1) });
    await exchange(url, { token, body: kBody.replace("general", kModel) });
    await exchange(`${srasta.baseUrl}/v1/${kPath}?q=${kPath}`, { token });
    await exchange(`${srasta.baseUrl}/v1/models/${kModel}`, { token });
  }

  it("wrote a ledger and metrics, so that the search has something to search", () => {
    expect(srasta.auditRecords().length).toBeGreaterThan(10);
    expect(metrics.status).toBe(200);
    expect(metrics.text).toMatch(/^# TYPE /m);
  });

  it("in no file of the data folder", () => {
    expect(filesBelow(srasta.data).length).toBeGreaterThan(2);
    expect(leaksBelow(srasta.data, secrets)).toEqual([]);
  });

  it("in no log line", () => {
    expect(leaksIn("log", Buffer.from(srasta.log), secrets)).toEqual([]);
  });

  it("in no metric", () => {
    expect(leaksIn("metrics", metrics.body, secrets)).toEqual([]);
  });
});
