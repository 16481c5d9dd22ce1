import {
  AIMessage,
  type AIMessageChunk,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  type UsageMetadata,
} from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { shownObject } from "../harness/client_docs.ts";
import {
  type Answer,
  type Client,
  type Question,
  type Refusal,
  type Subject,
  openAiErrorOf,
} from "../harness/client.ts";
import { kMessages, kSpoken } from "../harness/client_stand.ts";

const kHeading = "langchain and @langchain/openai";
type Messages = (HumanMessage | AIMessage | ToolMessage)[];

function messagesOf({ prompt, rules, picture }: Question) {
  const told = rules ? [new SystemMessage(rules)] : [];
  return [...told, picture ? shownMessage(prompt, picture) : new HumanMessage(prompt)];
}

function shownMessage(prompt: string, picture: string): HumanMessage {
  const url = `data:image/png;base64,${picture}`;
  const shown = { type: "image_url", image_url: { url } };
  return new HumanMessage({ content: [{ type: "text", text: prompt }, shown] });
}

const kEnds: Record<string, Answer["end"]> = { stop: "stop", tool_calls: "calls", length: "limit" };

function answerOf(message: AIMessage | AIMessageChunk): Answer {
  const { text, tool_calls: calls, response_metadata: metadata } = message;
  const usage = message.usage_metadata as UsageMetadata | undefined;
  return {
    text,
    end: kEnds[String(metadata["finish_reason"])],
    calls: (calls ?? []).map(({ id, name, args }) => ({
      id: id!,
      name,
      arguments: args as unknown,
    })),
    usage: usage && { input: usage.input_tokens, output: usage.output_tokens },
  };
}

function historyOf({ calls }: Answer, results: string[]): Messages {
  const asked = calls.map(({ id, name, arguments: args }) => ({
    id,
    name,
    args: args as Record<string, unknown>,
  }));
  return [
    new AIMessage({ content: "", tool_calls: asked }),
    ...calls.map(({ id }, index) => new ToolMessage(results[index]!, id)),
  ];
}

function clientOf(shown: ChatOpenAI): Client {
  const modelFor = ({ model, limit, tools, schema }: Question) => {
    const chosen = new ChatOpenAI({
      ...shown.lc_kwargs,
      ...{ model, maxRetries: 0 },
      ...(limit && { maxTokens: limit }),
    });
    if (tools) {
      return chosen.bindTools(tools.map((each) => ({ type: "function", function: each })));
    }
    if (!schema) return chosen;
    const wanted = { name: "colour", strict: true, schema };
    return chosen.withConfig({ response_format: { type: "json_schema", json_schema: wanted } });
  };
  const ask = async (question: Question, history: Messages = [], signal?: AbortSignal) => {
    const messages = [...messagesOf(question), ...history];
    return answerOf(await modelFor(question).invoke(messages, { ...(signal && { signal }) }));
  };
  return {
    ask: (question, signal) => ask(question, [], signal),
    tell: (question, answer, results) => ask(question, historyOf(answer, results)),
    async stream(question, heard, signal) {
      const settings = { ...(signal && { signal }) };
      let whole: AIMessageChunk | undefined;
      for await (const part of await modelFor(question).stream(messagesOf(question), settings)) {
        if (part.text) heard(part.text);
        whole = whole ? whole.concat(part) : part;
      }
      return answerOf(whole!);
    },
  };
}

// Its errors are those of the openai package that it carries.
function refusalOf(error: unknown): Refusal {
  const { constructor, status, code, requestID } = error as Error & Record<string, string>;
  return { name: constructor.name, status: Number(status), code, requestId: requestID };
}

export const langchain: Subject = {
  heading: kHeading,
  connect: async (place) => clientOf(await shownObject<ChatOpenAI>(kHeading, "model", place)),
  path: "/v1/chat/completions",
  models: [kSpoken, kMessages],
  refusalOf,
  nameOf: openAiErrorOf,
  isGivenUp: (error) => (error as Error).name === "AbortError",
};
