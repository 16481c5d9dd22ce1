// The libraries before a real llama-server. Its tiny model says anything, so what it says is not looked at.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client, Subject } from "../harness/client.ts";
import { kDirect } from "../harness/client_stand.ts";
import { Engine, kEngineModel } from "../harness/engine.ts";
import { withEngine } from "../harness/setups.ts";
import { Srasta } from "../harness/srasta.ts";
import { aiSdk } from "./ai_sdk.ts";
import { anthropic } from "./anthropic.ts";
import { langchain } from "./langchain.ts";
import { ollama } from "./ollama.ts";
import { openai } from "./openai.ts";
import { responses } from "./responses.ts";

const kStory = "Once upon a time";
const kAttempts = 20;
const model = kDirect ? kEngineModel : "general";
let engine: Engine;

// Its own streams of Responses are none that OpenAI's client takes.
const kSides: [string, string[], Subject[]][] = [
  [
    "in chat and Messages",
    ["chat", "messages"],
    [openai, responses, anthropic, aiSdk, langchain, ollama],
  ],
  ["in Messages alone", ["messages"], [openai, responses, aiSdk, langchain, ollama]],
];

beforeAll(async () => {
  engine = await Engine.start();
});
afterAll(() => engine?.stop());

describe.each(kDirect ? kSides.slice(0, 1) : kSides)("asked %s", (_, speaks, everybody) => {
  let srasta: Srasta | undefined;
  beforeAll(async () => {
    if (!kDirect) srasta = await Srasta.start(withEngine(engine, {}, { speaks }));
  });
  afterAll(() => srasta?.[Symbol.asyncDispose]());

  describe.each(everybody)("$heading", (subject) => scenarios(subject, () => srasta));
});

function scenarios(subject: Subject, gateway: () => Srasta | undefined): void {
  let client: Client;
  beforeAll(async () => {
    const srasta = gateway();
    const key = srasta ? await srasta.token() : "-";
    client = await subject.connect({ origin: srasta?.baseUrl ?? engine.url, key });
  });

  it("gets an answer and what it took", async () => {
    const { text, usage } = await client.ask({ model, prompt: kStory, limit: 12 });

    expect(text).not.toBe("");
    expect(usage!.input).toBeGreaterThan(3);
    expect(usage!.output).toBeGreaterThan(0);
    expect(usage!.output).toBeLessThanOrEqual(12);
  });

  it("gets the same as a stream", async () => {
    const parts: string[] = [];
    const question = { model, prompt: kStory, limit: 24 };
    const { text, usage } = await client.stream(question, (part) => parts.push(part));

    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join("")).toBe(text);
    expect(usage!.output).toBeGreaterThan(1);
    expect(usage!.output).toBeLessThanOrEqual(24);
  });

  it("stops the engine when it gives a stream up", async () => {
    // A story can be over before anybody gives it up. One that was not is cancelled.
    for (let attempt = 0; attempt < kAttempts; ++attempt) {
      const before = engine.cancelled;
      const leave = new AbortController();
      const streaming = client.stream(
        { model, prompt: kStory, limit: 1900 },
        () => leave.abort(),
        leave.signal,
      );
      const error: unknown = await streaming.then(() => undefined, (error: unknown) => error); // prettier-ignore
      await engine.idle();
      if (engine.cancelled === before) continue;
      expect(error).toSatisfy(subject.isGivenUp);
      return;
    }
    expect.fail(`${kAttempts} stories were told to their end`);
  });
}
