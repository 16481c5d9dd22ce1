// Signatures, good and bad, as raw bytes. JOSE libraries refuse to make most of the bad ones.
import {
  type KeyObject,
  constants,
  createHash,
  createHmac,
  createPublicKey,
  randomBytes,
  sign,
} from "node:crypto";
import { type NamedKey, publicJwk } from "./keys.ts";
import { CaseError } from "./text.ts";

const kOrderP256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const kOrderEd25519 = 2n ** 252n + 27742317777372353535851937790883648493n;
const kDigestInfoSha256 = Buffer.from("3031300d060960864801650304020105000420", "hex");

type Signer = (data: Buffer, key: KeyObject) => Buffer;

const kSigners: Record<string, Signer> = {
  RS1: (data, key) => sign("sha1", data, key),
  ...each("RS", (hash) => (data, key) => sign(hash, data, key)),
  ...each("PS", (hash) => (data, key) => pss(hash, data, key, constants.RSA_PSS_SALTLEN_DIGEST)),
  ...each("ES", (hash) => (data, key) => sign(hash, data, { key, dsaEncoding: "ieee-p1363" })),
  ES256K: (data, key) => sign("sha256", data, { key, dsaEncoding: "ieee-p1363" }),
  EdDSA: (data, key) => sign(null, data, key),
};

function each(family: string, make: (hash: string) => Signer): Record<string, Signer> {
  return Object.fromEntries(["256", "384", "512"].map((n) => [family + n, make(`sha${n}`)]));
}

function pss(hash: string, data: Buffer, key: KeyObject, saltLength: number): Buffer {
  return sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}

/** The signature that `alg` asks for. */
export function signed(data: Buffer, key: NamedKey, alg: string): Buffer {
  const signer = kSigners[alg];
  if (!signer) throw new CaseError(`cannot sign ${alg}; there are ${Object.keys(kSigners)}`);
  return signer(data, key.private);
}

/** A signature that is not quite the one that `alg` asks for. */
export function forged(how: string, data: Buffer, key: NamedKey, alg: string): Buffer {
  const make = kForgeries[how];
  if (make) return make(data, key, alg);
  const random = /^random:(\d+)$/.exec(how);
  if (random) return randomBytes(Number(random[1]));
  const hex = /^hex:([0-9a-f]*)$/.exec(how);
  if (hex) return Buffer.from(hex[1]!, "hex");
  throw new CaseError(`no signature ${how}; there are random:N, hex:H, ${Object.keys(kForgeries)}`);
}

const kForgeries: Record<string, (data: Buffer, key: NamedKey, alg: string) => Buffer> = {
  none: () => Buffer.alloc(0),
  zeros: () => Buffer.alloc(64),
  der: (data, key) => sign("sha256", data, { key: key.private, dsaEncoding: "der" }),
  "high-s": (data, key, alg) => highTwin(signed(data, key, alg)),
  "r=0": (data, key, alg) => halves(signed(data, key, alg), (_, s) => [0n, s]),
  "s=0": (data, key, alg) => halves(signed(data, key, alg), (r) => [r, 0n]),
  "r=n": (data, key, alg) => halves(signed(data, key, alg), (_, s) => [kOrderP256, s]),
  "append-zero": (data, key, alg) => Buffer.concat([signed(data, key, alg), Buffer.alloc(1)]),
  "prepend-zero": (data, key, alg) => Buffer.concat([Buffer.alloc(1), signed(data, key, alg)]),
  "strip-zero": (data, key, alg) => {
    // The caller changes the token until this holds where signing is deterministic.
    const signature = signed(data, key, alg);
    if (signature[0] !== 0) throw new NotYet();
    return signature.subarray(1);
  },
  "s+l": (data, key, alg) => addOrder(signed(data, key, alg)),
  "salt:0": (data, key) => pss("sha256", data, key.private, 0),
  "salt:max": (data, key) =>
    pss("sha256", data, key.private, constants.RSA_PSS_SALTLEN_MAX_SIGN),
  "e=1": (data, key) => paddedDigest(data, Buffer.from(key.jwk.n!, "base64url").length),
};

/** The other signature that verifies wherever this ES256 one does. */
export function highTwin(signature: Buffer): Buffer {
  return halves(signature, (r, s) => [r, kOrderP256 - s]);
}

/** Thrown when a signature has not the wanted form by chance; sign something else and try again. */
export class NotYet extends Error {}

function halves(signature: Buffer, change: (r: bigint, s: bigint) => [bigint, bigint]): Buffer {
  const number = (part: Buffer) => BigInt(`0x${part.toString("hex")}`);
  const [r, s] = change(number(signature.subarray(0, 32)), number(signature.subarray(32)));
  const bytes = (value: bigint) => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
  return Buffer.concat([bytes(r), bytes(s)]);
}

// RFC 8032: S is little-endian; S + L verifies under a lenient check.
function addOrder(signature: Buffer): Buffer {
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`);
  const text = (s + kOrderEd25519).toString(16).padStart(64, "0");
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(text, "hex").reverse()]);
}

// RFC 8017 9.2: what a signature with e = 1 is equal to.
function paddedDigest(data: Buffer, length: number): Buffer {
  const digest = createHash("sha256").update(data).digest();
  const tail = Buffer.concat([Buffer.from([0]), kDigestInfoSha256, digest]);
  const padding = Buffer.alloc(length - tail.length - 2, 0xff);
  return Buffer.concat([Buffer.from([0, 1]), padding, tail]);
}

/** HMAC keyed with something that everybody knows. */
export function hmac(alg: string, data: Buffer, secret: Buffer): Buffer {
  return createHmac(`sha${alg.slice(2)}`, secret).update(data).digest();
}

/** Public texts of a key that an implementation may take for an HMAC secret. */
export function publicText(form: string, key: NamedKey): Buffer {
  const make = kPublicTexts[form];
  if (!make) throw new CaseError(`no public text ${form}; there are ${Object.keys(kPublicTexts)}`);
  return make(key);
}

const spki = (key: NamedKey) =>
  createPublicKey(key.private).export({ type: "spki", format: "pem" }).toString();

const kPublicTexts: Record<string, (key: NamedKey) => Buffer> = {
  "spki-pem": (key) => Buffer.from(spki(key)),
  "spki-pem-trimmed": (key) => Buffer.from(spki(key).trimEnd()),
  "pkcs1-pem": (key) =>
    Buffer.from(createPublicKey(key.private).export({ type: "pkcs1", format: "pem" })),
  "spki-der": (key) => createPublicKey(key.private).export({ type: "spki", format: "der" }),
  jwk: (key) => Buffer.from(JSON.stringify(key.jwk)),
  "n-text": (key) => Buffer.from(publicJwk(key.private).n!),
  "n-bytes": (key) => Buffer.from(publicJwk(key.private).n!, "base64url"),
  point: (key) => {
    const { x, y } = publicJwk(key.private);
    if (!y) return Buffer.from(x!, "base64url");
    return Buffer.concat([Buffer.from([4]), ...[x!, y].map((n) => Buffer.from(n, "base64url"))]);
  },
};
