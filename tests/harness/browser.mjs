// Chromium, and what is watched while it runs: errors on the console, accessibility, screenshots.
import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import assert from "node:assert/strict";
import { REPOSITORY } from "./server.mjs";

export const PHONE = { name: "phone", width: 360, height: 740 };
export const DESKTOP = { name: "desktop", width: 1440, height: 900 };
export const ARTIFACTS = process.env.VESTIBULE_TEST_ARTIFACTS || path.join(REPOSITORY, "artifacts");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];

function executable() {
  const found = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
    (file) => file && existsSync(file),
  );
  if (!found) throw new Error("no chromium: install Debian's package or name it in CHROMIUM");
  return found;
}

function switches(hosts) {
  const args = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
  ];
  const rules = Object.entries(hosts).map(([name, address]) => `MAP ${name} ${address}`);
  if (rules.length) args.push(`--host-resolver-rules=${rules.join(", ")}`);
  return args;
}

/** Starts the browser. `hosts` maps names to addresses ({"x.b2clogin.com": "127.0.0.1"}). */
export function startBrowser({ hosts = {} } = {}) {
  return chromium.launch({ executablePath: executable(), headless: true, args: switches(hosts) });
}

/**
 * A person's window: its own cookies, one tab. Every console error and policy violation is kept in `window.complaints`.
 * @param {object} options size, script (false switches JavaScript off), locale, dark, ignoreCertificates
 */
export async function openWindow(browser, { size = DESKTOP, script = true, locale = "en-US", dark = false, ignoreCertificates = false } = {}) {
  const context = await browser.newContext({
    viewport: { width: size.width, height: size.height },
    javaScriptEnabled: script,
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    locale,
    ignoreHTTPSErrors: ignoreCertificates,
  });
  return watched(context, await context.newPage(), { script, size });
}

/**
 * A window of a browser with a profile of its own, whose owner allows the cookies of frames from another site, as people
 * did when hidden frames were invented. Private windows, like the others here, do not.
 */
export async function openProfile({ hosts = {}, size = DESKTOP } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), "vestibule-profile-"));
  mkdirSync(path.join(folder, "Default"));
  writeFileSync(path.join(folder, "Default/Preferences"), JSON.stringify({ profile: { cookie_controls_mode: 0, block_third_party_cookies: false } }));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: executable(),
    headless: true,
    args: switches(hosts),
    viewport: { width: size.width, height: size.height },
    locale: "en-US",
    ignoreHTTPSErrors: true,
  });
  const window = watched(context, context.pages()[0] ?? (await context.newPage()), { script: true, size });
  const { close } = window;
  window.close = async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  };
  return window;
}

function watched(context, page, { script, size }) {
  context.setDefaultTimeout(10_000);
  const window = { context, page, script, size, complaints: [] };
  const watch = (tab) => {
    tab.on("console", (message) => message.type() === "error" && window.complaints.push(`${tab.url()}: ${message.text()}`));
    tab.on("pageerror", (error) => window.complaints.push(`${tab.url()}: ${error.message}`));
  };
  watch(page);
  context.on("page", watch);
  window.close = () => context.close();
  window.calm = (except = /^$/) => {
    const complaints = window.complaints.filter((text) => !except.test(text));
    assert.deepEqual(complaints, [], "no console error, no violation of the content security policy");
  };
  return window;
}

/** Asserts that axe-core finds nothing against WCAG 2.0–2.2, A and AA. */
export async function accessible(window, what) {
  const { page, close } = window.script ? { page: window.page, close: () => {} } : await scriptable(window);
  await page.evaluate(AXE);
  const result = await page.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules, resultTypes: ["violations"] }), RULES);
  await close();
  const found = result.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(" ")} — ${node.failureSummary?.split("\n").slice(1).join(" ")}`),
  );
  assert.deepEqual(found, [], `accessibility of ${what}`);
}

/** axe needs script. What a window without script shows is shown again, as it stands, in a window that has it. */
async function scriptable(window) {
  const shown = await window.page.evaluate(() => {
    const copy = document.documentElement.cloneNode(true);
    for (const script of copy.querySelectorAll("script")) script.remove();
    for (const noscript of copy.querySelectorAll("noscript")) noscript.replaceWith(...noscript.childNodes);
    return `<!DOCTYPE html>${copy.outerHTML}`;
  });
  const url = window.page.url();
  const context = await window.context.browser().newContext({ viewport: window.page.viewportSize(), reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.route(url, (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: shown }));
  await page.goto(url);
  return { page, close: () => context.close() };
}

/** Keeps a picture under artifacts/. Never fails a test. */
export async function picture(page, ...name) {
  const file = path.join(ARTIFACTS, `${name.join("-").replaceAll(/[^\w.-]+/g, "_")}.png`);
  mkdirSync(path.dirname(file), { recursive: true });
  await page.screenshot({ path: file, fullPage: true }).catch((error) => console.error(`no picture ${file}: ${error.message}`));
}

/** Nothing is wider than the window: no sideways scrolling on a phone. */
export async function fits(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(content <= window, `the page is ${content} px wide in a window of ${window} px`);
}
