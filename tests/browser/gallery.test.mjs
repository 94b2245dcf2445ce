// How the remaining kinds of pages look and behave: a field of every kind, a control in all its states, a list of providers,
// the error page; three languages, light and dark, phone and desktop. A picture of each is kept, each is asked for
// accessibility and width; and each works without script.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { startMail } from "../harness/mail.mjs";
import { startApp, request, redeem, claimsOf } from "../harness/app.mjs";
import { startBrowser, openWindow, accessible, picture, fits, PHONE, DESKTOP } from "../harness/browser.mjs";
import { somebody } from "../harness/headless.mjs";
import * as person from "../harness/person.mjs";
import { gallery } from "./gallery.mjs";

let mail, app, browser, server;
before(async () => {
  mail = await startMail();
  app = await startApp();
  browser = await startBrowser();
  server = await gallery({ smtp: mail.url, redirectUris: [`spa=${app.redirectUri}`] });
});
after(async () => {
  await server?.stop();
  await browser?.close();
  await app?.stop();
  await mail?.stop();
});

const asked = (policy, tag, changes) => request(server, app, policy, { ui_locales: tag, ...changes });

async function look(window, ...name) {
  await accessible(window, name.join(" "));
  await fits(window.page);
  await picture(window.page, "gallery", ...name, window.size.name);
}

const LOOKS = [
  { size: DESKTOP, dark: false, tag: "en" },
  { size: PHONE, dark: true, tag: "de" },
  { size: PHONE, dark: false, tag: "ar" },
  { size: DESKTOP, dark: true, tag: "ar" },
];
for (const { size, dark, tag } of LOOKS) {
  const shade = dark ? "dark" : "light";
  describe(`${size.name}, ${shade}, ${tag}`, () => {
    const open = async (t, policy) => {
      const window = await openWindow(browser, { size, dark });
      t.after(() => window.close());
      await person.open(window, asked(policy, tag).url);
      return window;
    };

    test("a field of every kind, empty and with errors", async (t) => {
      const window = await open(t, "B2C_1A_Gallery");
      await look(window, "fields", shade, tag);
      await window.page.locator("#fullName").fill("ada");
      await window.page.locator("#count").fill("many");
      await window.page.locator("#secret").fill("ab");
      await window.page.locator("#continue").click();
      await window.page.locator("#requiredFieldMissing").waitFor({ state: "visible" });
      assert.equal(await window.page.evaluate(() => document.activeElement.id), "keeper", "the first field with an error has the focus");
      await look(window, "fields-errors", shade, tag);
      window.calm();
    });

    test("a control in all its states", async (t) => {
      const window = await open(t, "B2C_1A_GalleryControls");
      const { page } = window;
      const who = somebody();
      await look(window, "control", shade, tag);
      await page.locator("#mail").fill(who.email);
      await page.locator("#mailControl_but_send_code").click();
      const code = await mail.code(who.email);
      await page.locator("#mailCode").waitFor({ state: "visible" });
      await look(window, "control-sent", shade, tag);
      await page.locator("#mailCode").fill(code === "000000" ? "111111" : "000000");
      await page.locator("#mailControl_but_verify_code").click();
      await page.locator("#mailControl_error_message").waitFor({ state: "visible" });
      await look(window, "control-wrong", shade, tag);
      await page.locator("#mailCode").fill(code);
      await page.locator("#mailControl_but_verify_code").click();
      await page.locator("#mailControl_but_change_claims").waitFor({ state: "visible" });
      assert.equal(await page.locator("#mail").isEditable(), false);
      assert.equal(await page.evaluate(() => document.activeElement.id), "mailControl_but_change_claims", "focus on the change button");
      assert.equal(await page.locator("#fullName").isEnabled(), true);
      await look(window, "control-verified", shade, tag);
      window.calm();
    });

    test("the controls that enrol an authenticator app", async (t) => {
      const window = await open(t, "B2C_1A_GalleryApp");
      const { page } = window;
      const link = page.locator("a#authenticatorInfoControl-collapse_text");
      assert.equal(await page.locator("#authenticatorInfoControl-secret").isVisible(), false, "hidden until somebody wants it");
      await look(window, "app", shade, tag);
      await link.click();
      assert.equal(await link.getAttribute("aria-expanded"), "true");
      assert.match(await page.locator("#authenticatorInfoControl-secret").innerText(), /mfrggzdf$/);
      assert.match(await page.locator("#authenticatorInfoControl-account_name").innerText(), /ada@example\.com$/);
      assert.equal(await page.locator("img#totpQrCodeControl-img").evaluate((image) => image.complete && image.naturalWidth > 0), true);
      await look(window, "app-details", shade, tag);
      window.calm();
    });

    test("a list of providers", async (t) => {
      const window = await open(t, "B2C_1A_GalleryProviders");
      assert.deepEqual(await window.page.locator("#api .accountButton").evaluateAll((all) => all.map((one) => one.id)), ["GoogleExchange", "WorkExchange"]);
      await look(window, "providers", shade, tag);
      const arrival = await person.arriving(window, app, () => window.page.locator("#WorkExchange").click());
      assert.ok(arrival.code);
      window.calm();
    });

    test("the error page", async (t) => {
      const window = await openWindow(browser, { size, dark });
      t.after(() => window.close());
      await person.open(window, asked("B2C_1A_Gallery", tag, { client_id: "00000000-0000-4000-8000-000000000000" }).url);
      assert.equal(await window.page.locator("#api").getAttribute("data-name"), "GlobalException");
      assert.equal(await window.page.locator("html").getAttribute("lang"), tag, "in the language asked for");
      assert.match(await window.page.locator(".error-page-detail").innerText(), /^AADB2C\d{5}: /);
      await look(window, "error", shade, tag);
    });
  });
}

