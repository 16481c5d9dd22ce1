import { kEngineModel, type Engine } from "./engine.ts";
import { type IdentityProvider, kAudience } from "./idp.ts";
import type { MockUpstream } from "./mock_upstream.ts";
import type { Config } from "./srasta.ts";

/** The scripted engine behind the alias `general`. */
export function withMock(mock: Pick<MockUpstream, "url" | "model">, more: Config = {}): Config {
  return inference({ name: "mock", kind: "vllm", url: mock.url }, mock.model, more);
}

/** The real engine behind the alias `general`; `upstream` is what else is said of it. */
export function withEngine(
  engine: Pick<Engine, "url">,
  more: Config = {},
  upstream: Config = {},
): Config {
  const named = { name: "engine", kind: "llamacpp", url: engine.url, ...upstream };
  return inference(named, kEngineModel, more);
}

export function trusting(idp: IdentityProvider): Config {
  return {
    issuers: [
      {
        url: idp.issuer,
        audiences: [kAudience],
        allow_loopback_http: true,
        tenant: { claim: "/tenant" },
        roles: { claims: ["/roles"] },
      },
    ],
  };
}

// Detection is off: another engine on this machine must not answer for the one under test.
function inference(upstream: Config, model: string, more: Config): Config {
  const routes = [{ upstream: upstream["name"], model, weight: 1 }];
  return {
    inference: { detect: false, upstreams: [upstream], aliases: { general: { routes } } },
    ...more,
  };
}
