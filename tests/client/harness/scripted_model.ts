import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ChatCompletionRequest, LLMock, type Mountable } from "@copilotkit/aimock";
import { until } from "./wait.ts";

type Exchange = {
  /** Method and target, as the engine was asked. */
  readonly line: string;
  readonly chunks: Buffer[];
  /** What aimock understood, in the shape of chat completions whatever the dialect was. */
  understood?: ChatCompletionRequest;
  ended?: "whole" | "cut";
};

/** The name that the engine gives its one model. */
export const kScripted = "scripted-model";

/**
 * aimock as the engine: it answers what the test scripts, in every dialect. Beside that it keeps what
 * it was asked, at any size, and how each exchange ended.
 */
export class ScriptedModel {
  private exchanges: Exchange[] = [];
  private readonly mock = new LLMock({ port: 0, host: "127.0.0.1" });

  private constructor(private readonly listed: string[]) {
    this.script(() => undefined);
  }

  static async start(listed = [kScripted]): Promise<ScriptedModel> {
    const model = new ScriptedModel(listed);
    for (const path of ["/v1", "/api"]) model.mock.mount(path, model.watch());
    await model.mock.start();
    return model;
  }

  get url(): string {
    return this.mock.url;
  }

  stop(): Promise<void> {
    return this.mock.stop();
  }

  /** Forgets all and takes new fixtures, of which the first that fits a request answers it. */
  script(write: (fixtures: LLMock) => void): void {
    this.exchanges = [];
    this.mock.clearFixtures();
    // Fits nothing and sees everything.
    this.mock.on({ predicate: (request) => this.understand(request) }, { content: "" });
    // aimock lists the models that fixtures name. Some clients look theirs up first.
    for (const model of this.listed)
      this.mock.on({ model, predicate: () => false }, { content: "" });
    write(this.mock);
  }

  /** The newest request as aimock understood it. */
  get understood(): ChatCompletionRequest {
    return this.newest(({ understood }) => understood).understood!;
  }

  /** The body of the newest request as it came. */
  get body(): string {
    return Buffer.concat(this.newest(() => true).chunks).toString();
  }

  /** What was asked, in order. */
  get asked(): string[] {
    return this.exchanges.map(({ line }) => line);
  }

  /** Waits until the engine is in the middle of an answer. */
  async asking(): Promise<void> {
    await until("the engine to be asked", () => this.exchanges.some((each) => each.understood));
  }

  /** Waits until the engine sees that nobody wants the rest of its answer. */
  async abandoned(): Promise<void> {
    const ended = await until("the engine to lose its client", () => this.exchanges.at(-1)?.ended);
    if (ended !== "cut") throw new Error("the engine could say everything it had to say");
  }

  private newest(wanted: (exchange: Exchange) => unknown): Exchange {
    const exchange = this.exchanges.findLast(wanted);
    if (!exchange) throw new Error("the engine was asked nothing");
    return exchange;
  }

  private understand(request: ChatCompletionRequest): false {
    this.exchanges.at(-1)!.understood = request;
    return false;
  }

  /** Sees each exchange before aimock does, and leaves it to aimock. */
  private watch(): Mountable {
    return {
      handleRequest: async (request: IncomingMessage, response: ServerResponse) => {
        if (request.method === "GET") return false;
        const exchange: Exchange = { line: `${request.method} ${request.url}`, chunks: [] };
        this.exchanges.push(exchange);
        const emit = request.emit.bind(request);
        request.emit = (event: string, ...values: unknown[]) => {
          if (event === "data") exchange.chunks.push(values[0] as Buffer);
          return emit(event, ...values);
        };
        response.once("close", () => {
          exchange.ended = response.writableFinished ? "whole" : "cut";
        });
        return false;
      },
    };
  }
}

/** The text of the user's last message. */
export function lastPrompt(request: ChatCompletionRequest): string {
  const content = request.messages.findLast(({ role }) => role === "user")?.content ?? "";
  if (typeof content === "string") return content;
  return content.map(({ text }) => text ?? "").join("");
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
