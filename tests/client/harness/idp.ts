import assert from "node:assert/strict";
import { type Server, createServer } from "node:http";
import { type JWK, exportJWK, generateKeyPair } from "jose";
import Provider, { type JWK as ProviderJwk } from "oidc-provider";
import { freePort } from "./ports.ts";
import { exchange } from "./raw_client.ts";

export const kAudience = "srasta-api";
export type Alg = "RS256" | "ES256" | "EdDSA";
export type SigningKey = { kid: string; alg: Alg; private: JWK };
export type Person = { sub: string; tenant?: string; roles?: string[] };

const kSecret = "a-client-secret-of-the-test-provider";

export async function makeKey(alg: Alg, kid: string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, private: { ...(await exportJWK(privateKey)), kid, alg, use: "sig" } };
}

/** The public half, as the provider publishes it. */
export function publicPart(key: SigningKey): JWK {
  const secret = ["d", "p", "q", "dp", "dq", "qi"];
  return Object.fromEntries(
    Object.entries(key.private).filter(([name]) => !secret.includes(name)),
  ) as unknown as JWK;
}

/**
 * A real OpenID provider on loopback. Its address is fixed from the beginning, so that a gateway can
 * be configured with it while it is down; it may be stopped and started again.
 */
export class IdentityProvider {
  private server: Server | undefined;
  private signing: Partial<Record<Alg, string>> = {};
  fetches: string[] = [];

  private constructor(
    readonly port: number,
    private readonly people: Person[],
    private published: SigningKey[],
  ) {
    this.signWith(...published);
  }

  static async create(people: Person[]): Promise<IdentityProvider> {
    const algorithms: Alg[] = ["RS256", "ES256", "EdDSA"];
    const keys = await Promise.all(algorithms.map((alg) => makeKey(alg, `first-${alg}`)));
    return new IdentityProvider(await freePort(), people, keys);
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The key that signs `alg` now. */
  key(alg: Alg): SigningKey {
    return this.published.find((key) => key.kid === this.signing[alg])!;
  }

  /** Replaces the published keys; those named later sign. Takes effect on a running provider. */
  async publish(keys: SigningKey[]): Promise<void> {
    this.published = keys;
    if (!this.server) return;
    await this.stop();
    await this.start();
  }

  signWith(...keys: SigningKey[]): void {
    for (const key of keys) this.signing[key.alg] = key.kid;
  }

  async start(): Promise<void> {
    const answer = this.provider().callback();
    const server = createServer((request, response) => {
      this.fetches.push(`${request.method} ${request.url}`);
      void answer(request, response);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, "127.0.0.1", resolve);
    });
    this.server = server;
  }

  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** An access token from the token endpoint, as a service account gets it. */
  async token(sub: string, alg: Alg = "RS256"): Promise<string> {
    const form = { grant_type: "client_credentials", resource: `urn:api:${alg}` };
    const answer = await exchange(`${this.issuer}/token`, {
      headers: {
        authorization: `Basic ${btoa(`${sub}:${kSecret}`)}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams(form).toString(),
    });
    assert.equal(answer.status, 200, `the provider refused: ${answer.text}`);
    return (JSON.parse(answer.text) as { access_token: string }).access_token;
  }

  private provider(): Provider {
    return new Provider(this.issuer, {
      jwks: { keys: this.published.map((key) => key.private as ProviderJwk) },
      clients: this.people.map((person) => ({
        client_id: person.sub,
        client_secret: kSecret,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: this.published[0]!.alg,
      })),
      extraTokenClaims: (_ctx, token) => this.claims(token.clientId!),
      ttl: { ClientCredentials: 300 },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_ctx, resource) => this.resource(resource),
        },
      },
    });
  }

  private claims(sub: string): Record<string, unknown> {
    const person = this.people.find((each) => each.sub === sub)!;
    return {
      ...(person.tenant && { tenant: person.tenant }),
      ...(person.roles && { roles: person.roles }),
    };
  }

  // The resource names the algorithm, so that one client can ask for each of them.
  private resource(resource: string) {
    const alg = resource.slice("urn:api:".length) as Alg;
    return {
      audience: kAudience,
      scope: "",
      accessTokenFormat: "jwt" as const,
      accessTokenTTL: 300,
      jwt: { sign: { alg, kid: this.signing[alg]! } },
    };
  }
}
