import { createHash } from "node:crypto";

/** Texts that exist once in the world, with what they were for: a hit names what leaked. */
export class Canaries {
  readonly secrets: Record<string, string> = {};

  get count(): number {
    return Object.keys(this.secrets).length;
  }

  /** A text whose escaped forms differ from it. */
  text(kind: string): string {
    return this.keep(kind, `Zürich ${this.unique(kind)}?&=+ "%41\t/`);
  }

  /** One word, for header fields and URLs. */
  word(kind: string): string {
    return this.keep(kind, `canary-${this.unique(kind)}`);
  }

  keep(kind: string, secret: string): string {
    this.secrets[`${kind} ${this.count}`] = secret;
    return secret;
  }

  /** The parts of a token that must not stay anywhere: its payload, its signature. */
  token(kind: string, token: string): string {
    const [, payload, signature] = token.split(".");
    if (payload) this.keep(`${kind}, payload`, payload);
    if (signature) this.keep(`${kind}, signature`, signature);
    return token;
  }

  /** A chat request full of canaries, its header fields included. */
  chat(model = "general", more: Record<string, unknown> = {}): Letter {
    const query = JSON.stringify({ query: this.text("tool argument") });
    const call = { id: "1", type: "function", function: { name: "look_up", arguments: query } };
    const schema = { type: "object", description: this.text("tool schema") };
    const body = {
      model,
      messages: [
        { role: "system", content: this.text("system prompt") },
        { role: "user", content: this.text("prompt") },
        { role: "assistant", content: null, tool_calls: [call] },
        { role: "tool", tool_call_id: "1", content: this.text("tool result") },
      ],
      tools: [{ type: "function", function: { name: "look_up", parameters: schema } }],
      user: this.text("user member"),
      ...more,
    };
    return { body: JSON.stringify(body), headers: this.headers() };
  }

  headers(): Record<string, string> {
    return {
      "x-canary": this.word("header"),
      cookie: `session=${this.word("cookie")}`,
      "idempotency-key": this.word("idempotency key"),
      "user-agent": this.word("user agent"),
      referer: `http://127.0.0.1/?q=${this.word("referrer")}`,
    };
  }

  /** What an engine generates. */
  answer(): object {
    const query = JSON.stringify({ query: this.text("engine's tool argument") });
    const call = { id: "2", type: "function", function: { name: "look_up", arguments: query } };
    const message = { role: "assistant", content: this.text("answer"), tool_calls: [call] };
    return {
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage: { prompt_tokens: 3, completion_tokens: 5 },
    };
  }

  private unique(kind: string): string {
    return createHash("sha256").update(`${kind} ${this.count}`).digest("hex").slice(0, 20);
  }
}

export type Letter = { body: string; headers: Record<string, string> };
