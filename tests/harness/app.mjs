// The application that people sign in to: a web server on http://localhost that keeps what it was sent back,
// and the requests and checks that such an application makes.
import { createServer } from "node:http";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createLocalJWKSet, jwtVerify } from "jose";
import { CLIENT } from "./server.mjs";

/** Listens on a free port. `arrivals` has every answer of the authority; a page script reports fragments as well. */
export async function startApp() {
  const app = { arrivals: [], waiting: undefined, posts: [] };
  const arrive = (how, parameters, raw) => {
    const arrival = { how, raw, ...Object.fromEntries(parameters) };
    app.arrivals.push(arrival);
    app.waiting?.(arrival);
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    let body = "";
    for await (const chunk of request) body += chunk;
    if (request.method === "POST" && url.pathname === "/callback") {
      app.posts.push(body);
      arrive("form_post", new URLSearchParams(body), body);
    } else if (url.pathname === "/callback" && url.search) {
      arrive("query", url.searchParams, url.search.slice(1));
    } else if (request.method === "POST" && url.pathname === "/fragment") {
      arrive("fragment", new URLSearchParams(body), body);
    } else if (url.pathname === "/signed-out") {
      arrive("signed-out", url.searchParams, url.search.slice(1));
    }
    response.setHeader("content-type", "text/html; charset=utf-8");
    const files = app.files?.[url.pathname];
    if (files) {
      response.setHeader("content-type", files.type);
      return response.end(files.body);
    }
    response.end(`<!DOCTYPE html><html lang="en"><title>Application</title><h1 id="arrived">Application</h1>
<script>if (location.pathname === "/callback" && location.hash.length > 1)
  fetch("/fragment", { method: "POST", body: location.hash.slice(1) });</script>`);
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  const port = server.address().port;
  app.origin = `http://localhost:${port}`;
  app.redirectUri = `${app.origin}/callback`;
  app.signedOut = `${app.origin}/signed-out`;
  /** Promise of the next answer from now on. One may wait at a time. */
  app.next = () =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("nothing arrived at the application in 15 s")), 15_000);
      app.waiting = (arrival) => {
        clearTimeout(timer);
        app.waiting = undefined;
        resolve(arrival);
      };
    });
  app.stop = () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve)));
  return app;
}

const base64url = (bytes) => bytes.toString("base64url");

/** A new authorization request. Returns its URL and what must be kept to check and redeem the answer. */
export function request(server, app, policy, changes = {}) {
  const verifier = base64url(randomBytes(48));
  const parameters = {
    client_id: CLIENT,
    response_type: "code",
    redirect_uri: app.redirectUri,
    scope: `openid offline_access ${CLIENT}`,
    state: base64url(randomBytes(12)),
    nonce: base64url(randomBytes(12)),
    code_challenge: base64url(createHash("sha256").update(verifier).digest()),
    code_challenge_method: "S256",
    ...changes,
  };
  for (const [name, value] of Object.entries(parameters)) if (value === undefined) delete parameters[name];
  const url = `${server.base(policy)}/oauth2/v2.0/authorize?${new URLSearchParams(parameters)}`;
  return { url, verifier, policy, parameters };
}

/** Redeems the code of an arrival; throws with the body of the refusal. */
export async function redeem(server, app, asked, code, options = {}) {
  return token(server, asked.policy, {
    grant_type: "authorization_code",
    client_id: CLIENT,
    code,
    redirect_uri: app.redirectUri,
    code_verifier: asked.verifier,
    ...options,
  });
}

/** One POST to the token endpoint of a policy. */
export async function token(server, policy, body, headers = {}) {
  const response = await fetch(`${server.base(policy)}/oauth2/v2.0/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(body),
  });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(JSON.stringify(answer)), { status: response.status, answer });
  return answer;
}

/** The claims of a token after its signature, issuer and audience were checked against the discovery document. */
export async function claimsOf(server, policy, jwt, audience = CLIENT) {
  const discovery = await (await fetch(`${server.base(policy)}/v2.0/.well-known/openid-configuration`)).json();
  const keys = createLocalJWKSet(await (await fetch(discovery.jwks_uri)).json());
  const { payload } = await jwtVerify(jwt, keys, { issuer: discovery.issuer, audience, algorithms: ["RS256"] });
  return payload;
}
