import OpenAI, { APIUserAbortError } from "openai";
import { shownObject } from "../harness/client_docs.ts";
import {
  type Answer,
  type Client,
  type Question,
  type Subject,
  openAiErrorOf,
  openAiRefusalOf,
} from "../harness/client.ts";
import { kMessages, kSpoken } from "../harness/client_stand.ts";

type Messages = OpenAI.ChatCompletionMessageParam[];

function bodyOf(question: Question, history: Messages = []): OpenAI.ChatCompletionCreateParams {
  const { model, prompt, rules, limit, picture, tools, schema } = question;
  const url = `data:image/png;base64,${picture}`;
  const shown = { type: "image_url" as const, image_url: { url } };
  const content = picture ? [{ type: "text" as const, text: prompt }, shown] : prompt;
  const told = rules ? [{ role: "system" as const, content: rules }] : [];
  return {
    model,
    messages: [...told, { role: "user", content }, ...history],
    ...(limit && { max_tokens: limit }),
    ...(tools && { tools: tools.map((each) => ({ type: "function", function: each })) }),
    ...(schema && {
      response_format: {
        type: "json_schema",
        json_schema: { name: "colour", strict: true, schema },
      },
    }),
  };
}

const kEnds: Record<string, Answer["end"]> = { stop: "stop", tool_calls: "calls", length: "limit" };

function answerOf({ choices, usage }: OpenAI.ChatCompletion): Answer {
  const message = choices[0]!.message;
  const calls = (message.tool_calls ?? []).map((call) => {
    if (call.type !== "function") throw new Error(`a call of type ${call.type}`);
    const { name, arguments: text } = call.function;
    return { id: call.id, name, arguments: JSON.parse(text) as unknown };
  });
  const counted = usage && { input: usage.prompt_tokens, output: usage.completion_tokens };
  const end = kEnds[choices[0]!.finish_reason];
  return { text: message.content ?? "", calls, end, usage: counted };
}

function historyOf(answer: Answer, results: string[]): Messages {
  const calls = answer.calls.map(({ id, name, arguments: values }) => ({
    id,
    type: "function" as const,
    function: { name, arguments: JSON.stringify(values) },
  }));
  const told = answer.calls.map(({ id }, index) => ({
    role: "tool" as const,
    tool_call_id: id,
    content: results[index]!,
  }));
  return [{ role: "assistant", content: null, tool_calls: calls }, ...told];
}

function clientOf(openai: OpenAI): Client {
  const chat = openai.withOptions({ maxRetries: 0 }).chat.completions;
  const ask = async (question: Question, history: Messages = [], signal?: AbortSignal) =>
    answerOf(
      await chat.create(
        { ...bodyOf(question, history), stream: false },
        { signal: signal ?? null },
      ),
    );
  return {
    ask: (question, signal) => ask(question, [], signal),
    tell: (question, answer, results) => ask(question, historyOf(answer, results)),
    async stream(question, heard, signal) {
      const body = { ...bodyOf(question), stream: true as const };
      const stream = chat.stream(
        { ...body, stream_options: { include_usage: true } },
        { signal: signal ?? null },
      );
      stream.on("content", heard);
      return answerOf(await stream.finalChatCompletion());
    },
  };
}

export const openai: Subject = {
  heading: "openai",
  connect: async (place) => clientOf(await shownObject<OpenAI>("openai", "client", place)),
  path: "/v1/chat/completions",
  models: [kSpoken, kMessages],
  refusalOf: openAiRefusalOf,
  nameOf: openAiErrorOf,
  isGivenUp: (error) => error instanceof APIUserAbortError,
};
