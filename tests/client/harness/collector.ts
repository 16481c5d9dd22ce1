import { deepEqual } from "node:assert/strict";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js";

export type Attributes = Record<string, unknown>;
export type Span = {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  attributes: Attributes;
  resource: Attributes;
};

/** What is used of a generated message type; the package's own declarations leave it out. */
type Message = {
  fromObject(object: unknown): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: { longs: typeof String; bytes: typeof String }): unknown;
};
type Schema = {
  opentelemetry: { proto: { collector: { trace: { v1: { ExportTraceServiceRequest: Message } } } } };
};
const Request = (root as unknown as Schema).opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
const kIds = new Set(["traceId", "spanId", "parentSpanId"]);

/** OTLP's JSON has ids in hexadecimal where the JSON of protocol buffers has base64. */
function withIds(value: unknown, from: BufferEncoding, to: BufferEncoding): unknown {
  if (Array.isArray(value)) return value.map((each) => withIds(each, from, to));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) =>
      kIds.has(key) ? [key, Buffer.from(String(each), from).toString(to)] : [key, withIds(each, from, to)],
    ),
  );
}

/** Reads `text` by OpenTelemetry's own message types; throws unless these know all that stands in it. */
export function decode(text: string): unknown {
  const sent: unknown = JSON.parse(text);
  const message = Request.fromObject(withIds(sent, "hex", "base64"));
  const bytes = Request.encode(message).finish();
  const read = Request.toObject(Request.decode(bytes), { longs: String, bytes: String });
  deepEqual(withIds(read, "base64", "hex"), sent);
  return sent;
}

type AnyValue = Record<string, unknown>;
type Entry = { key: string; value: AnyValue };
type Sent = {
  resourceSpans: {
    resource: { attributes: Entry[] };
    scopeSpans: { spans: (Omit<Span, "attributes" | "resource"> & { attributes: Entry[] })[] }[];
  }[];
};

function plain(entries: Entry[]): Attributes {
  return Object.fromEntries(entries.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** A collector that keeps every byte it gets, and the spans that OpenTelemetry's own types read in it. */
export class Collector {
  readonly spans: Span[] = [];
  readonly wrong: string[] = [];
  private readonly got: Buffer[] = [];
  readonly heads: string[] = [];
  private server!: Server;
  url = "";

  static async start(): Promise<Collector> {
    const collector = new Collector();
    collector.server = createServer((request, answer) => {
      const body: Buffer[] = [];
      request.on("data", (data: Buffer) => body.push(data));
      request.on("end", () => {
        collector.heads.push(request.rawHeaders.join("\n"));
        collector.got.push(...body);
        collector.take(Buffer.concat(body).toString("utf8"));
        answer.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
    });
    await new Promise<void>((ready) => collector.server.listen(0, "127.0.0.1", ready));
    collector.url = `http://127.0.0.1:${(collector.server.address() as AddressInfo).port}`;
    return collector;
  }

  /** Bodies as they came. */
  bytes(): Buffer {
    return Buffer.concat(this.got);
  }

  of(requestId: string): Span[] {
    return this.spans.filter((span) => span.attributes["srasta.request_id"] === requestId);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((end) => this.server.close(end));
  }

  private take(text: string): void {
    try {
      for (const { resource, scopeSpans } of (decode(text) as Sent).resourceSpans) {
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          const attributes = plain(span.attributes);
          this.spans.push({ ...span, attributes, resource: plain(resource.attributes) });
        }
      }
    } catch (error) {
      this.wrong.push(String(error));
    }
  }
}
