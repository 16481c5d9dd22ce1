// Certificates of the providers, made by the openssl command once per run.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Credentials = { cert: string; key: string };

/** An authority of its own, and the certificates it has issued. */
class Authority {
  private readonly folder = mkdtempSync(join(tmpdir(), "srasta-auth-ca-"));
  readonly file = join(this.folder, "ca.pem");
  private readonly issued = new Map<string, Credentials>();

  constructor(name: string) {
    process.once("exit", () => rmSync(this.folder, { recursive: true, force: true }));
    writeFileSync(join(this.folder, "empty.cnf"), "[req]\ndistinguished_name=dn\n[dn]\n");
    const key = join(this.folder, "ca.key");
    const ca = ["-addext", "basicConstraints=critical,CA:TRUE", "-days", "2"];
    this.openssl("req", "-x509", "-subj", `/CN=${name}`, "-keyout", key, "-out", this.file, ...ca, ...kNew);
  }

  /** A server certificate for `names` (subjectAltName), good for some days or already over. */
  issue(names: string, expired = false): Credentials {
    const id = names + String(expired);
    const known = this.issued.get(id);
    if (known) return known;
    const [key, request, cert, extensions] = ["key", "csr", "pem", "ext"].map((end) =>
      join(this.folder, `server-${this.issued.size}.${end}`),
    ) as [string, string, string, string];
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    this.openssl("req", "-subj", "/CN=provider", "-keyout", key, "-out", request, ...kNew);
    const ca = ["-CA", this.file, "-CAkey", join(this.folder, "ca.key"), "-CAcreateserial"];
    const days = expired ? "-1" : "2";
    this.openssl("x509", "-req", "-in", request, "-out", cert, "-extfile", extensions, "-days", days, ...ca);
    const made = { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
    this.issued.set(id, made);
    return made;
  }

  private openssl(...args: string[]): void {
    // Debian's own openssl.cnf would add extensions of its own.
    const env = { ...process.env, OPENSSL_CONF: join(this.folder, "empty.cnf") };
    execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"], env });
  }
}

const kNew = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(" ");
const kLoopback = "DNS:localhost,IP:127.0.0.1,IP:127.0.0.2,IP:127.0.0.3";
const authorities = new Map<string, Authority>();

/** Path of the PEM file of authority `name`. */
export const authorityFile = (name: string) => authority(name).file;

/** What a server presents, by how right it is for the authority `name`. */
export function serverCredentials(name: string, kind: string): Credentials {
  if (kind === "other-host") return authority(name).issue("DNS:elsewhere.test,IP:127.9.9.9");
  if (kind === "other-ca") return authority("another").issue(kLoopback);
  if (kind === "other-issuer-ca") return authority(name === "a" ? "b" : "a").issue(kLoopback);
  return authority(name).issue(kLoopback, kind === "expired");
}

function authority(name: string): Authority {
  const found = authorities.get(name) ?? new Authority(`test authority ${name}`);
  authorities.set(name, found);
  return found;
}
