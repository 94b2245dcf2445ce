// Markup and control characters where text belongs: nothing of it runs in a real browser, all of it arrives as it was.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { startServer, SETS } from "../harness/server.mjs";
import { startMail } from "../harness/mail.mjs";
import { startApp, request, redeem, claimsOf } from "../harness/app.mjs";
import { startBrowser, openWindow } from "../harness/browser.mjs";
import * as person from "../harness/person.mjs";
import { Visitor, signUp, somebody } from "../harness/headless.mjs";

const set = SETS.own;
// The directory takes 64 characters of a name, and no angle brackets in the name that it shows itself.
const MARKUP = `<img src=x onerror=alert(1)>"'-alert(1)-'{{7*7}}\${7*7}`;
const SCRIPT = "</script><script>alert(1)</script>";
const SHOWN = `"'-alert(1)-'{{7*7}}\${7*7}&lt;b&gt;`;

let mail, app, browser, server;
before(async () => {
  mail = await startMail();
  app = await startApp();
  browser = await startBrowser();
  server = await startServer({ set, smtp: mail.url, redirectUris: [`spa=${app.redirectUri}`, `web=${app.signedOut}`] });
});
after(async () => {
  await server?.stop();
  await browser?.close();
  await app?.stop();
  await mail?.stop();
});

async function watched(t) {
  const window = await openWindow(browser);
  t.after(() => window.close());
  window.page.on("dialog", (dialog) => {
    window.complaints.push(`a dialog opened: ${dialog.message()}`);
    dialog.dismiss();
  });
  return window;
}

describe("inert markup", () => {
  test("attack_040 a claim of markup on a later page, in the page's data, in a token, on the developer's pages", async (t) => {
    const who = { ...somebody(), displayName: SHOWN, givenName: MARKUP, surname: SCRIPT };
    await signUp(new Visitor(server), mail, request(server, app, set.signIn).url, who);
    const window = await watched(t);
    const asked = request(server, app, set.signIn);
    await person.open(window, asked.url);
    const arrival = await person.arriving(window, app, () => person.signIn(window, who));
    const claims = await claimsOf(server, set.signIn, (await redeem(server, app, asked, arrival.code)).id_token);
    assert.equal(claims.name, SHOWN);
    assert.equal(claims.given_name, MARKUP);
    assert.equal(claims.family_name, SCRIPT);

    await person.open(window, request(server, app, set.edit).url);
    const expected = { displayName: SHOWN, givenName: MARKUP, surname: SCRIPT };
    for (const [claim, value] of Object.entries(expected)) assert.equal(await window.page.locator(`#${claim}`).inputValue(), value);
    const prefilled = await window.page.evaluate(() => Object.fromEntries(globalThis.SA_FIELDS.AttributeFields.map((field) => [field.ID, field.PRE])));
    assert.deepEqual(prefilled, expected);
    assert.equal(await window.page.locator("#api img, #api script").count(), 0);

    for (const path of ["/", "/dev/inbox"]) await window.page.goto(server.origin + path);
    window.calm();
  });

  test("attack_040 a hint, a message and an address of markup", async (t) => {
    const window = await watched(t);
    await person.open(window, request(server, app, set.signIn, { login_hint: MARKUP, ui_locales: `en ${MARKUP}` }).url);
    assert.equal(await window.page.locator("#signInName").inputValue(), MARKUP);
    await person.signIn(window, { email: MARKUP, password: MARKUP });
    await person.message(window);
    assert.equal(await window.page.locator("#api img").count(), 0);
    window.calm();
  });
});

describe("attack_014 state with form_post", () => {
  // NUL and line breaks are refused outright (attack 15); everything else must pass.
  const controls = [...Array(0x20).keys()].slice(1).filter((code) => code !== 10 && code !== 13);
  const others = [0x7f, ...Array.from({ length: 0x20 }, (_, place) => 0x80 + place), 0xad, 0x200b, 0x200e, 0x202e, 0x2028, 0x2029, 0xfeff, 0xfffd];
  const text = String.fromCodePoint(...controls, ...others);
  const state = `"><script>alert(1)</script>&amp;&#39; ${text} ${"ü😀 ".repeat(20)}`.repeat(8).slice(0, 4096).toWellFormed();

  for (const [what, changes] of [["a code", {}], ["an error", { prompt: "none" }], ["an id_token", { response_type: "id_token", scope: "openid" }]])
    test(`arrives byte for byte beside ${what}`, async (t) => {
      const who = somebody();
      await signUp(new Visitor(server), mail, request(server, app, set.signIn).url, who);
      const window = await watched(t);
      const asked = request(server, app, set.signIn, { response_mode: "form_post", state, ...changes });
      const arrival = await person.arriving(window, app, async () => {
        await person.open(window, asked.url);
        if (!changes.prompt) await person.signIn(window, who);
      });
      assert.equal(arrival.how, "form_post");
      assert.equal(JSON.stringify(arrival.state), JSON.stringify(state));
      assert.ok(changes.prompt ? arrival.error : arrival.code || arrival.id_token);
      window.calm();
    });

  test("arrives without script by the page's button", async (t) => {
    const who = somebody();
    await signUp(new Visitor(server), mail, request(server, app, set.signIn).url, who);
    const window = await openWindow(browser, { script: false });
    t.after(() => window.close());
    await person.open(window, request(server, app, set.signIn, { response_mode: "form_post", state }).url);
    await person.signIn(window, who);
    const button = window.page.locator("noscript button");
    await button.waitFor();
    const arrival = await person.arriving(window, app, () => button.click());
    assert.equal(arrival.how, "form_post");
    assert.equal(JSON.stringify(arrival.state), JSON.stringify(state));
    assert.ok(arrival.code);
  });

  test("arrives byte for byte in the query", async (t) => {
    const who = somebody();
    await signUp(new Visitor(server), mail, request(server, app, set.signIn).url, who);
    const window = await watched(t);
    await person.open(window, request(server, app, set.signIn, { state }).url);
    const arrival = await person.arriving(window, app, () => person.signIn(window, who));
    assert.equal(JSON.stringify(arrival.state), JSON.stringify(state));
  });
});
