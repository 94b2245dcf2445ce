// Ways in which an answer can be wrong. Each takes what was recorded of a row and gives it back with one answer altered,
// once for every answer that it fits; id tokens are signed again with a key of our own, which then stands in the key set, so
// that what a row finds is the altered claim and not the broken signature. A `change` that answers false does not fit.
import { createSign, generateKeyPairSync } from "node:crypto";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const KID = "altered";

const json = (answer) => JSON.parse(answer.body);
const url = (exchange) => new URL(exchange.request.url);
const isDiscovery = (exchange) => url(exchange).pathname.includes("/.well-known/");
const isKeys = (exchange) => url(exchange).pathname.endsWith("/discovery/v2.0/keys");
const isToken = (exchange) => url(exchange).pathname.endsWith("/oauth2/v2.0/token");
const isUserInfo = (exchange) => url(exchange).pathname.endsWith("/openid/v2.0/userinfo");
const isGood = (exchange) => exchange.answer.status === 200;
const isApplications = (text) => /\/test\/a\/[^/]+\/(callback|post_logout_redirect)/.test(text ?? "");

// ---- answers at the application's address ---------------------------------------------------------------------------

const SELF_POSTING = /<form id="auto"/;

/** The parameters that an answer takes to the application, or nothing. */
function carried({ answer }) {
  if (isApplications(answer.headers.location)) {
    const target = new URL(answer.headers.location);
    return new URLSearchParams(target.hash ? target.hash.slice(1) : target.search);
  }
  if (!SELF_POSTING.test(answer.body)) return undefined;
  const inputs = answer.body.matchAll(/<input type="hidden" name="([^"]*)" id="[^"]*" value="([^"]*)"/g);
  return new URLSearchParams([...inputs].map(([, name, value]) => [name, value.replaceAll("&amp;", "&")]));
}

/** Puts other parameters into the same place. */
function carry(exchange, parameters) {
  const { answer } = exchange;
  if (answer.headers.location) {
    const target = new URL(answer.headers.location);
    if (target.hash) target.hash = String(parameters);
    else target.search = String(parameters);
    answer.headers.location = target.href;
    return;
  }
  const escape = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  const inputs = [...parameters].map(([name, value]) => `<input type="hidden" name="${name}" id="${name}" value="${escape(value)}"/>`);
  answer.body = answer.body.replace(/(<form id="auto"[^>]*>)[\s\S]*?(<noscript>)/, (_, open, end) => open + inputs.join("") + end);
}

/** Alters each answer at the callback by itself. `change` may say that it does not fit. */
const atCallback = (name, change) => ({ name, apply: (recording) => each(recording, (exchange) => {
  const parameters = carried(exchange);
  if (!parameters || !/callback/.test(exchange.answer.headers.location ?? exchange.answer.body) || change(parameters) === false) return false;
  carry(exchange, parameters);
  return true;
}) });

const replaced = (name, value) => (parameters) => parameters.has(name) && void parameters.set(name, value);
const removed = (name) => (parameters) => parameters.has(name) && void parameters.delete(name);
const instead = (when, members) => (parameters) => {
  if (!when(parameters)) return false;
  const kept = ["state", "iss"].flatMap((name) => (parameters.has(name) ? [[name, parameters.get(name)]] : []));
  for (const name of [...parameters.keys()]) parameters.delete(name);
  for (const [name, value] of [...members, ...kept]) parameters.append(name, value);
};

// ---- tokens ---------------------------------------------------------------------------------------------------------

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));

