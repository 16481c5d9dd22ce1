// Traces as OpenTelemetry's own message types read them.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Collector, decode } from "./harness/collector.ts";
import { MockUpstream, json } from "./harness/mock_upstream.ts";
import { exchange } from "./harness/raw_client.ts";
import { Srasta } from "./harness/srasta.ts";
import { until } from "./harness/wait.ts";

const kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const kParent = "00f067aa0ba902b7";
const kAnswer = {
  choices: [{ message: { role: "assistant", content: "hello" } }],
  usage: { prompt_tokens: 3, completion_tokens: 5 },
};

describe("what a collector gets", () => {
  let mock: MockUpstream;
  let collector: Collector;
  let srasta: Srasta;
  let token: string;

  beforeAll(async () => {
    mock = await MockUpstream.start();
    collector = await Collector.start();
    srasta = await Srasta.start({
      inference: {
        detect: false,
        upstreams: [{ name: "mock", kind: "vllm", url: mock.url }],
        aliases: { general: { routes: [{ upstream: "mock", model: mock.model }] } },
      },
      telemetry: { otlp: { endpoint: collector.url } },
    });
    token = await srasta.token();
  });
  afterAll(async () => {
    await srasta?.stop();
    srasta?.remove();
    await collector.stop();
    await mock.stop();
  });

  it("is read whole by the protocol's own types, and links client, gateway and engine", async () => {
    mock.answer(() => [json(200, kAnswer)]);
    const answer = await exchange(`${srasta.baseUrl}/v1/chat/completions`, {
      token,
      body: JSON.stringify({ model: "general", messages: [{ role: "user", content: "hi" }] }),
      headers: { "content-type": "application/json", traceparent: `00-${kTrace}-${kParent}-01` },
    });
    expect(answer.status, answer.text).toBe(200);
    const spans = await until("two spans", () => {
      const found = collector.of(answer.requestId);
      return found.length === 2 ? found : undefined;
    });
    expect(collector.wrong).toEqual([]);
    const server = spans.find((span) => span.kind === 2)!;
    const client = spans.find((span) => span.kind === 3)!;
    expect(server).toMatchObject({ traceId: kTrace, parentSpanId: kParent });
    expect(client).toMatchObject({ traceId: kTrace, parentSpanId: server.spanId });
    expect(client.attributes).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "vllm",
      "gen_ai.request.model": mock.model,
      "gen_ai.usage.input_tokens": "3",
      "gen_ai.usage.output_tokens": "5",
    });
    expect(server.resource).toMatchObject({ "service.name": "srasta-api" });
  });

  it("would be refused with a member that the protocol does not know", () => {
    const span = { traceId: kTrace, spanId: kParent, name: "n", kind: 2, status: {} };
    const wrapped = (one: object) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [one] }] }] });
    expect(() => decode(wrapped({ ...span, startTimeUnixNano: "1" }))).not.toThrow();
    expect(() => decode(wrapped({ ...span, startTime: "1" }))).toThrow();
    expect(() => decode(wrapped({ ...span, spanId: kParent.slice(1) }))).toThrow();
  });
});
