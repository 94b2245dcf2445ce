// What each module of the certification plans does beyond the ordinary sign-in, and what must come back. The names are the
// suite's; what a module sends and asks was taken from the suite's description of it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { elements } from "./browser.mjs";
import { STANDARD } from "./party.mjs";

/** Errors that say "a person is needed". */
const ASKS = ["interaction_required", "login_required", "consent_required", "account_selection_required"];

const plain = (changes) => async (party) => void (await party.signIn(changes));

const jwtOf = (claims) => `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.`;

/** Signs in twice in one browser; answers both. */
async function twice(party, first, second, pause = 0) {
  const one = await party.signIn(first);
  if (pause) await party.pause(pause);
  const other = await party.signIn(typeof second === "function" ? second(one) : second);
  assert.equal(other.claims.sub, one.claims.sub, "the same subject");
  return [one, other];
}

/** The second sign-in shows no page and is the first one's. */
async function silently(party, first, second) {
  const [one, other] = await twice(party, first, second);
  assert.equal(party.browser.signIns, 1, "nobody is asked again");
  assert.equal(other.claims.auth_time, one.claims.auth_time, "the same sign-in");
  return [one, other];
}

/** The second sign-in shows the page again and is a new one. */
async function anew(party, second, pause) {
  const [one, other] = await twice(party, {}, second, pause);
  assert.equal(party.browser.signIns, 2, "the person is asked again");
  assert.ok(other.claims.auth_time > one.claims.auth_time, "a later sign-in");
  assert.ok(Math.abs(other.claims.auth_time - Date.now() / 1000) < 300, "a recent one");
}

const scope = (...scopes) => async (party) => scoped(party, scopes, {}, `openid ${scopes.join(" ")}`);

async function scoped(party, scopes, options, text) {
  // The suite skips the module where the scope is not announced.
  if (!scopes.every((name) => party.metadata.scopes_supported.includes(name))) return party.advised(() => assert.fail("skipped"));
  const seen = await party.signIn({ scope: text }, options);
  const claims = seen.info ?? seen.front;
  const wanted = scopes.flatMap((name) => Object.keys(STANDARD[name]));
  assert.deepEqual(wanted.filter((name) => claims[name] === undefined), [], "every claim of the scope");
  const others = Object.keys(STANDARD).filter((name) => !scopes.includes(name)).flatMap((name) => Object.keys(STANDARD[name]));
  assert.deepEqual(others.filter((name) => claims[name] !== undefined), [], "no claim of another scope");
}

async function responseTypeMissing(party) {
  const request = party.request({ response_type: undefined });
  const place = party.row.mode === "form_post" ? "form_post" : "query";
  party.refused(await party.authorize(request), request, ["unsupported_response_type", "invalid_request"], place);
}

async function withoutNonceFails(party) {
  const request = party.request({ nonce: undefined });
  party.refused(await party.authorize(request), request, ["invalid_request"]);
}

async function notLoggedIn(party) {
  const request = party.request({ state: party.random(128), prompt: "none" });
  party.refused(await party.authorize(request), request, ASKS);
}

const userInfo = (way) => async (party) => {
  const seen = await party.signIn();
  await party.userInfo(seen.access, seen.claims, way);
};

async function acrValues(party) {
  const values = party.metadata.acr_values_supported ?? ["1", "2"];
  const seen = await party.signIn({ acr_values: values.join(" ") });
  party.advised(() => assert.ok(values.includes(seen.claims.acr), "one of the values that were asked for"));
}

const codeReuse = (pause) => async (party) => {
  const seen = await party.signIn();
  if (pause) await party.pause(pause);
  await party.denied({ grant_type: "authorization_code", code: seen.answer.code, redirect_uri: party.redirectUri }, "invalid_grant");
  const answer = await party.wire.send({ url: party.metadata.userinfo_endpoint, headers: { authorization: `Bearer ${seen.access}` } });
  assert.ok(answer.status >= 400 && answer.status < 500, "the token of a code used twice is dead");
};

async function unregistered(party) {
  const request = party.request({ redirect_uri: `${party.redirectUri}/${party.random(10)}` });
  party.stays(await party.authorize(request), /AADB2C90006/, 400);
}

