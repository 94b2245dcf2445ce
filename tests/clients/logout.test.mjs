// The end of a session as its applications see it, in a real browser: frames are loaded with `iss` and `sid`, logout
// tokens arrive and verify, the browser comes back, and nobody is signed in any more.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createServer as createPlain } from "node:http";
import { createServer } from "node:https";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { SETS, freePort } from "../harness/server.mjs";
import { digest, makeCertificate, startProduction } from "../harness/production.mjs";
import { openProfile } from "../harness/browser.mjs";
import { Visitor } from "../harness/headless.mjs";
import * as person from "../harness/person.mjs";

const SET = SETS.own;
const EVENT = "http://schemas.openid.net/event/backchannel-logout";
const SECRET = randomBytes(32).toString("base64url");
const APPLICATIONS = [
  { name: "shop", id: "0d8f3a52-6f0e-4c37-9b1d-5a2f7c4e9b60" },
  { name: "forum", id: "1e9f4b63-7a1f-4d48-8c2e-6b3a8d5f0c71" },
];

describe("applications learn of the end of a session", () => {
  let folder, site, channel, server, origin;
  const visits = [];
  const letters = [];

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "vestibule-logout-"));
    const { key, certificate } = makeCertificate(folder);
    const port = await freePort();
    origin = `https://localhost:${port}`;
    site = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
      visits.push(new URL(request.url, origin));
      response.setHeader("content-type", "text/html; charset=utf-8").end("<!DOCTYPE html><title>Application</title><h1 id=arrived>Application</h1>");
    });
    site.listen(port, "127.0.0.1");
    channel = createPlain(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      letters.push({ path: request.url, token: new URLSearchParams(body).get("logout_token") });
      response.end();
    });
    channel.listen(0, "127.0.0.1");
    await Promise.all([once(site, "listening"), once(channel, "listening")]);
    const application = ({ name, id }) => `
[[application]]
client_id = "${id}"
name = "${name}"
secrets = ["${digest(SECRET)}"]
redirect_uris = { web = ["${origin}/${name}/callback", "${origin}/${name}/bye"] }
logout_url = "${origin}/${name}/out"
backchannel_logout_url = "http://127.0.0.1:${channel.address().port}/${name}"
`;
    server = await startProduction({
      set: SET,
      applications: APPLICATIONS.map(application).join(""),
      settings: '[session]\nfrontchannel_logout = true\nbackchannel_logout = true\n[outbound]\nallow = ["127.0.0.1"]\n',
    });
  });
  after(async () => {
    await server?.stop();
    site?.closeAllConnections();
    site?.close();
    channel?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const authorize = ({ name, id }, more = {}) => {
    const verifier = randomBytes(32).toString("base64url");
    const query = {
      client_id: id, response_type: "code", scope: "openid", redirect_uri: `${origin}/${name}/callback`, state: "s", nonce: "n",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256", ...more,
    };
    return { url: `${server.base(SET.signIn)}/oauth2/v2.0/authorize?${new URLSearchParams(query)}`, verifier };
  };

  /** The claims and the text of the id token that a code brings. */
  async function redeem(application, asked, code, document, keys) {
    const form = { grant_type: "authorization_code", client_id: application.id, client_secret: SECRET, code, redirect_uri: `${origin}/${application.name}/callback`, code_verifier: asked.verifier };
    const visitor = new Visitor(server, { ca: server.ca });
    const reply = await visitor.send("POST", document.token_endpoint, { headers: { "content-type": "application/x-www-form-urlencoded" }, body: new URLSearchParams(form).toString() });
    const { id_token: text } = JSON.parse(reply.body);
    const { payload } = await jwtVerify(text, keys, { issuer: document.issuer, audience: application.id });
    return { text, ...payload };
  }

  test("by frame and by request, both of them, and the browser comes back", { timeout: 60_000 }, async (t) => {
    const visitor = new Visitor(server, { ca: server.ca });
    const json = async (url) => JSON.parse((await visitor.get(url)).body);
    const document = await json(`${server.base(SET.signIn)}/v2.0/.well-known/openid-configuration`);
    for (const kind of ["frontchannel", "backchannel"]) assert.deepEqual([document[`${kind}_logout_supported`], document[`${kind}_logout_session_supported`]], [true, true]);
    const keys = createLocalJWKSet(await json(document.jwks_uri));
    const window = await openProfile();
    t.after(() => window.close());
    const { page } = window;
    const arrived = (place) => page.waitForURL((url) => url.href.startsWith(`${origin}/${place}`));

    const tokens = [];
    for (const [n, application] of APPLICATIONS.entries()) {
      const asked = authorize(application);
      await page.goto(asked.url);
      if (n === 0) await person.signIn(window, server.who);
      await arrived(`${application.name}/callback`);
      tokens.push(await redeem(application, asked, new URL(page.url()).searchParams.get("code"), document, keys));
    }
    assert.equal(tokens[0].sid, tokens[1].sid, "one session");

    const out = { id_token_hint: tokens[0].text, post_logout_redirect_uri: `${origin}/shop/bye`, state: "bye" };
    await page.goto(`${document.end_session_endpoint}?${new URLSearchParams(out)}`).catch(() => {});
    await arrived("shop/bye");
    assert.equal(new URL(page.url()).searchParams.get("state"), "bye");
    for (const { name } of APPLICATIONS) {
      const calls = visits.filter((url) => url.pathname === `/${name}/out`);
      assert.equal(calls.length, 1, `${name} was called by frame`);
      assert.deepEqual(Object.fromEntries(calls[0].searchParams), { iss: document.issuer, sid: tokens[0].sid });
    }
    assert.deepEqual(letters.map((letter) => letter.path).toSorted(), ["/forum", "/shop"]);
    for (const { path: place, token } of letters) {
      assert.equal(decodeProtectedHeader(token).typ, "logout+jwt");
      const n = APPLICATIONS.findIndex(({ name }) => place === `/${name}`);
      const { payload } = await jwtVerify(token, keys, { issuer: document.issuer, audience: APPLICATIONS[n].id, typ: "logout+jwt" });
      assert.deepEqual([payload.sub, payload.sid, payload.events, payload.nonce], [tokens[n].sub, tokens[n].sid, { [EVENT]: {} }, undefined]);
    }
    await page.goto(authorize(APPLICATIONS[1], { prompt: "none" }).url);
    await arrived("forum/callback");
    assert.equal(new URL(page.url()).searchParams.get("error"), "interaction_required");
    window.calm();
  });
});
