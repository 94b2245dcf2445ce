// A single-page application, bundled for the browser: @azure/msal-browser and oidc-client-ts, configured with nothing
// but client id, authority, knownAuthorities and addresses. The test calls the functions of globalThis.spa.
import { PublicClientApplication } from "@azure/msal-browser";
import { UserManager, WebStorageStateStore } from "oidc-client-ts";

const redirectUri = `${location.origin}/callback`;
const settings = JSON.parse(sessionStorage.getItem("settings") ?? "null");

async function msal() {
  const client = new PublicClientApplication({
    auth: { clientId: settings.client, authority: settings.authority, knownAuthorities: [new URL(settings.authority).host], redirectUri },
  });
  await client.initialize();
  return client;
}

/** framed: renews and signs out in hidden frames, as applications without refresh tokens do. */
const oidc = (authority, { framed = false } = {}) =>
  new UserManager({
    authority,
    client_id: settings.client,
    redirect_uri: redirectUri,
    post_logout_redirect_uri: `${location.origin}/signed-out`,
    silent_redirect_uri: `${location.origin}/silent`,
    popup_post_logout_redirect_uri: `${location.origin}/signed-out`,
    scope: framed ? `openid ${settings.client}` : `openid offline_access ${settings.client}`,
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: false,
  });

/** What a failed call said, as data. */
const refused = (error) => ({ name: error.name, code: error.errorCode ?? error.error, message: error.message ?? error.error_description });

const plain = (result) => result && { access: result.accessToken, id: result.idToken, claims: result.idTokenClaims, cached: result.fromCache, account: result.account?.homeAccountId };

globalThis.spa = {
  async msalSignIn(authority) {
    (await msal()).loginRedirect({ authority, scopes: [settings.client] });
  },
  async msalReturn() {
    return plain(await (await msal()).handleRedirectPromise());
  },
  async msalSilent(options) {
    const client = await msal();
    return plain(await client.acquireTokenSilent({ account: client.getAllAccounts()[0], scopes: [settings.client], ...options }));
  },
  async msalSilentFrame(bridge) {
    const client = await msal();
    return plain(await client.ssoSilent({ account: client.getAllAccounts()[0], scopes: [settings.client], redirectUri: location.origin + bridge }));
  },
  async msalSilentFrameRefused(bridge) {
    const client = await msal();
    return client.ssoSilent({ loginHint: "nobody", scopes: [settings.client], redirectUri: location.origin + bridge }).then(() => null, refused);
  },
  async msalPopup(authority, bridge) {
    return plain(await (await msal()).loginPopup({ authority, scopes: [settings.client], redirectUri: location.origin + bridge }));
  },
  /** One silent call for each account, in the order of the policies. */
  async msalAccounts(authorities) {
    const client = await msal();
    const accounts = client.getAllAccounts();
    const of = (authority) => accounts.find((account) => account.homeAccountId.toLowerCase().includes(`-${authority.split("/").at(-1).toLowerCase()}.`));
    const silent = (authority) => client.acquireTokenSilent({ authority, account: of(authority), scopes: [settings.client] });
    return { count: accounts.length, tokens: (await Promise.all(authorities.map(silent))).map(plain) };
  },
  async msalSignOut() {
    const client = await msal();
    client.logoutRedirect({ account: client.getAllAccounts()[0], postLogoutRedirectUri: `${location.origin}/signed-out` });
  },
  async oidcSignIn(authority, how) {
    await oidc(authority, how).signinRedirect();
  },
  async oidcReturn(authority) {
    const user = await oidc(authority).signinCallback();
    return { claims: user.profile, access: user.access_token, refresh: user.refresh_token };
  },
  async oidcSilent(authority, how) {
    const user = await oidc(authority, how).signinSilent();
    return { claims: user.profile, access: user.access_token, refresh: user.refresh_token };
  },
  async oidcSilentRefused(authority) {
    return oidc(authority, { framed: true }).signinSilent({ prompt: "none" }).then(() => null, refused);
  },
  async oidcSignOutSilent(authority) {
    await oidc(authority, { framed: true }).signoutSilent({ post_logout_redirect_uri: `${location.origin}/silent` });
  },
  async oidcSignOut(authority) {
    await oidc(authority).signoutRedirect();
  },
};
document.title = "ready";