describe("an action of several profiles", () => {
  test("runs those whose preconditions let it", async (t) => {
    const window = await openWindow(browser);
    t.after(() => window.close());
    const { page } = window;
    const who = somebody();
    await person.open(window, asked("B2C_1A_GalleryControls", "en").url);
    await page.locator("#way").selectOption("none");
    await page.locator("#mail").fill(who.email);
    await page.locator("#mailControl_but_send_code").click();
    await page.locator("#mailCode").waitFor({ state: "visible" });
    assert.equal(mail.to(who.email).length, 0, "the profile that sends was skipped");
    // Another choice is another question: the control begins again.
    await page.locator("#way").selectOption("mail");
    await page.locator("#mailControl_but_send_code").waitFor({ state: "visible" });
    await page.locator("#mailControl_but_send_code").click();
    await page.locator("#mailCode").fill(await mail.code(who.email));
    await page.locator("#mailControl_but_verify_code").click();
    await page.locator("#mailControl_but_change_claims").waitFor({ state: "visible" });
    window.calm();
  });
});

describe("without script", () => {
  test("every kind of field can be filled in, and mistakes stand at their fields", async (t) => {
    const window = await openWindow(browser, { script: false });
    t.after(() => window.close());
    const { page } = window;
    const wanted = asked("B2C_1A_Gallery", "en");
    await person.open(window, wanted.url);
    await page.locator("#fullName").fill("ada");
    await page.locator("#born_day").selectOption("30");
    await page.locator("#born_month").selectOption("2");
    await page.locator("#born_year").selectOption("2000");
    await page.locator("#continue").click();
    await page.locator("#v-keeper-error").waitFor({ state: "visible" });
    assert.equal(await page.locator("#v-keeper-error").innerText(), "Keeper is required");
    assert.equal(await page.locator("#v-fullName-error").innerText(), "A capital letter, then small ones.");
    assert.equal(await page.locator("#v-born-error").innerText(), "Born has invalid input.");
    for (const box of ["requiredFieldMissing", "fieldIncorrect"]) assert.ok(await page.locator(`#${box}`).isVisible(), box);
    assert.equal(await page.locator("#claimVerificationServerError").isVisible(), false);
    assert.equal(await page.locator("#fullName").inputValue(), "ada", "what was typed stands");
    await look(window, "fields-errors-without-script");
    await page.locator("#keeper").fill("kept");
    await page.locator("#fullName").fill("Ada");
    await page.locator("#born_day").selectOption("29");
    await page.locator("#contact_True").check();
    const arrival = await person.arriving(window, app, () => page.locator("#continue").click());
    const claims = await claimsOf(server, wanted.policy, (await redeem(server, app, wanted, arrival.code)).id_token);
    assert.deepEqual([claims.fullName, claims.born, claims.contact, claims.size], ["Ada", "2000-02-29", true, "m"]);
  });

  test("a provider is chosen and a control gone through", async (t) => {
    const window = await openWindow(browser, { script: false });
    t.after(() => window.close());
    const { page } = window;
    await person.open(window, asked("B2C_1A_GalleryProviders", "en").url);
    const arrival = await person.arriving(window, app, () => page.locator("#GoogleExchange").click());
    assert.ok(arrival.code);

    const who = somebody();
    await person.open(window, asked("B2C_1A_GalleryControls", "en").url);
    await page.locator("#mail").fill(who.email);
    await page.locator('noscript button[value="act:mailControl:SendCode"]').click();
    await page.locator("#mailCode").fill(await mail.code(who.email));
    await page.locator('noscript button[value="act:mailControl:VerifyCode"]').click();
    await page.locator('noscript button[value="reset:mailControl"]').waitFor();
    await page.locator("#fullName").fill("Ada");
    const arrived = await person.arriving(window, app, () => page.locator("#continue").click());
    assert.ok(arrived.code);
  });
});