/** Sends the request as an object, beside it what OAuth wants in the open; state and nonce are in the object alone. */
async function asObject(party, name, value, changes = {}) {
  const { response_type, client_id, scope: words, redirect_uri, response_mode } = party.request();
  const request = { response_type, client_id, scope: words, redirect_uri, ...(response_mode && { response_mode }), ...changes, [name]: value };
  return [request, await party.authorize(request)];
}

async function requestObject(party) {
  const [request, outcome] = await asObject(party, "request", jwtOf(party.request()));
  party.refused(outcome, request, ["request_not_supported"]);
}

async function requestUri(party) {
  const [request, outcome] = await asObject(party, "request_uri", `${party.suite.base}/test/a/${party.suite.alias}/requesturi/${party.random(8)}`);
  party.refused(outcome, request, ["request_uri_not_supported"]);
}

async function objectWithRedirectUri(party) {
  const [, outcome] = await asObject(party, "request", jwtOf(party.request()), { redirect_uri: `${party.redirectUri}/${party.random(10)}` });
  party.stays(outcome, /AADB2C90006/, 400);
}

async function claimsEssential(party) {
  const where = party.has.code || party.has.token ? "userinfo" : "id_token";
  const seen = await party.signIn({ claims: JSON.stringify({ [where]: { name: { essential: true } } }) });
  assert.ok(seen.info ? seen.info.name : seen.front.name, "name, where it was asked for");
  for (const token of [seen.back, seen.info && seen.front]) if (token) party.advised(() => assert.equal(token.name, undefined, "and nowhere else"));
}

async function server(party) {
  const seen = await party.signIn();
  for (const token of [seen.front, seen.back]) if (token) party.advised(() => assert.equal(token.name, undefined, "nobody asked for the name"));
  if (seen.answer.code) assert.ok(new Set(seen.answer.code).size > 16, "a code that cannot be guessed");
}

async function refreshToken(party) {
  const tokens = [];
  for (const client of [party.suite.client, party.suite.client2]) {
    party.client = client;
    party.browser = party.newBrowser();
    const seen = await party.signIn({ scope: "openid offline_access", prompt: "consent" });
    assert.ok(party.metadata.grant_types_supported.includes("refresh_token"), "announced");
    assert.match(seen.tokens.refresh_token ?? "", /^[\x20-\x7e]{20,}$/, "refresh_token");
    await party.pause(1100);
    const scopes = client === party.suite.client ? { scope: "openid offline_access" } : {};
    const fresh = await party.tokens({ grant_type: "refresh_token", refresh_token: seen.tokens.refresh_token, ...scopes });
    const again = await party.idToken(fresh.id_token, { ...seen.request, nonce: seen.back.nonce });
    if (again.at_hash !== undefined) party.hashes(again, { at_hash: fresh.access_token });
    for (const name of ["iss", "sub", "aud", "auth_time", "azp"]) assert.deepEqual(again[name], seen.back[name], name);
    assert.ok(again.iat > seen.back.iat, "issued anew");
    await party.userInfo(fresh.access_token, again);
    tokens.push(fresh.refresh_token);
  }
  await party.denied({ grant_type: "refresh_token", refresh_token: tokens[1] }, "invalid_grant", party.suite.client);
}

async function pkce(party) {
  const verifier = party.random(50);
  await party.signIn({
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    code_verifier: verifier,
  });
}

async function discovery(party) {
  const { metadata } = party;
  const url = party.suite.server.discoveryUrl;
  assert.ok(url.endsWith("/.well-known/openid-configuration"));
  assert.equal(metadata.issuer.replace(/\/$/, ""), url.replace("/.well-known/openid-configuration", ""), "the issuer is where the document stands");
  const lists = {
    response_types_supported: ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"],
    id_token_signing_alg_values_supported: ["RS256"],
    subject_types_supported: [],
    scopes_supported: ["openid"],
    claims_supported: ["sub"],
    grant_types_supported: ["authorization_code", "implicit"],
    response_modes_supported: ["query", "fragment", "form_post"],
    code_challenge_methods_supported: ["S256"],
  };
  for (const [name, needed] of Object.entries(lists)) {
    assert.ok(Array.isArray(metadata[name]) && metadata[name].length > 0, `${name} is a list`);
    assert.deepEqual(needed.filter((word) => !metadata[name].includes(word)), [], name);
  }
  assert.ok(metadata.subject_types_supported.every((word) => ["public", "pairwise"].includes(word)));
  assert.ok(metadata.scopes_supported.every((word) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word)));
  for (const [name, value] of Object.entries(metadata)) {
    if (/_endpoint$|_uri$/.test(name)) assert.match(value, /^https:\/\//, name);
  }
  assert.match(metadata.userinfo_endpoint ?? "", /^https:/, "userinfo_endpoint is recommended");
  assert.equal(metadata.request_parameter_supported, false);
  assert.equal(metadata.request_uri_parameter_supported, false);
  assert.equal(metadata.claims_parameter_supported, true);
}

