// A relying party as the suite's modules play it: reads the server's metadata, sends authorization requests through a
// browser, redeems codes, asks UserInfo, and checks every answer on its way.
// In: a wire, what the suite was configured with, one row. Out: what was answered, or an AssertionError.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { Browser } from "./browser.mjs";

/** Characters of an error description: those that RFC 6749 allows, and line ends, of which the suite only warns. */
const DESCRIPTION = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const WITH_LINE_ENDS = /^[\t\n\r\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const SKEW = 300;

const STRING = (value) => typeof value === "string" && value !== "";
const BOOLEAN = (value) => typeof value === "boolean";
const NUMBER = (value) => typeof value === "number";
const ADDRESS = (value) =>
  value !== null && typeof value === "object" && !Array.isArray(value) && Object.values(value).every(STRING);

/** The standard claims (OpenID Connect Core 5.1) by the scope that asks for them, with their types. */
export const STANDARD = {
  profile: {
    name: STRING, given_name: STRING, family_name: STRING, middle_name: STRING, nickname: STRING, preferred_username: STRING,
    profile: STRING, picture: STRING, website: STRING, gender: STRING, birthdate: STRING, zoneinfo: STRING, locale: STRING,
    updated_at: NUMBER,
  },
  email: { email: STRING, email_verified: BOOLEAN },
  address: { address: ADDRESS },
  phone: { phone_number: STRING, phone_number_verified: BOOLEAN },
};
const TYPES = Object.assign({ sub: STRING }, ...Object.values(STANDARD));

export const parse = (answer, what) => {
  assert.match(answer.headers["content-type"] ?? "", /^application\/json\b/, `${what} is JSON`);
  try {
    return JSON.parse(answer.body);
  } catch {
    return assert.fail(`${what} is no JSON: ${answer.body.slice(0, 200)}`);
  }
};

export class Party {
  /** `lenient`: what the suite only warns of is kept in `warnings`, and does not end the row. */
  constructor({ wire, suite, row, random, pause, lenient = false }) {
    Object.assign(this, { wire, suite, row, random, pause, lenient, warnings: [] });
    this.client = row.authentication === "client_secret_post" ? suite.client_secret_post : suite.client;
    this.redirectUri = `${suite.base}/test/a/${suite.alias}/callback`;
    this.browser = this.newBrowser();
  }

  /** A check of which the suite only warns. */
  advised(check) {
    try {
      check();
    } catch (error) {
      if (!this.lenient) throw error;
      this.warnings.push(error.message);
    }
  }

  newBrowser() {
    return new Browser(this.wire, this.suite.person, (url) => url.origin === new URL(this.suite.base).origin);
  }

  get has() {
    const words = this.row.type.split(" ");
    return { code: words.includes("code"), idToken: words.includes("id_token"), token: words.includes("token") };
  }

  /** Reads metadata and keys: what every module does first. */
  async configure() {
    const answer = await this.wire.send({ url: this.suite.server.discoveryUrl });
    assert.equal(answer.status, 200, "discovery");
    this.metadata = parse(answer, "discovery");
    for (const name of ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"]) {
      assert.match(this.metadata[name] ?? "", /^https:\/\//, name);
    }
    const keys = await this.wire.send({ url: this.metadata.jwks_uri });
    assert.equal(keys.status, 200, "keys");
    this.keys = parse(keys, "keys");
    const ids = this.keys.keys.map((key) => key.kid);
    assert.ok(ids.length > 0 && ids.every(STRING), "every key has a kid");
    assert.equal(new Set(ids).size, ids.length, "no two keys share a kid");
    for (const key of this.keys.keys) {
      assert.ok(STRING(key.kty) && key.kty !== "oct", "public keys alone");
      for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k"]) assert.equal(key[secret], undefined, `no private member ${secret}`);
    }
  }

  /** The parameters of an honest request; undefined leaves one out. */
  request(changes = {}) {
    const all = {
      client_id: this.client.client_id,
      redirect_uri: this.redirectUri,
      scope: "openid",
      state: this.random(10),
      nonce: this.random(10),
      response_type: this.row.type,
      ...(this.row.mode === "form_post" && { response_mode: "form_post" }),
      ...changes,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  }

  /** Sends a request through the browser. */
  authorize(request, { browser = this.browser, method = "GET", reversed = false } = {}) {
    const pairs = Object.entries(request);
    const query = String(new URLSearchParams(reversed ? pairs.toReversed() : pairs));
    const endpoint = this.metadata.authorization_endpoint;
    return method === "POST" ? browser.visit(endpoint, { method, body: query }) : browser.visit(`${endpoint}?${query}`);
  }

  /** What holds for every answer at the callback: its place, its state, its issuer. */
  arrived(outcome, request, place = this.place()) {
    assert.equal(outcome.kind, "callback", `the browser comes back, and does not stay at ${outcome.answer?.body?.slice(0, 300)}`);
    assert.equal(outcome.address, this.redirectUri, "at the address that was asked for");
    assert.equal(outcome.how, place, `in the ${place}`);
    if (place !== "query") assert.doesNotMatch(outcome.search, /[?&](code|error)=/, "nothing in the query");
    const answer = outcome.parameters;
    assert.equal(answer.state, request.state, "state");
    const announced = this.metadata.authorization_response_iss_parameter_supported === true;
    if (announced || answer.iss !== undefined) assert.equal(answer.iss, this.metadata.issuer, "iss (RFC 9207)");
    return answer;
  }

  place() {
    if (this.row.mode === "form_post") return "form_post";
    return this.row.type === "code" ? "query" : "fragment";
  }

  /** An error at the callback: one of `words`, described in plain letters, and nothing but what belongs to an error. */
  refused(outcome, request, words, place) {
    const answer = this.arrived(outcome, request, place);
    assert.ok(words.includes(answer.error), `${answer.error} is one of ${words}`);
    this.described(answer.error_description);
    assert.match(answer.error_description, /^AADB2C9\d{4}: [^]*Correlation ID: [0-9a-f-]{36}\s+Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\s*$/);
    const known = ["error", "error_description", "error_uri", "state", "iss"];
    assert.deepEqual(Object.keys(answer).filter((name) => !known.includes(name)), [], "no other parameters");
  }

  described(text) {
    assert.match(text ?? "", WITH_LINE_ENDS, "error_description");
    this.advised(() => assert.match(text, DESCRIPTION, "error_description without line ends"));
  }

  /** A page of the server's own, from which nothing goes on to the application. */
  stays(outcome, words, status) {
    assert.equal(outcome.kind, "page", "the browser is not sent back");
    assert.match(outcome.answer.headers["content-type"] ?? "", /^text\/html/);
    this.advised(() => {
      assert.equal(outcome.answer.status, status);
      assert.match(outcome.answer.body, words);
    });
  }

  /** A whole sign-in with everything that its response type brings. */
  async signIn(changes = {}, options = {}) {
    const request = this.request(changes);
    const { code_verifier: verifier, ...sent } = request;
    const answer = this.arrived(await this.authorize(sent, options), request);
    assert.equal(answer.error, undefined, answer.error_description);
    const seen = { request, answer };
    if (this.has.code) assert.ok(answer.code?.length >= 22, "a code of 128 bits at least");
    if (this.has.token) {
      assert.ok(STRING(answer.access_token), "access_token");
      assert.match(answer.token_type ?? "", /^bearer$/i, "token_type");
      assert.ok(Number(answer.expires_in) > 0, "expires_in");
    }
    if (this.has.idToken) {
      seen.front = await this.idToken(answer.id_token, request);
      this.hashes(seen.front, { at_hash: answer.access_token, c_hash: answer.code });
    }
    if (this.has.token) seen.info = await this.userInfo(answer.access_token, seen.front);
    if (this.has.code) {
      seen.tokens = await this.tokens({ grant_type: "authorization_code", code: answer.code, redirect_uri: this.redirectUri, ...(verifier && { code_verifier: verifier }) });
      seen.back = await this.idToken(seen.tokens.id_token, request);
      if (seen.back.at_hash !== undefined) this.hashes(seen.back, { at_hash: seen.tokens.access_token });
      for (const [what, before] of Object.entries({ "the id token": seen.front, UserInfo: seen.info })) {
        if (before) assert.equal(seen.back.sub, before.sub, `one subject, as ${what} said before`);
      }
      seen.info = await this.userInfo(seen.tokens.access_token, seen.back);
    }
    seen.access = seen.tokens?.access_token ?? answer.access_token;
    seen.hint = seen.tokens?.id_token ?? answer.id_token;
    seen.claims = seen.back ?? seen.front;
    return seen;
  }

  /** The claims of an id token that is what it must be (Core 3.1.3.7). */
  async idToken(jwt, request) {
    assert.ok(STRING(jwt), "id_token");
    const header = decodeProtectedHeader(jwt);
    assert.ok(this.metadata.id_token_signing_alg_values_supported.includes(header.alg), "an announced algorithm");
    assert.notEqual(header.alg, "none");
    assert.ok(this.keys.keys.some((key) => key.kid === header.kid), "kid names a published key");
    const { payload } = await jwtVerify(jwt, createLocalJWKSet(this.keys), {
      issuer: this.metadata.issuer,
      audience: request.client_id,
      clockTolerance: SKEW,
      requiredClaims: ["iss", "sub", "aud", "exp", "iat"],
    });
    const now = Date.now() / 1000;
    assert.ok(payload.iat <= now + SKEW && payload.iat > now - 86_400, "iat");
    assert.ok(STRING(payload.sub) && payload.sub.length <= 255, "sub");
    assert.equal(payload.nonce, request.nonce, "nonce");
    if (payload.azp !== undefined) assert.equal(payload.azp, request.client_id, "azp");
    for (const name of ["exp", "iat", "nbf", "auth_time"]) if (payload[name] !== undefined) assert.ok(NUMBER(payload[name]), name);
    if (payload.acr !== undefined) assert.ok(STRING(payload.acr), "acr");
    this.typed(payload, "id token");
    return payload;
  }

  hashes(claims, of) {
    for (const [name, text] of Object.entries(of)) {
      if (text === undefined) continue;
      const half = createHash("sha256").update(text).digest().subarray(0, 16).toString("base64url");
      assert.equal(claims[name], half, name);
    }
  }

  typed(claims, what) {
    for (const [name, fits] of Object.entries(TYPES)) {
      if (claims[name] !== undefined) assert.ok(fits(claims[name]), `${name} of the ${what} has its type: ${JSON.stringify(claims[name])}`);
    }
  }

  /** One request to the token endpoint, authenticated as the row says. */
  ask(form, client = this.client) {
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    const { client_id, client_secret } = client;
    if (this.row.authentication === "client_secret_post") Object.assign(form, { client_id, client_secret });
    else headers.authorization = `Basic ${Buffer.from(`${encodeURIComponent(client_id)}:${encodeURIComponent(client_secret)}`).toString("base64")}`;
    return this.wire.send({ method: "POST", url: this.metadata.token_endpoint, headers, body: String(new URLSearchParams(form)) });
  }

  async tokens(form, client) {
    const answer = await this.ask(form, client);
    assert.equal(answer.status, 200, answer.body);
    const body = parse(answer, "the token response");
    assert.match(answer.headers["cache-control"] ?? "", /no-store/, "not to be kept");
    assert.equal(answer.headers.pragma, "no-cache");
    assert.ok(STRING(body.access_token), "access_token");
    assert.match(body.token_type ?? "", /^bearer$/i, "token_type");
    assert.ok(Number.isInteger(body.expires_in) && body.expires_in > 0, "expires_in is a number");
    return body;
  }

  /** The token endpoint says no. */
  async denied(form, word, client) {
    const answer = await this.ask(form, client);
    assert.equal(answer.status, 400, answer.body);
    const body = parse(answer, "the refusal");
    assert.equal(body.error, word);
    this.described(body.error_description);
  }

  /** UserInfo by one of its three ways; about the subject of `about`. */
  async userInfo(token, about, way = "get") {
    const url = this.metadata.userinfo_endpoint;
    assert.match(url ?? "", /^https:\/\//, "userinfo_endpoint");
    const bearer = { authorization: `Bearer ${token}` };
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const requests = {
      get: { url, headers: bearer },
      "post-header": { method: "POST", url, headers: { ...bearer, ...form }, body: "" },
      "post-body": { method: "POST", url, headers: form, body: String(new URLSearchParams({ access_token: token })) },
    };
    const answer = await this.wire.send(requests[way]);
    assert.equal(answer.status, 200, answer.body);
    const claims = parse(answer, "UserInfo");
    assert.ok(STRING(claims.sub), "sub");
    if (about) assert.equal(claims.sub, about.sub, "UserInfo is about the subject of the id token");
    this.typed(claims, "UserInfo");
    return claims;
  }
}
