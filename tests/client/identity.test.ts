// Who may come in: tokens of a real provider, forgeries of them, and a provider that comes and goes.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expired, forgeries, honestClaims, sign } from "./harness/forge.ts";
import { type Alg, IdentityProvider, makeKey } from "./harness/idp.ts";
import { MockUpstream, json } from "./harness/mock_upstream.ts";
import { exchange } from "./harness/raw_client.ts";
import { trusting, withMock } from "./harness/setups.ts";
import { Srasta } from "./harness/srasta.ts";
import { until } from "./harness/wait.ts";

const kAlgorithms: Alg[] = ["RS256", "ES256", "EdDSA"];
const kPeople = [{ sub: "u-alice", tenant: "default", roles: ["user"] }];
let mock: MockUpstream;

beforeAll(async () => {
  mock = await MockUpstream.start();
});
afterAll(() => mock.stop());

const models = (srasta: Srasta, headers: Record<string, string>) =>
  exchange(`${srasta.baseUrl}/v1/models`, { headers });
const withToken = (srasta: Srasta, token: string) =>
  models(srasta, { authorization: `Bearer ${token}` });

describe("with the provider up", () => {
  let idp: IdentityProvider;
  let srasta: Srasta;
  beforeAll(async () => {
    idp = await IdentityProvider.create(kPeople);
    await idp.start();
    srasta = await Srasta.start(withMock(mock, { identity: trusting(idp) }));
    mock.answer(() => [json(200, { choices: [] })]);
  });
  afterAll(async () => {
    await srasta?.[Symbol.asyncDispose]();
    await idp.stop();
  });

  it.each(kAlgorithms)("accepts an %s token in each of the three slots", async (alg) => {
    const token = await idp.token("u-alice", alg);
    const slots = [
      { authorization: `Bearer ${token}` },
      { "x-api-key": token },
      { "api-key": token },
    ];

    for (const slot of slots) expect((await models(srasta, slot as never)).status).toBe(200);
  });

  it("accepts tokens of its own issuer beside the provider's", async () => {
    expect((await withToken(srasta, await srasta.token())).status).toBe(200);
  });

  it("asks for a credential when there is none, and says how", async () => {
    const answer = await models(srasta, {});

    expect(answer).toMatchObject({ status: 401, errorCode: "credentials_missing" });
    expect(answer.header("www-authenticate")).toContain('Bearer realm="srasta"');
    expect(answer.requestId).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(JSON.parse(answer.text)).toMatchObject({
      error: { code: "credentials_missing", param: null },
    });
  });

  it("refuses two different credentials at once", async () => {
    const headers = {
      authorization: `Bearer ${await idp.token("u-alice")}`,
      "x-api-key": await srasta.token(),
    };

    const answer = await models(srasta, headers);
    expect(answer).toMatchObject({ status: 400, errorCode: "credentials_conflict" });
  });

  it.each(kAlgorithms)("names an expired %s token as expired", async (alg) => {
    const answer = await withToken(srasta, await expired(idp, "u-alice", alg));

    expect(answer).toMatchObject({ status: 401, errorCode: "token_expired" });
    expect(answer.header("www-authenticate")).toContain('error="invalid_token"');
  });

  it.each(kAlgorithms)("accepts no forgery of an %s token", async (alg) => {
    for (const [name, token] of Object.entries(await forgeries(idp, "u-alice", alg))) {
      const answer = await withToken(srasta, token);
      // An unknown kid may be looked up a limited number of times; then the answer is "try again".
      const unknownKid = name.includes("never published");
      const expected = unknownKid ? ["token_invalid", "keys_refreshing"] : ["token_invalid"];
      expect(expected, name).toContain(answer.errorCode);
      expect(answer.status, name).toBe(answer.errorCode === "token_invalid" ? 401 : 503);
    }
  });

  it("still accepts the honest twin of those forgeries", async () => {
    const token = await sign(honestClaims(idp, "u-alice"), idp.key("ES256"));

    expect((await withToken(srasta, token)).status).toBe(200);
  });

  it("never lets a refused request reach the engine", async () => {
    mock.answer(() => [json(200, {})]);
    const body = '{"model":"general","messages":[]}';
    for (const token of Object.values(await forgeries(idp, "u-alice", "RS256"))) {
      await exchange(`${srasta.baseUrl}/v1/chat/completions`, { token, body });
    }

    expect(mock.requests).toEqual([]);
  });
});

describe("with a provider that comes and goes", () => {
  it("starts without it, says so, and recovers by itself", async () => {
    const idp = await IdentityProvider.create(kPeople);
    await using srasta = await Srasta.start(withMock(mock, { identity: trusting(idp) }));
    const token = await sign(honestClaims(idp, "u-alice"), idp.key("RS256"));

    const down = await withToken(srasta, token);
    await idp.start();
    await until("the gateway to find the provider", async () => {
      const answer = await withToken(srasta, token);
      expect([200, 503]).toContain(answer.status);
      return answer.status === 200;
    });
    await idp.stop();

    expect(down).toMatchObject({ status: 503, errorCode: "identity_unavailable" });
    expect(Number(down.header("retry-after"))).toBeGreaterThan(0);
  });

  it("keeps accepting tokens, old and new, while the provider is down", async () => {
    const idp = await IdentityProvider.create(kPeople);
    await idp.start();
    await using srasta = await Srasta.start(withMock(mock, { identity: trusting(idp) }));
    const seen = await idp.token("u-alice", "ES256");
    expect((await withToken(srasta, seen)).status).toBe(200);

    await idp.stop();
    const unseen = await sign(honestClaims(idp, "u-alice"), idp.key("RS256"));

    expect((await withToken(srasta, seen)).status).toBe(200);
    expect((await withToken(srasta, unseen)).status).toBe(200);
  });

  it("follows a key rotation without refusing anybody", async () => {
    const idp = await IdentityProvider.create(kPeople);
    await idp.start();
    await using srasta = await Srasta.start(withMock(mock, { identity: trusting(idp) }));
    const first = idp.key("ES256");
    const old = await idp.token("u-alice", "ES256");
    expect((await withToken(srasta, old)).status).toBe(200);

    const second = await makeKey("ES256", "second-ES256");
    idp.signWith(second);
    await idp.publish([second, first]);
    const fresh = await idp.token("u-alice", "ES256");
    await until("the new key to be accepted", async () => {
      const answer = await withToken(srasta, fresh);
      expect(answer.status, answer.text).not.toBe(401);
      return answer.status === 200;
    });

    expect((await withToken(srasta, old)).status).toBe(200);
    await idp.stop();
  });

  it("does not forget good keys when the provider answers nonsense", async () => {
    const idp = await IdentityProvider.create(kPeople);
    await idp.start();
    await using srasta = await Srasta.start(withMock(mock, { identity: trusting(idp) }));
    const token = await idp.token("u-alice");
    expect((await withToken(srasta, token)).status).toBe(200);
    await idp.stop();
    const nonsense = await MockUpstream.start(idp.port);

    // The unknown kid makes the gateway look again, and find garbage.
    const unknown = await sign(honestClaims(idp, "u-alice"), await makeKey("RS256", "unheard-of"));
    expect((await withToken(srasta, unknown)).status).not.toBe(200);
    const again = await sign(honestClaims(idp, "u-alice"), idp.key("EdDSA"));
    expect((await withToken(srasta, again)).status).toBe(200);
    await nonsense.stop();
  });
});
