// The same rules on both sides: every row of checks.mjs typed into the page in a browser, and sent to the server by a
// client that runs no script. Same verdict, same words at the field.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { startApp, request, redeem, claimsOf } from "../harness/app.mjs";
import { startBrowser, openWindow } from "../harness/browser.mjs";
import { Visitor, answerOf } from "../harness/headless.mjs";
import * as person from "../harness/person.mjs";
import { gallery } from "./gallery.mjs";
import { CHECKS } from "./checks.mjs";

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

const asked = (changes) => request(server, app, "B2C_1A_Gallery", changes);
const open = (window) => person.open(window, asked({ ui_locales: "en" }).url);
const name = (row) => `${row.field} ${JSON.stringify(row.typed).slice(0, 60)}`;

/** Puts a row's value into the page, as a person or a customer's script would. */
function type({ field, typed }) {
  const one = (id) => document.getElementById(id);
  if (Array.isArray(typed)) {
    for (const box of document.querySelectorAll(`input[name="${field}"]`)) box.checked = typed.includes(box.value);
  } else if (typeof typed === "object") {
    for (const part of ["day", "month", "year"]) one(`${field}_${part}`).value = String(typed[part] ?? 0);
  } else {
    one(field).value = typed;
  }
}

/** What the page says at a field: nothing, or the words shown. */
function told(field) {
  const box = document.getElementById(`v-${field}-error`);
  return box.style.display === "none" ? null : box.textContent;
}

/** A row as a form sent without script, all else as the page has it at first. */
function posted({ field, typed }) {
  const pairs = [["size", "m"], ["likes", "coffee"]].filter(([known]) => known !== field);
  if (Array.isArray(typed)) pairs.push(...typed.map((value) => [field, value]));
  else if (typeof typed === "object") for (const part of ["day", "month", "year"]) pairs.push([`${field}_${part}`, String(typed[part] ?? 0)]);
  else pairs.push([field, typed]);
  return pairs;
}

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
const plain = (text) => text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]);

async function toldByServer(visitor, page, row) {
  const action = plain(/formaction="([^"]+)"/.exec(page.html)[1]);
  const body = new URLSearchParams([...posted(row), ["csrf_token", page.csrf], ["request_type", "RESPONSE"]]).toString();
  const answer = await visitor.send("POST", action, { headers: { "content-type": "application/x-www-form-urlencoded" }, body });
  assert.equal(answer.status, 200, `the keeper keeps the page: ${name(row)}`);
  const found = new RegExp(`id="v-${row.field}-error"[^>]*style="display:(\\w+)"[^>]*>([^<]*)<`).exec(answer.body);
  assert.ok(found, `no error element of ${row.field}`);
  return found[1] === "none" ? null : plain(found[2]);
}

describe("one table of rules", () => {
  test("the page's script says it", async (t) => {
    const window = await openWindow(browser);
    t.after(() => window.close());
    await open(window);
    const wrong = [];
    for (const row of CHECKS) {
      await window.page.evaluate(type, row);
      await window.page.locator("#continue").click();
      const says = await window.page.evaluate(told, row.field);
      if (says !== row.says) wrong.push(`${name(row)}: ${JSON.stringify(says)} instead of ${JSON.stringify(row.says)}`);
      // Back to what is fine, so that rows do not meet.
      const fine = Array.isArray(row.typed) ? ["coffee"] : typeof row.typed === "object" ? {} : document0(row.field);
      await window.page.evaluate(type, { field: row.field, typed: fine });
    }
    assert.deepEqual(wrong, []);
    window.calm();
  });

  test("the server says the same", async () => {
    const visitor = new Visitor(server);
    const page = await visitor.open(asked({ ui_locales: "en" }).url);
    const wrong = [];
    for (const row of CHECKS) {
      const says = await toldByServer(visitor, page, row);
      if (says !== row.says) wrong.push(`${name(row)}: ${JSON.stringify(says)} instead of ${JSON.stringify(row.says)}`);
    }
    assert.deepEqual(wrong, []);
  });

  test("a client that posts like the script hears the ErrorMessage texts", async () => {
    const visitor = new Visitor(server);
    const page = await visitor.open(asked({ ui_locales: "en" }).url);
    const says = async (fields) => (await visitor.respond(page, fields)).message;
    assert.equal(await says({}), "Missing required element: Keeper");
    assert.equal(await says({ keeper: "x", count: "many" }), "Count has invalid input.");
    assert.equal(await says({ keeper: "x", quiet: "x" }), "Incorrect pattern for: Quiet");
    assert.equal(await says({ keeper: "x", colour: "green" }), "Colour has invalid input.");
  });
});

