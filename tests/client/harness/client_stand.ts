import { createHash, randomBytes } from "node:crypto";
import { ScriptedModel, kScripted } from "./scripted_model.ts";
import { type Config, Srasta } from "./srasta.ts";

/**
 * CLIENTS_DIRECT=1 sets clients before the engine itself, without a gateway. What then fails is wrong
 * in the test or in the engine.
 */
export const kDirect = process.env["CLIENTS_DIRECT"] === "1";

/** By an engine that speaks the dialects of OpenAI and Anthropic. */
export const kSpoken = "general";
/** By one that speaks chat completions alone: of other dialects the gateway translates. */
export const kTranslated = "translated";
/** By one that speaks Anthropic's Messages alone. */
export const kMessages = "messages-model";
/** By one that speaks that of Ollama, too. */
export const kOllama = "ollama-model";
/** An alias that callers of these tests may not use. */
export const kHidden = "hidden";

const kAllowed = [kSpoken, kTranslated, kMessages, kOllama];
const kKeyId = "abcdefgh2345";

/** A scripted engine with the gateway before it, and those who call. */
export class Stand {
  private constructor(
    readonly model: ScriptedModel,
    private readonly srasta: Srasta | undefined,
    /** An API key that may use these models. */
    readonly apiKey: string,
  ) {}

  static async start(): Promise<Stand> {
    const model = await ScriptedModel.start(kDirect ? kAllowed : undefined);
    const secret = randomBytes(32).toString("base64url");
    const key = `sk-srasta-${kKeyId}-${secret}`;
    try {
      const srasta = kDirect ? undefined : await Srasta.start(configuration(model.url, secret));
      return new Stand(model, srasta, key);
    } catch (error) {
      await model.stop();
      throw error;
    }
  }

  get origin(): string {
    return this.srasta?.baseUrl ?? this.model.url;
  }

  /** Of a caller with this role alone, whom nobody was before. */
  async tokenOf(role: string): Promise<string> {
    if (!this.srasta) return "-";
    return this.srasta.token({ sub: `u-${randomBytes(8).toString("hex")}`, roles: [role] });
  }

  /** Every act that the log has of a request. */
  async actsOf(requestId: string): Promise<string[]> {
    const records = await this.srasta!.recordsOf(requestId, 1);
    return records.map(({ act }) => act);
  }

  async stop(): Promise<void> {
    await this.srasta?.[Symbol.asyncDispose]();
    await this.model.stop();
  }
}

function configuration(url: string, secret: string): Config {
  const route = (upstream: string) => ({ routes: [{ upstream, model: kScripted, weight: 1 }] });
  const key = {
    id: kKeyId,
    secret_sha256: createHash("sha256").update(secret).digest("hex"),
    subject: "k-clients",
    tenant: "default",
    roles: ["user"],
    expires: "2099-01-01T00:00:00Z",
  };
  return {
    inference: {
      detect: false,
      upstreams: [
        { name: "spoken", kind: "vllm", url },
        { name: "plain", kind: "openai", url, speaks: ["chat"] },
        { name: "messages", kind: "anthropic", url },
        { name: "ollama", kind: "ollama", url },
      ],
      aliases: {
        [kSpoken]: route("spoken"),
        [kTranslated]: route("plain"),
        [kMessages]: route("messages"),
        [kOllama]: route("ollama"),
        [kHidden]: route("spoken"),
      },
    },
    access: {
      keys: [key],
      models: { user: [...kAllowed], service: [...kAllowed] },
    },
    limits: {
      json_body: "2MiB",
      rates: [{ name: "once", per: "principal", roles: ["service"], burst: 1, every: "1h" }],
    },
  };
}
