import type { ChatRequest, ChatResponse, Message, Ollama } from "ollama";
import { Ollama as OllamaClient } from "ollama";
import { shownObject } from "../harness/client_docs.ts";
import {
  type Answer,
  type Client,
  type Question,
  type Refusal,
  type Subject,
} from "../harness/client.ts";
import { kMessages, kOllama, kTranslated } from "../harness/client_stand.ts";

const kHeading = "ollama";

function bodyOf(question: Question, history: Message[] = []): ChatRequest {
  const { model, prompt, rules, limit, picture, tools, schema } = question;
  const images = picture ? [picture] : [];
  const offered = tools?.map((each) => ({ type: "function", function: each }));
  return {
    model,
    messages: [
      ...(rules ? [{ role: "system", content: rules }] : []),
      { role: "user", content: prompt, ...(picture && { images }) },
      ...history,
    ],
    ...(offered && { tools: offered as NonNullable<ChatRequest["tools"]> }),
    ...(schema && { format: schema }),
    ...(limit && { options: { num_predict: limit } }),
  };
}

const kEnds: Record<string, Answer["end"]> = { length: "limit" };

function answerOf(message: Message, last: ChatResponse): Answer {
  const calls = (message.tool_calls ?? []).map(({ function: { name, arguments: values } }) => ({
    id: "",
    name,
    arguments: values as unknown,
  }));
  const usage = { input: last.prompt_eval_count, output: last.eval_count };
  // It has no word of its own for an end that calls tools.
  const ended = calls.length > 0 ? "calls" : "stop";
  const end = last.done_reason === "stop" ? ended : kEnds[last.done_reason];
  return { text: message.content, calls, end, usage };
}

function historyOf({ calls }: Answer, results: string[]): Message[] {
  const asked = calls.map(({ name, arguments: values }) => ({
    function: { name, arguments: values as Record<string, unknown> },
  }));
  const told = calls.map(({ name }, index) => ({
    role: "tool",
    tool_name: name,
    content: results[index]!,
  }));
  return [{ role: "assistant", content: "", tool_calls: asked }, ...told];
}

function clientOf({ config }: { config: Ollama["config"] }): Client {
  // A user gives a whole answer up by a fetch of his own: the library aborts streams alone.
  const ollamaWith = (signal?: AbortSignal) =>
    new OllamaClient({
      ...config,
      fetch: (url, init) => fetch(url, signal ? { ...init, signal } : init),
    });
  const ask = async (question: Question, history?: Message[], signal?: AbortSignal) => {
    const answer = await ollamaWith(signal).chat({ ...bodyOf(question, history), stream: false });
    return answerOf(answer.message, answer);
  };
  return {
    ask: (question, signal) => ask(question, [], signal),
    tell: (question, answer, results) => ask(question, historyOf(answer, results)),
    async stream(question, heard, signal) {
      const stream = await ollamaWith().chat({ ...bodyOf(question), stream: true });
      signal?.addEventListener("abort", () => stream.abort());
      const whole: Message = { role: "assistant", content: "", tool_calls: [] };
      let last: ChatResponse | undefined;
      for await (const part of stream) {
        if (part.message.content) heard(part.message.content);
        whole.content += part.message.content;
        whole.tool_calls!.push(...(part.message.tool_calls ?? []));
        last = part;
      }
      return answerOf(whole, last!);
    },
  };
}

// Its class is not exported, and there is no code and no header in it.
function refusalOf(error: unknown): Refusal {
  const { name, status_code: status } = error as { name: string; status_code: number };
  return { name, status, code: undefined };
}

export const ollama: Subject = {
  heading: kHeading,
  connect: async (place) => clientOf(await shownObject<{ config: Ollama["config"] }>(kHeading, "ollama", place)), // prettier-ignore
  path: "/api/chat",
  models: [kOllama, kTranslated, kMessages],
  refusalOf,
  nameOf: () => "ResponseError",
  isGivenUp: (error) => (error as Error).name === "AbortError",
  tellsCodes: false,
  callsHaveIds: false,
  uncounted: [kOllama],
};
