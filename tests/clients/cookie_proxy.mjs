// A reverse proxy that signs people in and keeps what it knows of them in a sealed cookie of its own, as oauth2-proxy and
// the like do: confidential client, code with PKCE, tokens renewed when they are older than `freshFor`, sign-out at the
// authority. The application behind it is told who asks in headers and does nothing else.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createServer, request as forward } from "node:http";
import { once } from "node:events";
import * as openid from "openid-client";

const COOKIE = "_proxy";

/** Something only this proxy can read and write, as a cookie's value. */
const sealer = (key = randomBytes(32)) => ({
  seal(value) {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    const body = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url");
  },
  open(text) {
    try {
      const bytes = Buffer.from(text, "base64url");
      const cipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12));
      cipher.setAuthTag(bytes.subarray(12, 28));
      return JSON.parse(Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString("utf8"));
    } catch {
      return null;
    }
  },
});

const cookieOf = (request) => (request.headers.cookie ?? "").split("; ").map((pair) => pair.split("=")).find(([name]) => name === COOKIE)?.[1] ?? "";

/** Starts it in front of `upstream` (a port). Answers { origin, stop }. */
export async function startProxy({ issuer, clientId, secret, upstream, port, freshFor, scope }) {
  const config = await openid.discovery(new URL(issuer), clientId, undefined, openid.ClientSecretBasic(secret));
  const origin = `http://localhost:${port}`;
  const redirect_uri = `${origin}/oauth2/callback`;
  const { seal, open } = sealer();
  const keep = (response, value) => response.setHeader("set-cookie", `${COOKIE}=${value ? seal(value) : ""}; Path=/; HttpOnly; SameSite=Lax${value ? "" : "; Max-Age=0"}`);
  const go = (response, location) => response.writeHead(302, { location }).end();

  const start = async (request, response) => {
    const [verifier, state, nonce] = [openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce()];
    const code_challenge = await openid.calculatePKCECodeChallenge(verifier);
    const url = openid.buildAuthorizationUrl(config, { redirect_uri, scope, state, nonce, code_challenge, code_challenge_method: "S256" });
    keep(response, { begun: { verifier, state, nonce, back: request.url } });
    go(response, url.href);
  };
  const session = (tokens, before = {}) => ({ ...before, at: Date.now(), claims: tokens.claims() ?? before.claims, access: tokens.access_token, refresh: tokens.refresh_token ?? before.refresh, idToken: tokens.id_token ?? before.idToken });
  const callback = async (request, response, { begun }) => {
    const checks = { pkceCodeVerifier: begun.verifier, expectedState: begun.state, expectedNonce: begun.nonce, idTokenExpected: true };
    keep(response, session(await openid.authorizationCodeGrant(config, new URL(request.url, origin), checks)));
    go(response, begun.back);
  };
  const signOut = (response, known) => {
    keep(response, null);
    go(response, openid.buildEndSessionUrl(config, { id_token_hint: known.idToken, post_logout_redirect_uri: `${origin}/` }).href);
  };
  const pass = (request, response, known) => {
    const headers = { ...request.headers, cookie: "", "x-forwarded-user": known.claims.sub, "x-forwarded-email": known.claims.email ?? "", "x-forwarded-access-token": known.access };
    const inner = forward({ port: upstream, path: request.url, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    request.pipe(inner);
  };
  const server = createServer(async (request, response) => {
    try {
      let known = open(cookieOf(request)) ?? {};
      const { pathname } = new URL(request.url, origin);
      if (pathname === "/oauth2/callback" && known.begun) return await callback(request, response, known);
      if (!known.claims) return await start(request, response);
      if (pathname === "/oauth2/sign_out") return signOut(response, known);
      if (Date.now() - known.at > freshFor) {
        known = session(await openid.refreshTokenGrant(config, known.refresh), known);
        keep(response, known);
      }
      return pass(request, response, known);
    } catch (error) {
      response.writeHead(500, { "content-type": "text/plain" }).end(`${error.message} ${JSON.stringify(error.cause ?? error.error_description ?? "")}`);
    }
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { origin, stop: () => (server.closeAllConnections(), new Promise((done) => server.close(done))) };
}

if (process.env.PROXY) {
  await startProxy(JSON.parse(process.env.PROXY));
  console.log("ready");
}