/** What a field of that kind holds at first. */
const document0 = (field) => ({ colour: "placeholder", size: "m" })[field] ?? "";

describe("while typing", () => {
  test("a rule is told after the policy's delay, and taken back when it is met", async (t) => {
    const window = await openWindow(browser);
    t.after(() => window.close());
    await open(window);
    const { page } = window;
    await page.locator("#fullName").pressSequentially("ada");
    await page.locator("#v-fullName-error").waitFor({ state: "visible" });
    assert.equal(await page.evaluate(told, "fullName"), "A capital letter, then small ones.");
    assert.equal(await page.locator("#fullName").getAttribute("aria-invalid"), "true");
    assert.equal(await page.locator("#fullName").getAttribute("aria-describedby"), "v-fullName-error");
    await page.locator("#fullName").fill("Ada");
    await page.locator("#v-fullName-error").waitFor({ state: "hidden" });
    // The rules of a password are ticked one by one.
    const rules = () => page.locator("li.secret_li .v-rules li[data-met]").evaluateAll((all) => all.map((one) => one.dataset.met));
    assert.deepEqual(await rules(), ["false", "false", "false", "false"]);
    await page.locator("#secret").pressSequentially("abc1");
    assert.deepEqual(await rules(), ["true", "true", "true", "false"]);
    window.calm();
  });

  test("the years of a drop-down are those that its rule leaves", async (t) => {
    const window = await openWindow(browser);
    t.after(() => window.close());
    await open(window);
    const years = await window.page.locator("#born_year option").evaluateAll((all) => all.map((one) => Number(one.value)).filter(Boolean));
    assert.deepEqual([Math.min(...years), Math.max(...years)], [1990, new Date().getUTCFullYear()]);
  });
});

describe("what leaves the page", () => {
  test("values of every kind, masks and fixed values untouched", async (t) => {
    const window = await openWindow(browser);
    t.after(() => window.close());
    const { page } = window;
    const wanted = asked({ ui_locales: "en" });
    await person.open(window, wanted.url);
    assert.equal(await page.locator("#customer").inputValue(), "XXX-XXX-4343");
    assert.equal(await page.locator("#sentence").innerText(), "a**@example.com");
    assert.equal(await page.locator("#pressed").count(), 0, "a Button draws nothing");
    await page.locator("#keeper").fill("kept");
    await page.locator("#count").fill("42");
    await page.locator("#agreed").fill("TRUE");
    await page.locator("#handset").fill("+1 (555) 555-0100");
    await page.locator("#born_day").selectOption("29");
    await page.locator("#born_month").selectOption("2");
    await page.locator("#born_year").selectOption("2000");
    await page.locator("#colour").selectOption("blue");
    await page.locator("#contact_False").check();
    await page.locator('[id="likes_milk, warm"]').check();
    const arrival = await person.arriving(window, app, () => person.submit(window));
    const claims = await claimsOf(server, wanted.policy, (await redeem(server, app, wanted, arrival.code)).id_token);
    const expected = {
      keeper: "kept", count: 42, agreed: true, handset: "+15555550100", born: "2000-02-29", colour: "blue", size: "m",
      contact: false, likes: "coffee,milk, warm", customer: "324-232-4343", sentence: "ada@example.com",
    };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, claims[key]])), expected);
    window.calm();
  });

  test("the same without script", async () => {
    const visitor = new Visitor(server);
    const wanted = asked({ ui_locales: "en" });
    const page = await visitor.open(wanted.url);
    const action = plain(/formaction="([^"]+)"/.exec(page.html)[1]);
    const fields = { keeper: "kept", born_day: "0", born_month: "0", born_year: "0", customer: "XXX-XXX-4343", csrf_token: page.csrf };
    const body = new URLSearchParams(fields).toString();
    const accepted = await visitor.send("POST", action, { headers: { "content-type": "application/x-www-form-urlencoded" }, body });
    assert.equal(accepted.status, 303);
    const arrived = answerOf(await visitor.get(accepted.location));
    const claims = await claimsOf(server, wanted.policy, (await redeem(server, app, wanted, arrived.code)).id_token);
    assert.equal(claims.customer, "324-232-4343", "the masked value never comes back");
    assert.equal(claims.born, undefined);
  });
});
