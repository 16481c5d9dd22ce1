// Builds a compact JWS from its description in a case, sensible or not.
import { randomUUID } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { type KeyWish, type NamedKey, keyNamed } from "./keys.ts";
import { NotYet, forged, highTwin, hmac, publicText, signed } from "./signatures.ts";
import { CaseError, type Lookup, expand, jsonBytes } from "./text.ts";

export type TokenWish = {
  key?: string;
  alg?: string;
  sign_alg?: string;
  h?: Record<string, unknown>;
  c?: Record<string, unknown>;
  raw_h?: Record<string, string>;
  raw_c?: Record<string, string>;
  without_h?: string[];
  without_c?: string[];
  header?: string;
  payload?: string;
  signature?: string;
  secret?: string;
  secret_of?: string;
  pad_to?: number;
  deflate?: number;
  unencoded?: boolean;
  base?: "bob";
};
export const kTokenKeys = new Set([
  ..."key alg sign_alg h c raw_h raw_c without_h without_c header payload signature".split(" "),
  ..."secret secret_of pad_to deflate unencoded base".split(" "),
]);

type Members = Record<string, string>;

/** The claims C0: alice of acme, or bob of globex at the other issuer. */
export function plainClaims(lookup: Lookup, base?: "bob"): Record<string, unknown> {
  const time = Number(lookup("T"));
  const who = base
    ? { iss: lookup("ISS_B"), sub: "u-bob", aud: "srasta-api" }
    : { iss: lookup("ISS_A"), sub: "u-alice", aud: "srasta-api", tenant: "acme" };
  const times = { iat: time - 10, nbf: time - 10, exp: time + 300 };
  return { ...who, roles: ["user"], ...times, jti: randomUUID() };
}

export function buildToken(wish: TokenWish, lookup: Lookup, own: Record<string, KeyWish>): string {
  for (const name of Object.keys(wish)) {
    if (!kTokenKeys.has(name)) throw new CaseError(`a token has no ${name}`);
  }
  for (let attempt = 0; attempt < 20_000; ++attempt) {
    try {
      return buildOnce(wish, lookup, own);
    } catch (error) {
      if (!(error instanceof NotYet)) throw error;
    }
  }
  throw new CaseError("no signature of that form came up");
}

function buildOnce(wish: TokenWish, lookup: Lookup, own: Record<string, KeyWish>): string {
  const key = keyNamed(wish.key ?? (wish.base ? "B.ec" : "A.ec"), own);
  const alg = wish.alg ?? key.alg;
  const header = b64u(headerBytes(wish, key, alg, lookup));
  const payload = payloadSegment(wish, header.length, lookup);
  const data = Buffer.from(`${header}.${payload}`, "latin1");
  return `${header}.${payload}.${b64u(signature(wish, data, key, alg, lookup))}`;
}

function headerBytes(wish: TokenWish, key: NamedKey, alg: string, lookup: Lookup): Buffer {
  if (wish.header !== undefined) return jsonBytes(expand(wish.header, lookup));
  const members = changed(
    { alg, kid: key.kid, typ: "JWT" },
    { set: wish.h, raw: wish.raw_h, without: wish.without_h },
    lookup,
  );
  return jsonBytes(objectText(members));
}

function payloadSegment(wish: TokenWish, headerLength: number, lookup: Lookup): string {
  const bytes = payloadBytes(wish, lookup);
  if (wish.unencoded) return bytes.toString("latin1");
  if (wish.deflate) return b64u(deflateRawSync(padObject(bytes, wish.deflate)));
  if (wish.pad_to === undefined) return b64u(bytes);
  // 86 characters of an ES256 signature and two dots are not payload.
  const room = wish.pad_to - headerLength - 88;
  if (room % 4 === 1) throw new CaseError(`pad_to: base64url never has ${room} characters`);
  return b64u(padObject(bytes, Math.floor((room * 3) / 4)));
}

function payloadBytes(wish: TokenWish, lookup: Lookup): Buffer {
  if (wish.payload !== undefined) return jsonBytes(expand(wish.payload, lookup));
  const change = { set: wish.c, raw: wish.raw_c, without: wish.without_c };
  return jsonBytes(objectText(changed(plainClaims(lookup, wish.base), change, lookup)));
}

// Adds a member "pad" that makes the object `size` bytes long.
function padObject(object: Buffer, size: number): Buffer {
  const start = Buffer.concat([object.subarray(0, -1), Buffer.from(',"pad":"')]);
  return Buffer.concat([start, Buffer.alloc(size - start.length - 2, "x"), Buffer.from('"}')]);
}

type Change = {
  set?: Record<string, unknown> | undefined;
  raw?: Record<string, string> | undefined;
  without?: string[] | undefined;
};

function changed(base: Record<string, unknown>, change: Change, lookup: Lookup): Members {
  const values = { ...base, ...(resolved(change.set ?? {}, lookup) as object) };
  const members: Members = {};
  for (const [name, value] of Object.entries(values)) members[name] = JSON.stringify(value);
  for (const [name, text] of Object.entries(change.raw ?? {})) members[name] = expand(text, lookup);
  for (const name of change.without ?? []) delete members[name];
  return members;
}

/** Placeholders in every text of `value`; a text that is only `{T+N}` becomes a number. */
export function resolved(value: unknown, lookup: Lookup): unknown {
  if (typeof value === "string") {
    return /^\{T[+-]?\d*\}$/.test(value) ? Number(expand(value, lookup)) : expand(value, lookup);
  }
  if (Array.isArray(value)) return value.map((each) => resolved(each, lookup));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [expand(name, lookup), resolved(each, lookup)]),
  );
}

const objectText = (members: Members) =>
  `{${Object.entries(members)
    .map(([name, text]) => `${JSON.stringify(name)}:${text}`)
    .join(",")}}`;

function signature(
  wish: TokenWish,
  data: Buffer,
  key: NamedKey,
  alg: string,
  lookup: Lookup,
): Buffer {
  const twin = /^twin:(.+)$/.exec(wish.signature ?? "");
  if (twin) return highTwin(Buffer.from(lookup(`${twin[1]!}.s`) ?? "", "base64url"));
  if (wish.secret_of !== undefined) {
    return hmac(alg, data, publicText(wish.secret_of, key));
  }
  if (wish.secret !== undefined) return hmac(alg, data, jsonBytes(expand(wish.secret, lookup)));
  const signer = wish.sign_alg ?? alg;
  return wish.signature ? forged(wish.signature, data, key, signer) : signed(data, key, signer);
}

const b64u = (bytes: Buffer) => bytes.toString("base64url");
