// A web application on a server with @azure/msal-node: code with a secret, refresh, sign-out.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { ConfidentialClientApplication, CryptoProvider } from "@azure/msal-node";
import { Visitor, signIn } from "../harness/headless.mjs";

const { ORIGIN, TENANT, SIGN_IN, WEB_ID, SECRET, REDIRECT, EMAIL, PASSWORD, API } = process.env;
const authority = `${ORIGIN}/${TENANT}/${SIGN_IN}`;
const configure = (clientSecret) => new ConfidentialClientApplication({ auth: { clientId: WEB_ID, authority, clientSecret, knownAuthorities: [new URL(ORIGIN).host] } });
const client = configure(SECRET);
const visitor = new Visitor({ origin: ORIGIN });
const scopes = [`${API}/read`];

const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
const [state, nonce] = [randomUUID(), randomUUID()];
const url = await client.getAuthCodeUrl({ scopes, redirectUri: REDIRECT, codeChallenge: challenge, codeChallengeMethod: "S256", state, nonce, responseMode: "query" });
const arrival = await signIn(visitor, url, { email: EMAIL, password: PASSWORD });
assert.equal(arrival.state, state);
const redeem = (by) => by.acquireTokenByCode({ code: arrival.code, scopes, redirectUri: REDIRECT, codeVerifier: verifier, state, nonce, clientInfo: arrival.client_info }, arrival);
await assert.rejects(redeem(configure("wrong")), (error) => error.errorCode === "invalid_client" && /AADB2C90081/.test(error.errorMessage));
const result = await redeem(client);
assert.equal(result.idTokenClaims.nonce, nonce);
assert.ok(result.scopes.includes(`${API}/read`), result.scopes.join(" "));
console.log("signed in");

const cached = await client.acquireTokenSilent({ account: result.account, scopes });
assert.equal(cached.fromCache, true, "the API's token is found under its scope");
const refreshed = await client.acquireTokenSilent({ account: result.account, scopes, forceRefresh: true });
assert.equal(refreshed.fromCache, false);
assert.equal(refreshed.idTokenClaims.sub, result.idTokenClaims.sub);
console.log("refreshed");
