// What the suite's browser does with the server's pages, without a script engine: it keeps cookies, follows redirects
// within the server, fills in the sign-in page and presses its button, posts a form that posts itself, and stops at the
// application's address.
// In: a wire and an address. Out: { kind: "callback" | "page", … }.
import assert from "node:assert/strict";

const MOST_HOPS = 10;

const named = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const plain = (text) =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) =>
    hex ? String.fromCodePoint(parseInt(hex, 16)) : decimal ? String.fromCodePoint(Number(decimal)) : (named[name] ?? whole),
  );

/** The attributes of every element of a name, as a parser would read them. */
export function elements(html, name) {
  const found = html.matchAll(new RegExp(`<${name}\\b((?:[^>"']|"[^"]*"|'[^']*')*)>`, "gi"));
  return [...found].map(([whole, attributes]) => {
    const all = attributes.matchAll(/([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?/g);
    return { at: html.indexOf(whole), ...Object.fromEntries([...all].map(([, key, double, single]) => [key.toLowerCase(), plain(double ?? single ?? "")])) };
  });
}

export class Browser {
  /** `person` signs in where a page asks; `isApplication(url)` says where the server's part ends. */
  constructor(wire, person, isApplication) {
    Object.assign(this, { wire, person, isApplication, cookies: new Map(), signIns: 0 });
  }

  /** Goes to an address and on, until the application is reached or a page shows nothing to fill in. */
  async visit(url, { method = "GET", body } = {}) {
    let request = { method, url, body };
    for (let hop = 0; hop < MOST_HOPS; hop++) {
      const answer = await this.ask(request);
      const next = this.next(request, answer);
      if (next.kind) return next;
      request = next;
    }
    assert.fail(`no end after ${MOST_HOPS} pages from ${url}`);
  }

  async ask({ method, url, body }) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const form = body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
    const answer = await this.wire.send({ method, url, body, headers: { accept: "text/html", ...(cookie && { cookie }), ...form } });
    for (const line of answer.headers["set-cookie"] ?? []) this.keep(line);
    return answer;
  }

  keep(line) {
    const [pair, ...attributes] = line.split(";").map((part) => part.trim());
    const cut = pair.indexOf("=");
    const [name, value] = [pair.slice(0, cut), pair.slice(cut + 1)];
    assert.ok(attributes.some((attribute) => /^secure$/i.test(attribute)), `the cookie ${name} is sent over https alone`);
    if (value === "" || attributes.some((attribute) => /^max-age=0$/i.test(attribute))) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  next(request, answer) {
    if (answer.status >= 300 && answer.status < 400) return this.follow(request, answer);
    const html = answer.body;
    const [self] = elements(html, "form").filter((form) => form.id === "auto");
    if (self) return this.post(self, elements(html, "input"));
    if (elements(html, "input").some((input) => input.id === "signInName")) return this.signIn(request, html);
    return { kind: "page", answer, url: request.url };
  }

  follow(request, answer) {
    const url = new URL(answer.headers.location, request.url);
    if (!this.isApplication(url)) return { method: "GET", url: url.href };
    const how = url.hash ? "fragment" : url.search ? "query" : "nothing";
    const parameters = new URLSearchParams(url.hash ? url.hash.slice(1) : url.search);
    return { kind: "callback", how, url: url.href, address: url.origin + url.pathname, parameters: Object.fromEntries(parameters), search: url.search };
  }

  /** The form of `response_mode=form_post`, posted by its script or its button: nothing else is on the page. */
  post(form, inputs) {
    assert.equal(form.method.toUpperCase(), "POST");
    const url = new URL(form.action);
    const parameters = Object.fromEntries(inputs.map((input) => [input.name, input.value]));
    return { kind: "callback", how: "form_post", url: form.action, address: url.origin + url.pathname, parameters, search: url.search };
  }

  /** Types name and password and presses the button, which posts by itself where no script runs. */
  signIn(request, html) {
    this.signIns += 1;
    const button = elements(html, "button").find((element) => element.id === "next");
    const within = [html.indexOf(`id="${button.form}"`), html.indexOf("</form>", html.indexOf(`id="${button.form}"`))];
    const mine = elements(html, "input").filter((input) => input.form === button.form || (input.at > within[0] && input.at < within[1]));
    const typed = { signInName: this.person.name, password: this.person.password };
    const fields = mine.map((input) => [input.name, typed[input.id] ?? input.value ?? ""]);
    return { method: "POST", url: new URL(button.formaction, request.url).href, body: String(new URLSearchParams(fields)) };
  }
}
