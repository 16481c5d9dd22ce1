import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { describeClient } from "../harness/client_matrix.ts";
import { Stand, kSpoken } from "../harness/client_stand.ts";
import { Engine } from "../harness/engine.ts";
import { withEngine } from "../harness/setups.ts";
import { Srasta } from "../harness/srasta.ts";
import { anthropic } from "./anthropic.ts";

describeClient(anthropic);

const messages = [{ role: "user" as const, content: "hello" }];

describe("the rest of Anthropic's client", () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await Stand.start();
  });
  afterAll(() => stand?.stop());

  it("may carry its credential as a bearer token", async () => {
    stand.model.script((on) => on.onMessage("hello", { content: "Hello." }));
    const client = new Anthropic({ baseURL: stand.origin, apiKey: null, authToken: stand.apiKey });
    const answer = await client.messages.create({ model: kSpoken, max_tokens: 8, messages });

    expect(answer.content).toMatchObject([{ type: "text", text: "Hello." }]);
  });

  it("streams thoughts apart from the answer", async () => {
    stand.model.script((on) => on.onMessage("hello", { content: "Hello.", reasoning: "Be kind." }));
    const client = new Anthropic({ baseURL: stand.origin, apiKey: stand.apiKey });
    const stream = client.messages.stream({ model: kSpoken, max_tokens: 8, messages });
    const { content } = await stream.finalMessage();

    expect(content).toMatchObject([
      { type: "thinking", thinking: "Be kind." },
      { type: "text", text: "Hello." },
    ]);
  });
});

describe("counting tokens by a real engine", () => {
  it("gives more for more", async () => {
    const engine = await Engine.start();
    onTestFinished(() => engine.stop());
    await using srasta = await Srasta.start(withEngine(engine));
    const client = new Anthropic({ baseURL: srasta.baseUrl, apiKey: await srasta.token() });
    const count = async (content: string) =>
      (
        await client.messages.countTokens({
          model: "general",
          messages: [{ role: "user", content }],
        })
      ).input_tokens;

    expect(await count("hello there, all of you")).toBeGreaterThan(await count("hello"));
    expect(await count("hello")).toBeGreaterThan(0);
  });
});
