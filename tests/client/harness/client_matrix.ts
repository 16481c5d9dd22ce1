// The same scenarios for every client library: what its user asks, what arrives at the engine, what
// comes back.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Call, Client, Subject } from "./client.ts";
import { shownOutput } from "./client_docs.ts";
import { kColour, kPicture, kWeather } from "./client_questions.ts";
import { describeRefusals } from "./client_refusals.ts";
import { Stand, kDirect, kMessages, kTranslated } from "./client_stand.ts";
import { kScripted, lastPrompt, sha256 } from "./scripted_model.ts";
import { until } from "./wait.ts";

const kText = 'Grüße aus Ålesund \\ "north" 🌧 – it rains,\n\tas it does.';
const kOslo = { id: "call_oslo", name: "weather", arguments: { place: "Oslo" } };
const kBergen = { id: "call_bergen", name: "weather", arguments: { place: 'Bergen "west" ✓' } };
// Each dialect takes the names that it knows.
const kUsage = {
  prompt_tokens: 1234,
  completion_tokens: 56,
  input_tokens: 1234,
  output_tokens: 56,
};
/** Where models are asked whose engine has one dialect only. */
const kPaths: Record<string, string> = {
  [kTranslated]: "/v1/chat/completions",
  [kMessages]: "/v1/messages",
};
const scripted = (calls: Call[]) => ({
  toolCalls: calls.map((call) => ({ ...call, arguments: JSON.stringify(call.arguments) })),
});

export function describeClient(subject: Subject): void {
  describe(subject.heading, () => {
    let stand: Stand;
    let client: Client;
    beforeAll(async () => {
      stand = await Stand.start();
      client = await subject.connect({ origin: stand.origin, key: stand.apiKey });
    });
    afterAll(() => stand?.stop());
    const here = () => ({ stand, client, subject });

    it("does what docs/clients.md shows", async () => {
      stand.model.script((on) => on.onMessage("hello", { content: "Hello from the engine." }));
      const place = { origin: stand.origin, key: stand.apiKey };
      const printed = await shownOutput(subject.heading, place, subject.models[0]!);

      expect(printed.trim()).toBe("Hello from the engine.");
    });
    describe.each(kDirect ? subject.models.slice(0, 1) : subject.models)(
      "with the model %s",
      (model) => {
        answers(here, model);
        tools(here, model);
        contents(here, model);
        departures(here, model);
      },
    );
    describeRefusals(here);
  });
}

type Here = () => { stand: Stand; client: Client; subject: Subject };

function answers(here: Here, model: string): void {
  it("answers, and the engine is asked by its own name for the model", async () => {
    const { stand, client, subject } = here();
    stand.model.script((on) => on.onMessage("hello", { content: kText }));
    const answer = await client.ask({ model, prompt: "hello", rules: "Be kind ✓." });

    expect(answer).toMatchObject({ text: kText, calls: [], end: "stop" });
    expect(stand.model.understood.messages).toMatchObject([
      { role: expect.stringMatching(/system|developer/) as string, content: "Be kind ✓." },
      { role: "user" },
    ]);
    expect(stand.model.asked).toEqual([`POST ${kPaths[model] ?? subject.path}`]);
    if (!kDirect) expect(stand.model.understood.model).toBe(kScripted);
  });

  it("streams the same, in parts", async () => {
    const { stand, client } = here();
    stand.model.script((on) => on.onMessage("hello", { content: kText }, { chunkSize: 5 }));
    const parts: string[] = [];
    const answer = await client.stream({ model, prompt: "hello" }, (text) => parts.push(text));

    expect(parts.join("")).toBe(kText);
    expect(parts.length).toBeGreaterThan(3);
    expect(answer).toMatchObject({ text: kText, calls: [], end: "stop" });
  });

  it("streams a long answer to its last word", async () => {
    const { stand, client } = here();
    const words = Array.from({ length: 2000 }, (_, index) => `word${index} `).join("");
    stand.model.script((on) => on.onMessage("long", { content: words }));
    const { text } = await client.stream({ model, prompt: "a long story" }, () => undefined);

    expect(text).toBe(words);
  });

  it("learns that an answer was cut at its limit, streamed or not", async () => {
    const { stand, client, subject } = here();
    const cut = { content: "Once upon", finishReason: "length" };
    stand.model.script((on) => on.onMessage("hello", cut));
    const whole = await client.ask({ model, prompt: "hello", limit: 2 });
    const streamed = await client.stream({ model, prompt: "hello", limit: 2 }, () => undefined);

    const end = subject.uncounted?.includes(model) ? "stop" : "limit";
    expect(whole).toMatchObject({ text: "Once upon", end });
    expect(streamed).toMatchObject({ text: "Once upon", end });
  });

  it("knows what the engine counted, streamed or not", async () => {
    const { stand, client, subject } = here();
    stand.model.script((on) => on.onMessage("hello", { content: kText, usage: kUsage }));
    const whole = await client.ask({ model, prompt: "hello" });
    const streamed = await client.stream({ model, prompt: "hello" }, () => undefined);

    const counted = subject.uncounted?.includes(model) ? [0, 0] : [1234, 56];
    expect([whole.usage?.input, whole.usage?.output]).toEqual(counted);
    expect([streamed.usage?.input, streamed.usage?.output]).toEqual(counted);
  });
}

