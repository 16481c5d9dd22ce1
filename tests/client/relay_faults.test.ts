// Engines that refuse, break, hang up or are not there; clients that leave.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  MockUpstream,
  chunk,
  json,
  kClose,
  kLastChunk,
  kReset,
  streamHead,
} from "./harness/mock_upstream.ts";
import { freePort } from "./harness/ports.ts";
import { exchange, open } from "./harness/raw_client.ts";
import { withMock } from "./harness/setups.ts";
import { Srasta } from "./harness/srasta.ts";
import { chatEvents } from "./harness/sse.ts";
import { until } from "./harness/wait.ts";

const kPlain = '{"model":"general","messages":[]}';
// The client asks for usage, so that the gateway has no event to look for and hold back.
const kStream =
  '{"model":"general","stream":true,"stream_options":{"include_usage":true},"messages":[]}';
const kEvent = chatEvents(["hello"])[0]!;
let mock: MockUpstream;
let srasta: Srasta;
let token: string;

beforeAll(async () => {
  mock = await MockUpstream.start();
  const timeouts = { first_byte: "2s", idle: "2s" };
  const config = withMock(mock);
  Object.assign(config["inference"] as object, { timeouts });
  srasta = await Srasta.start(config);
  token = await srasta.token();
});
afterAll(async () => {
  await srasta?.[Symbol.asyncDispose]();
  await mock.stop();
});

const url = () => `${srasta.baseUrl}/v1/chat/completions`;
const chat = (body: string) => exchange(url(), { token, body });

// A failed engine may be left alone for a while; each test begins with one that is trusted again.
async function healthy(): Promise<void> {
  mock.answer(() => [json(200, { choices: [] })]);
  await until("the engine to be used again", async () => (await chat(kPlain)).status === 200);
}

/** The error event at the end of a broken stream, and the bytes before it. */
function brokenStream(text: string): { before: string; code: string } {
  const match = /^([\s\S]*?)\n*data: (\{"error":.*\})\n\n$/.exec(text);
  expect(match, text).not.toBeNull();
  return { before: match![1]!, code: (JSON.parse(match![2]!) as ErrorBody).error.code };
}
type ErrorBody = { error: { code: string; message: string; type: string } };

describe("an engine that fails before its answer", () => {
  it.each([
    ["resets at once", [kReset], 502, "upstream_error"],
    ["closes at once", [kClose], 502, "upstream_error"],
    ["dies in the status line", ["HTTP/1.1 2", kReset], 502, "upstream_error"],
    ["answers 500", [json(500, { error: { message: "secret detail" } })], 502, "upstream_error"],
    ["refuses our key", [json(401, { error: { message: "bad key" } })], 502, "upstream_error"],
    ["answers 429", [json(429, { error: { message: "slow down" } })], 429, "upstream_rate_limited"],
    [
      "redirects",
      [json(302, "", { Location: "http://127.0.0.1:1/" })],
      502,
      "upstream_bad_response",
    ],
    ["speaks another protocol", ["SSH-2.0-OpenSSH_9.2\r\n", kClose], 502, "upstream_bad_response"],
  ] as const)("%s", async (_name, steps, status, code) => {
    await healthy();
    mock.answer(() => steps);
    const answer = await chat(kPlain);

    expect(answer).toMatchObject({ status, errorCode: code });
    const { error } = JSON.parse(answer.text) as ErrorBody;
    expect(error.code).toBe(code);
    expect(answer.text).not.toMatch(/secret detail|bad key|127\.0\.0\.1/);
  });

  it("relays a 400 of the engine unchanged: it speaks about the client's own request", async () => {
    await healthy();
    const refusal = '{"error":{"message":"max_tokens too large","type":"invalid_request_error"}}';
    mock.answer(() => [json(400, refusal)]);

    expect(await chat(kPlain)).toMatchObject({ status: 400, text: refusal });
  });

  it("says 504 when the first byte does not come in time, and lets the engine go", async () => {
    await healthy();
    let released = false;
    mock.answer(async function* (_request, { gone }) {
      await gone;
      released = true;
      yield kLastChunk;
    });

    expect(await chat(kPlain)).toMatchObject({ status: 504, errorCode: "upstream_timeout" });
    await until("the connection to the engine to be closed", () => released);
  });
});

