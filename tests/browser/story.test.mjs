// A person's whole life with an account, in a real browser: on each policy set, at phone and desktop size, with and
// without script. Every page is also looked at: accessibility, width, console, and a picture of it is kept.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { startServer, setsToRun } from "../harness/server.mjs";
import { startMail } from "../harness/mail.mjs";
import { startApp, request, redeem, claimsOf } from "../harness/app.mjs";
import { startBrowser, openWindow, accessible, picture, fits, PHONE, DESKTOP } from "../harness/browser.mjs";
import * as person from "../harness/person.mjs";
import { somebody } from "../harness/headless.mjs";

/** The messages of the three failed sign-ins and of the duplicate account, as each set's policies word them. */
const WORDS = {
  own: { unknown: /^We can't seem to find your account$/, wrong: /^Your password is incorrect$/, old: /^Looks like you used an old password$/, duplicate: /already an account with this address/ },
  local: { unknown: /^We can't seem to find your account\.$/, wrong: /^Your password is incorrect\.$/, old: /^Looks like you used an old password\.$/, duplicate: /^A user with the specified ID already exists/ },
};
WORDS.controls = WORDS.local;

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
  describe(`in the browser, policies "${set.name}"`, () => {
    let server;
    before(async () => {
      server = await startServer({ set, smtp: mail.url, redirectUris: [`spa=${app.redirectUri}`, `web=${app.signedOut}`] });
    });
    after(() => server?.stop());

    for (const size of [PHONE, DESKTOP])
      for (const script of [true, false])
        test(`${size.name}, ${script ? "with" : "without"} script`, { timeout: 180_000 }, async (t) => {
          const window = await openWindow(browser, { size, script });
          t.after(() => window.close());
          await wholeStory({ set, server, window });
          window.calm();
        });
  });
}

async function wholeStory({ set, server, window }) {
  const words = WORDS[set.name];
  const who = somebody();
  const look = async (what) => {
    await accessible(window, `${set.name} ${what}`);
    await fits(window.page);
    await picture(window.page, set.name, what, window.size.name, window.script ? "script" : "plain");
  };
  const start = async (policy, changes) => {
    const asked = request(server, app, policy, changes);
    await person.open(window, asked.url);
    return asked;
  };

  // Nobody of that name.
  let asked = await start(set.signIn);
  await look("sign-in");
  await person.signIn(window, who);
  assert.match(await person.message(window), words.unknown);
  await look("sign-in-unknown");

  // Sign up, with the code that the mail server got.
  await person.goToSignUp(window);
  await look("sign-up");
  await window.page.locator("#email").fill(who.email);
  const code = await person.askForCode(window, mail, set, who.email);
  await look("sign-up-code");
  await person.enterCode(window, set, code);
  if (window.script) await window.page.locator(person.PROOF[set.verification].done).waitFor({ state: "visible" });
  await look("sign-up-verified");
  let arrival = await person.arriving(window, app, () => person.fillSignUp(window, who));
  assert.equal(arrival.state, asked.parameters.state);
  let tokens = await redeem(server, app, asked, arrival.code);
  const first = await claimsOf(server, set.signIn, tokens.id_token);
  assert.equal(first.name, who.displayName);
  assert.equal(first.email, who.email);

  // The session signs in without a page; signing out ends it.
  asked = request(server, app, set.signIn);
  arrival = await person.arriving(window, app, () => person.open(window, asked.url));
  tokens = await redeem(server, app, asked, arrival.code);
  assert.equal((await claimsOf(server, set.signIn, tokens.id_token)).sub, first.sub);
  await person.signOut(window, server, app, set, tokens.id_token);

  // A wrong password, then the right one.
  asked = await start(set.signIn);
  await person.signIn(window, { ...who, password: "Wrong-Horse-1" });
  assert.match(await person.message(window), words.wrong);
  await look("sign-in-wrong");
  arrival = await person.arriving(window, app, () => person.signIn(window, who));
  tokens = await redeem(server, app, asked, arrival.code);
  assert.equal((await claimsOf(server, set.signIn, tokens.id_token)).sub, first.sub);
  await person.signOut(window, server, app, set, tokens.id_token);

  // A second account with the same address.
  await start(set.signIn);
  await person.goToSignUp(window);
  await person.proveAddress(window, mail, set, who.email);
  await person.fillSignUp(window, who);
  assert.match(await person.message(window), words.duplicate);
  await look("sign-up-duplicate");

  // Forgotten: the application is told, and starts the other policy.
  await start(set.signIn);
  arrival = await person.arriving(window, app, () => window.page.locator("#forgotPassword").click());
  assert.equal(arrival.error, "access_denied");
  assert.match(arrival.error_description, /^AADB2C90118: /);
  asked = await start(set.reset);
  await look("reset");
  const renewed = { ...who, password: "Battery-Staple-9" };
  arrival = await person.arriving(window, app, () => person.resetPassword(window, mail, set, who, renewed.password));
  tokens = await redeem(server, app, asked, arrival.code);
  assert.equal((await claimsOf(server, set.reset, tokens.id_token)).sub, first.sub);
  await person.signOut(window, server, app, set, tokens.id_token);

  // The old password is known as such.
  asked = await start(set.signIn);
  await person.signIn(window, who);
  assert.match(await person.message(window), words.old);
  arrival = await person.arriving(window, app, () => person.signIn(window, renewed));
  await redeem(server, app, asked, arrival.code);

  // Profile edit, on the session.
  asked = await start(set.edit);
  await look("profile");
  assert.equal(await window.page.locator("#givenName").inputValue(), who.givenName);
  await window.page.locator("#givenName").fill("Augusta");
  arrival = await person.arriving(window, app, () => person.submit(window));
  tokens = await redeem(server, app, asked, arrival.code);
  assert.equal((await claimsOf(server, set.edit, tokens.id_token)).sub, first.sub);

  // Cancelling tells the application.
  await start(set.edit);
  arrival = await person.arriving(window, app, () => window.page.locator("#cancel").click());
  assert.equal(arrival.error, "access_denied");
  assert.match(arrival.error_description, /^AADB2C90091: /);

  // A new sign-in has the new name.
  asked = await start(set.signIn, { prompt: "login" });
  arrival = await person.arriving(window, app, () => person.signIn(window, renewed));
  const last = await claimsOf(server, set.signIn, (await redeem(server, app, asked, arrival.code)).id_token);
  assert.equal(last.given_name, "Augusta");
  assert.equal(last.sub, first.sub);
}
