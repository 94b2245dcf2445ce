// The page to which oidc-client-ts's hidden frames return, from a silent sign-in and from a silent sign-out.
import { UserManager } from "oidc-client-ts";
const manager = new UserManager({ authority: location.origin, client_id: "any", redirect_uri: location.href });
if (new URLSearchParams(location.search).has("code") || new URLSearchParams(location.search).has("error")) manager.signinSilentCallback();
else manager.signoutSilentCallback();
