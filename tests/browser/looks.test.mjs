// How pages look: three languages, light and dark, three templates, phone and desktop. A picture of each is kept, and
// each is asked for accessibility and width. The words are those of policies/Localization.xml.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startServer, SETS } from "../harness/server.mjs";
import { startMail } from "../harness/mail.mjs";
import { startApp, request } from "../harness/app.mjs";
import { startBrowser, openWindow, accessible, picture, fits, PHONE, DESKTOP } from "../harness/browser.mjs";
import * as person from "../harness/person.mjs";
import { somebody } from "../harness/headless.mjs";

const set = SETS.own;
const LANGUAGES = [
  { tag: "en", dir: "ltr", signIn: "Sign in", create: "Create account", heading: "Create your account" },
  { tag: "de", dir: "ltr", signIn: "Anmelden", create: "Konto erstellen", heading: "Konto erstellen" },
  { tag: "ar", dir: "rtl", signIn: "تسجيل الدخول", create: "إنشاء الحساب", heading: "أنشئ حسابك" },
];

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

/** Our own policies on another built-in template. */
function onTemplate(folder) {
  const copy = mkdtempSync(path.join(tmpdir(), "vestibule-template-"));
  cpSync(set.folder, copy, { recursive: true });
  for (const file of readdirSync(copy)) {
    const full = path.join(copy, file);
    writeFileSync(full, readFileSync(full, "utf8").replaceAll("~/tenant/templates/AzureBlue/", folder));
  }
  return copy;
}

async function look(window, ...name) {
  await accessible(window, name.join(" "));
  await fits(window.page);
  await picture(window.page, "looks", ...name, window.size.name);
}

const TEMPLATES = { lobby: "~/tenant/templates/AzureBlue/", window: "~/tenant/templates/MSA/", plain: "~/tenant/default/" };
for (const [template, folder] of Object.entries(TEMPLATES)) {
  describe(`template ${template}`, () => {
    let server, copy;
    before(async () => {
      copy = onTemplate(folder);
      server = await startServer({ set, policies: copy, smtp: mail.url, redirectUris: [`spa=${app.redirectUri}`] });
    });
    after(async () => {
      await server?.stop();
      rmSync(copy, { recursive: true, force: true });
    });

    for (const size of [PHONE, DESKTOP])
      for (const dark of [false, true])
        for (const language of LANGUAGES)
          test(`${size.name}, ${dark ? "dark" : "light"}, ${language.tag}`, async (t) => {
            const window = await openWindow(browser, { size, dark });
            t.after(() => window.close());
            const shade = dark ? "dark" : "light";
            await person.open(window, request(server, app, set.signIn, { ui_locales: language.tag }).url);
            assert.equal(await window.page.locator("html").getAttribute("lang"), language.tag);
            assert.equal(await window.page.evaluate(() => getComputedStyle(document.documentElement).direction), language.dir);
            assert.equal((await window.page.locator("#next").innerText()).trim(), language.signIn);
            await look(window, template, "sign-in", shade, language.tag);
            await person.signIn(window, { email: "nobody@example.com", password: "Wrong-Horse-1" });
            await person.message(window);
            await look(window, template, "sign-in-error", shade, language.tag);
            await person.goToSignUp(window);
            assert.equal((await window.page.locator("#continue").innerText()).trim(), language.create);
            assert.equal((await window.page.locator("h1").first().textContent()).trim(), language.heading);
            await look(window, template, "sign-up", shade, language.tag);
            window.calm();
          });

    test("the first page is light: one document, one script, under 60 kB, and fits a small screen", async (t) => {
      const window = await openWindow(browser, { size: { name: "small", width: 320, height: 568 } });
      t.after(() => window.close());
      const loaded = [];
      window.page.on("response", async (response) => loaded.push({ url: response.url(), size: (await response.body().catch(() => "")).length }));
      await person.open(window, request(server, app, set.signIn).url);
      await window.page.waitForLoadState("networkidle");
      const bytes = loaded.reduce((sum, part) => sum + part.size, 0);
      assert.ok(loaded.length <= 2, loaded.map((part) => part.url).join("\n"));
      assert.ok(bytes <= 60_000, `${bytes} bytes`);
      const field = await window.page.locator("#signInName").boundingBox();
      assert.ok(field.y + field.height <= 568, `the first field ends at ${field.y + field.height}`);
      await fits(window.page);
    });
  });
}

describe("the developer's pages", () => {
  let server;
  before(async () => {
    server = await startServer({ set, smtp: mail.url, redirectUris: [`spa=${app.redirectUri}`] });
  });
  after(() => server?.stop());

  for (const size of [PHONE, DESKTOP])
    test(`the start page lists the policies, and running one shows the token: ${size.name}`, async (t) => {
      const window = await openWindow(browser, { size });
      t.after(() => window.close());
      const { page } = window;
      const who = somebody();
      await page.goto(server.origin + "/");
      for (const policy of [set.signIn, set.edit, set.reset]) await page.getByText(policy).first().waitFor();
      await look(window, "start");

      await page.getByRole("link", { name: `Run now: ${set.signIn}` }).click();
      await page.locator("#localAccountForm").waitFor();
      await person.signUp(window, mail, set, who);
      await page.getByRole("heading", { name: set.signIn }).waitFor();
      const claim = (name) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) }).locator("td.value").first().innerText();
      assert.equal(await claim("name"), who.displayName);
      assert.equal(await claim("email"), who.email);
      assert.match(await claim("iss"), /\/v2\.0\/$/);
      assert.equal(await claim("response_type"), "code");
      await look(window, "run");

      await page.getByRole("link", { name: "Sign out" }).click();
      await page.waitForURL(server.origin + "/");
      await page.goto(server.origin + "/dev/inbox");
      await page.getByText(who.email).first().waitFor();
      await look(window, "inbox");
      window.calm();
    });
});