/** Signs out with some parameters of an honest request replaced. */
async function signOut(party, changes, hintOf = (hint) => hint) {
  const seen = await party.signIn();
  const state = party.random(128);
  const honest = { post_logout_redirect_uri: afterwards(party), id_token_hint: hintOf(seen.hint), state, ...changes };
  const pairs = Object.entries(honest).filter(([, value]) => value !== undefined);
  const outcome = await party.browser.visit(`${party.metadata.end_session_endpoint}?${new URLSearchParams(pairs)}`);
  return { seen, state, outcome };
}

const afterwards = (party) => `${party.suite.base}/test/a/${party.suite.alias}/post_logout_redirect`;

/** The browser is signed out: the next silent request needs a person. */
const isOut = (party) => notLoggedIn(party);

const goesBack = (changes, state) => async (party) => {
  const { outcome, state: sent } = await signOut(party, changes);
  assert.equal(outcome.kind, "callback", "the browser comes back");
  assert.equal(outcome.address, afterwards(party));
  assert.deepEqual(outcome.parameters, state ? { state: sent } : {}, "state and nothing else");
  await isOut(party);
};

const showsError = (words, changes, hintOf) => async (party) => {
  const { outcome } = await signOut(party, changes, hintOf);
  party.stays(outcome, words, 400);
};

const showsSignedOut = (changes) => async (party) => {
  const { outcome } = await signOut(party, changes);
  party.stays(outcome, /signed out/i, 200);
  await isOut(party);
};

const NONE = { post_logout_redirect_uri: undefined, id_token_hint: undefined, state: undefined };
const bodyOf = (jwt) => JSON.parse(Buffer.from(jwt.split(".")[1], "base64url"));
const foreign = (jwt) => [...jwt.split(".").slice(0, 2), Buffer.alloc(256, 7).toString("base64url")].join(".");

