import { createHmac, createPublicKey, randomUUID } from "node:crypto";
import { type JWTPayload, SignJWT, importJWK } from "jose";
import {
  type Alg,
  type IdentityProvider,
  type SigningKey,
  kAudience,
  makeKey,
  publicPart,
} from "./idp.ts";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Claims the provider itself would have written. */
export function honestClaims(idp: IdentityProvider, sub: string): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: idp.issuer,
    sub,
    aud: kAudience,
    tenant: "default",
    roles: ["user"],
    client_id: sub,
    iat: now - 10,
    exp: now + 300,
    jti: randomUUID(),
  };
}

export async function sign(claims: JWTPayload, key: SigningKey): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: "at+jwt" })
    .sign(await importJWK(key.private, key.alg));
}

/** Tokens that must never be accepted, by the name of what is wrong with them. */
export async function forgeries(
  idp: IdentityProvider,
  sub: string,
  alg: Alg,
): Promise<Record<string, string>> {
  const key = idp.key(alg);
  const claims = honestClaims(idp, sub);
  const honest = await sign(claims, key);
  const [head, payload, signature] = honest.split(".") as [string, string, string];
  const owner = encode({ ...claims, roles: ["owner"] });
  return {
    "a stranger's key under the provider's kid": await sign(claims, await makeKey(alg, key.kid)),
    "a kid the provider never published": await sign(claims, await makeKey(alg, "unheard-of")),
    "another audience": await sign({ ...claims, aud: "another-api" }, key),
    "no audience": await sign({ ...claims, aud: undefined! }, key),
    "another issuer": await sign({ ...claims, iss: "http://127.0.0.1:1" }, key),
    "a tampered payload": `${head}.${owner}.${signature}`,
    "alg none without a signature": `${encode({ alg: "none" })}.${payload}.`,
    "alg none with the old signature": `${encode({ alg: "none" })}.${payload}.${signature}`,
    "a cut signature": `${head}.${payload}.${signature.slice(0, -4)}`,
    "no signature": `${head}.${payload}.`,
    "two segments": `${head}.${payload}`,
    "HS256 keyed with the public PEM": hmacWithPublicKey(key, payload),
  };
}

/** Expired an hour ago, well signed. */
export async function expired(idp: IdentityProvider, sub: string, alg: Alg): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return sign({ ...honestClaims(idp, sub), iat: now - 7200, exp: now - 3600 }, idp.key(alg));
}

// RFC 8725 2.1: a verifier that lets the token choose HMAC takes a public text as its secret.
function hmacWithPublicKey(key: SigningKey, payload: string): string {
  const pem = createPublicKey({ key: publicPart(key) as never, format: "jwk" }).export({
    type: "spki",
    format: "pem",
  });
  const signed = `${encode({ alg: "HS256", kid: key.kid, typ: "at+jwt" })}.${payload}`;
  return `${signed}.${createHmac("sha256", pem).update(signed).digest("base64url")}`;
}
