// A customer's own template (user-interface 2.5, 9, 10): its style, scripts that hide, move, fill and check fields by the ids
// and classes of the contract, the script objects, parameters in its address; and the same template where no script may run.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { startApp, request, redeem, claimsOf } from "../harness/app.mjs";
import { startBrowser, openWindow } from "../harness/browser.mjs";
import { Visitor } from "../harness/headless.mjs";
import * as person from "../harness/person.mjs";
import { gallery } from "./gallery.mjs";

let app, browser, server;
before(async () => {
  app = await startApp();
  browser = await startBrowser();
  server = await gallery({ redirectUris: [`spa=${app.redirectUri}`] });
});
after(async () => {
  await server?.stop();
  await browser?.close();
  await app?.stop();
});

const asked = (policy, changes) => request(server, app, policy, { ui_locales: "en", ...changes });

async function open(t, policy, changes) {
  const window = await openWindow(browser);
  t.after(() => window.close());
  const wanted = asked(policy, changes);
  await person.open(window, wanted.url);
  return { window, page: window.page, wanted };
}

describe("a customer's template whose scripts may run", () => {
  test("has jQuery and the script objects before its own scripts, and the fields when the document is ready", async (t) => {
    const { window, page } = await open(t, "B2C_1A_GalleryCustomer");
    const log = await page.evaluate(() => globalThis.log);
    assert.equal(log[0], "ready:20:SelfAsserted:object:string");
    const objects = await page.evaluate(() => ["SETTINGS", "SA_FIELDS", "CONTENT", "CP", "UV_PHONE"].map((name) => typeof globalThis[name]));
    assert.deepEqual(objects, Array(5).fill("object"));
    assert.match(await page.evaluate(() => globalThis.$.fn.jquery), /^3\./);
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    assert.equal(await page.title(), "Contoso");
    window.calm();
  });

  test("looks as its own style says, and not as ours", async (t) => {
    const { page } = await open(t, "B2C_1A_GalleryCustomer");
    const style = (selector, what) => page.locator(selector).first().evaluate((element, name) => getComputedStyle(element)[name], what);
    assert.equal(await style(".brand", "color"), "rgb(128, 0, 0)");
    assert.equal(await style("#continue", "backgroundColor"), "rgb(0, 100, 0)");
    assert.equal(await style("#fullName_label", "textTransform"), "uppercase");
    assert.equal(await style("#api > .intro", "display"), "none");
    assert.equal(await style("#api > .heading > h1", "display"), "none", "hidden unless the template wants it");
    assert.equal(await page.locator("#api").getAttribute("class"), "mine");
    await page.addStyleTag({ content: ".heading h1 { display: block }" });
    assert.equal(await style("#api > .heading > h1", "display"), "block");
  });

  test("hides, moves, fills and checks fields; what it filled is sent", async (t) => {
    const { window, page, wanted } = await open(t, "B2C_1A_GalleryCustomer");
    assert.equal(await page.locator("#nickname").isVisible(), false);
    assert.match(await page.locator("#attributeList ul > li").first().getAttribute("class"), /colour_li/);
    assert.equal((await page.locator("#cancel").innerText()).trim(), "Leave");
    await page.locator("#colour").selectOption("blue");
    await page.locator(".brand").click();
    // The template's check comes before ours.
    await page.locator("#word").fill("forbidden");
    await page.locator("#continue").click();
    assert.equal((await page.locator("#claimVerificationServerError").innerText()).trim(), "Not that word.");
    assert.equal(await page.locator("#requiredFieldMissing").isVisible(), false);
    // Then ours, whose states an observer of style and aria-hidden sees.
    await page.locator("#word").fill("allowed");
    await page.evaluate(() => globalThis.$("#continue").click());
    await page.locator("#requiredFieldMissing").waitFor({ state: "visible" });
    assert.ok(await page.locator("#keeper_label.required").isVisible());
    await page.evaluate(() => globalThis.$("#keeper").val("kept"));
    const log = await page.evaluate(() => globalThis.log);
    for (const said of ["colour:blue", "attribute", "missing:block:false"]) assert.ok(log.includes(said), `${said} in ${log}`);
    const arrival = await person.arriving(window, app, () => page.evaluate(() => globalThis.$("#continue").click()));
    const claims = await claimsOf(server, wanted.policy, (await redeem(server, app, wanted, arrival.code)).id_token);
    const sent = { keeper: claims.keeper, fullName: claims.fullName, colour: claims.colour, likes: claims.likes, word: claims.word };
    assert.deepEqual(sent, { keeper: "kept", fullName: "Ada", colour: "blue", likes: "tea,coffee", word: "allowed" });
    window.calm();
  });

  test("scripts in its body do not run from 2.1.21 on", async (t) => {
    const { page } = await open(t, "B2C_1A_GalleryCustomer");
    assert.equal(await page.locator("body").getAttribute("data-body-script"), null);
  });

  test("its address carries the policy's parameters and the language", async () => {
    const page = await new Visitor(server).open(asked("B2C_1A_GalleryCustomer", { campaign: "spring & co" }).url);
    const address = new URL(page.settings.remoteResource);
    assert.equal(address.origin + address.pathname, "https://customer.example/templates/customer.html");
    assert.deepEqual([...address.searchParams], [["campaign", "spring & co"], ["shade", "deep blue"], ["ui_locales", "en"]]);
  });

  test("it may reach what the cloud lets it reach, but not evaluate text", async () => {
    const page = await new Visitor(server).open(asked("B2C_1A_GalleryCustomer").url);
    const policy = page.response.headers["content-security-policy"];
    for (const part of ["connect-src 'self' https: wss:", "frame-src https:", "script-src-attr 'unsafe-inline'", "object-src 'none'", "base-uri 'none'"])
      assert.ok(policy.includes(part), `${part} in ${policy}`);
    assert.ok(!policy.includes("unsafe-eval"), policy);
  });
});

