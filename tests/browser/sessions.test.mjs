// Two policies in one browser: what each shows, and what it skips because a session already knows. And what people do
// to pages that were not meant for it: back, reload, double click, two tabs.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { startServer, setsToRun } from "../harness/server.mjs";
import { startMail } from "../harness/mail.mjs";
import { startApp, request, redeem, claimsOf } from "../harness/app.mjs";
import { startBrowser, openWindow } from "../harness/browser.mjs";
import * as person from "../harness/person.mjs";
import { Visitor, signUp, somebody } from "../harness/headless.mjs";

let mail, app, browser;
before(async () => {
  mail = await startMail();
  app = await startApp();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await app?.stop();
  await mail?.stop();
});

for (const set of setsToRun()) {
  describe(`sessions, policies "${set.name}"`, () => {
    let server, who;
    before(async () => {
      server = await startServer({ set, smtp: mail.url, redirectUris: [`spa=${app.redirectUri}`, `web=${app.signedOut}`] });
      who = somebody();
      await signUp(new Visitor(server), mail, request(server, app, set.signIn).url, who);
    });
    after(() => server?.stop());

    const fresh = async (t) => {
      const window = await openWindow(browser);
      t.after(async () => {
        await window.close();
      });
      return window;
    };
    /** Opens a policy; answers "application" when no page was shown, else which page. */
    const shows = async (window, policy, changes) => {
      await person.open(window, request(server, app, policy, changes).url);
      return window.page.evaluate(() => {
        if (document.querySelector("#arrived")) return "application";
        for (const [id, name] of [["localAccountForm", "sign-in"], ["signInName", "sign-in form"], ["email", "address"], ["newPassword", "new password"], ["givenName", "profile"]])
          if (document.getElementById(id)) return name;
        return `something else: ${document.body.innerText.slice(0, 200)}`;
      });
    };

    test("sign-in, then edit, then reset, then sign-in: edit skips the password, reset skips nothing", async (t) => {
      const [window, elsewhere] = [await fresh(t), await fresh(t)];
      for (const one of [elsewhere, window]) {
        assert.equal(await shows(one, set.signIn), "sign-in");
        await person.arriving(one, app, () => person.signIn(one, who));
      }
      assert.equal(await shows(elsewhere, set.signIn), "application");
      assert.equal(await shows(window, set.edit), "profile");
      await person.arriving(window, app, () => person.submit(window));
      assert.equal(await shows(window, set.reset), "address");
      assert.equal(await window.page.locator("#email").inputValue(), "", "an output claim without an input claim is asked anew");
      await person.proveAddress(window, mail, set, who.email);
      await person.submit(window);
      await window.page.locator("#newPassword").waitFor();
      who = { ...who, password: `${who.password}-2` };
      await window.page.locator("#newPassword").fill(who.password);
      await window.page.locator("#reenterPassword").fill(who.password);
      await person.arriving(window, app, () => person.submit(window));
      assert.equal(await shows(elsewhere, set.signIn), "sign-in", "attack_067: a reset ends the account's other sessions");
      assert.equal(await shows(window, set.signIn), "application", "where the new password was chosen, the session goes on");
      assert.equal(await shows(window, set.signIn, { prompt: "login" }), "sign-in", "prompt=login does not");
      window.calm();
    });

    test("edit first: it asks for the password itself, and sign-in then asks for nothing", async (t) => {
      const window = await fresh(t);
      assert.equal(await shows(window, set.edit), "sign-in form");
      await person.signIn(window, who);
      await window.page.locator("#givenName").waitFor();
      await person.arriving(window, app, () => person.submit(window));
      assert.equal(await shows(window, set.signIn), "application");
      window.calm();
    });

    test("reset first: it proves an address but signs nobody in", async (t) => {
      const window = await fresh(t);
      assert.equal(await shows(window, set.reset), "address");
      who = { ...who, password: `${who.password}-3` };
      await person.arriving(window, app, () => person.resetPassword(window, mail, set, who, who.password));
      assert.equal(await shows(window, set.signIn), "sign-in");
      window.calm();
    });

    test("prompt=none without a session answers the application, with one it answers with a code", async (t) => {
      const window = await fresh(t);
      const refused = await person.arriving(window, app, () => person.open(window, request(server, app, set.signIn, { prompt: "none" }).url));
      assert.match(refused.error, /^(login_required|interaction_required)$/);
      assert.match(refused.error_description, /^AADB2C90077: /);
      await shows(window, set.signIn);
      await person.arriving(window, app, () => person.signIn(window, who));
      const granted = await person.arriving(window, app, () => person.open(window, request(server, app, set.signIn, { prompt: "none" }).url));
      assert.ok(granted.code);
    });

    test("login_hint fills the sign-in name", async (t) => {
      const window = await fresh(t);
      await person.open(window, request(server, app, set.signIn, { login_hint: who.email }).url);
      assert.equal(await window.page.locator("#signInName").inputValue(), who.email);
    });

    test("attack_032 double click: one mail, one account, one answer", async (t) => {
      const window = await fresh(t);
      const someone = somebody();
      const ids = person.PROOF[set.verification];
      const asked = request(server, app, set.signIn);
      await person.open(window, asked.url);
      await person.goToSignUp(window);
      await window.page.locator("#email").fill(someone.email);
      await window.page.locator(ids.send).dblclick();
      const code = await mail.code(someone.email);
      await window.page.locator(ids.input).waitFor({ state: "visible" });
      await person.enterCode(window, set, code);
      await window.page.locator(ids.done).waitFor({ state: "visible" });
      assert.equal(mail.to(someone.email).length, 1);
      await window.page.locator("#newPassword").fill(someone.password);
      await window.page.locator("#reenterPassword").fill(someone.password);
      const arrival = await person.arriving(window, app, () => window.page.locator("#continue").dblclick());
      const claims = await claimsOf(server, set.signIn, (await redeem(server, app, asked, arrival.code)).id_token);
      assert.match(claims.sub, /^[0-9a-f-]{36}$/);
      window.calm();
    });

    test("attack_032 reload and back: a readable page, and the journey goes on", async (t) => {
      const window = await fresh(t);
      const someone = somebody();
      const asked = request(server, app, set.signIn);
      await person.open(window, asked.url);
      await person.goToSignUp(window);
      await window.page.locator("#attributeVerification").waitFor();
      await window.page.reload();
      await window.page.locator("#attributeVerification").waitFor();
      await window.page.goBack();
      await window.page.locator("#localAccountForm").waitFor();
      await person.goToSignUp(window);
      await person.proveAddress(window, mail, set, someone.email);
      const arrival = await person.arriving(window, app, () => person.fillSignUp(window, someone));
      await redeem(server, app, asked, arrival.code);
      await window.page.goBack();
      const text = await window.page.locator("body").innerText();
      assert.ok(text.trim().length > 0, "going back after the end shows something readable");
      assert.doesNotMatch(text, /Cannot GET|Internal Server Error|panicked/);
    });

    test("attack_030 two tabs keep apart", async (t) => {
      const window = await fresh(t);
      const [one, two] = [somebody(), somebody()];
      const other = { ...window, page: await window.context.newPage() };
      const asked = [request(server, app, set.signIn), request(server, app, set.signIn)];
      await person.open(window, asked[0].url);
      await person.open(other, asked[1].url);
      await person.goToSignUp(window);
      await person.goToSignUp(other);
      await person.proveAddress(window, mail, set, one.email);
      await person.proveAddress(other, mail, set, two.email);
      const second = await person.arriving(other, app, () => person.fillSignUp(other, two));
      const first = await person.arriving(window, app, () => person.fillSignUp(window, one));
      assert.equal(second.state, asked[1].parameters.state);
      assert.equal(first.state, asked[0].parameters.state);
      const emails = [];
      for (const [ask, arrival] of [[asked[0], first], [asked[1], second]])
        emails.push((await claimsOf(server, set.signIn, (await redeem(server, app, ask, arrival.code)).id_token)).email);
      assert.deepEqual(emails, [one.email, two.email]);
    });

    if (set.name === "own")
      test("Keep me signed in makes the session outlive the browser, without it it does not", async (t) => {
        for (const remember of [true, false]) {
          const window = await fresh(t);
          await person.open(window, request(server, app, set.signIn).url);
          await person.arriving(window, app, () => person.signIn(window, who, { remember }));
          const session = (await window.context.cookies()).filter((cookie) => cookie.name.startsWith("x-ms-cpim-sso"));
          assert.ok(session.length > 0, "there is a session cookie");
          const days = (session[0].expires - Date.now() / 1000) / 86400;
          if (remember) assert.ok(days > 6.9 && days < 7.1, `it lasts ${days} days`);
          else assert.equal(session[0].expires, -1);
        }
      });
  });
}