function signed(claims, header = { alg: "RS256", kid: KID, typ: "JWT" }) {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createSign("sha256").update(text).sign(privateKey).toString("base64url")}`;
}

/** Every id token of the recording signed by us, those that `change` takes altered; our key in place of the server's. */
function resigned(recording, change) {
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: KID, use: "sig" };
  const again = (jwt, which) => {
    const claims = decode(jwt.split(".")[1]);
    return change(claims, which) ?? signed(claims);
  };
  for (const exchange of recording) {
    if (isKeys(exchange)) exchange.answer.body = JSON.stringify({ keys: [jwk] });
    const parameters = carried(exchange);
    if (parameters?.has("id_token")) {
      parameters.set("id_token", again(parameters.get("id_token"), "front"));
      carry(exchange, parameters);
    }
    if (isToken(exchange) && isGood(exchange)) {
      const body = json(exchange.answer);
      exchange.answer.body = JSON.stringify({ ...body, ...(body.id_token && { id_token: again(body.id_token, "back") }) });
    }
  }
  return recording;
}

/** Alters the claims of each id token by itself. `change(claims)` answers false where it does not fit. */
const inIdTokens = (name, change, only) => ({ name, apply: (recording, row) => {
  let count = 0;
  resigned(structuredClone(recording), (_, which) => void (count += !only || only === which ? 1 : 0));
  return [...Array(count).keys()].flatMap((index) => {
    let seen = 0;
    let fits = true;
    const altered = resigned(structuredClone(recording), (claims, which) => {
      if (only && only !== which) return undefined;
      if (seen++ !== index) return undefined;
      const outcome = change(claims, row);
      if (outcome === false) fits = false;
      return typeof outcome === "string" ? outcome : undefined;
    });
    return fits ? [altered] : [];
  });
} });

/** Sets a claim, or takes it away; `present` only where it is there. */
const claim = (name, value) => (claims) => {
  if (value === undefined) delete claims[name];
  else claims[name] = value;
};
const present = (name, value) => (claims) => name in claims && claim(name, value)(claims);

// ---- JSON answers ---------------------------------------------------------------------------------------------------

/** A copy of the recording for every exchange that `alter` takes. */
function each(recording, alter) {
  return recording.flatMap((_, index) => {
    const copy = structuredClone(recording);
    return alter(copy[index]) === false ? [] : [copy];
  });
}

const inJson = (name, fits, change) => ({ name, apply: (recording, row) => each(recording, (exchange) => {
  if (!fits(exchange, row)) return false;
  const body = json(exchange.answer);
  if (change(body) === false) return false;
  exchange.answer.body = JSON.stringify(body);
  return true;
}) });

const inAnswer = (name, fits, change) => ({ name, apply: (recording, row) => each(recording, (exchange) => fits(exchange, row) && (change(exchange.answer), true)) });

const without = (name) => (body) => name in body && delete body[name];
const having = (name, value) => (body) => name in body && void (body[name] = value);

const goodToken = (exchange) => isToken(exchange) && isGood(exchange);
const badToken = (exchange) => isToken(exchange) && !isGood(exchange);
const goodInfo = (exchange) => isUserInfo(exchange) && isGood(exchange);
const badInfo = (exchange) => isUserInfo(exchange) && !isGood(exchange);

/** A page at which a row's browser stops: the last that it was shown. */
const isFinalPage = (exchange) =>
  /text\/html/.test(exchange.answer.headers["content-type"] ?? "") && !exchange.answer.headers.location &&
  !SELF_POSTING.test(exchange.answer.body) && !/id="signInName"/.test(exchange.answer.body);

const isConfig = (row) => row.module === "oidcc-discovery-endpoint-verification";
const inMetadata = (name, change) => inJson(`discovery: ${name}`, (exchange, row) => isDiscovery(exchange) && isConfig(row), change);
const ofModule = (module, alteration) => ({ ...alteration, apply: (recording, row) => (row.module === module ? alteration.apply(recording, row) : []) });

const isSuccess = (parameters) => !parameters.has("error");
const isError = (parameters) => parameters.has("error");

/** Every alteration: a name, and apply(recording, row) → altered recordings. All of them must be noticed. */
export const ALTERATIONS = [
  atCallback("callback: another state", replaced("state", "another")),
  atCallback("callback: no state", removed("state")),
  atCallback("callback: another iss", replaced("iss", "https://evil.example/")),
  atCallback("callback: no iss", removed("iss")),
  atCallback("callback: no code", removed("code")),
  atCallback("callback: no access token", removed("access_token")),
  atCallback("callback: no id token", removed("id_token")),
  atCallback("callback: no token type", removed("token_type")),
  atCallback("callback: no expires_in", removed("expires_in")),
  atCallback("callback: an error in place of a success", instead(isSuccess, [["error", "server_error"]])),
  atCallback("callback: a success in place of an error", instead(isError, [["code", "x".repeat(40)], ["id_token", "a.b.c"]])),
  atCallback("callback: another error", replaced("error", "access_denied")),
  atCallback("callback: a quotation mark in the description", replaced("error_description", 'AADB2C90000: "')),
  atCallback("callback: a line end in the description", replaced("error_description", "AADB2C90000: x\r\n")),
  atCallback("callback: a code beside the error", (parameters) => isError(parameters) && void parameters.set("code", "x".repeat(40))),
  {
    name: "callback: in the wrong place",
    apply: (recording) =>
      each(recording, ({ answer }) => {
        if (!isApplications(answer.headers.location) || !/callback/.test(answer.headers.location)) return false;
        const target = new URL(answer.headers.location);
        const text = target.hash ? target.hash.slice(1) : target.search.slice(1);
        answer.headers.location = `${target.origin}${target.pathname}${target.hash ? "?" : "#"}${text}`;
        return true;
      }),
  },
  {
    name: "callback: at another address",
    apply: (recording) =>
      each(recording, ({ answer }) => {
        const before = answer.headers.location ?? (SELF_POSTING.test(answer.body) ? answer.body : "");
        if (!/\/callback/.test(before)) return false;
        if (answer.headers.location) answer.headers.location = before.replace("/callback", "/elsewhere");
        else answer.body = before.replace("/callback", "/elsewhere");
        return true;
      }),
  },
  inAnswer("a page in place of the way back", (exchange) => carried(exchange) !== undefined, (answer) => {
    answer.status = 200;
    answer.headers = { "content-type": "text/html" };
    answer.body = "<html><body>Error</body></html>";
  }),
  inAnswer("the way back in place of a page", isFinalPage, (answer) => {
    answer.status = 302;
    answer.headers.location = "https://suite.example:8443/test/a/vestibule/callback?code=x";
  }),
  inAnswer("a page with another status", isFinalPage, (answer) => (answer.status = 500)),
  inAnswer("a page with other words", isFinalPage, (answer) => (answer.body = "<html><body>Hello</body></html>")),

  inIdTokens("id token: another issuer", claim("iss", "https://evil.example/")),
  inIdTokens("id token: another audience", claim("aud", "another")),
  inIdTokens("id token: no subject", claim("sub", undefined)),
  inIdTokens("id token: another subject", (claims, row) => comparesSubjects(row) && void (claims.sub = "somebody-else")),
  inIdTokens("id token: expired", (claims) => void (claims.exp = claims.iat - 4000)),
  inIdTokens("id token: no iat", claim("iat", undefined)),
  inIdTokens("id token: issued in the future", (claims) => void (claims.iat += 4000)),
  inIdTokens("id token: exp as a text", (claims) => void (claims.exp = String(claims.exp))),
  inIdTokens("id token: another nonce", (claims) => void (claims.nonce = "another")),
  inIdTokens("id token: no nonce", (claims) => "nonce" in claims && void delete claims.nonce),
  inIdTokens("id token: wrong at_hash", present("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")),
  inIdTokens("id token: wrong c_hash", present("c_hash", "AAAAAAAAAAAAAAAAAAAAAA")),
  inIdTokens("id token: no at_hash", (claims) => "at_hash" in claims && void delete claims.at_hash, "front"),
  inIdTokens("id token: no c_hash", (claims) => "c_hash" in claims && void delete claims.c_hash, "front"),
  inIdTokens("id token: a name of the wrong type", (claims) => void (claims.name = 7)),
  inIdTokens("id token: signed by nobody", (claims) => `${encode({ alg: "none", typ: "JWT" })}.${encode(claims)}.`),
  inIdTokens("id token: a broken signature", (claims) => signed(claims).replace(/\.[^.]{8}/g, (part, at, whole) => (at === whole.lastIndexOf(".") ? ".AAAAAAAA" : part))),
  inIdTokens("id token: a key that is not published", (claims) => signed(claims, { alg: "RS256", kid: "elsewhere", typ: "JWT" })),

  inAnswer("token: a server error", goodToken, (answer) => (answer.status = 500)),
  inAnswer("token: not JSON", goodToken, (answer) => (answer.headers["content-type"] = "text/html")),
  inAnswer("token: may be kept", goodToken, (answer) => delete answer.headers["cache-control"]),
  inJson("token: no access token", goodToken, without("access_token")),
  inJson("token: no id token", goodToken, without("id_token")),
  inJson("token: another type", goodToken, having("token_type", "mac")),
  inJson("token: expires_in as a text", goodToken, having("expires_in", "3600")),
  inJson("token: expires_in of nothing", goodToken, having("expires_in", 0)),
  inAnswer("token: a success in place of a refusal", badToken, (answer) => {
    answer.status = 200;
    answer.body = JSON.stringify({ access_token: "x", token_type: "Bearer", expires_in: 3600 });
  }),
  inAnswer("token: a refusal with another status", badToken, (answer) => (answer.status = 500)),
  inJson("token: another refusal", badToken, having("error", "invalid_request")),
  inJson("token: a quotation mark in the description", badToken, having("error_description", 'AADB2C90080: "')),

  inAnswer("UserInfo: refused", goodInfo, (answer) => (answer.status = 401)),
  inAnswer("UserInfo: not JSON", goodInfo, (answer) => (answer.headers["content-type"] = "text/html")),
  inJson("UserInfo: no subject", goodInfo, without("sub")),
  inJson("UserInfo: another subject", (exchange, row) => goodInfo(exchange) && row.type !== "token", having("sub", "somebody-else")),
  inJson("UserInfo: a name of the wrong type", goodInfo, (body) => void (body.name = 7)),
  inAnswer("UserInfo: a dead token still lives", badInfo, (answer) => (answer.status = 200)),

  inAnswer("discovery: gone", isDiscovery, (answer) => (answer.status = 404)),
  inAnswer("discovery: not JSON", isDiscovery, (answer) => (answer.headers["content-type"] = "text/html")),
  inJson("discovery: no issuer", isDiscovery, without("issuer")),
  inJson("discovery: http", isDiscovery, (body) => void (body.token_endpoint = body.token_endpoint.replace("https", "http"))),
  inAnswer("keys: gone", isKeys, (answer) => (answer.status = 404)),
  inJson("keys: one of them private", isKeys, (body) => void (body.keys[0].d = "AQAB")),
  inJson("keys: one without kid", isKeys, (body) => void delete body.keys[0].kid),
  inJson("keys: two with one kid", isKeys, (body) => void body.keys.push(body.keys[0])),
  inJson("keys: none", isKeys, having("keys", [])),

  inMetadata("another issuer", having("issuer", "https://localhost/another/v2.0/")),
  ...["response_types_supported", "id_token_signing_alg_values_supported", "subject_types_supported", "scopes_supported", "claims_supported",
    "grant_types_supported", "code_challenge_methods_supported", "userinfo_endpoint", "request_parameter_supported", "claims_parameter_supported"]
    .map((name) => inMetadata(`no ${name}`, without(name))),
  inMetadata("a list that is a text", having("response_types_supported", "code")),
  inMetadata("no RS256", having("id_token_signing_alg_values_supported", ["ES256"])),
  inMetadata("no openid", having("scopes_supported", ["profile"])),
  inMetadata("a scope with a space", having("scopes_supported", ["openid", "a b"])),
  inMetadata("an endpoint over http", having("end_session_endpoint", "http://localhost/")),
  ...["oidcc-rp-initiated-logout-discovery-endpoint-verification", "oidcc-frontchannel-logout-discovery-endpoint-verification"].map((module) =>
    ofModule(module, inJson("discovery: no end_session_endpoint", isDiscovery, without("end_session_endpoint")))),
  ...["frontchannel_logout_supported", "frontchannel_logout_session_supported"].map((name) =>
    ofModule("oidcc-frontchannel-logout-discovery-endpoint-verification", inJson(`discovery: no ${name}`, isDiscovery, without(name)))),
  ofModule("oidcc-idtoken-unsigned", inJson("discovery: unsigned tokens", isDiscovery, having("id_token_signing_alg_values_supported", ["RS256", "none"]))),

  ...["oidcc-prompt-login", "oidcc-max-age-1"].map((module) =>
    ofModule(module, lastIdToken("a sign-in that is not new", (claims, first) => void (claims.auth_time = first.auth_time)))),
  ...["oidcc-prompt-none-logged-in", "oidcc-id-token-hint", "oidcc-max-age-10000"].map((module) =>
    ofModule(module, lastIdToken("a sign-in that is new", (claims) => void (claims.auth_time += 5)))),
  ofModule("oidcc-max-age-10000", inIdTokens("no auth_time", (claims) => void delete claims.auth_time)),
  ofModule("oidcc-ensure-request-with-acr-values-succeeds", lastIdToken("another acr", (claims) => void (claims.acr = "another"))),
  ofModule("oidcc-server", inIdTokens("a name that nobody asked for", (claims) => void (claims.name = "Ada"))),
  ofModule("oidcc-refresh-token", lastIdToken("a refreshed token with another auth_time", (claims) => void (claims.auth_time += 5))),
  ofModule("oidcc-refresh-token", lastIdToken("a refreshed token that is not new", (claims) => void (claims.iat -= 60))),
  ...scopeAlterations(),

  ...["oidcc-rp-initiated-logout", "oidcc-rp-initiated-logout-no-state"].flatMap((module) => [
    ofModule(module, afterLogout("another state", (target) => target.searchParams.set("state", "another"))),
    ofModule(module, afterLogout("something beside the state", (target) => target.searchParams.set("sid", "1"))),
    ofModule(module, afterLogout("another address", (target) => (target.pathname = "/elsewhere"))),
  ]),
  ...[["another iss", /iss=[^&"]*/, "iss=x"], ["another sid", /sid=[^&"]*/, "sid=x"], ["no frame", /<iframe[^>]*>/, ""], ["no way on", /id="onward"/, ""]].map(([name, from, to]) =>
    ofModule("oidcc-frontchannel-rp-initiated-logout", inAnswer(`front channel: ${name}`, (exchange) => /<iframe/.test(exchange.answer.body), (answer) => (answer.body = answer.body.replace(from, to))))),
];

/** Whether a row has a second word on the subject: another id token, or UserInfo. */
function comparesSubjects(row) {
  return row.type !== "id_token";
}

/** Alters the last id token of a recording, with the first at hand. */
function lastIdToken(name, change) {
  return { name, apply: (recording) => {
    const all = [];
    resigned(structuredClone(recording), (claims) => void all.push(structuredClone(claims)));
    if (all.length === 0) return [];
    let seen = 0;
    return [resigned(structuredClone(recording), (claims) => (++seen === all.length ? void change(claims, all[0]) : undefined))];
  } };
}

function afterLogout(name, change) {
  return { name: `sign-out: ${name}`, apply: (recording) => each(recording, ({ answer }) => {
    if (!/post_logout_redirect/.test(answer.headers.location ?? "")) return false;
    const target = new URL(answer.headers.location);
    change(target);
    answer.headers.location = target.href;
    return true;
  }) };
}

/** Scope modules: a claim of the scope missing, and one of another scope told, wherever the claims are. */
function scopeAlterations() {
  const of = { profile: ["nickname", "email"], email: ["email_verified", "address"], address: ["address", "name"], phone: ["phone_number", "email"] };
  return Object.entries(of).flatMap(([scope, [own, other]]) => {
    const here = (row) => row.module === `oidcc-scope-${scope}`;
    const inInfo = (name, change) => inJson(name, (exchange, row) => here(row) && goodInfo(exchange), change);
    const inToken = (name, change) => ({ ...inIdTokens(name, change), apply: (recording, row) => (here(row) && row.type === "id_token" ? inIdTokens(name, change).apply(recording, row) : []) });
    // Of two documents the later one is what the row judges.
    const last = (alteration) => ({ ...alteration, apply: (recording, row) => alteration.apply(recording, row).slice(-1) });
    return [
      last(inInfo(`${scope}: without ${own}`, without(own))),
      last(inInfo(`${scope}: with ${other}`, (body) => void (body[other] = other === "address" ? { country: "x" } : "x"))),
      inToken(`${scope}: without ${own}`, (claims) => void delete claims[own]),
      inToken(`${scope}: with ${other}`, (claims) => void (claims[other] = other === "address" ? { country: "x" } : "x")),
    ];
  });
}
