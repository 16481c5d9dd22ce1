import assert from "node:assert/strict";
import type { Canaries, Letter } from "./canaries.ts";
import { expired, forgeries, honestClaims, sign } from "./forge.ts";
import type { IdentityProvider } from "./idp.ts";
import {
  type Handler,
  type MockUpstream,
  type Step,
  chunk,
  json,
  kClose,
  kLastChunk,
  kReset,
  streamHead,
} from "./mock_upstream.ts";
import { type RawAnswer, type Wish, exchange } from "./raw_client.ts";
import type { RawRequest } from "./raw_request.ts";
import { chatEvents } from "./sse.ts";

/** What everything is driven against. */
export type World = {
  url: string;
  canaries: Canaries;
  idp: IdentityProvider;
  mock: MockUpstream;
  /** API keys as clients write them. */
  keys: Record<"good" | "expired" | "elsewhere", string>;
};

/** Drives every path on which requests are served or refused; the gateway's own refusals. */
export async function drive(world: World): Promise<RawAnswer[]> {
  const paths = [accepted, credentials, apiKeys, rights, limits, requests, engines, streams, log];
  const answers: RawAnswer[] = [];
  const surprises: string[] = [];
  for (const path of paths) {
    for (const [expected, answer] of await path(world)) {
      answers.push(answer);
      if ((answer.errorCode ?? answer.status) === expected) continue;
      surprises.push(`${path.name}: not ${expected} but ${answer.status} ${answer.text}`);
    }
  }
  assert.deepEqual(surprises, []);
  return answers.filter((answer) => answer.errorCode !== undefined);
}

type Outcome = [expected: string | number, answer: RawAnswer];

/** A token with claims that nobody here needs to know. */
async function tokenOf(world: World, sub: string, roles = ["user"]): Promise<string> {
  const { canaries, idp } = world;
  const private_ = { email: canaries.word("e-mail claim"), name: canaries.word("name claim") };
  const claims = { ...honestClaims(idp, sub), roles, ...private_ };
  return canaries.token("token", await sign(claims, idp.key("ES256")));
}

const chat = (world: World, wish: Wish, letter: Letter = world.canaries.chat()) =>
  exchange(`${world.url}/v1/chat/completions`, {
    body: letter.body,
    ...wish,
    headers: { ...letter.headers, ...wish.headers },
  });

async function accepted(world: World): Promise<Outcome[]> {
  const { canaries, mock } = world;
  const token = await tokenOf(world, "u-alice");
  const field = { "openai-canary": canaries.word("engine's field") };
  mock.answer(() => [json(200, canaries.answer(), field)]);
  const words = [canaries.text("streamed answer"), canaries.text("streamed answer")];
  const events = chatEvents(words, { prompt: 1, completion: 1 });
  const whole = await chat(world, { token });
  assert.match(whole.text, /Zürich/, "the engine's answer comes through");
  const prompt = { model: "general", prompt: canaries.text("prompt") };
  const input = { model: "general", input: [canaries.text("text to embed")] };
  const others = [
    await exchange(`${world.url}/v1/completions`, { token, body: JSON.stringify(prompt) }),
    await exchange(`${world.url}/v1/embeddings`, { token, body: JSON.stringify(input) }),
  ];
  mock.answer(() => [streamHead(), ...events.map(chunk), kLastChunk]);
  const stream = await chat(world, { token }, canaries.chat("general", { stream: true }));
  return [[200, whole], [200, stream], ...others.map((answer): Outcome => [200, answer])];
}

/** Everything that is wrong about a token or about where it stands. */
async function credentials(world: World): Promise<Outcome[]> {
  const { canaries, idp } = world;
  const outcomes: Outcome[] = [];
  for (const [name, token] of Object.entries(await forgeries(idp, "u-alice", "ES256"))) {
    outcomes.push(["token_invalid", await chat(world, { token: canaries.token(name, token) })]);
  }
  const old = canaries.token("expired token", await expired(idp, "u-alice", "ES256"));
  const token = await tokenOf(world, "u-alice");
  const other = canaries.word("other credential");
  const basic = { authorization: `Basic ${btoa(canaries.word("password"))}` };
  const query = `access_token=${token}&key=${canaries.word("query credential")}`;
  const url = `${world.url}/v1/models`;
  return [
    ...outcomes,
    ["token_expired", await chat(world, { token: old })],
    ["credentials_missing", await chat(world, {})],
    ["credentials_malformed", await chat(world, { headers: basic })],
    ["credentials_malformed", await chat(world, { token: `two ${canaries.word("half a token")}` })],
    ["credentials_conflict", await chat(world, { token, headers: { "x-api-key": other } })],
    ["credentials_missing", await exchange(`${url}?${query}`)],
    ["credential_in_query", await exchange(`${url}?${query}`, { token })],
    ["token_invalid", await exchange(url, { headers: { "api-key": canaries.word("no token") } })],
  ];
}

