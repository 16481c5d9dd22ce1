// The engines behind the gateway: an ordinary one, and those that a case describes.
import { setTimeout as pause } from "node:timers/promises";
import {
  type Handler,
  type Step,
  chunk,
  json,
  kLastChunk,
  kReset,
  streamHead,
} from "../harness/mock_upstream.ts";
import { chatEvents } from "../harness/sse.ts";

export type EngineWish = {
  prompt?: number;
  completion?: number;
  usage?: boolean;
  status?: number;
  body?: string;
  echo_head?: boolean;
  headers?: Record<string, string>;
  reset?: boolean;
  words?: number;
  every_ms?: number;
  first_ms?: number;
  endless?: boolean;
};
export const kEngineKeys = new Set([
  ..."prompt completion usage status body echo_head headers reset words".split(" "),
  ..."every_ms first_ms endless".split(" "),
]);

/** Usage 10 and 20, as the fixture says; streams when asked to. */
export function ordinaryEngine(wish: EngineWish = {}): Handler {
  const usage = { prompt: wish.prompt ?? 10, completion: wish.completion ?? 20 };
  return async function* (request, exchange) {
    if (wish.first_ms) await pause(wish.first_ms);
    if (wish.reset) return yield kReset;
    if (wish.echo_head || (wish.status && wish.status !== 200)) {
      const message = wish.echo_head
        ? request.fields.map(([name, value]) => `${name}: ${value}`).join("; ")
        : "the engine is unwell";
      return yield json(wish.status ?? 500, wish.body ?? { error: { message } }, wish.headers);
    }
    const asked = JSON.parse(request.body.toString()) as { stream?: boolean };
    if (asked.stream) return yield* stream(wish, usage, request.body.toString(), exchange.gone);
    yield json(200, wish.body ?? completion(usage, wish.usage !== false), wish.headers);
  };
}

type Usage = { prompt: number; completion: number };

async function* stream(
  wish: EngineWish,
  usage: Usage,
  body: string,
  gone: Promise<void>,
): AsyncGenerator<Step> {
  const words = Array.from({ length: wish.words ?? usage.completion }, (_, n) => `w${n} `);
  const asked = body.includes('"include_usage":true') && wish.usage !== false;
  yield streamHead(wish.headers);
  let left = false;
  void gone.then(() => (left = true));
  const events = chatEvents(words, asked ? usage : undefined);
  for (const event of wish.endless ? events.slice(0, words.length) : events) {
    if (left) return;
    yield chunk(event);
    if (wish.every_ms) await pause(wish.every_ms);
  }
  for (let n = 0; wish.endless && !left; ++n) yield chunk(chatEvents([`more${n} `])[0]!);
  yield kLastChunk;
}

const completion = (usage: Usage, reported: boolean) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "mock-model",
  choices: [
    { index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" },
  ],
  ...(reported && {
    usage: {
      prompt_tokens: usage.prompt,
      completion_tokens: usage.completion,
      total_tokens: usage.prompt + usage.completion,
    },
  }),
});
