// The pages of the sign-in in a real browser without scripts and without a mouse, and the local issuer with a client
// that knows the standards and nothing of this platform.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as oidc from "openid-client";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverCredentials } from "./auth/certificates.ts";
import { freePort } from "./harness/ports.ts";
import { exchange } from "./harness/raw_client.ts";
import { SignInProvider } from "./harness/sign_in_idp.ts";
import { Srasta } from "./harness/srasta.ts";
import { until } from "./harness/wait.ts";

const kPassword = "correct-horse-9";
const kLink = /http\S+\/auth\/setup\/\S+/;

/** A client's own address, where the browser ends up. */
class Callback {
  readonly visits: URL[] = [];
  private readonly server = createServer((request, response) => {
    // A browser asks for an icon, too.
    if (request.url!.startsWith("/callback")) this.visits.push(new URL(request.url!, this.url));
    response.end("back at the client");
  });
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/callback`;
  }
  async start(): Promise<void> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
  }
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

/** Fills a form as somebody does who has no mouse: what has the focus, then the next. */
async function typeInto(page: Page, ...texts: string[]): Promise<void> {
  await page.waitForSelector("input:focus");
  for (const [index, text] of texts.entries()) {
    if (index > 0) await page.keyboard.press("Tab");
    await page.keyboard.type(text);
  }
  await page.keyboard.press("Enter");
}

async function becomeOwner(context: BrowserContext, srasta: Srasta): Promise<void> {
  const page = await context.newPage();
  await page.goto(kLink.exec(srasta.log)![0]);
  await typeInto(page, "olga", kPassword, kPassword);
  await page.waitForSelector("h1:has-text('You are the owner')");
  await page.close();
}

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
afterAll(() => browser.close());

const withoutScripts = (more = {}) => browser.newContext({ javaScriptEnabled: false, ...more });

describe("over http on a loopback address", () => {
  let srasta: Srasta;
  let context: BrowserContext;
  const callback = new Callback();
  beforeAll(async () => {
    await callback.start();
    srasta = await Srasta.start({ inference: { detect: false }, tenants: ["default"] });
    context = await withoutScripts();
    await becomeOwner(context, srasta);
  });
  afterAll(async () => {
    await context?.close();
    await srasta?.[Symbol.asyncDispose]();
    await callback.stop();
  });

  const discover = () =>
    oidc.discovery(new URL(srasta.baseUrl), "cli", undefined, oidc.None(), { execute: [oidc.allowInsecureRequests] });

  it("signs somebody in for a standard client, from discovery to a refreshed token", async () => {
    const config = await discover();
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const start = oidc.buildAuthorizationUrl(config, {
      redirect_uri: callback.url,
      scope: "openid offline_access",
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
    const page = await context.newPage();
    await page.goto(start.href);
    await typeInto(page, "olga", kPassword);
    await page.waitForURL(`${callback.url}**`);

    const tokens = await oidc.authorizationCodeGrant(config, callback.visits.at(-1)!, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    const users = (token: string) =>
      exchange(`${srasta.baseUrl}/srasta/v1/admin/users`, { headers: { authorization: `Bearer ${token}` } });
    expect(tokens.claims()).toMatchObject({ aud: "cli", preferred_username: "olga", tenant: "default" });
    expect((await users(tokens.access_token)).status).toBe(200);

    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token!);
    expect((await users(renewed.access_token)).status).toBe(200);
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token!)).rejects.toMatchObject({ error: "invalid_grant" });
    await oidc.tokenRevocation(config, renewed.refresh_token!);
    // Whoever has a session is not asked again.
    await page.goto(start.href);
    await page.waitForURL(`${callback.url}**`);
    await page.close();
  });

  it("gives a service account a token for its secret", async () => {
    const made = await srasta.run(["user", "add", "robot", "--service", "--role", "service", "--data", srasta.data]);
    expect(made.code).toBe(0);
    const { client_id, client_secret } = JSON.parse(
      (await srasta.run(["user", "secret", "robot", "--data", srasta.data])).out,
    );
    const config = await oidc.discovery(new URL(srasta.baseUrl), client_id, undefined, oidc.ClientSecretBasic(client_secret), {
      execute: [oidc.allowInsecureRequests],
    });
    const tokens = await oidc.clientCredentialsGrant(config, {});
    const answer = await exchange(`${srasta.baseUrl}/v1/models`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(answer.status).toBe(200);
  });

  it("has pages that are used by keyboard alone and load nothing from elsewhere", async () => {
    const mine = await withoutScripts();
    const page = await mine.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).origin));
    const broken: string[] = [];
    page.on("console", (message) => broken.push(message.text()));
    await page.goto(`${srasta.baseUrl}/auth/account`);
    await typeInto(page, "olga", "wrong-wrong-wrong");
    await page.waitForSelector("[role=alert]");
    expect(await page.inputValue("#user")).toBe("olga");
    await page.waitForSelector("#user:focus");
    await page.keyboard.press("Tab");
    await page.keyboard.type(kPassword);
    await page.keyboard.press("Enter");
    await page.waitForSelector("h1:has-text('Your account')");
    expect(await page.locator("strong").first().textContent()).toBe("olga");
    for (const input of await page.locator("input:not([type=hidden]):not([hidden])").all()) {
      const id = await input.getAttribute("id");
      expect(await page.locator(`label[for=${id}]`).count(), `${id} has a label`).toBe(1);
    }
    await page.getByRole("button", { name: "Sign out" }).press("Enter");
    await page.waitForURL("**/auth/login");
    await page.goto(`${srasta.baseUrl}/auth/account`);
    await page.waitForSelector("h1:has-text('Sign in')");
    expect([...new Set(asked)]).toEqual([srasta.baseUrl]);
    // The wrong password was answered with 401, which browsers report.
    expect(broken.filter((text) => !text.includes("401"))).toEqual([]);
    await mine.close();
  });

  it("shows names as text", async () => {
    const page = await context.newPage();
    await page.goto(`${srasta.baseUrl}/auth/logout`);
    await page.getByRole("button", { name: "Sign out" }).press("Enter");
    await page.waitForURL("**/auth/login");
    await page.locator("#user").focus();
    await typeInto(page, "<img src=x onerror=document.title='x'>", "wrong-wrong-wrong");
    await page.waitForSelector("[role=alert]");
    expect(await page.locator("img").count()).toBe(0);
    await page.close();
  });
});

describe("at another provider", () => {
  let srasta: Srasta;
  let provider: SignInProvider;
  const folder = mkdtempSync(join(tmpdir(), "srasta-provider-"));
  beforeAll(async () => {
    const port = await freePort();
    provider = await SignInProvider.start(`http://127.0.0.1:${port}/auth/callback`);
    const secret = join(folder, "secret");
    writeFileSync(secret, SignInProvider.secret, { mode: 0o600 });
    const sign_in = { client_id: SignInProvider.client, client_secret_file: secret, label: "Office" };
    const issuer = { url: provider.issuer, audiences: ["srasta-api"], allow_loopback_http: true, sign_in };
    const config = { inference: { detect: false }, tenants: ["default"], identity: { issuers: [issuer] } };
    srasta = await Srasta.start(config, `127.0.0.1:${port}`);
  });
  afterAll(async () => {
    await srasta?.[Symbol.asyncDispose]();
    await provider?.stop();
    rmSync(folder, { recursive: true });
  });

  it("signs somebody in who comes back from another site, with no script and no redirect at its end", async () => {
    const context = await withoutScripts();
    const page = await context.newPage();
    const broken: string[] = [];
    page.on("console", (message) => {
      if (page.url().startsWith(srasta.baseUrl)) broken.push(message.text());
    });
    await until("the provider is known", async () => {
      await page.goto(`${srasta.baseUrl}/auth/account`);
      await page.getByRole("button", { name: "Sign in with Office" }).press("Enter");
      await page.waitForLoadState();
      return page.url().startsWith(provider.issuer) || undefined;
    });
    await page.fill("input[name=login]", "zoe");
    await page.fill("input[name=password]", "anything");
    await page.keyboard.press("Enter");
    await page.waitForSelector("button:has-text('Continue')");
    await page.getByRole("button", { name: "Continue" }).press("Enter");

    await page.waitForSelector("h1:has-text('Your account')");
    expect(page.url()).toBe(`${srasta.baseUrl}/auth/account`);
    expect(await page.locator("strong").textContent()).toBe("zoe of the office");
    const cookies = (await context.cookies(srasta.baseUrl)).filter(({ name }) => name.startsWith("srasta"));
    expect(cookies.map(({ name, sameSite }) => [name, sameSite])).toEqual([["srasta_session", "Strict"]]);
    expect((await page.goto(`${srasta.baseUrl}/srasta/v1/admin/users`))!.status()).toBe(200);
    expect(broken).toEqual([]);
    await context.close();
  });
});

