// Bytes in, same bytes out, except the declared edits: the model's value, and stream_options with
// the usage event it brings.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  MockUpstream,
  chunk,
  json,
  kClose,
  kLastChunk,
  streamHead,
} from "./harness/mock_upstream.ts";
import { exchange, open } from "./harness/raw_client.ts";
import { withMock } from "./harness/setups.ts";
import { Srasta } from "./harness/srasta.ts";
import { chatEvents, split, withoutUsage } from "./harness/sse.ts";

const kAsked =
  '{"model":"general","stream":true,"stream_options":{"include_usage":true},"messages":[]}';
const kNotAsked = '{"model":"general","stream":true,"messages":[]}';
const kEvents = chatEvents(["Grüße, ", "\u{1f30d}", " \\n ", "x".repeat(5000)], {
  prompt: 7,
  completion: 4,
});
let mock: MockUpstream;
let srasta: Srasta;
let token: string;

beforeAll(async () => {
  mock = await MockUpstream.start();
  srasta = await Srasta.start(withMock(mock));
  token = await srasta.token();
});
afterAll(async () => {
  await srasta?.[Symbol.asyncDispose]();
  await mock.stop();
});

const chat = (body: string | Buffer, headers: Record<string, string> = {}) =>
  exchange(`${srasta.baseUrl}/v1/chat/completions`, { token, body, headers });

function answerStream(parts: (Buffer | string)[]): void {
  mock.answer(() => [streamHead(), ...parts.map(chunk), kLastChunk]);
}

