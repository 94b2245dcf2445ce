// Reverse proxies that sign people in and keep a cookie of their own: one written here with openid-client, and the real
// oauth2-proxy where its binary is (OAUTH2_PROXY). In front of the same small application, driven by the same story.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { SETS, freePort } from "../harness/server.mjs";
import { digest, startProduction } from "../harness/production.mjs";
import { Visitor, signIn } from "../harness/headless.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const CLIENT = "0d8f3a52-6f0e-4c37-9b1d-5a2f7c4e9b60";
const SECRET = randomBytes(32).toString("base64url");
const SET = SETS.own;
const REAL = process.env.OAUTH2_PROXY ?? path.join(HERE, "../.oauth2-proxy/oauth2-proxy");
const scope = `openid offline_access ${CLIENT}`;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** The application behind the proxy: it answers what it was told. */
async function startUpstream() {
  const server = createServer((request, response) => {
    const told = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith("x-forwarded-")));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ path: request.url, told }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: server.address().port, stop: () => (server.closeAllConnections(), new Promise((done) => server.close(done))) };
}

/** Runs a proxy in a process of its own, which trusts our certificate as its platform does. */
async function launch(command, args, environment, origin) {
  const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stdout.on("data", (chunk) => (log += chunk));
  child.stderr.on("data", (chunk) => (log += chunk));
  for (let tries = 0; tries < 100; tries += 1) {
    const up = await fetch(`${origin}/`, { redirect: "manual" }).catch(() => null);
    if (up) return { log: () => log, stop: async () => (child.kill("SIGKILL"), once(child, "exit")) };
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  throw new Error(`the proxy does not answer:\n${log}`);
}

const PROXIES = {
  "a cookie proxy with openid-client": (world) => {
    const settings = { issuer: world.issuer, clientId: CLIENT, secret: SECRET, upstream: world.upstream.port, port: world.port, freshFor: 1000, scope };
    return launch(process.execPath, [path.join(HERE, "cookie_proxy.mjs")], { PROXY: JSON.stringify(settings), NODE_EXTRA_CA_CERTS: world.server.caFile }, world.origin);
  },
  "oauth2-proxy itself": (world) => {
    const args = {
      provider: "oidc", "oidc-issuer-url": world.issuer, "client-id": CLIENT, "client-secret": SECRET, scope,
      "http-address": `127.0.0.1:${world.port}`, "redirect-url": `${world.origin}/oauth2/callback`, upstream: `http://127.0.0.1:${world.upstream.port}`,
      "cookie-secret": randomBytes(32).toString("base64url"), "cookie-secure": "false", "cookie-refresh": "1s", "email-domain": "*",
      "code-challenge-method": "S256", "pass-access-token": "true", "skip-provider-button": "true", "provider-ca-file": world.server.caFile,
      "whitelist-domain": `localhost:${world.server.port}`,
    };
    return launch(REAL, Object.entries(args).map(([name, value]) => `--${name}=${value}`), {}, world.origin);
  },
};

for (const [name, start] of Object.entries(PROXIES)) {
  const missing = name.startsWith("oauth2-proxy") && !existsSync(REAL);
  if (missing) console.error(`SKIPPED: no oauth2-proxy at ${REAL}`);
  describe(name, { skip: missing }, () => {
    const world = {};
    let proxy;
    before(async () => {
      world.port = await freePort();
      world.origin = `http://localhost:${world.port}`;
      world.upstream = await startUpstream();
      world.server = await startProduction({
        set: SET,
        applications: `[[application]]\nclient_id = "${CLIENT}"\nname = "Proxy"\nsecrets = ["${digest(SECRET)}"]\nredirect_uris = { web = ["${world.origin}/oauth2/callback", "${world.origin}/"] }\n`,
      });
      const visitor = new Visitor(world.server, { ca: world.server.ca });
      const document = await visitor.get(`${world.server.base(SET.signIn)}/v2.0/.well-known/openid-configuration`);
      world.issuer = JSON.parse(document.body).issuer;
      proxy = await start(world);
    });
    after(async () => {
      await proxy?.stop();
      await world.server?.stop();
      await world.upstream?.stop();
    });

    test("lets in who signs in, renews in the background, and signs out", { timeout: 60_000 }, async () => {
      const authority = new Visitor(world.server, { ca: world.server.ca });
      const browser = new Visitor({ origin: world.origin });
      const away = await browser.get("/inner?x=1");
      assert.equal(away.status, 302, away.body);
      const answer = await signIn(authority, away.location, world.server.who);
      const back = await browser.get(`/oauth2/callback?${new URLSearchParams(answer)}`);
      assert.equal(back.status, 302, `${back.body}\n${proxy.log()}`);
      assert.equal(new URL(back.location, world.origin).pathname, "/inner");
      const seen = async () => {
        const reply = await browser.get("/inner?x=1");
        assert.equal(reply.status, 200, `${reply.body}\n${proxy.log()}`);
        return JSON.parse(reply.body);
      };
      const first = await seen();
      assert.equal(first.path, "/inner?x=1");
      assert.equal(first.told["x-forwarded-email"], world.server.who.email);
      // Proxies count whole seconds.
      let second = first;
      for (let tries = 0; tries < 10 && second.told["x-forwarded-access-token"] === first.told["x-forwarded-access-token"]; tries += 1) {
        await sleep(1_100);
        second = await seen();
      }
      assert.equal(second.told["x-forwarded-user"], first.told["x-forwarded-user"]);
      assert.notEqual(second.told["x-forwarded-access-token"], first.told["x-forwarded-access-token"], "renewed by the refresh token");

      const endSession = `${world.server.base(SET.signIn)}/oauth2/v2.0/logout?post_logout_redirect_uri=${encodeURIComponent(`${world.origin}/`)}`;
      const out = await browser.get(`/oauth2/sign_out?rd=${encodeURIComponent(endSession)}`);
      assert.equal(out.status, 302);
      const gone = await authority.get(out.location, { "sec-fetch-dest": "document" });
      assert.equal(gone.location, `${world.origin}/`, gone.body);
      const again = await browser.get("/inner");
      assert.equal(again.status, 302, "the proxy has forgotten");
      assert.equal((await authority.open(again.location)).api, "CombinedSigninAndSignup", "and so has the authority");
    });
  });
}
