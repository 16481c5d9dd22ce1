import Anthropic, { APIError, APIUserAbortError } from "@anthropic-ai/sdk";
import { shownObject } from "../harness/client_docs.ts";
import {
  type Answer,
  type Client,
  type Question,
  type Refusal,
  type Subject,
  openAiErrorOf,
} from "../harness/client.ts";
import { kSpoken, kTranslated } from "../harness/client_stand.ts";

const kHeading = "@anthropic-ai/sdk";
type Messages = Anthropic.MessageParam[];

function bodyOf(question: Question, history: Messages = []): Anthropic.MessageCreateParams {
  const { model, prompt, rules, limit, picture, tools, schema } = question;
  const source = { type: "base64" as const, media_type: "image/png" as const, data: picture! };
  const text = { type: "text" as const, text: prompt };
  const content = picture ? [text, { type: "image" as const, source }] : prompt;
  const offered = tools?.map(({ parameters, ...tool }) => ({
    ...tool,
    input_schema: { ...parameters, type: "object" as const },
  }));
  return {
    model,
    max_tokens: limit ?? 1024,
    messages: [{ role: "user", content }, ...history],
    ...(rules && { system: rules }),
    ...(offered && { tools: offered }),
    ...(schema && { output_config: { format: { type: "json_schema", schema } } }),
  };
}

const kEnds: Record<string, Answer["end"]> = {
  end_turn: "stop",
  tool_use: "calls",
  max_tokens: "limit",
};

function answerOf({ content, stop_reason: reason, usage }: Anthropic.Message): Answer {
  const texts = content.map((block) => (block.type === "text" ? block.text : ""));
  const calls = content.flatMap((block) =>
    block.type === "tool_use" ? [{ id: block.id, name: block.name, arguments: block.input }] : [],
  );
  const cached = (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
  const counted = { input: usage.input_tokens + cached, output: usage.output_tokens };
  return { text: texts.join(""), calls, end: kEnds[reason ?? ""], usage: counted };
}

function historyOf({ calls }: Answer, results: string[]): Messages {
  const asked = calls.map(({ id, name, arguments: input }) => ({
    type: "tool_use" as const,
    id,
    name,
    input,
  }));
  const told = calls.map(({ id }, index) => ({
    type: "tool_result" as const,
    tool_use_id: id,
    content: results[index]!,
  }));
  return [
    { role: "assistant", content: asked },
    { role: "user", content: told },
  ];
}

function clientOf(anthropic: Anthropic): Client {
  const { messages } = anthropic.withOptions({ maxRetries: 0 });
  const ask = async (question: Question, history: Messages, signal: AbortSignal | null) =>
    answerOf(await messages.create({ ...bodyOf(question, history), stream: false }, { signal }));
  return {
    ask: (question, signal) => ask(question, [], signal ?? null),
    tell: (question, answer, results) => ask(question, historyOf(answer, results), null),
    async stream(question, heard, signal) {
      const stream = messages.stream(bodyOf(question), { signal: signal ?? null });
      stream.on("text", heard);
      return answerOf(await stream.finalMessage());
    },
  };
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof APIError)) throw error;
  const { status, errorCode, requestID } = error;
  const name = `${error.constructor.name} ${error.type}`;
  return { name, status, code: errorCode ?? undefined, requestId: requestID ?? undefined };
}

const kTypes: Record<number, string> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  502: "api_error",
};

export const anthropic: Subject = {
  heading: kHeading,
  connect: async (place) => clientOf(await shownObject<Anthropic>(kHeading, "client", place)),
  path: "/v1/messages",
  models: [kSpoken, kTranslated],
  refusalOf,
  nameOf: (status) => `${status === 413 ? "ContentTooLargeError" : openAiErrorOf(status)} ${kTypes[status]}`, // prettier-ignore
  isGivenUp: (error) => error instanceof APIUserAbortError,
};
