// Single-page applications in a real browser, over TLS: msal-browser and oidc-client-ts sign in by redirect, refresh
// silently, switch policy and sign out. The application is bundled from node_modules and served on http://localhost.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { build } from "esbuild";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CLIENT, setsToRun } from "../harness/server.mjs";
import { openProfile, openWindow, startBrowser } from "../harness/browser.mjs";
import * as person from "../harness/person.mjs";
import { startWorld } from "./world.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const NAME = "yourtenant.b2clogin.com";

async function bundle(file) {
  const result = await build({ entryPoints: [path.join(HERE, file)], bundle: true, format: "iife", write: false, logLevel: "silent" });
  return result.outputFiles[0].text;
}

const html = (script) => ({ type: "text/html; charset=utf-8", body: `<!DOCTYPE html><html lang="en"><title>…</title><h1 id="arrived">Application</h1><script src="${script}"></script>` });

/** Serves the bundles from the world's application. */
async function serveApplication(app) {
  const script = async (file) => ({ type: "text/javascript; charset=utf-8", body: await bundle(file) });
  app.files = {
    "/spa.js": await script("spa.js"),
    "/bridge.js": await script("spa_bridge.js"),
    "/silent.js": await script("spa_silent.js"),
    "/": html("/spa.js"),
    "/callback": html("/spa.js"),
    "/signed-out": html("/spa.js"),
    "/bridge": html("/bridge.js"),
    "/silent": html("/silent.js"),
  };
}

async function openApplication(world, authority, opened) {
  const window = (await opened) ?? (await openProfile({ hosts: { [NAME]: "127.0.0.1" } }));
  const { page } = window;
  await page.addInitScript(([key, value]) => sessionStorage.setItem(key, value), ["settings", JSON.stringify({ client: CLIENT, authority })]);
  await page.goto(world.app.origin + "/");
  await ready(page);
  return window;
}

const ready = (page) => page.waitForFunction(() => document.title === "ready");
const call = (page, name, ...args) => page.evaluate(([name, args]) => globalThis.spa[name](...args), [name, args]);
/** Starts something that leaves the page. */
const leave = (page, name, ...args) => page.evaluate(([name, args]) => void globalThis.spa[name](...args), [name, args]);
const backAt = async (page, world, place) => {
  await page.waitForURL((url) => url.href.startsWith(world.app.origin + place));
  await ready(page);
};

/** MSAL takes the answer at the redirect address, goes to where the sign-in began, and gives the tokens there. */
async function msalReturned(page, world) {
  await backAt(page, world, "/callback");
  await leave(page, "msalReturn");
  await page.waitForURL((url) => url.href === world.app.origin + "/");
  await ready(page);
  return call(page, "msalReturn");
}

