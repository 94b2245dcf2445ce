// A person without a browser who signs in over the page protocol and whose application refreshes tokens.
//
// In: connections, a port, a name of the directory. Out: one request a method; what failed is thrown.

import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import { CLIENT, PASSWORD, POLICY, REDIRECT, TENANT, authorizePath } from "./place.mjs";

/** Kept connections, at most so many at once. Answers { send, close }. */
export function connect(concurrent) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: concurrent });
  return { send: (...request) => send(agent, ...request), close: () => agent.destroy() };
}

function send(agent, port, path, { method = "GET", headers = {}, form } = {}) {
  const body = form && new URLSearchParams(form).toString();
  const sent = body ? { "content-type": "application/x-www-form-urlencoded", "content-length": body.length } : {};
  return new Promise((done, failed) => {
    const request = http.request({ port, host: "127.0.0.1", path, method, agent, headers: { ...headers, ...sent } });
    request.once("error", failed);
    request.once("response", (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.once("error", failed);
      response.once("end", () =>
        done({ status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString() }),
      );
    });
    request.end(body);
  });
}

/** One person signing in; every method is one request. */
export class SignIn {
  constructor(send, port, name) {
    this.send = send;
    this.port = port;
    this.name = name;
    this.verifier = randomBytes(32).toString("base64url");
  }

  async page() {
    const challenge = createHash("sha256").update(this.verifier).digest("base64url");
    const reply = await this.send(this.port, authorizePath(challenge));
    const settings = /var SETTINGS = (\{.*?\});/s.exec(reply.text);
    if (!settings) throw new Error(`no page: ${reply.status} ${reply.text.slice(0, 300)}`);
    this.settings = JSON.parse(settings[1]);
    this.cookie = (reply.headers["set-cookie"] ?? []).map((line) => line.split(";")[0]).join("; ");
  }

  path(tail, query) {
    const all = new URLSearchParams({ ...query, tx: this.settings.transId, p: this.settings.hosts.policy });
    return `${this.settings.hosts.tenant}/${tail}?${all}`;
  }

  async answer() {
    const reply = await this.send(this.port, this.path("SelfAsserted", {}), {
      method: "POST",
      headers: { cookie: this.cookie, "x-csrf-token": this.settings.csrf, "x-requested-with": "XMLHttpRequest" },
      form: { request_type: "RESPONSE", signInName: this.name, password: PASSWORD },
    });
    if (!reply.text.includes('"200"')) throw new Error(`no sign-in: ${reply.status} ${reply.text.slice(0, 300)}`);
  }

  async end() {
    const path = this.path("api/CombinedSigninAndSignup/confirmed", { rememberMe: "false", csrf_token: this.settings.csrf });
    const reply = await this.send(this.port, path, { headers: { cookie: this.cookie } });
    this.code = new URL(reply.headers.location ?? "x:").searchParams.get("code");
    if (!this.code) throw new Error(`no code: ${reply.status} ${reply.headers.location} ${reply.text.slice(0, 300)}`);
  }

  redeem() {
    const form = { grant_type: "authorization_code", code: this.code, redirect_uri: REDIRECT, code_verifier: this.verifier };
    return this.token(form);
  }

  refresh() {
    return this.token({ grant_type: "refresh_token", refresh_token: this.tokens.refresh_token });
  }

  async token(form) {
    const path = `/${TENANT}/${POLICY}/oauth2/v2.0/token`;
    const reply = await this.send(this.port, path, { method: "POST", form: { client_id: CLIENT, ...form } });
    this.tokens = JSON.parse(reply.text);
    if (!this.tokens.refresh_token) throw new Error(`no tokens: ${reply.status} ${reply.text.slice(0, 300)}`);
  }
}

/** Runs work on all items, so many at once. */
export async function each(items, concurrent, work) {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: concurrent }, worker));
}
