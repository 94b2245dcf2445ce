// The certification plans as tables of modules (protocols 18; the plans' own lists): which module runs with which response
// type, response mode and client authentication. A row's name is the module's.

const code = "code";
const hybrid = ["code id_token", "code token", "code id_token token"];

/** Modules that every code and hybrid plan runs. */
const core = (type) => [
  "oidcc-server",
  ...(type === "code token" || type === "code id_token token" ? [] : ["oidcc-response-type-missing"]),
  "oidcc-idtoken-signature",
  ...(type === code ? ["oidcc-idtoken-unsigned"] : []),
  "oidcc-userinfo-get",
  "oidcc-userinfo-post-header",
  "oidcc-userinfo-post-body",
  nonceModule(type),
  ...shared,
  "oidcc-codereuse",
  "oidcc-codereuse-30seconds",
  "oidcc-ensure-registered-redirect-uri",
  ...(type === code ? ["oidcc-ensure-post-request-succeeds"] : []),
  "oidcc-server-client-secret-post",
  ...objects,
  "oidcc-claims-essential",
  "oidcc-refresh-token",
  ...(type === code || type === "code id_token" ? ["oidcc-ensure-request-with-valid-pkce-succeeds"] : []),
];

const nonceModule = (type) =>
  type === code || type === "code token" ? "oidcc-ensure-request-without-nonce-succeeds-for-code-flow" : "oidcc-ensure-request-without-nonce-fails";

const shared = [
  "oidcc-scope-profile",
  "oidcc-scope-email",
  "oidcc-scope-address",
  "oidcc-scope-phone",
  "oidcc-scope-all",
  "oidcc-alternate-happy-flow",
  "oidcc-display-page",
  "oidcc-display-popup",
  "oidcc-prompt-login",
  "oidcc-prompt-none-not-logged-in",
  "oidcc-prompt-none-logged-in",
  "oidcc-max-age-1",
  "oidcc-max-age-10000",
  "oidcc-ensure-request-with-unknown-parameter-succeeds",
  "oidcc-id-token-hint",
  "oidcc-login-hint",
  "oidcc-ui-locales",
  "oidcc-claims-locales",
  "oidcc-ensure-request-with-acr-values-succeeds",
];

const objects = [
  "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
  "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
  "oidcc-ensure-request-object-with-redirect-uri",
];

const implicit = (type) => [
  "oidcc-server",
  "oidcc-idtoken-signature",
  "oidcc-ensure-request-without-nonce-fails",
  ...shared,
  "oidcc-ensure-registered-redirect-uri",
  ...objects,
  "oidcc-claims-essential",
  ...(type === "id_token token"
    ? ["oidcc-userinfo-get", "oidcc-userinfo-post-header", "oidcc-userinfo-post-body", "oidcc-response-type-missing"]
    : []),
];

const logout = [
  "oidcc-rp-initiated-logout-discovery-endpoint-verification",
  "oidcc-rp-initiated-logout",
  "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
  "oidcc-rp-initiated-logout-modified-id-token-hint",
  "oidcc-rp-initiated-logout-no-id-token-hint",
  "oidcc-rp-initiated-logout-no-params",
  "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
  "oidcc-rp-initiated-logout-no-state",
  "oidcc-rp-initiated-logout-only-state",
  "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
  "oidcc-rp-initiated-logout-bad-id-token-hint",
];

const frontChannel = ["oidcc-frontchannel-logout-discovery-endpoint-verification", "oidcc-frontchannel-rp-initiated-logout"];

function plan(name, types, modulesOf, mode = "default") {
  return types.flatMap((type) => modulesOf(type).map((module) => ({ plan: name, module, type, mode, authentication: authentication(module) })));
}

const authentication = (module) => (module === "oidcc-server-client-secret-post" ? "client_secret_post" : "client_secret_basic");

/** Every row of every plan: { plan, module, type, mode, authentication }. */
export const ROWS = [
  ...plan("oidcc-config-certification-test-plan", [code], () => ["oidcc-discovery-endpoint-verification"]),
  ...plan("oidcc-basic-certification-test-plan", [code], core),
  ...plan("oidcc-implicit-certification-test-plan", ["id_token", "id_token token"], implicit),
  ...plan("oidcc-hybrid-certification-test-plan", hybrid, core),
  ...plan("oidcc-formpost-basic-certification-test-plan", [code], core, "form_post"),
  ...plan("oidcc-formpost-implicit-certification-test-plan", ["id_token", "id_token token"], implicit, "form_post"),
  ...plan("oidcc-formpost-hybrid-certification-test-plan", hybrid, core, "form_post"),
  ...plan("oidcc-rp-initiated-logout-certification-test-plan", [code], () => logout),
  ...plan("oidcc-frontchannel-rp-initiated-logout-certification-test-plan", [code], () => frontChannel),
];
