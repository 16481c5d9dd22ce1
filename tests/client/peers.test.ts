// Controls: the peers of these tests work without us. When one of these fails, look there first.
import { createRemoteJWKSet, jwtVerify } from "jose";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine, kEngineModel } from "./harness/engine.ts";
import { expired, forgeries, honestClaims, sign } from "./harness/forge.ts";
import { type Alg, IdentityProvider, kAudience, makeKey } from "./harness/idp.ts";
import {
  MockUpstream,
  chunk,
  json,
  kLastChunk,
  kReset,
  streamHead,
} from "./harness/mock_upstream.ts";
import { exchange, open } from "./harness/raw_client.ts";
import { until } from "./harness/wait.ts";

describe("the engine", () => {
  let engine: Engine;
  let client: OpenAI;
  beforeAll(async () => {
    engine = await Engine.start();
    client = new OpenAI({ baseURL: `${engine.url}/v1`, apiKey: "-" });
  });
  afterAll(() => engine.stop());

  it("chats, completes and embeds in one process", async () => {
    const messages = [{ role: "user" as const, content: "hi" }];
    const chat = await client.chat.completions.create({
      model: kEngineModel,
      messages,
      max_tokens: 4,
    });
    const text = await client.completions.create({
      model: kEngineModel,
      prompt: "hi",
      max_tokens: 4,
    });
    const vectors = await client.embeddings.create({ model: kEngineModel, input: ["hi", "ho"] });

    expect(chat.usage!.completion_tokens).toBeGreaterThan(0);
    expect(text.choices[0]!.text).not.toBe("");
    expect(vectors.data.map((row) => row.embedding.length)).toEqual([64, 64]);
  });
});

describe("the identity provider", () => {
  let idp: IdentityProvider;
  const verify = (token: string) =>
    jwtVerify(token, createRemoteJWKSet(new URL(`${idp.issuer}/jwks`)), {
      issuer: idp.issuer,
      audience: kAudience,
    });
  beforeAll(async () => {
    idp = await IdentityProvider.create([{ sub: "u-alice", tenant: "default", roles: ["user"] }]);
    await idp.start();
  });
  afterAll(() => idp.stop());

  it.each<Alg>(["RS256", "ES256", "EdDSA"])(
    "issues %s tokens that another library verifies",
    async (alg) => {
      const { payload, protectedHeader } = await verify(await idp.token("u-alice", alg));

      expect(protectedHeader).toMatchObject({ alg, typ: "at+jwt", kid: `first-${alg}` });
      expect(payload).toMatchObject({ sub: "u-alice", tenant: "default", roles: ["user"] });
    },
  );

  it("signs tokens by hand that another library verifies", async () => {
    const token = await sign(honestClaims(idp, "u-alice"), idp.key("ES256"));

    await expect(verify(token)).resolves.toBeTruthy();
  });

  it.each<Alg>(["RS256", "ES256", "EdDSA"])(
    "has %s forgeries that another library refuses",
    async (alg) => {
      const tokens = {
        ...(await forgeries(idp, "u-alice", alg)),
        old: await expired(idp, "u-alice", alg),
      };

      for (const [name, token] of Object.entries(tokens)) {
        await expect(verify(token), name).rejects.toThrow();
      }
    },
  );

  it("comes back on the same port with other keys", async () => {
    const next = await makeKey("ES256", "second-ES256");
    idp.signWith(next);
    await idp.publish([next]);

    const { protectedHeader } = await verify(await idp.token("u-alice", "ES256"));
    expect(protectedHeader.kid).toBe("second-ES256");
  });
});

describe("the scripted engine", () => {
  let mock: MockUpstream;
  beforeAll(async () => {
    mock = await MockUpstream.start();
  });
  afterAll(() => mock.stop());

  it("records the request and answers the bytes it was given", async () => {
    mock.answer(() => [json(200, '{"a": 1}')]);
    const answer = await exchange(`${mock.url}/v1/x`, { body: "{}", headers: { "X-Odd": "1" } });

    expect(answer.text).toBe('{"a": 1}');
    expect(mock.requests[0]!.body.toString()).toBe("{}");
    expect(mock.requests[0]!.fields).toContainEqual(["X-Odd", "1"]);
  });

  it("dies in the middle of a stream", async () => {
    mock.answer(() => [streamHead(), chunk("data: 1\n\n"), kReset]);
    const answer = await exchange(`${mock.url}/v1/x`, { body: "{}" });

    expect(answer).toMatchObject({ end: "cut", text: "data: 1\n\n" });
  });

  it("notices a client that leaves", async () => {
    let left = false;
    mock.answer(async function* (_request, { gone }) {
      yield streamHead();
      yield chunk("data: 1\n\n");
      await gone;
      left = true;
      yield kLastChunk;
    });
    const answer = await open(`${mock.url}/v1/x`, { body: "{}" });
    await answer.receives(9);
    answer.abort();

    await until("the scripted engine to notice", () => left);
  });
});
