import type { OpenAICompatibleProvider } from "@ai-sdk/openai-compatible";
import {
  APICallError,
  type AssistantContent,
  type GenerateTextResult,
  type ModelMessage,
  Output,
  type ToolSet,
  generateText,
  jsonSchema,
  streamText,
  tool,
} from "ai";
import { shownObject } from "../harness/client_docs.ts";
import {
  type Answer,
  type Client,
  type Question,
  type Refusal,
  type Subject,
} from "../harness/client.ts";
import { kMessages, kSpoken } from "../harness/client_stand.ts";

const kHeading = "ai and @ai-sdk/openai-compatible";
type Provider = OpenAICompatibleProvider<string, string, string, string>;

function settingsOf(provider: Provider, question: Question, history: ModelMessage[] = []) {
  const { model, prompt, rules, limit, picture, tools, schema } = question;
  const text = { type: "text" as const, text: prompt };
  const shown = { type: "file" as const, data: picture!, mediaType: "image/png" };
  const content = picture ? [text, shown] : prompt;
  const offered = (tools ?? []).map(({ name, description, parameters }) => [
    name,
    tool({ description, inputSchema: jsonSchema(parameters) }),
  ]);
  return {
    model: provider(model),
    messages: [{ role: "user" as const, content }, ...history] as ModelMessage[],
    maxRetries: 0,
    ...(rules && { instructions: rules }),
    ...(limit && { maxOutputTokens: limit }),
    ...(tools && { tools: Object.fromEntries(offered) as ToolSet }),
    ...(schema && { output: Output.object({ schema: jsonSchema(schema), name: "colour" }) }),
  };
}

type Result = Pick<
  GenerateTextResult<ToolSet, never, never>,
  "text" | "toolCalls" | "finishReason" | "usage"
>;

const kEnds: Record<string, Answer["end"]> = {
  stop: "stop",
  "tool-calls": "calls",
  length: "limit",
};

function answerOf({ text, toolCalls, finishReason, usage }: Result): Answer {
  const calls = toolCalls.map(({ toolCallId, toolName, input }) => ({
    id: toolCallId,
    name: toolName,
    arguments: input as unknown,
  }));
  const end = kEnds[finishReason];
  return { text, calls, end, usage: { input: usage.inputTokens, output: usage.outputTokens } };
}

function historyOf({ calls }: Answer, results: string[]): ModelMessage[] {
  const asked = calls.map(({ id, name, arguments: input }) => ({
    type: "tool-call" as const,
    toolCallId: id,
    toolName: name,
    input,
  }));
  const told = calls.map(({ id, name }, index) => ({
    type: "tool-result" as const,
    toolCallId: id,
    toolName: name,
    output: { type: "text" as const, value: results[index]! },
  }));
  return [
    { role: "assistant", content: asked as AssistantContent },
    { role: "tool", content: told },
  ];
}

function clientOf(provider: Provider): Client {
  const ask = async (question: Question, history?: ModelMessage[], signal?: AbortSignal) => {
    const settings = settingsOf(provider, question, history);
    return answerOf(
      (await generateText({ ...settings, ...(signal && { abortSignal: signal }) })) as Result,
    );
  };
  return {
    ask: (question, signal) => ask(question, [], signal),
    tell: (question, answer, results) => ask(question, historyOf(answer, results)),
    async stream(question, heard, signal) {
      let failure: unknown;
      const result = streamText({
        ...settingsOf(provider, question),
        ...(signal && { abortSignal: signal }),
        onError: ({ error }) => void (failure = error),
      });
      for await (const text of result.textStream) heard(text);
      if (failure) throw failure;
      signal?.throwIfAborted();
      const [text, toolCalls, finishReason, usage] = await Promise.all([
        result.text,
        result.toolCalls,
        result.finishReason,
        result.usage,
      ]);
      return answerOf({ text, toolCalls, finishReason, usage } as Result);
    },
  };
}

function refusalOf(error: unknown): Refusal {
  if (!APICallError.isInstance(error)) throw error;
  const { statusCode, responseHeaders, data } = error;
  const { code } = (data as { error: { code: string } }).error;
  const requestId = responseHeaders?.["x-request-id"];
  return { name: error.name, status: statusCode, code, requestId };
}

export const aiSdk: Subject = {
  heading: kHeading,
  connect: async (place) => clientOf(await shownObject<Provider>(kHeading, "srasta", place)),
  path: "/v1/chat/completions",
  models: [kSpoken, kMessages],
  refusalOf,
  nameOf: () => "AI_APICallError",
  isGivenUp: (error) => (error as Error).name === "AbortError",
};
