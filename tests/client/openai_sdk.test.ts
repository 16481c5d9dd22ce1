// OpenAI's own client against the gateway: real tokens of a real provider, a real engine behind it.
import OpenAI, { AuthenticationError, NotFoundError, PermissionDeniedError } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine, kEngineModel } from "./harness/engine.ts";
import { IdentityProvider } from "./harness/idp.ts";
import { trusting, withEngine } from "./harness/setups.ts";
import { Srasta } from "./harness/srasta.ts";

const kMessages = [{ role: "user" as const, content: "Once upon a time" }];
let engine: Engine;
let idp: IdentityProvider;
let srasta: Srasta;
let client: OpenAI;

const clientWith = (apiKey: string) =>
  new OpenAI({ baseURL: `${srasta.baseUrl}/v1`, apiKey, maxRetries: 0 });

beforeAll(async () => {
  engine = await Engine.start();
  idp = await IdentityProvider.create([
    { sub: "u-alice", tenant: "default", roles: ["user"] },
    { sub: "u-auditor", tenant: "default", roles: ["auditor"] },
    { sub: "u-stranger", tenant: "elsewhere", roles: ["user"] },
    { sub: "u-nobody", tenant: "default", roles: ["gardener"] },
  ]);
  await idp.start();
  srasta = await Srasta.start(withEngine(engine, { identity: trusting(idp) }));
  client = clientWith(await idp.token("u-alice"));
});

afterAll(async () => {
  await srasta?.[Symbol.asyncDispose]();
  await idp?.stop();
  await engine?.stop();
});

describe("chat", () => {
  it("answers with usage and the name of the model that spoke", async () => {
    const chat = await client.chat.completions.create({
      model: "general",
      messages: kMessages,
      max_tokens: 8,
    });

    expect(chat.model).toBe(kEngineModel);
    expect(chat.choices[0]!.message.role).toBe("assistant");
    expect(chat.usage!.total_tokens).toBe(
      chat.usage!.prompt_tokens + chat.usage!.completion_tokens,
    );
  });

  it("streams without a usage chunk when nobody asked for one", async () => {
    const stream = await client.chat.completions.create({
      model: "general",
      messages: kMessages,
      max_tokens: 8,
      stream: true,
    });
    const chunks = await Array.fromAsync(stream);

    expect(chunks.filter((each) => each.usage)).toEqual([]);
    expect(chunks.every((each) => each.choices.length === 1)).toBe(true);
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toMatch(/^(length|stop)$/);
  });

  it("streams exactly one usage chunk, the last, when the client asked", async () => {
    const stream = await client.chat.completions.create({
      model: "general",
      messages: kMessages,
      max_tokens: 8,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);

    expect(chunks.filter((each) => each.usage)).toEqual([chunks.at(-1)]);
    expect(chunks.at(-1)!.choices).toEqual([]);
    expect(chunks.at(-1)!.usage!.completion_tokens).toBeGreaterThan(0);
  });

  it("can be given up in the middle of a stream", async () => {
    const stream = await client.chat.completions.create({
      model: "general",
      messages: kMessages,
      max_tokens: 400,
      stream: true,
    });
    for await (const _chunk of stream) break;

    const next = await client.chat.completions.create({
      model: "general",
      messages: kMessages,
      max_tokens: 1,
    });
    expect(next.choices).toHaveLength(1);
  });
});

describe("the other routes", () => {
  it("completes text", async () => {
    const completion = await client.completions.create({
      model: "general",
      prompt: "Once",
      max_tokens: 8,
    });

    expect(completion.choices[0]!.text).not.toBe("");
    expect(completion.usage!.prompt_tokens).toBeGreaterThan(0);
  });

  it("embeds several inputs, as numbers and as base64", async () => {
    const input = ["one", "two"];
    const numbers = await client.embeddings.create({
      model: "general",
      input,
      encoding_format: "float",
    });
    const packed = await client.embeddings.create({ model: "general", input });

    expect(numbers.data.map((row) => row.index)).toEqual([0, 1]);
    expect(numbers.data[0]!.embedding.length).toBeGreaterThan(8);
    // The client unpacks base64 itself: float32 both times, so equal up to that precision.
    expect(packed.data[0]!.embedding[0]).toBeCloseTo(numbers.data[0]!.embedding[0]!, 5);
  });

  it("lists models, aliases first, and retrieves one", async () => {
    const ids = (await client.models.list()).data.map((model) => model.id);
    const general = await client.models.retrieve("general");

    expect(ids).toContain("general");
    expect(ids).toContain(kEngineModel);
    expect(ids.indexOf("general")).toBeLessThan(ids.indexOf(kEngineModel));
    expect(general).toMatchObject({ id: "general", object: "model" });
  });
});

describe("refusals arrive as the client's own error types", () => {
  it("an unknown model is NotFoundError, in use and in retrieval", async () => {
    const chat = client.chat.completions.create({ model: "no-such-model", messages: kMessages });

    await expect(chat).rejects.toThrow(NotFoundError);
    await expect(chat).rejects.toMatchObject({ code: "model_not_found", status: 404 });
    await expect(client.models.retrieve("no-such-model")).rejects.toThrow(NotFoundError);
  });

  it("no token and a wrong token are AuthenticationError", async () => {
    const anonymous = new OpenAI({
      baseURL: `${srasta.baseUrl}/v1`,
      apiKey: "unused",
      maxRetries: 0,
      defaultHeaders: { Authorization: null },
    });

    await expect(anonymous.models.list()).rejects.toThrow(AuthenticationError);
    await expect(anonymous.models.list()).rejects.toMatchObject({ code: "credentials_missing" });
    await expect(clientWith("not.a.token").models.list()).rejects.toThrow(AuthenticationError);
  });

  it.each([
    { sub: "u-auditor", code: "permission_denied" },
    { sub: "u-stranger", code: "tenant_missing" },
    { sub: "u-nobody", code: "role_missing" },
  ])("$sub gets PermissionDeniedError $code", async ({ sub, code }) => {
    const refused = clientWith(await idp.token(sub)).models.list();

    await expect(refused).rejects.toThrow(PermissionDeniedError);
    await expect(refused).rejects.toMatchObject({ code });
  });
});