async function apiKeys(world: World): Promise<Outcome[]> {
  const { canaries, keys, mock } = world;
  mock.answer(() => [json(200, canaries.answer())]);
  const outcomes: Outcome[] = [];
  for (const headers of [
    { authorization: `Bearer ${keys.good}` },
    { "x-api-key": keys.good },
    { "api-key": keys.good, "x-api-key": keys.good },
  ] as Record<string, string>[]) {
    outcomes.push([200, await chat(world, { headers })]);
  }
  const id = keys.good.split("-")[2]!;
  const secret = () => canaries.keep("wrong key", canaries.word("key").padEnd(43, "A"));
  const wrong = [
    `sk-srasta-${id}-${secret()}`,
    `sk-srasta-zzzzzzzzzzzz-${secret()}`,
    `sk-srasta-${id}-${secret()}too-long`,
    `sk-srasta-${id}_${secret()}`,
    `sk-srasta-${secret()}`,
    keys.elsewhere,
  ];
  for (const key of wrong) outcomes.push(["key_invalid", await chat(world, { token: key })]);
  outcomes.push(["key_expired", await chat(world, { token: keys.expired })]);
  outcomes.push(["token_invalid", await chat(world, { token: `SK-SRASTA-${id}-${secret()}` })]);
  return outcomes;
}

async function rights(world: World): Promise<Outcome[]> {
  const { canaries, idp } = world;
  const token = await tokenOf(world, "u-alice");
  const nobody = { ...honestClaims(idp, "u-nobody"), roles: [canaries.word("unknown role")] };
  const stranger = { ...honestClaims(idp, "u-stranger"), tenant: canaries.word("unknown tenant") };
  const key = idp.key("ES256");
  const unmapped = canaries.token("token", await sign(nobody, key));
  const unplaced = canaries.token("token", await sign(stranger, key));
  const auditor = await tokenOf(world, "u-audit", ["auditor"]);
  const persona = { "srasta-persona": canaries.word("persona") };
  const asked = canaries.chat(canaries.word("asked model"));
  const url = `${world.url}/v1/models`;
  return [
    ["permission_denied", await chat(world, { token: auditor })],
    ["role_missing", await chat(world, { token: unmapped })],
    ["tenant_missing", await chat(world, { token: unplaced })],
    ["permission_denied", await chat(world, { token, headers: persona })],
    ["permission_denied", await exchange(`${world.url}/metrics`, { token })],
    ["model_not_found", await chat(world, { token }, canaries.chat("fast"))],
    ["model_not_found", await chat(world, { token }, asked)],
    ["model_not_found", await exchange(`${url}/${canaries.word("model in the path")}`, { token })],
  ];
}

async function limits(world: World): Promise<Outcome[]> {
  const { canaries, mock } = world;
  mock.answer(() => [json(200, canaries.answer())]);
  const busy = await tokenOf(world, "u-busy", ["service"]);
  const spender = await tokenOf(world, "u-spender", ["developer"]);
  const greedy = canaries.chat("general", { max_tokens: 90_000 });
  return [
    [200, await chat(world, { token: busy })],
    ["rate_limited", await chat(world, { token: busy })],
    ["budget_exhausted", await chat(world, { token: spender }, greedy)],
  ];
}

/** Requests that are not what they say. */
async function requests(world: World): Promise<Outcome[]> {
  const { canaries } = world;
  const token = await tokenOf(world, "u-alice");
  const broken = canaries.chat().body;
  const wrongType = { "content-type": `text/${canaries.word("content type")}` };
  const twice = broken.replace("{", `{"model":"${canaries.word("model")}",`);
  const large = canaries.chat("general", { padding: "x".repeat(70_000) });
  const deep = canaries.chat().body.replace(/}$/, `,"deep":${"[".repeat(2_000)}`);
  const field = { "x-large": canaries.word("large field").padEnd(40_000, "x") };
  const path = `${world.url}/v1/${canaries.word("path")}?q=${canaries.word("query")}`;
  const wish = { token, method: "DELETE", headers: canaries.headers() };
  const many = canaries.chat("general", { max_tokens: "many" });
  return [
    ["invalid_json", await chat(world, { token, body: broken.slice(0, -1) })],
    ["invalid_json", await chat(world, { token, body: canaries.text("body that is no JSON") })],
    ["json_too_deep", await chat(world, { token, body: deep })],
    ["duplicate_key", await chat(world, { token, body: twice })],
    ["invalid_request", await chat(world, { token }, many)],
    ["model_required", await chat(world, { token }, canaries.chat(""))],
    ["unsupported_media_type", await chat(world, { token, headers: wrongType })],
    ["body_too_large", await chat(world, { token }, large)],
    ["head_too_large", await chat(world, { token, headers: field })],
    ["not_found", await exchange(path, { token })],
    ["method_not_allowed", await exchange(`${world.url}/v1/chat/completions`, wish)],
  ];
}

