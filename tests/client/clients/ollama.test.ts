import type { Ollama } from "ollama";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shownObject } from "../harness/client_docs.ts";
import { describeClient } from "../harness/client_matrix.ts";
import { Stand, kMessages, kOllama, kTranslated } from "../harness/client_stand.ts";
import { ollama } from "./ollama.ts";

describeClient(ollama);

describe("the rest of ollama's client", () => {
  let stand: Stand;
  let client: Ollama;
  beforeAll(async () => {
    stand = await Stand.start();
    const place = { origin: stand.origin, key: stand.apiKey };
    client = await shownObject<Ollama>("ollama", "ollama", place);
  });
  afterAll(() => stand?.stop());

  it("lists what its user may use", async () => {
    const names = (await client.list()).models.map(({ name }) => name);

    expect(names).toEqual(expect.arrayContaining(["general", kOllama, kTranslated]));
    expect(names).not.toContain("hidden");
  });

  it.each([kOllama, kTranslated, kMessages])("generates from a prompt by %s", async (model) => {
    stand.model.script((on) => on.onMessage("story", { content: "Once upon a time." }));
    const whole = await client.generate({ model, prompt: "a story" });
    const parts = await Array.fromAsync(
      await client.generate({ model, prompt: "a story", stream: true }),
    );

    expect(whole.response).toBe("Once upon a time.");
    expect(parts.map(({ response }) => response).join("")).toBe("Once upon a time.");
    expect(parts.at(-1)).toMatchObject({ done: true });
  });

  // aimock does not know Ollama's own embeddings.
  it("embeds by an engine of OpenAI's interface", async () => {
    const model = kTranslated;
    stand.model.script((on) => on.onEmbedding(/.*/, { embedding: [0.5, -0.25] }));
    const { embeddings } = await client.embed({ model, input: ["one"] });

    expect(embeddings).toEqual([[0.5, -0.25]]);
  });
});