describe("a customer's template whose scripts may not run", () => {
  test("attack_044 nothing of it runs, and the page works", async (t) => {
    const { window, page, wanted } = await open(t, "B2C_1A_GalleryOld");
    assert.equal(await page.evaluate(() => typeof globalThis.log), "undefined");
    assert.equal(await page.evaluate(() => typeof globalThis.$), "undefined");
    assert.equal(await page.locator("[onclick]:not(.helpLink)").count(), 0);
    assert.equal(await page.locator("div#attributeVerification[role=form]").count(), 1, "version 1.1 has no form element");
    await page.locator("#continue").click();
    await page.locator("#requiredFieldMissing").waitFor({ state: "visible" });
    await page.locator("#keeper").fill("kept");
    const arrival = await person.arriving(window, app, () => page.locator("#continue").click());
    const claims = await claimsOf(server, wanted.policy, (await redeem(server, app, wanted, arrival.code)).id_token);
    assert.equal(claims.keeper, "kept");
  });
});

describe("version 1.0 of a form", () => {
  test("asks before it leaves, with the words of the policy's page", async (t) => {
    const old = await gallery({ redirectUris: [`spa=${app.redirectUri}`] }, (name, text) =>
      text.replaceAll("contract:selfasserted:2.1.29", "contract:selfasserted:1.0.0"));
    t.after(() => old.stop());
    const window = await openWindow(browser);
    t.after(() => window.close());
    const { page } = window;
    await person.open(window, request(old, app, "B2C_1A_Gallery", { ui_locales: "en" }).url);
    await page.locator("#cancel").click();
    const dialog = page.locator(".alert-modal[role=alertdialog]");
    await dialog.waitFor();
    assert.match(await dialog.innerText(), /Leave this page\?/);
    await page.locator("#alert_no").click();
    await dialog.waitFor({ state: "detached" });
    await page.locator("#cancel").click();
    const arrival = await person.arriving(window, app, () => page.locator("#alert_yes").click());
    assert.equal(arrival.error, "access_denied");
    assert.match(arrival.error_description, /^AADB2C90091: /);
  });
});

describe("the policy's own error page", () => {
  const page = (version) => `<BuildingBlocks>
    <ContentDefinitions>
      <ContentDefinition Id="api.error">
        <LoadUri>https://customer.example/error.html</LoadUri>
        <RecoveryUri>~/common/default_page_error.html</RecoveryUri>
        <DataUri>urn:com:microsoft:aad:b2c:elements:contract:globalexception:${version}</DataUri>
      </ContentDefinition>
    </ContentDefinitions>
  </BuildingBlocks>
  <RelyingParty>`;

  test("stands in its template, with its scripts, in the language asked for", async (t) => {
    const own = await gallery({ redirectUris: [`spa=${app.redirectUri}`] }, (name, text) =>
      name === "GalleryCustomer.xml" ? text.replace("<RelyingParty>", page("1.2.5")) : text);
    t.after(() => own.stop());
    const window = await openWindow(browser);
    t.after(() => window.close());
    const unknown = { client_id: "00000000-0000-4000-8000-000000000000", ui_locales: "de" };
    await person.open(window, request(own, app, "B2C_1A_GalleryCustomer", unknown).url);
    const api = window.page.locator("#api.error-page-content.mine[data-name=GlobalException]");
    assert.equal(await api.count(), 1);
    assert.equal(await window.page.locator("body").getAttribute("data-said"), "1:de");
    assert.equal(await window.page.locator("html").getAttribute("lang"), "de");
    assert.match(await window.page.locator(".error-page-detail").innerText(), /^AADB2C90018: /);
    assert.equal(await window.page.locator(".error-page-detail").evaluate((element) => getComputedStyle(element).color), "rgb(128, 0, 0)");
    assert.doesNotMatch(await window.page.content(), /csrf|StateProperties/);
  });
});
