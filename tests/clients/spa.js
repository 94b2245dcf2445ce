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

const oidc = (authority) =>
  new UserManager({
    authority,
    client_id: settings.client,
    redirect_uri: redirectUri,
    post_logout_redirect_uri: `${location.origin}/signed-out`,
    scope: `openid offline_access ${settings.client}`,
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: false,
  });

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
  async msalSignOut() {
    const client = await msal();
    client.logoutRedirect({ account: client.getAllAccounts()[0], postLogoutRedirectUri: `${location.origin}/signed-out` });
  },
  async oidcSignIn(authority) {
    await oidc(authority).signinRedirect();
  },
  async oidcReturn(authority) {
    const user = await oidc(authority).signinCallback();
    return { claims: user.profile, access: user.access_token, refresh: user.refresh_token };
  },
  async oidcSilent(authority) {
    const user = await oidc(authority).signinSilent();
    return { claims: user.profile, access: user.access_token, refresh: user.refresh_token };
  },
  async oidcSignOut(authority) {
    await oidc(authority).signoutRedirect();
  },
};
document.title = "ready";
