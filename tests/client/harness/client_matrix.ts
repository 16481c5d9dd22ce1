// The same scenarios for every client library: what its user asks, what arrives at the engine, what
// comes back, and as which error a refusal does.
import { APIError } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Place, shownOutput } from "./client_docs.ts";
import { kColour, kPicture, kWeather } from "./client_questions.ts";
import { Stand, kDirect, kHidden } from "./client_stand.ts";
import { kScripted, lastPrompt, sha256 } from "./scripted_model.ts";
import { until } from "./wait.ts";

export type Tool = { name: string; description: string; parameters: Record<string, unknown> };
export type Question = {
  model: string;
  prompt: string;
  /** What the engine is told before the prompt. */
  rules?: string;
  tools?: Tool[];
  /** The most tokens of the answer. */
  limit?: number;
  /** Of the answer; its name is `colour`. */
  schema?: Record<string, unknown>;
  /** A PNG in base64. */
  picture?: string;
};
export type Call = { id: string; name: string; arguments: unknown };
export type Answer = {
  text: string;
  calls: Call[];
  /** Why it ended: by itself, to call tools, at its limit. */
  end: "stop" | "calls" | "limit" | undefined;
  usage: { input: number | undefined; output: number | undefined } | undefined;
};

export type Client = {
  ask(question: Question, signal?: AbortSignal): Promise<Answer>;
  stream(question: Question, heard: (text: string) => void, signal?: AbortSignal): Promise<Answer>;
  /** Asks again with the results of all calls of `answer`, in their order. */
  tell(question: Question, answer: Answer, results: string[]): Promise<Answer>;
};

/** How an error shows itself to who uses the library. */
export type Refusal = {
  name: string;
  status: number | undefined;
  code: string | undefined;
  requestId?: string | undefined;
};
const kRefusals = {
  "unknown key": [401, "key_invalid"],
  "no permission": [403, "permission_denied"],
  "no such model": [404, "model_not_found"],
  "hidden model": [404, "model_not_found"],
  "too large": [413, "body_too_large"],
  "rate limit": [429, "rate_limited"],
  "engine's rate limit": [429, "upstream_rate_limited"],
  "engine's failure": [502, "upstream_error"],
} as const;
type RefusalCase = keyof typeof kRefusals;

export type Subject = {
  /** The heading of its section in docs/clients.md. */
  heading: string;
  /** Without retries. */
  connect(place: Place): Promise<Client>;
  models: string[];
  /** The class of the error that a status becomes. */
  nameOf(status: number): string;
  refusalOf(error: unknown): Refusal;
  /** Whether its user gave up, and nothing else happened. */
  isGivenUp(error: unknown): boolean;
  /** False where its errors have no place for our code and the request's id. */
  tellsCodes?: false;
  /** False where calls have no id. */
  callsHaveIds?: false;
  /** Of which aimock counts nothing in this dialect, and says that every answer ended by itself. */
  uncounted?: string[];
};

const kText = 'Grüße aus Ålesund \\ "north" 🌧 – it rains,\n\tas it does.';
const kOslo = { id: "call_oslo", name: "weather", arguments: { place: "Oslo" } };
const kBergen = { id: "call_bergen", name: "weather", arguments: { place: 'Bergen "west" ✓' } };
// Each dialect takes the names that it knows.
const kUsage = { prompt_tokens: 1234, completion_tokens: 56, input_tokens: 1234, output_tokens: 56 };
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
      const printed = await shownOutput(subject.heading, { origin: stand.origin, key: stand.apiKey });

      expect(printed.trim()).toBe("Hello from the engine.");
    });
    describe.each(kDirect ? subject.models.slice(0, 1) : subject.models)("with the model %s", (model) => {
      answers(here, model);
      tools(here, model);
      contents(here, model);
      departures(here, model);
    });
    refusals(here);
  });
}

/** The classes of OpenAI's client, and of those who build on it or copy them. */
export function openAiErrorOf(status: number): string {
  const names: Record<number, string> = {
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    429: "RateLimitError",
  };
  return names[status] ?? (status < 500 ? "APIError" : "InternalServerError");
}

export function openAiRefusalOf(error: unknown): Refusal {
  if (!(error instanceof APIError)) throw error;
  const { status, code, requestID } = error;
  const name = error.constructor.name;
  return { name, status, code: code ?? undefined, requestId: requestID ?? undefined };
}

type Here = () => { stand: Stand; client: Client; subject: Subject };

function answers(here: Here, model: string): void {
  it("answers, and the engine is asked by its own name for the model", async () => {
    const { stand, client } = here();
    stand.model.script((on) => on.onMessage("hello", { content: kText }));
    const answer = await client.ask({ model, prompt: "hello", rules: "Be kind ✓." });

    expect(answer).toMatchObject({ text: kText, calls: [], end: "stop" });
    expect(stand.model.understood.messages).toMatchObject([
      { role: expect.stringMatching(/system|developer/) as string, content: "Be kind ✓." },
      { role: "user" },
    ]);
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
    stand.model.script((on) => on.onMessage("story", story, { chunkSize: 5, truncateAfterChunks: 4 }));
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

function refusals(here: Here): void {
  describe.skipIf(kDirect)("a refusal is the client's own error", () => {
    it.each(Object.keys(kRefusals) as RefusalCase[])("%s", async (kind) => {
      const { stand, subject } = here();
      const [status, code] = kRefusals[kind];
      const model = subject.models[0]!;
      stand.model.script((on) => {
        if (kind === "engine's rate limit") on.nextRequestError(429, { message: "slow down" });
        if (kind === "engine's failure") on.nextRequestError(500, { message: "its stack trace" });
        on.onMessage("hello", { content: "hello" });
      });
      const error = await provoke(kind, here(), model);
      const refusal = subject.refusalOf(error);

      expect(refusal).toMatchObject({
        name: subject.nameOf(status),
        status,
        code: subject.tellsCodes === false ? undefined : code,
      });
      expect(String(error)).not.toContain("stack trace");
      if (subject.tellsCodes === false) return;
      expect(await stand.actsOf(refusal.requestId!)).not.toEqual([]);
    });
  });
}

async function provoke(kind: RefusalCase, { stand, subject }: ReturnType<Here>, model: string) {
  const as = (key: string) => subject.connect({ origin: stand.origin, key });
  const failure = async (client: Client, question: Partial<Question> = {}): Promise<unknown> =>
    client.ask({ model, prompt: "hello", ...question }).then(
      (answer) => expect.fail(`no error but ${JSON.stringify(answer)}`),
      (error: unknown) => error,
    );
  const known = await as(stand.apiKey);
  switch (kind) {
    case "unknown key":
      return failure(await as(`${stand.apiKey.slice(0, -4)}AAAA`));
    case "no permission":
      return failure(await as(await stand.tokenOf("auditor")));
    case "no such model":
      return failure(known, { model: "no-such-model" });
    case "hidden model":
      return failure(known, { model: kHidden });
    case "too large":
      return failure(known, { prompt: "x".repeat(2 * 1024 * 1024) });
    case "rate limit": {
      const once = await as(await stand.tokenOf("service"));
      await once.ask({ model, prompt: "hello" });
      return failure(once);
    }
    default:
      return failure(known);
  }
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