describe("the request", () => {
  beforeEach(() => mock.answer(() => [json(200, { choices: [] })]));

  it.each([
    ["odd spacing and order", '{ "messages" : [ ] ,\n\t"model":"general"  }'],
    ["numbers as they are spelled", '{"temperature":1.0,"x":{"b":1e400,"a":-0},"model":"general"}'],
    [
      "escapes as they are spelled",
      '{"u":"\\u00e9\\ud83d\\ude00\\/","model":"general","messages":[]}',
    ],
    [
      "the alias inside other values",
      '{"messages":[{"content":"\\"model\\":\\"general\\""}],"model":"general"}',
    ],
    ["a cut emoji", '{"model":"general","messages":[{"role":"user","content":"cut \\ud83d"}]}'],
    [
      "unknown members",
      '{"api_base":"http://evil.test","Model":"x","model":"general","metadata":{"a":1,"a":2}}',
    ],
  ])("keeps %s", async (_name, body) => {
    const answer = await chat(body);

    expect(answer.status, answer.text).toBe(200);
    const alias = '"model":"general"';
    const at = body.lastIndexOf(alias);
    const rest = body.slice(at + alias.length);
    const expected = `${body.slice(0, at)}"model":"mock-model"${rest}`;
    expect(mock.requests[0]!.body.toString()).toBe(expected);
  });

  it("keeps a prompt of 1 MiB, sent in chunks", async () => {
    const prompt = "Größe \\u0000 ".repeat(90_000);
    const body = `{"model":"general","messages":[{"role":"user","content":"${prompt}"}]}`;
    const response = await fetch(`${srasta.baseUrl}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: new Blob([body]).stream(),
      duplex: "half",
    });

    expect(response.status).toBe(200);
    const expected = body.replace('"general"', '"mock-model"');
    expect(mock.requests[0]!.body.equals(Buffer.from(expected))).toBe(true);
  });

  it("asks for usage on behalf of a client that did not, and changes nothing else", async () => {
    answerStream(kEvents);
    await chat(kNotAsked);

    const sent = mock.requests[0]!.body.toString();
    const added =
      /,\s*"stream_options":\{"include_usage":true\}|"stream_options":\{"include_usage":true\},/;
    expect(sent).toMatch(added);
    expect(sent.replace(added, "")).toBe(kNotAsked.replace("general", "mock-model"));
  });

  it.each([
    ["null", "null"],
    ["an empty object", "{}"],
    ["a plain no", '{"include_usage":false}'],
    ["another option", '{"x":1}'],
  ])("adds it to stream_options that is %s", async (_name, options) => {
    answerStream(kEvents);
    const answer = await chat(`{"model":"general","stream":true,"stream_options":${options}}`);

    const sent = JSON.parse(mock.requests[0]!.body.toString()) as Record<string, unknown>;
    const before = JSON.parse(options) as object | null;
    expect(sent["stream_options"]).toEqual({ ...before, include_usage: true });
    expect(answer.text).toBe(withoutUsage(kEvents).join(""));
  });

  it("does not touch stream_options of a client that asked", async () => {
    answerStream(kEvents);
    await chat(kAsked);

    expect(mock.requests[0]!.body.toString()).toBe(kAsked.replace("general", "mock-model"));
  });
});

describe("the answer", () => {
  it("is the engine's, byte for byte, when it is not a stream", async () => {
    const odd =
      '{ "choices":[ ],\n "x": 1.0, "u":"\\u00e9", "usage":{"prompt_tokens":1,"completion_tokens":2} }\n';
    mock.answer(() => [json(200, odd)]);

    expect((await chat('{"model":"general","messages":[]}')).text).toBe(odd);
  });

  it("is the same for 40 random cuts of a stream, when the client asked for usage", async () => {
    const bytes = Buffer.from(kEvents.join(""));
    for (let seed = 0; seed < 40; seed += 1) {
      answerStream(split(bytes, 1 + seed, seed));
      const answer = await chat(kAsked);

      expect(answer, `seed ${seed}`).toMatchObject({ status: 200, end: "complete" });
      expect(answer.body.equals(bytes), `seed ${seed}`).toBe(true);
    }
  });

  it("loses exactly the usage event for 40 random cuts, when the client did not ask", async () => {
    const bytes = Buffer.from(kEvents.join(""));
    const expected = withoutUsage(kEvents).join("");
    for (let seed = 0; seed < 40; seed += 1) {
      answerStream(split(bytes, 1 + seed, seed));

      expect((await chat(kNotAsked)).text, `seed ${seed}`).toBe(expected);
    }
  });

  it("survives a cut at every byte around the usage event", async () => {
    const bytes = Buffer.from(kEvents.join(""));
    const start = bytes.indexOf(kEvents.at(-2)!);
    const expected = withoutUsage(kEvents).join("");
    for (let at = start - 4; at < start + kEvents.at(-2)!.length + 4; at += 1) {
      answerStream([bytes.subarray(0, at), bytes.subarray(at)]);

      expect((await chat(kNotAsked)).text, `cut at ${at}`).toBe(expected);
    }
  });

  it.each([
    ["CRLF line ends", (text: string) => text.replaceAll("\n", "\r\n")],
    ["comments and other fields", (text: string) => `: hello\n\nevent: x\nid: 1\n${text}`],
    ["a byte order mark", (text: string) => `\uFEFF${text}`],
  ])("keeps %s", async (_name, edit) => {
    answerStream([edit(kEvents.join(""))]);

    expect((await chat(kNotAsked)).text).toBe(edit(withoutUsage(kEvents).join("")));
  });

  it("keeps chunks that carry usage beside choices", async () => {
    const events = ['data: {"choices":[{"index":0,"delta":{}}],"usage":null}\n\n', ...kEvents];
    answerStream([events.join("")]);

    expect((await chat(kNotAsked)).text).toBe(withoutUsage(events).join(""));
  });

  it("is forwarded event by event, not collected", async () => {
    const answer = await lockStep();

    expect((await answer.ended()).text).toBe(kEvents.join(""));
  });

  it("ends with an engine that ends its answer by closing the connection", async () => {
    const head = "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    mock.answer(() => [head, kEvents.join(""), kClose]);

    expect(await chat(kAsked)).toMatchObject({ end: "complete", text: kEvents.join("") });
  });
});

// The engine writes event n+1 only after the client has event n.
async function lockStep() {
  let allow: () => void = () => undefined;
  let allowed = new Promise<void>((resolve) => (allow = resolve));
  mock.answer(async function* () {
    yield streamHead();
    for (const event of kEvents) {
      yield chunk(event);
      await allowed;
      allowed = new Promise<void>((resolve) => (allow = resolve));
    }
    yield kLastChunk;
  });
  const answer = await open(`${srasta.baseUrl}/v1/chat/completions`, { token, body: kAsked });
  let expected = 0;
  for (const event of kEvents) {
    expected += Buffer.byteLength(event);
    await answer.receives(expected);
    allow();
  }
  return answer;
}
