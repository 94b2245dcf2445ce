// An OpenAPI description of every endpoint, for programs that make requests from one. In: ids that are real on the server
// under test. Out: the document. Every parameter may be something real, something near it, or anything at all, so that
// generated requests get past the first check as often as they stumble over it.

/** Something of a list, or any text. */
const mixed = (...known) => ({ anyOf: [{ type: "string", enum: known }, { type: "string" }] });
const text = { type: "string" };

const query = (schemas) => Object.entries(schemas).map(([name, schema]) => ({ name, in: "query", schema }));
const form = (schemas, required = []) => ({
  required: true,
  content: { "application/x-www-form-urlencoded": { schema: { type: "object", properties: schemas, required } } },
});
const responses = { default: { description: "anything but a failure of ours" } };

export function describe({ tenant, tenantId, policies, clients, redirectUris, secret, api }) {
  const inPath = (name, schema) => ({ name, in: "path", required: true, schema });
  const real = (...values) => ({ type: "string", enum: values });
  const place = [inPath("tenant", real(tenant, tenantId, tenant.toUpperCase())), inPath("policy", real(...policies, ...policies.map((id) => id.toLowerCase())))];
  const anywhere = [inPath("tenant", mixed(tenant)), inPath("policy", mixed(...policies))];
  const p = query({ p: mixed(...policies) });
  const authorize = {
    client_id: mixed(...clients),
    redirect_uri: mixed(...redirectUris),
    response_type: mixed("code", "id_token", "token", "code id_token", "code token", "id_token token", "code id_token token"),
    response_mode: mixed("query", "fragment", "form_post"),
    scope: mixed("openid", `openid offline_access ${clients[0]}`, `openid ${api}/read`, "openid profile email"),
    state: text,
    nonce: text,
    prompt: mixed("none", "login", "consent", "select_account"),
    max_age: mixed("0", "1", "10000"),
    login_hint: text,
    domain_hint: text,
    ui_locales: mixed("de en", "fr"),
    claims: mixed('{"id_token":{"auth_time":{"essential":true}}}', "{"),
    id_token_hint: mixed("eyJhbGciOiJub25lIn0.e30."),
    acr_values: text,
    display: mixed("page", "popup"),
    code_challenge: mixed("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    code_challenge_method: mixed("S256", "plain"),
    request: text,
    request_uri: mixed("https://app.example.com/request"),
    client_info: mixed("1"),
  };
  const token = {
    grant_type: mixed("authorization_code", "refresh_token", "client_credentials", "password"),
    client_id: mixed(...clients),
    client_secret: mixed(secret),
    client_assertion: mixed("eyJhbGciOiJub25lIn0.e30."),
    client_assertion_type: mixed("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    code: text,
    refresh_token: text,
    code_verifier: mixed("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    redirect_uri: mixed(...redirectUris),
    scope: mixed(`openid offline_access ${clients[0]}`, `${api}/.default`),
    username: mixed("ada@example.com"),
    password: text,
    response_type: mixed("token id_token"),
    client_info: mixed("1"),
  };
  const logout = {
    post_logout_redirect_uri: mixed(...redirectUris),
    id_token_hint: mixed("eyJhbGciOiJub25lIn0.e30."),
    client_id: mixed(...clients),
    state: text,
    logout_hint: text,
    confirmed: mixed("yes"),
  };
  const bearer = [{ name: "Authorization", in: "header", schema: mixed("Bearer x", "Bearer eyJhbGciOiJub25lIn0.e30.") }];
  const basic = [{ name: "Authorization", in: "header", schema: mixed("Basic eDp5") }];
  const tx = mixed("StateProperties=eyJUSUQiOiI4YTBiNmE1Yy0zY2YwLTRlNWMtOWQ1ZS0yYzdjMWE2YjBmMTEifQ");
  const pageQuery = query({ tx, p: mixed(...policies), csrf_token: text, rememberMe: mixed("true"), diags: mixed("{}"), claimsexchange: text, local: mixed("signup"), social: text });
  const page = inPath("page", mixed("CombinedSigninAndSignup", "SelfAsserted", "Selection", "Phonefactor"));
  const action = inPath("action", mixed("confirmed", "unified", "cancelled", "error", "form"));
  const csrf = [{ name: "X-CSRF-TOKEN", in: "header", schema: text }];
  const answer = { request_type: mixed("RESPONSE", "VERIFICATION_REQUEST", "VALIDATION_REQUEST", "CLAIMS_REQUEST"), signInName: mixed("ada@example.com"), password: text, email: text, claim_id: mixed("email"), claim_value: text, user_input: text };

  const get = (parameters, more = {}) => ({ get: { parameters, responses }, ...more });
  const policyEndpoints = {
    "/v2.0/.well-known/openid-configuration": get([]),
    "/discovery/v2.0/keys": get([]),
    "/oauth2/v2.0/authorize": get(query(authorize), { post: { requestBody: form(authorize), responses } }),
    "/oauth2/v2.0/token": { post: { parameters: basic, requestBody: form(token, ["grant_type"]), responses }, get: { parameters: query(token), responses } },
    "/oauth2/v2.0/logout": get(query(logout), { post: { requestBody: form(logout), responses } }),
    "/openid/v2.0/userinfo": get(bearer, { post: { parameters: bearer, requestBody: form({ access_token: text }), responses } }),
    "/oauth2/v2.0/revoke": { post: { parameters: basic, requestBody: form({ token: text, token_type_hint: mixed("refresh_token"), client_id: mixed(...clients), client_secret: mixed(secret) }), responses } },
    "/oauth2/v2.0/introspect": { post: { parameters: basic, requestBody: form({ token: text, client_id: mixed(...clients), client_secret: mixed(secret) }), responses } },
    "/oauth2/authresp": get(query({ state: text, code: text, error: text }), { post: { requestBody: form({ state: text, code: text, id_token: text }), responses } }),
    "/samlp/metadata": get(query({ idptp: text })),
    "/SelfAsserted": { post: { parameters: [...query({ tx, p: mixed(...policies) }), ...csrf], requestBody: form(answer), responses } },
    "/SelfAsserted/DisplayControlAction/vbeta/{control}/{act}": { post: { parameters: [inPath("control", text), inPath("act", mixed("SendCode", "VerifyCode")), ...query({ tx, p: text }), ...csrf], requestBody: form(answer), responses } },
    "/api/{page}/{action}": get([page, action, ...pageQuery], { post: { parameters: [page, action, ...pageQuery], requestBody: form({ ...answer, csrf_token: text, tx }), responses } }),
    "/client/perftrace": { post: { parameters: query({ tx, p: text }), requestBody: { content: { "application/json": { schema: {} } } }, responses } },
  };
  const paths = {
    "/common/userrealm/{user}": get([inPath("user", text), ...query({ "api-version": mixed("1.0") })]),
    "/static/{file}": get([inPath("file", text)]),
    "/health/live": get([]),
    "/health/ready": get([]),
  };
  for (const [tail, operations] of Object.entries(policyEndpoints)) {
    paths[`/{tenant}/{policy}${tail}`] = { parameters: place, ...operations };
  }
  for (const tail of ["/v2.0/.well-known/openid-configuration", "/discovery/v2.0/keys", "/oauth2/v2.0/authorize"]) {
    paths[`/{tenant}${tail}`] = { parameters: [place[0], ...p], ...policyEndpoints[tail] };
    paths[`/tfp/{tenant}/{policy}${tail}`] = { parameters: anywhere, ...policyEndpoints[tail] };
  }
  return { openapi: "3.0.3", info: { title: "Vestibule", version: "1" }, paths };
}
