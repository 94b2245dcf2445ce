// Without a browser, with @azure/msal-node: an application in its own name (client credentials), and one that was told a
// user's name and password.
import assert from "node:assert/strict";
import { ConfidentialClientApplication, PublicClientApplication } from "@azure/msal-node";

const { ORIGIN, TENANT, SIGN_IN, PASSWORD_GRANT, WEB_ID, SECRET, DESK_ID, EMAIL, PASSWORD, API } = process.env;
const authority = (policy) => `${ORIGIN}/${TENANT}/${policy}`;
const knownAuthorities = [new URL(ORIGIN).host];
const claims = (jwt) => JSON.parse(Buffer.from(jwt.split(".")[1], "base64url"));

const daemon = (clientSecret) => new ConfidentialClientApplication({ auth: { clientId: WEB_ID, authority: authority(SIGN_IN), clientSecret, knownAuthorities } });
const scopes = [`${API}/.default`];
await assert.rejects(daemon("wrong").acquireTokenByClientCredential({ scopes }), (error) => error.errorCode === "invalid_client");
const client = daemon(SECRET);
const first = await client.acquireTokenByClientCredential({ scopes });
const token = claims(first.accessToken);
assert.match(String(token.roles ?? token.scp), /Orders\.Read/);
assert.equal(token.azp, WEB_ID);
const again = await client.acquireTokenByClientCredential({ scopes });
assert.equal(again.fromCache, true);
assert.equal(again.accessToken, first.accessToken);
console.log("in its own name");

const desk = new PublicClientApplication({ auth: { clientId: DESK_ID, authority: authority(PASSWORD_GRANT), knownAuthorities } });
const ask = (password) => desk.acquireTokenByUsernamePassword({ scopes: [DESK_ID], username: EMAIL, password });
await assert.rejects(ask("Wrong-Horse-1"), (error) => /AADB2C90225/.test(error.errorMessage));
const user = await ask(PASSWORD);
assert.ok(user.accessToken && user.idToken);
const silent = await desk.acquireTokenSilent({ account: user.account, scopes: [DESK_ID], forceRefresh: true });
assert.equal(silent.idTokenClaims.sub, user.idTokenClaims.sub);
console.log("by name and password");
