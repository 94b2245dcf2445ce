// The DOM of every page, element by element, against the tables of contract.mjs: as the server sent it (script off)
// and as it stands after our script ran (script on).
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startServer, SETS, corpusPresent } from "../harness/server.mjs";
import { startMail } from "../harness/mail.mjs";
import { startApp, request } from "../harness/app.mjs";
import { startBrowser, openWindow } from "../harness/browser.mjs";
import * as person from "../harness/person.mjs";
import { somebody } from "../harness/headless.mjs";
import { UNIFIED, SIGN_UP, CONTROL, MAIL_STATES, CONTROL_STATES, fill, withKmsi, parse, differences } from "./contract.mjs";

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

/**
 * Pages before 1.2 carry the handler of their help links as an attribute, which is contract; our policy lets no attribute
 * run, and our script does what the handler would. The browser says so on its console.
 */
const HANDLERS = /inline event handler/;

/** A copy of the public LocalAccounts policies with other page versions. */
function withVersions(unified, selfAsserted) {
  const folder = mkdtempSync(path.join(tmpdir(), "vestibule-versions-"));
  cpSync(SETS.local.folder, folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    const full = path.join(folder, file);
    const text = readFileSync(full, "utf8");
    writeFileSync(full, text.replace(/(contract:unifiedssp:)[\d.]+/g, `$1${unified}`).replace(/(contract:selfasserted:)[\d.]+/g, `$1${selfAsserted}`));
  }
  return folder;
}

const VERSIONS = [
  { name: "1.1", set: SETS.local, versions: ["1.1.0", "1.1.0"], unified: "1.1", signUp: "1.1" },
  { name: "1.2", set: SETS.local, versions: ["1.2.0", "1.2.0"], unified: "1.2", signUp: "1.2" },
  { name: "2.1 of the starter pack", set: SETS.local, unified: "2.1", signUp: "2.1", signInName: "Email Address", signInType: "text" },
  { name: "2.1, newest, of our own policies", set: SETS.own, unified: "2.1", signUp: "2.1 newest", signInName: "Email address", signInType: "email", ...withKmsi },
];

for (const version of VERSIONS.filter((row) => corpusPresent || row.set === SETS.own)) {
  describe(`DOM of page version ${version.name}`, () => {
    let server, folder;
    before(async () => {
      folder = version.versions && withVersions(...version.versions);
      server = await startServer({ set: version.set, policies: folder, smtp: mail.url, redirectUris: [`spa=${app.redirectUri}`] });
    });
    after(async () => {
      await server?.stop();
      if (folder) rmSync(folder, { recursive: true, force: true });
    });

    for (const script of [false, true]) {
      test(`sign-in page, ${script ? "after our script" : "as sent"}`, async (t) => {
        const window = await openWindow(browser, { script });
        t.after(() => window.close());
        await person.open(window, request(server, app, version.set.signIn).url);
        assert.equal(await window.page.locator("#api").getAttribute("data-name"), "Unified");
        await matches(window, "#api", fill(UNIFIED[version.unified], version));
        const href = await window.page.locator("#createAccount").getAttribute("href");
        assert.match(href, /\/api\/CombinedSigninAndSignup\/unified\?local=signup&csrf_token=/);
        window.calm();
      });

      test(`sign-up page, ${script ? "after our script" : "as sent"}`, async (t) => {
        const window = await openWindow(browser, { script });
        t.after(() => window.close());
        await person.open(window, request(server, app, version.set.signIn).url);
        await person.goToSignUp(window);
        await window.page.locator("#attributeList").waitFor();
        assert.equal(await window.page.locator("#api").getAttribute("data-name"), "SelfAsserted");
        await matches(window, "#api", SIGN_UP[version.signUp]);
        await sees(window, MAIL_STATES, "initial");
        window.calm(version.name === "1.1" ? HANDLERS : undefined);
      });
    }

    test("the e-mail check goes through its states", async (t) => {
      const window = await openWindow(browser);
      t.after(() => window.close());
      const who = somebody();
      await person.open(window, request(server, app, version.set.signIn).url);
      await person.goToSignUp(window);
      await goesThroughStates(window, SETS.own, MAIL_STATES, who);
      await matches(window, "#api", SIGN_UP[version.signUp].replaceAll("[aria-hidden=true]", ""));
      window.calm(version.name === "1.1" ? HANDLERS : undefined);
    });
  });
}

describe("DOM of a verification control", { skip: !corpusPresent && "no public starter packs" }, () => {
  let server;
  before(async () => {
    server = await startServer({ set: SETS.controls, smtp: mail.url, redirectUris: [`spa=${app.redirectUri}`] });
  });
  after(() => server?.stop());

  test("as sent and after our script", async (t) => {
    for (const script of [false, true]) {
      const window = await openWindow(browser, { script });
      t.after(() => window.close());
      await person.open(window, request(server, app, SETS.controls.signIn).url);
      await person.goToSignUp(window);
      await window.page.locator("#emailVerificationControl").waitFor();
      await matches(window, "li.VerificationControl", CONTROL, true);
      await sees(window, CONTROL_STATES, "initial");
    }
  });

  test("goes through its states", async (t) => {
    const window = await openWindow(browser);
    t.after(() => window.close());
    await person.open(window, request(server, app, SETS.controls.signIn).url);
    await person.goToSignUp(window);
    await goesThroughStates(window, SETS.controls, CONTROL_STATES, somebody());
    window.calm();
  });
});

async function matches(window, selector, table, whole = false) {
  const found = await window.page.evaluate(differences, { selector, nodes: parse(table), whole });
  assert.deepEqual(found, [], `${selector} against the contract`);
}

/** Asserts that exactly the ids of a state are visible, and that style and aria-hidden say the same. */
async function sees(window, states, state) {
  const seen = await window.page.evaluate((ids) => {
    const there = ids.map((id) => [id, document.getElementById(id)]).filter(([, element]) => element);
    const visible = there.filter(([, element]) => element.checkVisibility()).map(([id]) => id);
    const disagreeing = there
      .filter(([, element]) => element.style.display && (element.style.display === "none") !== (element.getAttribute("aria-hidden") === "true"))
      .map(([id]) => id);
    return { visible, disagreeing };
  }, states.all);
  // Without script the buttons of the script are hidden by a style, and others stand in for them.
  const expected = window.script ? states[state] : states[state].filter((id) => !id.includes("_but_"));
  const visible = window.script ? seen.visible : seen.visible.filter((id) => !id.includes("_but_"));
  assert.deepEqual(visible.toSorted(), expected.toSorted(), `what is visible when ${state}`);
  assert.deepEqual(seen.disagreeing, [], "style.display and aria-hidden say the same");
}

async function goesThroughStates(window, set, states, who) {
  const ids = person.PROOF[set.verification];
  await sees(window, states, "initial");
  await window.page.locator("#email").fill(who.email);
  const code = await person.askForCode(window, mail, set, who.email);
  await sees(window, states, "sent");
  await person.enterCode(window, set, code === "000000" ? "111111" : "000000");
  await window.page.locator(ids.wrong).waitFor({ state: "visible" });
  await sees(window, states, "wrong");
  await person.enterCode(window, set, code);
  await window.page.locator(ids.done).waitFor({ state: "visible" });
  await sees(window, states, "verified");
  await window.page.locator(ids.change).click();
  await window.page.locator(ids.send).waitFor({ state: "visible" });
  await sees(window, states, "initial");
  assert.equal(await window.page.locator("#email").isEditable(), true, "another address can be typed");
}