for (const set of setsToRun()) {
  describe(`single-page applications, policies "${set.name}"`, () => {
    let world, origin;
    before(async () => {
      const names = set.name === "own" ? [] : [NAME];
      world = await startWorld(set, { names, redirectUris: (app) => [`spa=${app.origin}/bridge`, `spa=${app.origin}/silent`] });
      await serveApplication(world.app);
      origin = set.name === "own" ? world.server.origin : `https://${NAME}:${world.server.port}`;
    });
    after(() => world?.stop());

    test("@azure/msal-browser signs in, refreshes, renews in a frame, switches policy, signs out", { timeout: 120_000 }, async (t) => {
      const authority = (policy) => `${origin}/${set.tenant}/${policy}`;
      const window = await openApplication(world, authority(set.signIn));
      t.after(() => window.close());
      const { page } = window;

      await leave(page, "msalSignIn", authority(set.signIn));
      await page.locator("#signInName").waitFor();
      await person.signIn(window, world.who);
      const result = await msalReturned(page, world);
      assert.ok(result.access && result.id, "tokens came");
      const subject = result.claims.sub;

      const refreshed = await call(page, "msalSilent", { forceRefresh: true });
      assert.equal(refreshed.cached, false);
      assert.equal(refreshed.claims.sub, subject);

      const framed = await call(page, "msalSilentFrame", "/bridge");
      assert.equal(framed.claims.sub, subject, "the session answers a hidden frame");

      await leave(page, "msalSignIn", authority(set.edit));
      await page.locator("#givenName").fill("Katherine");
      await person.submit(window);
      const edited = await msalReturned(page, world);
      assert.equal(edited.claims.sub, subject);
      assert.match(edited.account.toLowerCase(), new RegExp(`-${set.edit.toLowerCase()}\\.`));

      await leave(page, "msalSignOut");
      await backAt(page, world, "/signed-out");
      assert.equal(await call(page, "msalReturn"), null, "MSAL takes note of the sign-out");
      await leave(page, "msalSignIn", authority(set.signIn));
      await page.locator("#password").waitFor();
      window.calm();
    });

    test("oidc-client-ts signs in by discovery, refreshes, switches policy, signs out", { timeout: 120_000 }, async (t) => {
      const authority = (policy) => `${origin}/${set.tenant}/${policy}/v2.0`;
      const window = await openApplication(world, authority(set.signIn));
      t.after(() => window.close());
      const { page } = window;

      await leave(page, "oidcSignIn", authority(set.signIn));
      await page.locator("#signInName").waitFor();
      await person.signIn(window, world.who);
      await backAt(page, world, "/callback");
      const first = await call(page, "oidcReturn", authority(set.signIn));
      assert.match(first.claims.sub, /^[0-9a-f-]{36}$/);
      assert.ok(first.refresh);

      const renewed = await call(page, "oidcSilent", authority(set.signIn));
      assert.equal(renewed.claims.sub, first.claims.sub);
      assert.notEqual(renewed.refresh, first.refresh, "the refresh token was rotated");

      await leave(page, "oidcSignIn", authority(set.edit));
      await page.locator("#givenName").fill("Dorothy");
      await person.submit(window);
      await backAt(page, world, "/callback");
      assert.equal((await call(page, "oidcReturn", authority(set.edit))).claims.sub, first.claims.sub);

      await leave(page, "oidcSignOut", authority(set.signIn));
      await backAt(page, world, "/signed-out");
      await leave(page, "oidcSignIn", authority(set.signIn));
      await page.locator("#password").waitFor();
      window.calm();
    });

    // What follows is the same for every policy set; our own and one of the public ones are enough.
    if (set.name === "controls") return;

    test("@azure/msal-browser signs in by popup and keeps an account for each policy", { timeout: 120_000 }, async (t) => {
      const authorities = [set.signIn, set.edit].map((policy) => `${origin}/${set.tenant}/${policy}`);
      const window = await openApplication(world, authorities[0]);
      t.after(() => window.close());
      const { page } = window;
      const inPopup = async (authority, work) => {
        const opening = page.waitForEvent("popup");
        const result = call(page, "msalPopup", authority, "/bridge");
        const popup = await opening;
        await work({ page: popup });
        return result;
      };
      const first = await inPopup(authorities[0], (popup) => person.signIn(popup, world.who));
      const second = await inPopup(authorities[1], async (popup) => {
        await popup.page.locator("#givenName").fill("Annie");
        await person.submit(popup);
      });
      assert.equal(second.claims.sub, first.claims.sub);
      assert.notEqual(second.account, first.account);
      const { count, tokens } = await call(page, "msalAccounts", authorities);
      assert.equal(count, 2);
      assert.deepEqual(tokens.map((one) => one.cached), [true, true], "each policy's tokens are found again");
      assert.deepEqual(tokens.map((one) => one.access), [first.access, second.access]);
      assert.deepEqual(tokens.map((one) => one.account), [first.account, second.account]);
      window.calm();
    });

    test("where the cookies of frames are blocked, silent sign-in is told so and shows no page", { timeout: 60_000 }, async (t) => {
      const browser = await startBrowser({ hosts: { [NAME]: "127.0.0.1" } });
      t.after(() => browser.close());
      const authority = `${origin}/${set.tenant}/${set.signIn}`;
      const window = await openApplication(world, authority, openWindow(browser, { ignoreCertificates: true }));
      const { page } = window;
      await leave(page, "msalSignIn", authority);
      await page.locator("#signInName").waitFor();
      await person.signIn(window, world.who);
      await msalReturned(page, world);
      const byMsal = await call(page, "msalSilentFrameRefused", "/bridge");
      assert.equal(byMsal.name, "InteractionRequiredAuthError", JSON.stringify(byMsal));
      assert.match(byMsal.message, /AADB2C90077/);
      const byOidc = await call(page, "oidcSilentRefused", `${authority}/v2.0`);
      assert.equal(byOidc.code, "interaction_required", JSON.stringify(byOidc));
    });

    test("oidc-client-ts without refresh tokens renews in a frame and signs out in one", { timeout: 120_000 }, async (t) => {
      const authority = `${origin}/${set.tenant}/${set.signIn}/v2.0`;
      const window = await openApplication(world, authority);
      t.after(() => window.close());
      const { page } = window;
      await leave(page, "oidcSignIn", authority, { framed: true });
      await page.locator("#signInName").waitFor();
      await person.signIn(window, world.who);
      await backAt(page, world, "/callback");
      const first = await call(page, "oidcReturn", authority);
      assert.equal(first.refresh, undefined);
      await page.waitForTimeout(1_100); // two tokens of one second are alike
      const renewed = await call(page, "oidcSilent", authority, { framed: true });
      assert.equal(renewed.claims.sub, first.claims.sub);
      assert.equal(renewed.claims.auth_time, first.claims.auth_time, "the session answered, nobody signed in again");
      assert.notEqual(renewed.access, first.access);
      await call(page, "oidcSignOutSilent", authority);
      assert.equal((await call(page, "oidcSilentRefused", authority)).code, "interaction_required");
      window.calm();
    });

  });
}
