import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type JWK as ProviderJwk } from "oidc-provider";
import { makeKey } from "./idp.ts";

/** A real OpenID provider with pages of its own, on another site than 127.0.0.1: `localhost`. Whoever types a name there
 * is that somebody. */
export class SignInProvider {
  static readonly client = "srasta";
  static readonly secret = "a-client-secret-of-the-sign-in-provider";
  private constructor(
    private readonly server: Server,
    readonly issuer: string,
  ) {}

  static async start(redirectUri: string): Promise<SignInProvider> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
    const key = await makeKey("ES256", "sign-in");
    const provider = new Provider(issuer, {
      jwks: { keys: [key.private as ProviderJwk] },
      clients: [
        {
          client_id: SignInProvider.client,
          client_secret: SignInProvider.secret,
          redirect_uris: [redirectUri],
          id_token_signed_response_alg: "ES256",
        },
      ],
      claims: { openid: ["sub", "tenant", "roles"], profile: ["name"], email: ["email"] },
      // Else the claims of the scopes are given at userinfo only.
      conformIdTokenClaims: false,
      cookies: { keys: ["a key of the test"] },
      findAccount: (_ctx, sub) => ({
        accountId: sub,
        claims: () => ({ sub, name: `${sub} of the office`, tenant: "default", roles: ["admin"] }),
      }),
    });
    const answer = provider.callback();
    server.on("request", (request, response) => void answer(request, response));
    return new SignInProvider(server, issuer);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