function tools(here: Here, model: string): void {
  const question = { model, prompt: "weather in Oslo and Bergen?", tools: [kWeather] };
  const callsOf = (calls: Call[]) =>
    here().subject.callsHaveIds === false ? calls.map(({ id: _, ...rest }) => rest) : calls;

  it("offers a tool that the engine calls", async () => {
    const { stand, client } = here();
    stand.model.script((on) => on.onMessage("weather", scripted([kOslo])));
    const { calls, end } = await client.ask(question);

    expect(calls).toMatchObject(callsOf([kOslo]));
    expect(end).toBe("calls");
    expect(stand.model.understood.tools).toMatchObject([{ type: "function", function: kWeather }]);
  });

  it("gets several calls at once, streamed or not", async () => {
    const { stand, client } = here();
    stand.model.script((on) => on.onMessage("weather", scripted([kOslo, kBergen])));
    const whole = await client.ask(question);
    const streamed = await client.stream(question, () => undefined);

    expect(whole.calls).toMatchObject(callsOf([kOslo, kBergen]));
    expect(streamed).toMatchObject({ calls: callsOf([kOslo, kBergen]), end: "calls" });
  });

  it("gets words before a call, streamed or not", async () => {
    const { stand, client } = here();
    const both = { content: "Let me look.", ...scripted([kOslo]) };
    stand.model.script((on) => on.onMessage("weather", both));
    const whole = await client.ask(question);
    const streamed = await client.stream(question, () => undefined);

    const expected = { text: "Let me look.", calls: callsOf([kOslo]), end: "calls" };
    expect(whole).toMatchObject(expected);
    expect(streamed).toMatchObject(expected);
  });

  it("hands results back, each to its call", async () => {
    const { stand, client } = here();
    stand.model.script((on) => {
      on.on({ hasToolResult: true }, { content: "Snow, then rain." });
      on.onMessage("weather", scripted([kOslo, kBergen]));
    });
    const asked = await client.ask(question);
    const told = await client.tell(question, asked, ["it snows", "it rains"]);

    expect(told.text).toBe("Snow, then rain.");
    const results = stand.model.understood.messages.filter(({ role }) => role === "tool");
    expect(results.map(({ content }) => content)).toEqual(["it snows", "it rains"]);
    if (here().subject.callsHaveIds === false) return;
    expect(results.map((each) => each.tool_call_id)).toEqual(["call_oslo", "call_bergen"]);
  });
}

function contents(here: Here, model: string): void {
  it("asks for an answer by a JSON schema", async () => {
    const { stand, client } = here();
    stand.model.script((on) => on.onMessage("colour", { content: '{"colour":"red"}' }));
    const answer = await client.ask({ model, prompt: "a colour", schema: kColour });

    expect(JSON.parse(answer.text)).toEqual({ colour: "red" });
    expect(find(JSON.parse(stand.model.body), (each) => "colour" in each)).toMatchObject({
      colour: { type: "string" },
    });
  });

  it("shows a picture", async () => {
    const { stand, client } = here();
    stand.model.script((on) => on.onMessage("picture", { content: "A grey dot." }));
    const answer = await client.ask({ model, prompt: "what is in the picture", picture: kPicture });

    expect(answer.text).toBe("A grey dot.");
    // Alone, or as the data of a URL.
    expect(stand.model.body.split(kPicture)).toEqual([
      expect.stringMatching(/[",]$/) as string,
      expect.stringMatching(/^"/) as string,
    ]);
  });

  it("sends 1 MiB of prompt, and not a byte of it changes", async () => {
    const { stand, client } = here();
    const prompt = `${'straw ✓ "x"\\\n'.repeat(75_000)}needle`;
    expect(Buffer.byteLength(prompt)).toBeGreaterThan(1024 * 1024);
    stand.model.script((on) => on.onMessage("needle", { content: "found" }));
    const answer = await client.ask({ model, prompt });

    expect(answer.text).toBe("found");
    expect(sha256(lastPrompt(stand.model.understood))).toBe(sha256(prompt));
  });
}

function departures(here: Here, model: string): void {
  it("is told when the engine dies in the middle of a stream", async () => {
    const { stand, client } = here();
    const story = { content: "Once upon a time there was a king." };
    stand.model.script((on) =>
      on.onMessage("story", story, { chunkSize: 5, truncateAfterChunks: 4 }),
    );
    const parts: string[] = [];
    const streaming = client.stream({ model, prompt: "a story" }, (text) => parts.push(text));

    await expect(streaming).rejects.toThrow();
    expect(story.content).toMatch(new RegExp(`^${parts.join("")}.`));
  });

  it("ends the engine's work when its user gives a stream up", async () => {
    const { stand, client, subject } = here();
    const words = Array.from({ length: 600 }, (_, index) => `word${index} `).join("");
    stand.model.script((on) => on.onMessage("long", { content: words }, { latency: 50 }));
    const leave = new AbortController();
    const parts: string[] = [];
    const streaming = client.stream(
      { model, prompt: "a long story" },
      (text) => parts.push(text),
      leave.signal,
    );
    const given = streaming.catch((error: unknown) => error);
    await until("a first word", () => parts.length > 0);
    leave.abort();

    await stand.model.abandoned();
    expect(await given).toSatisfy(subject.isGivenUp);
    expect(parts.join("").length).toBeLessThan(words.length);
  });

  it("ends the engine's work when its user does not wait for the answer", async () => {
    const { stand, client, subject } = here();
    const never = new Promise<never>(() => undefined);
    stand.model.script((on) => on.onMessage("long", () => never));
    const leave = new AbortController();
    const asking = client.ask({ model, prompt: "a long story" }, leave.signal);
    const given = asking.catch((error: unknown) => error);
    await stand.model.asking();
    leave.abort();

    await stand.model.abandoned();
    expect(await given).toSatisfy(subject.isGivenUp);
  });
}

/** The first object, from the outside in, that `wanted` says yes to. */
function find(
  value: unknown,
  wanted: (object: Record<string, unknown>) => boolean,
): Record<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const object = value as Record<string, unknown>;
  if (wanted(object)) return object;
  return Object.values(object)
    .map((each) => find(each, wanted))
    .find((found) => found);
}
