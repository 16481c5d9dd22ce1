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
import { kMessages, kSpoken, kTranslated } from "../harness/client_stand.ts";

const kHeading = "openai, Responses";
type Body = OpenAI.Responses.ResponseCreateParams;
type Items = OpenAI.Responses.ResponseInputItem[];

function bodyOf(question: Question, history: Items = []): Body {
  const { model, prompt, rules, limit, picture, tools, schema } = question;
  const text = { type: "input_text" as const, text: prompt };
  const shown = {
    type: "input_image" as const,
    image_url: `data:image/png;base64,${picture}`,
    detail: "auto" as const,
  };
  const content = picture ? [text, shown] : prompt;
  const offered = tools?.map((each) => ({ type: "function" as const, strict: true, ...each }));
  return {
    model,
    input: [{ role: "user", content }, ...history],
    ...(rules && { instructions: rules }),
    ...(limit && { max_output_tokens: limit }),
    ...(offered && { tools: offered }),
    ...(schema && {
      text: { format: { type: "json_schema", name: "colour", strict: true, schema } },
    }),
  };
}

function answerOf({ status, output, output_text: text, usage }: OpenAI.Responses.Response): Answer {
  const calls = output.flatMap((item) =>
    item.type === "function_call"
      ? [{ id: item.call_id, name: item.name, arguments: JSON.parse(item.arguments) as unknown }]
      : [],
  );
  const counted = usage && { input: usage.input_tokens, output: usage.output_tokens };
  const ended = calls.length > 0 ? "calls" : "stop";
  const end = status === "completed" ? ended : status === "incomplete" ? "limit" : undefined;
  return { text, calls, end, usage: counted };
}

function historyOf({ calls }: Answer, results: string[]): Items {
  const asked = calls.map(({ id, name, arguments: values }) => ({
    type: "function_call" as const,
    call_id: id,
    name,
    arguments: JSON.stringify(values),
  }));
  const told = calls.map(({ id }, index) => ({
    type: "function_call_output" as const,
    call_id: id,
    output: results[index]!,
  }));
  return [...asked, ...told];
}

function clientOf(openai: OpenAI): Client {
  const { responses } = openai.withOptions({ maxRetries: 0 });
  const ask = async (question: Question, history: Items, signal: AbortSignal | null) =>
    answerOf(await responses.create({ ...bodyOf(question, history), stream: false }, { signal }));
  return {
    ask: (question, signal) => ask(question, [], signal ?? null),
    tell: (question, answer, results) => ask(question, historyOf(answer, results), null),
    async stream(question, heard, signal) {
      const body = { ...bodyOf(question), stream: true as const };
      const stream = responses.stream(body, { signal: signal ?? null });
      stream.on("response.output_text.delta", ({ delta }) => heard(delta));
      return answerOf(await stream.finalResponse());
    },
  };
}

export const responses: Subject = {
  heading: kHeading,
  connect: async (place) => clientOf(await shownObject<OpenAI>(kHeading, "client", place)),
  path: "/v1/responses",
  models: [kSpoken, kTranslated, kMessages],
  refusalOf: openAiRefusalOf,
  nameOf: openAiErrorOf,
  isGivenUp: (error) => error instanceof APIUserAbortError,
};
