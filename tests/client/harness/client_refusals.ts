import { describe, expect, it } from "vitest";
import type { Client, Question, Subject } from "./client.ts";
import { type Stand, kDirect, kHidden } from "./client_stand.ts";

const kRefusals = {
  "unknown key": [401, "key_invalid"],
  "no permission": [403, "permission_denied"],
  "no such model": [404, "model_not_found"],
  "hidden model": [404, "model_not_found"],
  "too large": [413, "body_too_large"],
  "rate limit": [429, "rate_limited"],
  "engine's rate limit": [429, "upstream_rate_limited"],
  "engine's failure": [502, "upstream_error"],
} as const;
type RefusalCase = keyof typeof kRefusals;

type Here = () => { stand: Stand; subject: Subject };

/** What the gateway refuses, and what it says of an engine that did, as the client's errors. */
export function describeRefusals(here: Here): void {
  describe.skipIf(kDirect)("a refusal is the client's own error", () => {
    it.each(Object.keys(kRefusals) as RefusalCase[])("%s", async (kind) => {
      const { stand, subject } = here();
      const [status, code] = kRefusals[kind];
      const model = subject.models[0]!;
      stand.model.script((on) => {
        if (kind === "engine's rate limit") on.nextRequestError(429, { message: "slow down" });
        if (kind === "engine's failure") on.nextRequestError(500, { message: "its stack trace" });
        on.onMessage("hello", { content: "hello" });
      });
      const error = await provoke(kind, here(), model);
      const refusal = subject.refusalOf(error);

      expect(refusal).toMatchObject({
        name: subject.nameOf(status),
        status,
        code: subject.tellsCodes === false ? undefined : code,
      });
      expect(String(error)).not.toContain("stack trace");
      if (subject.tellsCodes === false) return;
      expect(await stand.actsOf(refusal.requestId!)).not.toEqual([]);
    });
  });
}

async function provoke(kind: RefusalCase, { stand, subject }: ReturnType<Here>, model: string) {
  const as = (key: string) => subject.connect({ origin: stand.origin, key });
  const failure = async (client: Client, question: Partial<Question> = {}): Promise<unknown> =>
    client.ask({ model, prompt: "hello", ...question }).then(
      (answer) => expect.fail(`no error but ${JSON.stringify(answer)}`),
      (error: unknown) => error,
    );
  const known = await as(stand.apiKey);
  switch (kind) {
    case "unknown key":
      return failure(await as(`${stand.apiKey.slice(0, -4)}AAAA`));
    case "no permission":
      return failure(await as(await stand.tokenOf("auditor")));
    case "no such model":
      return failure(known, { model: "no-such-model" });
    case "hidden model":
      return failure(known, { model: kHidden });
    case "too large":
      return failure(known, { prompt: "x".repeat(2 * 1024 * 1024) });
    case "rate limit": {
      const once = await as(await stand.tokenOf("service"));
      await once.ask({ model, prompt: "hello" });
      return failure(once);
    }
    default:
      return failure(known);
  }
}
