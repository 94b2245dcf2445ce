// A desktop application with @azure/msal-node: nothing configured but client id, authority and knownAuthorities.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { PublicClientApplication, CryptoProvider } from "@azure/msal-node";
import { Visitor, signIn, answerOf } from "../harness/headless.mjs";

const { ORIGIN, TENANT, SIGN_IN, EDIT, CLIENT_ID, EMAIL, PASSWORD, SIGNED_OUT } = process.env;
const authority = (policy) => `${ORIGIN}/${TENANT}/${policy}`;
const client = new PublicClientApplication({
  auth: { clientId: CLIENT_ID, authority: authority(SIGN_IN), knownAuthorities: [new URL(ORIGIN).host] },
});
// The browser of the person: it trusts what this process trusts.
const visitor = new Visitor({ origin: ORIGIN });
const redirectUri = "http://localhost:52731";
const scopes = [CLIENT_ID];

const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
const [state, nonce] = [randomUUID(), randomUUID()];
const url = await client.getAuthCodeUrl({ scopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: "S256", state, nonce });
const arrival = await signIn(visitor, url, { email: EMAIL, password: PASSWORD });
assert.equal(arrival.state, state);
const result = await client.acquireTokenByCode({ code: arrival.code, scopes, redirectUri, codeVerifier: verifier, state, clientInfo: arrival.client_info }, { ...arrival, nonce });
assert.ok(result.accessToken && result.idToken && result.account);
assert.equal(result.idTokenClaims.nonce, nonce);
assert.match(result.account.homeAccountId.toLowerCase(), new RegExp(`-${SIGN_IN.toLowerCase()}\\.`));
console.log("signed in");

// From the cache, then by the refresh token.
const cached = await client.acquireTokenSilent({ account: result.account, scopes });
assert.equal(cached.fromCache, true);
const refreshed = await client.acquireTokenSilent({ account: result.account, scopes, forceRefresh: true });
assert.equal(refreshed.fromCache, false);
assert.equal(refreshed.idTokenClaims.sub, result.idTokenClaims.sub);
console.log("refreshed");

// Another policy, on the session of the first.
const second = await new CryptoProvider().generatePkceCodes();
const edit = await client.getAuthCodeUrl({ authority: authority(EDIT), scopes, redirectUri, codeChallenge: second.challenge, codeChallengeMethod: "S256", state, nonce });
assert.match(new URL(edit).pathname, new RegExp(`/${EDIT}/oauth2/v2.0/authorize$`, "i"));
const page = await visitor.open(edit);
assert.equal((await visitor.respond(page, { givenName: "Grace" })).status, "200");
const changed = answerOf(await visitor.confirmed(page));
const edited = await client.acquireTokenByCode({ authority: authority(EDIT), code: changed.code, scopes, redirectUri, codeVerifier: second.verifier, state, clientInfo: changed.client_info }, { ...changed, nonce });
assert.equal(edited.idTokenClaims.sub, result.idTokenClaims.sub);
assert.equal((await client.getTokenCache().getAllAccounts()).length, 2, "MSAL keeps one account for each policy");
console.log("switched policy");

// Sign-out: MSAL forgets, the browser is sent to the end session endpoint.
for (const account of await client.getTokenCache().getAllAccounts()) await client.getTokenCache().removeAccount(account);
const out = await visitor.get(`${authority(SIGN_IN)}/oauth2/v2.0/logout?post_logout_redirect_uri=${encodeURIComponent(SIGNED_OUT)}`, { "sec-fetch-dest": "document", "sec-fetch-mode": "navigate" });
assert.equal(out.status, 302);
assert.equal(out.location, SIGNED_OUT);
const again = await visitor.open(await client.getAuthCodeUrl({ scopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: "S256", state, nonce }));
assert.equal(again.api, "CombinedSigninAndSignup", "the password is asked for again");
console.log("signed out");
