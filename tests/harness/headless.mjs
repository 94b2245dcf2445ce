// A client without a browser, as published load tests and scrapers write it: a cookie jar, a few regular expressions
// over the page, form posts. It never runs the page's script. In: a server. Out: what each step answered.
import http from "node:http";
import https from "node:https";

/** The expressions that clients in the wild apply (user-interface 2.4). Each must match the first response. */
export const EXPRESSIONS = {
  settingsToSemicolon: /var SETTINGS = ({[^;]+})/,
  settingsLazy: /var\s+SETTINGS\s*=\s*(\{.*?\})\s*;/,
  csrfWord: /"csrf":"\w+=*"/,
  csrf: /"csrf":"(.*?)"/,
  csrfThenComma: /"csrf"\s*:\s*"(.+?)",/,
  transId: /"transId":"(.*?)"/,
  stateProperties: /.*StateProperties=([^"]*)/,
  tenant: /"tenant":"(.*?)"/,
  policy: /"policy":\s*"(.*?)"/,
  api: /"api":"(.*?)"/,
};

/** One browser's worth of cookies. */
export class Visitor {
  constructor(server, options = {}) {
    this.server = server;
    this.cookies = new Map();
    this.ca = options.ca;
    this.headers = options.headers ?? {};
  }

  /** One request, redirects not followed. Answers { status, headers, body, location, setCookies }. */
  send(method, url, { headers = {}, body } = {}) {
    const target = new URL(url, this.server.origin);
    const module = target.protocol === "https:" ? https : http;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const all = { ...this.headers, ...(cookie && { cookie }), ...headers };
    if (body !== undefined) all["content-length"] = Buffer.byteLength(body);
    return new Promise((resolve, reject) => {
      const outgoing = module.request(target, { method, headers: all, ca: this.ca }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const setCookies = response.headers["set-cookie"] ?? [];
          for (const line of setCookies) this.keep(line);
          resolve({
            status: response.statusCode,
            headers: response.headers,
            body: Buffer.concat(chunks).toString("utf8"),
            location: response.headers.location,
            setCookies,
            url: target.href,
          });
        });
      });
      outgoing.setTimeout(20_000, () => outgoing.destroy(new Error(`no answer to ${method} ${target.href}`)));
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  keep(line) {
    const [pair, ...attributes] = line.split(";").map((part) => part.trim());
    const [name, ...rest] = pair.split("=");
    const value = rest.join("=");
    const gone = attributes.some((attribute) => /^max-age=(0|-\d+)$/i.test(attribute) || /^expires=.*(1970|1969)/i.test(attribute));
    if (gone || value === "") this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  get(url, headers) {
    return this.send("GET", url, { headers });
  }

  /** Opens an address that must show a page, and reads what clients read. */
  async open(url) {
    const response = await this.get(url);
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${response.body.slice(0, 600)}`);
    return readPage(response);
  }

  /** POST SelfAsserted with the headers of a browser. Answers the parsed JSON, with the raw text beside it. */
  async post(page, fields, suffix = "") {
    const text = fields instanceof URLSearchParams ? fields.toString() : new URLSearchParams(fields).toString();
    const tx = encodeURIComponent(page.transId);
    const response = await this.send("POST", `${page.tenantPath}/SelfAsserted${suffix}?tx=${tx}&p=${page.policy}`, {
      headers: {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        accept: "application/json, text/javascript, */*; q=0.01",
        "x-requested-with": "XMLHttpRequest",
        "x-csrf-token": page.csrf,
      },
      body: text,
    });
    return { http: response, raw: response.body, ...tryJson(response.body) };
  }

  respond(page, fields) {
    return this.post(page, { request_type: "RESPONSE", ...fields });
  }

  sendCode(page, claim, address) {
    return this.post(page, { request_type: "VERIFICATION_REQUEST", claim_id: claim, claim_value: address });
  }

  verifyCode(page, claim, address, code) {
    return this.post(page, { request_type: "VALIDATION_REQUEST", claim_id: claim, claim_value: address, user_input: code });
  }

  control(page, control, action, fields) {
    return this.post(page, fields, `/DisplayControlAction/vbeta/${control}/${action}`);
  }

  /** The step forward. Answers a page, or the redirect to the application. */
  async confirmed(page, more = {}) {
    const query = new URLSearchParams({ ...more, csrf_token: page.csrf, tx: page.transId, p: page.policy });
    const response = await this.get(`${page.tenantPath}/api/${page.api}/confirmed?${query}`);
    return response.status === 200 ? readPage(response) : response;
  }

  link(page, choice) {
    const query = new URLSearchParams({ ...choice, csrf_token: page.csrf, tx: page.transId, p: page.policy });
    return this.open(`${page.tenantPath}/api/${page.api}/unified?${query}`);
  }
}

function tryJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** What a headless client takes out of a page. */
export function readPage(response) {
  const first = (expression) => expression.exec(response.body)?.[1];
  const settings = first(EXPRESSIONS.settingsToSemicolon);
  if (!settings) throw new Error(`no SETTINGS in: ${response.body.slice(0, 800)}`);
  return {
    response,
    html: response.body,
    settings: JSON.parse(settings),
    fields: JSON.parse(/var SA_FIELDS = (\{.*?\});\s/s.exec(response.body)?.[1] ?? "{}"),
    content: JSON.parse(/var CONTENT = (\{.*?\});\s/s.exec(response.body)?.[1] ?? "{}"),
    csrf: first(EXPRESSIONS.csrf),
    transId: first(EXPRESSIONS.transId),
    tenantPath: first(EXPRESSIONS.tenant),
    policy: first(EXPRESSIONS.policy),
    api: first(EXPRESSIONS.api),
  };
}

/** The parameters of a redirect to the application, from query or fragment. */
export function answerOf(response) {
  if (response.status !== 302) throw new Error(`no redirect but ${response.status}: ${(response.body ?? response.html ?? "").slice(0, 800)}`);
  const url = new URL(response.location);
  return Object.fromEntries(new URLSearchParams(url.hash ? url.hash.slice(1) : url.search));
}

/** Proves an address on a page that verifies e-mail, whichever of the two ways the page has. */
export async function proveAddress(visitor, mail, page, address) {
  const seen = mail.to(address).length;
  const control = page.fields.AttributeFields.find((field) => /Control$/.test(field.UX_INPUT_TYPE ?? field.USER_INPUT_TYPE));
  if (!control) {
    const sent = await visitor.sendCode(page, "email", address);
    if (sent.status !== "200") throw new Error(`code not sent: ${sent.raw}`);
    const code = await mail.code(address, seen);
    const checked = await visitor.verifyCode(page, "email", address, code);
    if (checked.status !== "200") throw new Error(`code refused: ${checked.raw}`);
    return { email: address, email_ver_input: code };
  }
  const sent = await visitor.control(page, control.ID, "SendCode", { email: address });
  if (sent.status !== "200") throw new Error(`code not sent: ${sent.raw}`);
  const code = await mail.code(address, seen);
  const checked = await visitor.control(page, control.ID, "VerifyCode", { email: address, verificationCode: code });
  if (checked.status !== "200") throw new Error(`code refused: ${checked.raw}`);
  return { email: address, verificationCode: code };
}

/** Signs a person up over the page protocol. Answers the redirect's parameters. */
export async function signUp(visitor, mail, url, person) {
  const first = await visitor.open(url);
  const page = await visitor.link(first, { local: "signup" });
  const proof = await proveAddress(visitor, mail, page, person.email);
  const answer = await visitor.respond(page, { ...proof, ...personFields(person) });
  if (answer.status !== "200") throw Object.assign(new Error(`sign-up refused: ${answer.raw}`), { answer });
  return answerOf(await visitor.confirmed(page));
}

export const personFields = (person) => ({
  newPassword: person.password,
  reenterPassword: person.password,
  displayName: person.displayName,
  givenName: person.givenName,
  surname: person.surname,
});

/** Signs a person in over the page protocol. Answers the redirect's parameters. */
export async function signIn(visitor, url, person, rememberMe = false) {
  const page = await visitor.open(url);
  const answer = await visitor.respond(page, { signInName: person.email, password: person.password });
  if (answer.status !== "200") throw Object.assign(new Error(`sign-in refused: ${answer.raw}`), { answer });
  return answerOf(await visitor.confirmed(page, { rememberMe: String(rememberMe) }));
}

let people = 0;
/** Somebody nobody has seen before. */
export function somebody(domain = "example.com") {
  people += 1;
  return {
    email: `person-${process.pid}-${Date.now().toString(36)}-${people}@${domain}`,
    // At most 16 characters, as the public policies want it.
    password: `Correct-${people}`,
    displayName: `Person ${people}`,
    givenName: "Ada",
    surname: "Lovelace",
  };
}
