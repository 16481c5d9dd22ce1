// What the ledger says about requests, and that it stays verifiable when the gateway is killed.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MockUpstream, chunk, json, kLastChunk, streamHead } from "./harness/mock_upstream.ts";
import { freePort } from "./harness/ports.ts";
import { exchange } from "./harness/raw_client.ts";
import { withMock } from "./harness/setups.ts";
import { Srasta } from "./harness/srasta.ts";
import { chatEvents } from "./harness/sse.ts";
import { until } from "./harness/wait.ts";

const kPlain = '{"model":"general","messages":[{"role":"user","content":"hi"}]}';
const kStream = '{"model":"general","stream":true,"messages":[]}';
const kUsage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
let mock: MockUpstream;

beforeAll(async () => {
  mock = await MockUpstream.start();
});
afterAll(() => mock.stop());

const chat = (srasta: Srasta, token: string, body = kPlain) =>
  exchange(`${srasta.baseUrl}/v1/chat/completions`, { token, body });

describe("the records", () => {
  let srasta: Srasta;
  let token: string;
  beforeAll(async () => {
    srasta = await Srasta.start(withMock(mock));
    token = await srasta.token({ sub: "u-alice" });
  });
  afterAll(() => srasta?.[Symbol.asyncDispose]());

  it("are two for an inference: who asked for what, and how it ended", async () => {
    mock.answer(() => [json(200, { choices: [], usage: kUsage })]);
    const { requestId } = await chat(srasta, token);

    const records = await srasta.recordsOf(requestId, 2);
    expect(records.map(({ act, out }) => ({ act, out }))).toEqual([
      { act: "inference.request", out: "allow" },
      { act: "inference.complete", out: "ok" },
    ]);
    expect(records[0]!.actor).toMatchObject({ id: "u-alice", ten: "default" });
    expect(numbersIn(records[1]!.data)).toEqual(expect.arrayContaining([10, 20]));
  });

  it("count the tokens of a stream whose client did not ask for usage", async () => {
    const events = chatEvents(["hi"], { prompt: 71, completion: 43 });
    mock.answer(() => [streamHead(), ...events.map(chunk), kLastChunk]);
    const { requestId } = await chat(srasta, token, kStream);

    const records = await srasta.recordsOf(requestId, 2);
    expect(numbersIn(records[1]!.data)).toEqual(expect.arrayContaining([71, 43]));
  });

  it("show a refusal with its reason, and nothing of who it claimed to be", async () => {
    const answer = await chat(srasta, "not.a.token");

    const [record, ...more] = await srasta.recordsOf(answer.requestId, 1);
    expect(more).toEqual([]);
    expect(record).toMatchObject({ act: "auth.fail", out: "deny" });
    expect(record!.actor?.id ?? "-").toBe("-");
    expect(record!.data?.["reason"]).toBeTruthy();
  });

  it("show a denial of somebody known", async () => {
    const auditor = await srasta.token({ sub: "u-auditor", roles: ["auditor"] });
    const answer = await chat(srasta, auditor);

    const [record] = await srasta.recordsOf(answer.requestId, 1);
    expect(answer).toMatchObject({ status: 403, errorCode: "permission_denied" });
    expect(record).toMatchObject({ act: "authz.deny", out: "deny", actor: { id: "u-auditor" } });
  });

  it("show a broken request and a failing engine", async () => {
    mock.answer(() => [json(500, {})]);
    const broken = await chat(srasta, token, "{");
    const failed = await chat(srasta, token);

    const [reject] = await srasta.recordsOf(broken.requestId, 1);
    const [, error] = await srasta.recordsOf(failed.requestId, 2);
    expect(reject).toMatchObject({ act: "inference.request", out: "deny" });
    expect(error).toMatchObject({ act: "inference.error", out: "error" });
  });

  it("number themselves without a hole", () => {
    const numbers = srasta.auditRecords().map((record) => record.seq);

    expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index));
  });
});

describe("verification", () => {
  it("says yes after ordinary work, and no after one changed byte", async () => {
    await using srasta = await Srasta.start(withMock(mock));
    mock.answer(() => [json(200, { choices: [], usage: kUsage })]);
    const token = await srasta.token();
    for (let count = 0; count < 50; count += 1) await chat(srasta, token);
    await srasta.stop();

    expect(await srasta.verifyAudit()).toMatchObject({ code: 0 });
    srasta.changeOneAuditByte();
    expect(await srasta.verifyAudit()).toMatchObject({ code: 1 });
  });

  it("says yes after the gateway was killed under load and came back by itself", async () => {
    // A port of its own, so that clients find the restarted gateway where the first one was.
    await using srasta = await Srasta.start(withMock(mock), `127.0.0.1:${await freePort()}`);
    mock.answer(() => [json(200, { choices: [], usage: kUsage })]);
    const token = await srasta.token();
    const answered = { before: 0, after: 0 };
    let killed = false;
    let finished = false;
    const worker = async () => {
      while (!finished) {
        // Connections break and are refused while the gateway is away: that is the load's lot.
        const answer = await chat(srasta, token).catch(() => undefined);
        if (answer?.status === 200) answered[killed ? "after" : "before"] += 1;
        await new Promise(setImmediate);
      }
    };
    const load = Promise.all(Array.from({ length: 4 }, worker));

    try {
      await until("some load before the kill", () => answered.before >= 100);
      const first = srasta.pidOf("gateway");
      srasta.kill("gateway", "SIGKILL");
      killed = true;
      await until("some load after the restart", () => answered.after >= 100, 40_000);
      expect(srasta.pidOf("gateway")).not.toBe(first);
    } finally {
      finished = true;
      await load;
    }
    await srasta.stop();

    const verdict = await srasta.verifyAudit();
    expect(verdict.code, verdict.out).toBe(0);
  });
});

function numbersIn(data: Record<string, unknown> | undefined): number[] {
  return Object.values(data ?? {}).flatMap((value) => {
    if (typeof value === "number") return [value];
    return typeof value === "object" && value ? numbersIn(value as Record<string, unknown>) : [];
  });
}
