// More of what OpenAI's client can say, with aimock as the engine: tools, schemas, pictures, size,
// errors. The question is always whether the gateway stays out of the way.
import { type JournalEntry, LLMock } from "@copilotkit/aimock";
import OpenAI, { APIError, RateLimitError } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withMock } from "./harness/setups.ts";
import { Srasta } from "./harness/srasta.ts";

const kModel = "mock-model";
const kWeather = {
  type: "function" as const,
  function: {
    name: "weather",
    description: "Weather at a place",
    parameters: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
  },
};
const user = (content: OpenAI.ChatCompletionUserMessageParam["content"]) => ({
  role: "user" as const,
  content,
});
let engine: LLMock;
let srasta: Srasta;
let client: OpenAI;

beforeAll(async () => {
  engine = new LLMock({ port: 0, host: "127.0.0.1" });
  await engine.start();
  srasta = await Srasta.start(withMock({ url: engine.url, model: kModel }));
  client = new OpenAI({
    baseURL: `${srasta.baseUrl}/v1`,
    apiKey: await srasta.token(),
    maxRetries: 0,
  });
});
afterAll(async () => {
  await srasta?.[Symbol.asyncDispose]();
  await engine.stop();
});
beforeEach(() => {
  engine.clearFixtures();
  engine.clearRequests();
});

const create = (body: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) =>
  client.chat.completions.create({ model: "general", messages: [user("hello")], ...body });

/** The body of the newest inference request as the engine understood it. */
function seenByEngine(): Record<string, unknown> {
  const entries: JournalEntry[] = engine.getRequests().filter((entry) => entry.method === "POST");
  return entries.at(-1)!.body as unknown as Record<string, unknown>;
}

describe("tools", () => {
  it("passes a call out and its result back", async () => {
    engine.onMessage("weather", {
      toolCalls: [{ name: "weather", arguments: '{"place":"Oslo"}', id: "call_1" }],
    });
    const question = user("weather in Oslo?");
    const asked = await create({ messages: [question], tools: [kWeather] });
    const message = asked.choices[0]!.message;

    expect(asked.choices[0]!.finish_reason).toBe("tool_calls");
    expect(message.tool_calls).toMatchObject([
      { id: "call_1", type: "function", function: { name: "weather" } },
    ]);
    expect(seenByEngine()).toMatchObject({ model: kModel, tools: [kWeather] });

    engine.clearFixtures();
    engine.onToolResult("call_1", { content: "It snows." });
    const result = { role: "tool" as const, tool_call_id: "call_1", content: "snow" };
    const told = await create({ messages: [question, message, result], tools: [kWeather] });
    expect(told.choices[0]!.message.content).toBe("It snows.");
  });

  it("streams the arguments so that they join to the original", async () => {
    engine.onMessage("weather", {
      toolCalls: [{ name: "weather", arguments: '{"place":"Ålesund \\"north\\""}', id: "call_2" }],
    });
    const stream = client.chat.completions.stream({
      model: "general",
      messages: [user("weather")],
      tools: [kWeather],
    });
    const { choices } = await stream.finalChatCompletion();

    const call = choices[0]!.message
      .tool_calls![0]! as OpenAI.ChatCompletionMessageFunctionToolCall;
    expect(JSON.parse(call.function.arguments)).toEqual({ place: 'Ålesund "north"' });
  });
});

describe("what else a request can hold", () => {
  it("a JSON schema for the answer", async () => {
    engine.onMessage("colour", { content: '{"colour":"red"}' });
    const schema = { type: "object", properties: { colour: { type: "string" } } };
    const response_format = {
      type: "json_schema" as const,
      json_schema: { name: "colour", strict: true, schema },
    };
    const answer = await create({ messages: [user("a colour")], response_format });

    expect(JSON.parse(answer.choices[0]!.message.content!)).toEqual({ colour: "red" });
    expect(seenByEngine()["response_format"]).toEqual(response_format);
  });

  it("pictures beside text", async () => {
    engine.onMessage("picture", { content: "A grey dot." });
    const content = [
      { type: "text" as const, text: "what is in the picture" },
      { type: "image_url" as const, image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
    ];
    const answer = await create({ messages: [user(content)] });

    expect(answer.choices[0]!.message.content).toBe("A grey dot.");
    expect(seenByEngine()["messages"]).toEqual([user(content)]);
  });

  it("a prompt of 1 MiB", async () => {
    engine.onMessage("needle", { content: "found" });
    const prompt = `${"straw ✓ ".repeat(105_000)}needle`;
    const answer = await create({ messages: [user(prompt)] });

    // aimock records no body of this size; relay_bytes.test.ts compares the bytes.
    expect(answer.choices[0]!.message.content).toBe("found");
  });

  it("embeddings of several texts", async () => {
    engine.onEmbedding(/.*/, { embedding: [0.25, -0.5, 1] });
    const answer = await client.embeddings.create({
      model: "general",
      input: "x",
      encoding_format: "float",
    });

    expect(answer.data[0]!.embedding).toEqual([0.25, -0.5, 1]);
  });
});

describe("a long stream", () => {
  it("arrives whole", async () => {
    const text = Array.from({ length: 2000 }, (_, index) => `word${index} `).join("");
    engine.onMessage("long", { content: text });
    const stream = await client.chat.completions.create({
      model: "general",
      messages: [user("long")],
      stream: true,
    });
    let received = "";
    for await (const chunk of stream) received += chunk.choices[0]?.delta.content ?? "";

    expect(received).toBe(text);
  });
});

describe("errors of the engine", () => {
  it("429 is a RateLimitError", async () => {
    engine.nextRequestError(429, { message: "slow down" });

    await expect(create({})).rejects.toThrow(RateLimitError);
  });

  it("500 is an APIError that keeps the engine's text to itself", async () => {
    engine.nextRequestError(500, { message: "stack trace of the engine" });
    const failed = create({});

    await expect(failed).rejects.toThrow(APIError);
    await expect(failed).rejects.toMatchObject({ status: 502, code: "upstream_error" });
    await expect(failed).rejects.not.toThrow(/stack trace/);
  });
});
