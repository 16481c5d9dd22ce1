/** A chat stream as engines send it: content events, a finish event, usage when asked, [DONE]. */
export function chatEvents(
  words: string[],
  usage?: { prompt: number; completion: number },
): string[] {
  const event = (body: object) => `data: ${JSON.stringify({ ...kEnvelope, ...body })}\n\n`;
  return [
    ...words.map((content) => event({ choices: [choice({ content })] })),
    event({ choices: [choice({}, "stop")] }),
    ...(usage ? [event({ choices: [], usage: usageObject(usage) })] : []),
    "data: [DONE]\n\n",
  ];
}

/** What a client sees that did not ask for usage: all but the event with nothing else in it. */
export function withoutUsage(events: string[]): string[] {
  return events.filter((event) => !event.includes('"choices":[],"usage"'));
}

/** Cuts `bytes` at `cuts` random places; the same seed cuts at the same places. */
export function split(bytes: Buffer, cuts: number, seed: number): Buffer[] {
  const dice = mulberry32(seed);
  const places = Array.from({ length: cuts }, () => Math.floor(dice() * bytes.length));
  const edges = [...new Set([0, ...places, bytes.length])].sort((a, b) => a - b);
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

const kEnvelope = {
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1,
  model: "mock-model",
};

const choice = (delta: object, finish: string | null = null) => ({
  index: 0,
  delta,
  finish_reason: finish,
});

const usageObject = ({ prompt, completion }: { prompt: number; completion: number }) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
});

// A well-known 32-bit generator: small, and repeatable where Math.random is not.
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
