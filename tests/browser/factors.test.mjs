// How the phone page and captchas look and work in a browser: languages, light and dark, phone and desktop, with and without
// script. The captcha is solved by ear: its sound is asked for and its beeps are counted.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startServer, REPOSITORY, SETS } from "../harness/server.mjs";
import { startMail } from "../harness/mail.mjs";
import { startApp, request, redeem, claimsOf } from "../harness/app.mjs";
import { startBrowser, openWindow, accessible, picture, fits, PHONE, DESKTOP } from "../harness/browser.mjs";
import * as person from "../harness/person.mjs";
import * as phone from "../harness/phone.mjs";
import { Visitor, signUp, somebody } from "../harness/headless.mjs";

const CONTROL = "#captchaControlChallengeCode";
const set = { ...SETS.own, signIn: "B2C_1A_Factors" };
const LOOKS = [
  { size: PHONE, dark: false, tag: "en", send: "Send Code" },
  { size: PHONE, dark: true, tag: "ar", send: "إرسال الرمز" },
  { size: PHONE, dark: false, tag: "de", send: "Code senden" },
  { size: DESKTOP, dark: true, tag: "en", send: "Send Code" },
  { size: DESKTOP, dark: false, tag: "ar", send: "إرسال الرمز" },
  { size: DESKTOP, dark: true, tag: "de", send: "Code senden" },
];

let mail, app, browser, server, folder;
const who = somebody();
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "vestibule-factors-"));
  cpSync(SETS.own.folder, folder, { recursive: true });
  cpSync(path.join(REPOSITORY, "tests/policies/Factors.xml"), path.join(folder, "Factors.xml"));
  mail = await startMail();
  app = await startApp();
  browser = await startBrowser();
  server = await startServer({ set, policies: folder, smtp: mail.url, redirectUris: [`spa=${app.redirectUri}`] });
  await signUp(new Visitor(server), mail, request(server, app, SETS.own.signIn).url, who);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await app?.stop();
  await mail?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The digits of a sound: loud stretches are beeps, a long rest ends a group. */
function counted(source) {
  const wav = Buffer.from(source.split(",")[1], "base64").subarray(44);
  let digits = "", count = 0, quiet = 0, was = false;
  for (let at = 0; at < wav.length; at += 200) {
    const is = wav.subarray(at, at + 200).some((sample) => Math.abs(sample - 128) > 50);
    quiet = is ? 0 : quiet + 1;
    if (is && !was) count += 1;
    was = is;
    if (quiet === 20 && count > 0) {
      digits += count;
      count = 0;
    }
  }
  return digits;
}

/** Switches to the sound, listens, types what was heard. */
async function listenAndType(window) {
  const { page } = window;
  if (window.script) await page.locator(`${CONTROL}-switchCaptchaBtn`).click();
  else await page.locator('noscript button[value$=":Audio"]').click();
  const sound = page.locator(`${CONTROL}-audio[src^="data:audio"]`);
  await sound.waitFor();
  await page.locator(CONTROL).fill(counted(await sound.getAttribute("src")));
}

const look = async (window, name, language) => {
  await accessible(window, `${name} ${language}`);
  await fits(window.page);
  await picture(window.page, "factors", name, language, window.size.name, window.script ? "script" : "plain");
};

describe("captcha and telephone", () => {
  for (const { size, dark, tag, send } of LOOKS)
    test(`${size.name}, ${dark ? "dark" : "light"}, ${tag}`, { timeout: 120_000 }, async (t) => {
      const window = await openWindow(browser, { size, dark, locale: "en-GB" });
      t.after(() => window.close());
      const { page } = window;
      const asked = request(server, app, set.signIn, { ui_locales: tag });
      await person.open(window, asked.url);
      await page.locator(`${CONTROL}-img[src^="data:image/png"]`).waitFor();
      await look(window, "captcha-picture", tag);
      await page.locator("#signInName").fill(who.email);
      await page.locator("#password").fill(who.password);
      await person.submit(window);
      await page.locator(`${CONTROL}[aria-invalid=true]`).waitFor();
      await listenAndType(window);
      await look(window, "captcha-sound", tag);
      await person.submit(window);
      await page.locator("#phonefactor_initial").waitFor();
      assert.equal((await page.locator("#sendCode").innerText()).trim(), send);
      assert.equal(await page.locator("#countryCode").inputValue(), "+44", "the browser's country");
      await page.locator("#sendCode").click();
      assert.equal(await page.locator("#number").getAttribute("aria-invalid"), "true");
      await look(window, "phone-invalid", tag);
      const number = phone.freshNumber();
      await phone.typeNumber(window, number);
      await listenAndType(window);
      await page.locator("#sendCode").click();
      const code = await phone.codeOf(server, number);
      await page.locator("#verificationCode").waitFor({ state: "visible" });
      await look(window, "phone-code", tag);
      const arrival = await person.arriving(window, app, () => phone.enterCode(window, code));
      const tokens = await redeem(server, app, asked, arrival.code);
      assert.equal((await claimsOf(server, set.signIn, tokens.id_token)).phone_number, number);
      window.calm();
    });

  test("without script", { timeout: 120_000 }, async (t) => {
    const window = await openWindow(browser, { size: PHONE, script: false });
    t.after(() => window.close());
    const { page } = window;
    const asked = request(server, app, set.signIn);
    await person.open(window, asked.url);
    await page.locator('noscript button[value$=":Visual"]').click();
    await page.locator(`${CONTROL}-img[src^="data:image/png"]`).waitFor();
    await look(window, "captcha-picture", "en");
    await listenAndType(window);
    await page.locator("#signInName").fill(who.email);
    await page.locator("#password").fill(who.password);
    await person.submit(window);
    await page.locator("#phonefactor_initial").waitFor();
    await listenAndType(window);
    const number = phone.freshNumber();
    await phone.typeNumber(window, number);
    await page.locator("#sendCode").click();
    await phone.codeOf(server, number);
    await page.locator("#verificationCode").waitFor({ state: "visible" });
    await look(window, "phone-code", "en");
    const arrival = await person.arriving(window, app, async () => phone.enterCode(window, await phone.codeOf(server, number)));
    await redeem(server, app, asked, arrival.code);
    window.calm();
  });
});