describe("an engine that fails in its answer", () => {
  it.each([
    ["dies between events", [streamHead(), chunk(kEvent), kReset], kEvent, "upstream_died"],
    [
      "closes without the last chunk",
      [streamHead(), chunk(kEvent), kClose],
      kEvent,
      "upstream_died",
    ],
    [
      "dies inside an event",
      [streamHead(), chunk(kEvent), chunk("data: {"), kReset],
      kEvent + "data: {",
      "upstream_died",
    ],
  ] as const)("%s", async (_name, steps, before, code) => {
    await healthy();
    mock.answer(() => steps);
    const answer = await chat(kStream);
    const broken = brokenStream(answer.text);

    expect(answer.status).toBe(200);
    expect(broken.code).toBe(code);
    expect(broken.before.trimEnd()).toBe(before.trimEnd());
    expect(answer.text).not.toMatch(/\[DONE\]|finish_reason":"/);
  });

  it("ends a stalled stream with an event of its own", async () => {
    await healthy();
    mock.answer(async function* (_request, { gone }) {
      yield streamHead();
      yield chunk(kEvent);
      await gone;
    });
    const answer = await chat(kStream);

    expect(brokenStream(answer.text)).toEqual({
      before: kEvent.trimEnd(),
      code: "upstream_timeout",
    });
  });

  it("never makes a short plain answer look whole", async () => {
    await healthy();
    mock.answer(() => ["HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}", kClose]);

    await expect(chat(kPlain)).resolves.toMatchObject({ end: "cut", text: "{}" });
  });
});

describe("a client that leaves", () => {
  it("before the first byte frees the engine", async () => {
    await healthy();
    let arrived = false;
    let freed = false;
    mock.answer(async function* (_request, { gone }) {
      arrived = true;
      await gone;
      freed = true;
      yield kLastChunk;
    });
    const controller = new AbortController();
    const leaving = fetch(url(), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: kStream,
      signal: controller.signal,
    });
    const rejection = expect(leaving).rejects.toThrow();
    await until("the request to reach the engine", () => arrived);
    controller.abort();

    await rejection;
    await until("the engine to be freed", () => freed, 1_000);
  });

  it("in the middle of a stream frees the engine and is written down as gone", async () => {
    await healthy();
    let freed = false;
    mock.answer(async function* (_request, { gone }) {
      yield streamHead();
      yield chunk(kEvent);
      await gone;
      freed = true;
    });
    const answer = await open(url(), { token, body: kStream });
    await answer.receives(kEvent.length);
    answer.abort();
    await until("the engine to be freed", () => freed, 1_000);

    const records = await srasta.recordsOf(answer.requestId, 2);
    expect(records.map((record) => record.act)).toEqual(["inference.request", "inference.abort"]);
    expect(records[1]!.data).toMatchObject({ reason: "client_gone" });
  });

  it("leaves no connection behind after 200 of them", async () => {
    await healthy();
    mock.answer(async function* (_request, { gone }) {
      yield streamHead();
      yield chunk(kEvent);
      await gone;
    });
    for (let round = 0; round < 20; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => open(url(), { token, body: kStream })),
      );
      for (const answer of answers) answer.abort();
    }

    // A probe may be on its way; requests may not.
    await until("the engine's connections to close", () => mock.open <= 2, 5_000);
  });
});

describe("an engine that is not there", () => {
  it("is reported, and used as soon as it comes", async () => {
    const port = await freePort();
    const config = withMock({ url: `http://127.0.0.1:${port}`, model: "mock-model" });
    await using late = await Srasta.start(config);
    const ask = async () =>
      exchange(`${late.baseUrl}/v1/chat/completions`, { token: await late.token(), body: kPlain });

    const missing = await ask();
    const engine = await MockUpstream.start(port);
    engine.answer(() => [json(200, { choices: [] })]);
    await until("the engine to be picked up", async () => (await ask()).status === 200);
    await engine.stop();

    expect([502, 503]).toContain(missing.status);
    expect(missing.errorCode).toMatch(/^(upstream_unreachable|no_upstream)$/);
    expect(missing.text).not.toContain(String(port));
  });

  it("is explained when none is configured at all", async () => {
    await using bare = await Srasta.start({ inference: { detect: false } });
    const token = await bare.token();
    const answer = await exchange(`${bare.baseUrl}/v1/chat/completions`, { token, body: kPlain });

    expect(answer).toMatchObject({ status: 503, errorCode: "no_upstream" });
    expect((await exchange(`${bare.baseUrl}/healthz`)).status).toBe(200);
    expect((await exchange(`${bare.baseUrl}/readyz`)).status).toBe(200);
    expect((await exchange(`${bare.baseUrl}/readyz/inference`)).status).toBe(503);
  });
});
