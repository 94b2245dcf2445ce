// A relying party with openid-client, by discovery from the issuer. RESOLVE maps every name to loopback, as a hosts
// file would; without it nothing is out of the ordinary.
import assert from "node:assert/strict";
import https from "node:https";
import { readFileSync } from "node:fs";
import * as openid from "openid-client";
import { Visitor, signIn, answerOf } from "../harness/headless.mjs";

const { ORIGIN, TENANT, SIGN_IN, EDIT, CLIENT_ID, REDIRECT, SIGNED_OUT, EMAIL, PASSWORD, RESOLVE, BY, NODE_EXTRA_CA_CERTS } = process.env;
const lookup = (name, options, done) => (options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4));
if (RESOLVE) https.globalAgent.options.lookup = lookup;
https.globalAgent.options.ca = readFileSync(NODE_EXTRA_CA_CERTS);

/** fetch over node:https, so that the names resolve as the agent says. */
function fetchByAgent(url, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = https.request(url, { method, headers: Object.fromEntries(new Headers(headers)) }, async (incoming) => {
      const chunks = [];
      for await (const chunk of incoming) chunks.push(chunk);
      resolve(new Response(Buffer.concat(chunks), { status: incoming.statusCode, headers: Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]) }));
    });
    outgoing.on("error", reject);
    outgoing.end(body == null ? undefined : String(body));
  });
}

async function configuration(policy) {
  const asked = `${ORIGIN}/${TENANT}/${policy}/v2.0/.well-known/openid-configuration`;
  // By the issuer where the policy names itself in it; else by the address that B2C applications use.
  const document = await fetchByAgent(asked);
  assert.equal(document.status, 200, `${asked} answered ${document.status}`);
  const from = BY === "issuer" ? (await document.json()).issuer : asked;
  return openid.discovery(new URL(from), CLIENT_ID, undefined, openid.None(), { [openid.customFetch]: fetchByAgent });
}

const visitor = new Visitor({ origin: ORIGIN });

async function authorize(config, drive) {
  const verifier = openid.randomPKCECodeVerifier();
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: `openid offline_access ${CLIENT_ID}`,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  const answer = await drive(url.href);
  const back = new URL(`${REDIRECT}?${new URLSearchParams(answer)}`);
  return openid.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });
}

const config = await configuration(SIGN_IN);
const tokens = await authorize(config, (url) => signIn(visitor, url, { email: EMAIL, password: PASSWORD }));
const claims = tokens.claims();
assert.equal(claims.iss, config.serverMetadata().issuer);
console.log("signed in");

const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token);
assert.equal(refreshed.claims().sub, claims.sub);
console.log("refreshed");

if (config.serverMetadata().userinfo_endpoint) {
  const info = await openid.fetchUserInfo(config, refreshed.access_token, claims.sub);
  assert.equal(info.email, EMAIL);
  console.log("asked for user information");
}

const edited = await authorize(await configuration(EDIT), async (url) => {
  const page = await visitor.open(url);
  assert.equal((await visitor.respond(page, { givenName: "Hedy" })).status, "200");
  return answerOf(await visitor.confirmed(page));
});
assert.equal(edited.claims().sub, claims.sub);
console.log("switched policy");

const out = openid.buildEndSessionUrl(config, { post_logout_redirect_uri: SIGNED_OUT, id_token_hint: refreshed.id_token, state: "bye" });
const gone = await visitor.get(out.href);
assert.equal(gone.status, 302);
assert.equal(gone.location, `${SIGNED_OUT}?state=bye`);
console.log("signed out");
