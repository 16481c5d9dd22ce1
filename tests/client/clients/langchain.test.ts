import { HumanMessage } from "@langchain/core/messages";
import type { ChatOpenAI } from "@langchain/openai";
import { createAgent, tool } from "langchain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shownObject } from "../harness/client_docs.ts";
import { describeClient } from "../harness/client_matrix.ts";
import { Stand } from "../harness/client_stand.ts";
import { langchain } from "./langchain.ts";

describeClient(langchain);

describe("an agent of langchain", () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await Stand.start();
  });
  afterAll(() => stand?.stop());

  it("uses its tool until the engine has an answer", async () => {
    const asked: string[] = [];
    const weather = tool(
      ({ place }: { place: string }) => {
        asked.push(place);
        return `it snows in ${place}`;
      },
      {
        name: "weather",
        description: "Weather at a place",
        schema: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
      },
    );
    stand.model.script((on) => {
      on.on({ toolResultContains: "snows in Bergen" }, { content: "Snow in both." });
      on.on({ toolResultContains: "snows in Oslo" }, call("Bergen"));
      on.onMessage("weather", call("Oslo"));
    });
    const place = { origin: stand.origin, key: stand.apiKey };
    const model = await shownObject<ChatOpenAI>(langchain.heading, "model", place);
    const agent = createAgent({ model, tools: [weather] });
    const { messages } = await agent.invoke({ messages: [new HumanMessage("the weather?")] });

    expect(asked).toEqual(["Oslo", "Bergen"]);
    expect(messages.at(-1)!.text).toBe("Snow in both.");
  });

  const call = (place: string) => ({
    toolCalls: [{ name: "weather", arguments: JSON.stringify({ place }) }],
  });
});
