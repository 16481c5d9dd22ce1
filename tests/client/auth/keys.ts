// The keys of the fixture by name, those that no library would make included.
import {
  type JsonWebKey,
  type KeyObject,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
} from "node:crypto";
import { CaseError } from "./text.ts";

/** A key pair as a provider publishes it and a signer uses it; `jwk` may say something untrue. */
export type NamedKey = { kid: string; alg: string; private: KeyObject; jwk: JsonWebKey };
export type KeyWish = {
  type: string;
  kid?: string;
  alg?: string;
  jwk?: Record<string, unknown>;
  without?: string[];
  flaw?: string;
};

const kMakers: Record<string, { make: () => KeyObject; alg: string }> = {
  "RSA-1024": { make: () => rsa(1024), alg: "RS256" },
  "RSA-2048": { make: () => rsa(2048), alg: "RS256" },
  "RSA-3072": { make: () => rsa(3072), alg: "RS256" },
  "P-256": { make: () => ec("P-256"), alg: "ES256" },
  "P-384": { make: () => ec("P-384"), alg: "ES384" },
  "P-521": { make: () => ec("P-521"), alg: "ES512" },
  secp256k1: { make: () => ec("secp256k1"), alg: "ES256K" },
  Ed25519: { make: () => generateKeyPairSync("ed25519").privateKey, alg: "EdDSA" },
  Ed448: { make: () => generateKeyPairSync("ed448").privateKey, alg: "EdDSA" },
};

const kKnown: Record<string, KeyWish> = {
  "A.rsa": { type: "RSA-2048", kid: "a-rsa", jwk: { alg: "RS256" } },
  "A.rsa0": { type: "RSA-2048", kid: "a-rsa0" },
  "A.ps": { type: "RSA-2048", kid: "a-ps", alg: "PS256", jwk: { alg: "PS256" } },
  "A.ec": { type: "P-256", kid: "a-ec" },
  "A.ec2": { type: "P-256", kid: "a-ec2" },
  "A.ec384": { type: "P-384", kid: "a-ec384" },
  "A.ed": { type: "Ed25519", kid: "a-ed" },
  "B.rsa": { type: "RSA-2048", kid: "a-rsa", jwk: { alg: "RS256" } },
  "B.ec": { type: "P-256", kid: "b-ec" },
  "X.rsa": { type: "RSA-2048", kid: "a-rsa" },
  "X.ec": { type: "P-256", kid: "a-ec" },
  "X.ed": { type: "Ed25519", kid: "a-ed" },
};

export const kPublishedByA = ["A.rsa", "A.rsa0", "A.ps", "A.ec", "A.ec384", "A.ed"];
export const kPublishedByB = ["B.rsa", "B.ec"];

// What a flawed key publishes in place of the truth.
const kFlaws: Record<string, (key: KeyObject) => [KeyObject, JsonWebKey]> = {
  e1: (key) => [key, { ...publicJwk(key), e: "AQ" }],
  e4: (key) => [key, { ...publicJwk(key), e: "BA" }],
  "n-16384": (key) => [key, { ...publicJwk(key), n: oddNumber(2048) }],
  "off-curve": (key) => [key, { ...publicJwk(key), y: publicJwk(ec("P-256")).y! }],
  infinity: (key) => [key, { ...publicJwk(key), ...zeroPoint() }],
  "short-x": () => {
    const key = startingWithZero();
    const x = Buffer.from(publicJwk(key).x!, "base64url");
    return [key, { ...publicJwk(key), x: x.subarray(1).toString("base64url") }];
  },
  private: (key) => [key, key.export({ format: "jwk" })],
};

const made = new Map<string, NamedKey>();

/** The key of that name: of the case, else of the fixture. Made once. */
export function keyNamed(name: string, own: Record<string, KeyWish> = {}): NamedKey {
  const wish = own[name] ?? kKnown[name];
  if (!wish) throw new CaseError(`no key is called ${name}`);
  const id = name + JSON.stringify(wish);
  const key = made.get(id) ?? make(wish);
  made.set(id, key);
  return key;
}

export function publicJwk(key: KeyObject): JsonWebKey {
  return createPublicKey(key).export({ format: "jwk" });
}

function make(wish: KeyWish): NamedKey {
  const maker = kMakers[wish.type];
  if (!maker) throw new CaseError(`no key type ${wish.type}; there are ${Object.keys(kMakers)}`);
  const flaw = wish.flaw === undefined ? undefined : kFlaws[wish.flaw];
  if (wish.flaw && !flaw) throw new CaseError(`no flaw ${wish.flaw}; there are ${Object.keys(kFlaws)}`);
  const honest = maker.make();
  const [key, jwk] = flaw ? flaw(honest) : [honest, publicJwk(honest)];
  const published: Record<string, unknown> = { ...jwk, ...(wish.kid !== undefined && { kid: wish.kid }), ...wish.jwk };
  for (const member of wish.without ?? []) delete published[member];
  return { kid: wish.kid ?? "", alg: wish.alg ?? maker.alg, private: key, jwk: published as JsonWebKey };
}

const rsa = (bits: number) => generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
const ec = (curve: string) => generateKeyPairSync("ec", { namedCurve: curve }).privateKey;

function startingWithZero(): KeyObject {
  for (;;) {
    const key = ec("P-256");
    if (Buffer.from(publicJwk(key).x!, "base64url")[0] === 0) return key;
  }
}

function oddNumber(length: number): string {
  const bytes = randomBytes(length);
  bytes[0]! |= 0x80;
  bytes[length - 1]! |= 1;
  return bytes.toString("base64url");
}

function zeroPoint() {
  const zero = Buffer.alloc(32).toString("base64url");
  return { x: zero, y: zero };
}