describe("over https", () => {
  let srasta: Srasta;
  const folder = mkdtempSync(join(tmpdir(), "srasta-sign-in-"));
  beforeAll(async () => {
    const { cert, key } = serverCredentials("a", "good");
    const [cert_file, key_file] = [join(folder, "server.pem"), join(folder, "server.key")];
    writeFileSync(cert_file, cert);
    writeFileSync(key_file, key, { mode: 0o600 });
    srasta = await Srasta.start({ inference: { detect: false }, tenants: ["default"], tls: { cert_file, key_file } });
  });
  afterAll(async () => {
    await srasta?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it("keeps the session in a __Host- cookie that only this host's pages send", async () => {
    const context = await withoutScripts({ ignoreHTTPSErrors: true });
    await becomeOwner(context, srasta);
    const page = await context.newPage();
    await page.goto(`${srasta.baseUrl}/auth/account`);
    await typeInto(page, "olga", kPassword);
    await page.waitForSelector("h1:has-text('Your account')");

    const cookies = await context.cookies();
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatchObject({
      name: "__Host-srasta_session",
      path: "/",
      httpOnly: true,
      secure: true,
      sameSite: "Strict",
    });
    expect(cookies[0]!.domain.startsWith(".")).toBe(false);
    await context.close();
  });
});