/** All that the engine was told, in its head and body. */
const echo = (request: RawRequest) =>
  JSON.stringify({ fields: request.fields, body: request.body.toString() });

/** Engines that fail, and repeat what they were told while they do. */
async function engines(world: World): Promise<Outcome[]> {
  const { canaries, mock } = world;
  const token = await tokenOf(world, "u-alice");
  const said = () => ({ error: { message: canaries.text("engine's error") } });
  const fields = (request: RawRequest) => ({ "x-echo": request.headers["authorization"] ?? "" });
  const failure = (status: number): Handler => (request) => [
    json(status, { ...said(), echo: echo(request) }, fields(request)),
  ];
  const cut = (text: string, length: number) =>
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${text}`;
  const coding = () => ({ "content-encoding": canaries.word("coding") });
  const badField = () => `HTTP/1.1 200 OK\r\n${canaries.word("bad field")}\r\n\r\n`;
  const handlers: [string | number, Handler][] = [
    ["upstream_error", failure(500)],
    ["upstream_error", failure(502)],
    ["upstream_error", failure(401)],
    ["upstream_error", failure(403)],
    ["upstream_rate_limited", failure(429)],
    ["upstream_overloaded", failure(503)],
    ["upstream_bad_response", failure(302)],
    ["upstream_bad_response", (request) => [`${echo(request)}\r\n\r\n`, kClose]],
    ["upstream_bad_response", () => [badField(), kClose]],
    ["upstream_bad_response", () => [json(200, said(), coding())]],
    ["upstream_error", () => [kReset]],
    [400, () => [json(400, said())]],
    [200, () => [json(200, canaries.text("answer that is no JSON"))]],
    [200, () => [cut(canaries.word("answer that is cut"), 1_000), kClose]],
  ];
  const outcomes: Outcome[] = [];
  for (const [expected, handler] of handlers) {
    mock.answer(handler);
    outcomes.push([expected, await chat(world, { token })]);
  }
  return outcomes;
}

/** Streams that end in the middle. */
async function streams(world: World): Promise<Outcome[]> {
  const { canaries, mock } = world;
  const token = await tokenOf(world, "u-alice");
  const event = (body: object) => chunk(`data: ${JSON.stringify(body)}\n\n`);
  const delta = () => ({ content: canaries.text("streamed answer") });
  const words = () => event({ choices: [{ index: 0, delta: delta() }] });
  const named = () => `: ${canaries.word("comment")}\n\nevent: ${canaries.word("event name")}\n`;
  const endings: (() => Step[])[] = [
    () => [event({ error: { message: canaries.text("engine's stream error") } }), kLastChunk],
    () => [chunk(`data: ${canaries.text("event that is no JSON")}\n\n`), kLastChunk],
    () => [chunk(named()), kReset],
    () => [`not a chunk size ${canaries.word("bad chunk")}\r\n`, kClose],
    () => [kReset],
  ];
  const outcomes: Outcome[] = [];
  for (const ending of endings) {
    mock.answer(() => [streamHead(), words(), ...ending()]);
    outcomes.push([200, await chat(world, { token }, canaries.chat("general", { stream: true }))]);
  }
  return outcomes;
}

/** The log's own routes, asked with what nobody should repeat. */
async function log(world: World): Promise<Outcome[]> {
  const { canaries } = world;
  const auditor = await tokenOf(world, "u-auditor", ["auditor"]);
  const user = await tokenOf(world, "u-alice");
  const ask = (path: string, token: string) =>
    exchange(`${world.url}/srasta/v1/audit/${path}`, { token, headers: canaries.headers() });
  const word = () => canaries.word("asked of the log");
  return [
    [200, await ask(`records?actor=${word()}`, auditor)],
    ["invalid_parameter", await ask(`records?out=${word()}`, auditor)],
    ["invalid_parameter", await ask(`records?cursor=${word()}`, auditor)],
    ["permission_denied", await ask(`records?actor=${word()}`, user)],
  ];
}