async function endSessionEndpoint(party) {
  assert.match(party.metadata.end_session_endpoint ?? "", /^https:\/\//, "end_session_endpoint");
}

async function frontChannelDiscovery(party) {
  await endSessionEndpoint(party);
  assert.equal(party.metadata.frontchannel_logout_supported, true);
  assert.equal(party.metadata.frontchannel_logout_session_supported, true);
}

async function frontChannel(party) {
  const { outcome, seen, state } = await signOut(party, {});
  party.stays(outcome, /signed out/i, 200);
  const [frame, ...others] = elements(outcome.answer.body, "iframe").map((element) => new URL(element.src));
  assert.equal(others.length, 0, "one application, one frame");
  assert.equal(frame.origin + frame.pathname, afterwards(party).replace("post_logout_redirect", "frontchannel_logout"));
  assert.deepEqual(Object.fromEntries(frame.searchParams), { iss: party.metadata.issuer, sid: seen.claims.sid }, "iss and sid");
  const [onward] = elements(outcome.answer.body, "a").filter((element) => element.id === "onward");
  const target = new URL(onward?.href);
  assert.equal(target.origin + target.pathname, afterwards(party), "then back");
  assert.deepEqual(Object.fromEntries(target.searchParams), { state }, "with state");
  await isOut(party);
}

async function unsignedNotOffered(party) {
  // The module runs only where the server offers tokens without signature.
  assert.ok(!party.metadata.id_token_signing_alg_values_supported.includes("none"));
}

/** Every module by its name. */
export const MODULES = {
  "oidcc-discovery-endpoint-verification": discovery,
  "oidcc-server": server,
  "oidcc-server-client-secret-post": plain({}),
  "oidcc-response-type-missing": responseTypeMissing,
  "oidcc-idtoken-signature": plain({}),
  "oidcc-idtoken-unsigned": unsignedNotOffered,
  "oidcc-userinfo-get": userInfo("get"),
  "oidcc-userinfo-post-header": userInfo("post-header"),
  "oidcc-userinfo-post-body": userInfo("post-body"),
  "oidcc-ensure-request-without-nonce-succeeds-for-code-flow": plain({ nonce: undefined }),
  "oidcc-ensure-request-without-nonce-fails": withoutNonceFails,
  "oidcc-scope-profile": scope("profile"),
  "oidcc-scope-email": scope("email"),
  "oidcc-scope-address": scope("address"),
  "oidcc-scope-phone": scope("phone"),
  "oidcc-scope-all": scope("profile", "email", "address", "phone"),
  "oidcc-alternate-happy-flow": (party) => scoped(party, ["email"], { reversed: true }, "email openid"),
  "oidcc-display-page": plain({ display: "page" }),
  "oidcc-display-popup": plain({ display: "popup" }),
  "oidcc-prompt-login": (party) => anew(party, { prompt: "login" }, 1100),
  "oidcc-prompt-none-not-logged-in": notLoggedIn,
  "oidcc-prompt-none-logged-in": (party) => silently(party, {}, { prompt: "none" }),
  "oidcc-max-age-1": (party) => anew(party, { max_age: "1" }, 2100),
  "oidcc-max-age-10000": async (party) => {
    const [one, other] = await silently(party, { max_age: "15000" }, { max_age: "10000" });
    const tokens = [one, other].flatMap((seen) => [seen.front, seen.back]).filter(Boolean);
    assert.ok(tokens.every((token) => token.auth_time), "auth_time, as max_age was sent");
  },
  "oidcc-ensure-request-with-unknown-parameter-succeeds": plain({ extra: "foobar" }),
  "oidcc-id-token-hint": (party) => silently(party, {}, (first) => ({ prompt: "none", id_token_hint: first.hint ?? first.answer.id_token })),
  "oidcc-login-hint": (party) => party.signIn({ login_hint: party.suite.server.login_hint }),
  "oidcc-ui-locales": plain({ ui_locales: "se" }),
  "oidcc-claims-locales": plain({ claims_locales: "se" }),
  "oidcc-ensure-request-with-acr-values-succeeds": acrValues,
  "oidcc-codereuse": codeReuse(0),
  "oidcc-codereuse-30seconds": codeReuse(30_000),
  "oidcc-ensure-registered-redirect-uri": unregistered,
  "oidcc-ensure-post-request-succeeds": (party) => party.signIn({}, { method: "POST" }),
  "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported": requestUri,
  "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": requestObject,
  "oidcc-ensure-request-object-with-redirect-uri": objectWithRedirectUri,
  "oidcc-claims-essential": claimsEssential,
  "oidcc-refresh-token": refreshToken,
  "oidcc-ensure-request-with-valid-pkce-succeeds": pkce,
  "oidcc-rp-initiated-logout-discovery-endpoint-verification": endSessionEndpoint,
  "oidcc-rp-initiated-logout": goesBack({}, true),
  "oidcc-rp-initiated-logout-no-state": goesBack({ state: undefined }, false),
  "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": showsError(/AADB2C90006/, { post_logout_redirect_uri: "https://example.com/unregistered" }),
  "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": async (party) =>
    showsError(/AADB2C90006/, { post_logout_redirect_uri: `${afterwards(party)}?foo=bar` })(party),
  "oidcc-rp-initiated-logout-modified-id-token-hint": showsError(/AADB2C90272/, {}, (hint) => jwtOf(bodyOf(hint))),
  "oidcc-rp-initiated-logout-bad-id-token-hint": showsError(/AADB2C90272/, {}, foreign),
  "oidcc-rp-initiated-logout-no-id-token-hint": showsError(/AADB2C90272/, { id_token_hint: undefined }),
  "oidcc-rp-initiated-logout-no-params": showsSignedOut(NONE),
  "oidcc-rp-initiated-logout-no-post-logout-redirect-uri": showsSignedOut({ post_logout_redirect_uri: undefined }),
  "oidcc-rp-initiated-logout-only-state": showsSignedOut({ ...NONE, state: "af0ifjsldkj" }),
  "oidcc-frontchannel-logout-discovery-endpoint-verification": frontChannelDiscovery,
  "oidcc-frontchannel-rp-initiated-logout": frontChannel,
};

/** Runs one row: metadata first, as every module does. */
export async function run(party) {
  await party.configure();
  await MODULES[party.row.module](party);
}
