import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shownObject } from "../harness/client_docs.ts";
import { describeClient } from "../harness/client_matrix.ts";
import { Stand, kSpoken } from "../harness/client_stand.ts";
import { openai } from "./openai.ts";

describeClient(openai);

describe("the rest of OpenAI's client", () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await Stand.start();
  });
  afterAll(() => stand?.stop());

  it("embeds", async () => {
    stand.model.script((on) => on.onEmbedding(/.*/, { embedding: [0.25, -0.5, 1] }));
    const place = { origin: stand.origin, key: stand.apiKey };
    const client = await shownObject<OpenAI>("openai", "client", place);
    const answer = await client.embeddings.create({ model: kSpoken, input: ["one", "two"] });

    expect(answer.data.map(({ embedding }) => embedding)).toEqual([
      [0.25, -0.5, 1],
      [0.25, -0.5, 1],
    ]);
  });
});
