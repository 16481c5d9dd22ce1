import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { plainEnvironment } from "./child.ts";
import { Srasta, binaries } from "./srasta.ts";

const kKeyId = "abcdefgh2345";

/** The platform with the starter policy and its repository `demo`, before clients of MCP. */
export class McpStand {
  private constructor(
    private readonly folder: string,
    private readonly srasta: Srasta,
    /** An API key of a developer whose agent implements. */
    readonly key: string,
  ) {}

  static async start(): Promise<McpStand> {
    const folder = mkdtempSync(join(tmpdir(), "srasta-mcp-"));
    try {
      chmodSync(folder, 0o755);
      const secret = randomBytes(32).toString("base64url");
      const srasta = await Srasta.start(configuration(folder, secret));
      return new McpStand(folder, srasta, `sk-srasta-${kKeyId}-${secret}`);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get url(): string {
    return `${this.srasta.baseUrl}/mcp`;
  }

  /** The commit that the branch is at. */
  tip(branch: string): string {
    const words = ["-C", join(this.folder, "tools/repositories/demo.git"), "-c", "safe.directory=*", "rev-parse", branch];
    return execFileSync("git", words, { encoding: "utf8" }).trim();
  }

  async stop(): Promise<void> {
    try {
      await this.srasta[Symbol.asyncDispose]();
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

function srasta(...words: string[]): string {
  return execFileSync(join(binaries(), "srasta"), words, { encoding: "utf8", env: plainEnvironment() });
}

function configuration(folder: string, secret: string) {
  const made = join(folder, "tools");
  const policy = join(made, "policies/starter.yaml");
  srasta("tools", "init", made, "--data", join(folder, "none"));
  writeFileSync(join(folder, "policy.pub"), srasta("policy", "key", join(folder, "policy.pem")));
  srasta("policy", "sign", policy, "--key", join(folder, "policy.pem"));
  return {
    inference: { detect: false },
    tools: { policies: [policy], repositories: [join(made, "repositories")], policy_keys: [join(folder, "policy.pub")] },
    access: {
      personas: { implementer: { permissions: ["tools.*"] } },
      keys: [
        {
          id: kKeyId,
          secret_sha256: createHash("sha256").update(secret).digest("hex"),
          subject: "agent",
          tenant: "default",
          roles: ["developer"],
          personas: ["implementer"],
          expires: "2099-01-01T00:00:00Z",
        },
      ],
    },
  };
}

/** A folder of the real binaries with another one in the place of the tool gateway. */
export function binariesWith(tools: string): string {
  const real = binaries();
  const folder = mkdtempSync(join(dirname(real), "mcp-"));
  chmodSync(folder, 0o755);
  for (const name of ["srasta", "srasta-api", "srasta-admin"]) linkSync(join(real, name), join(folder, name));
  linkSync(join(real, tools), join(folder, "srasta-tools"));
  return folder;
}

/** A loopback proxy that adds the credential, for clients that have no place for one. */
export class CredentialProxy {
  private constructor(private readonly server: Server) {}

  static async start(target: string, key: string): Promise<CredentialProxy> {
    const { port } = new URL(target);
    const server = createServer((incoming, answer) => {
      const headers = { ...incoming.headers, authorization: `Bearer ${key}` };
      const { method, url } = incoming;
      const outgoing = request({ host: "127.0.0.1", port, method, path: url, headers }, (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      });
      outgoing.on("error", () => answer.destroy());
      incoming.pipe(outgoing);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new CredentialProxy(server);
  }

  get url(): string {
    const address = this.server.address() as AddressInfo | null;
    assert(address);
    return `http://localhost:${address.port}/mcp`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
