// A person's telephone: messages are read from the development inbox, calls answered by its link; and what a person does on the
// phone page, with and without script.
import assert from "node:assert/strict";
import { get } from "./server.mjs";

/** A number of a real range nobody has: the example number of the public metadata, with other last digits. */
export const freshNumber = () => `+1201555${String(1000 + Math.floor(Math.random() * 9000))}`;

/** Everything that went to a number, newest first. */
export async function messages(server, number) {
  const { body } = await get(`${server.origin}/dev/inbox.json?to=${encodeURIComponent(number)}`);
  return JSON.parse(body);
}

/** The code of the newest message to a number, once there are more than `seen` messages. */
export async function codeOf(server, number, seen = 0, patience = 10_000) {
  const end = Date.now() + patience;
  while (Date.now() < end) {
    const found = await messages(server, number);
    if (found.length > seen) return /(?<!\d)(\d{6})(?!\d)/.exec(found[0].text)[1];
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`no message to ${number}`);
}

/** Answers the newest call to a number and presses the pound key. */
export async function pressPound(server, number) {
  const [call] = await messages(server, number);
  assert.match(call.subject, /^Call: /);
  const answer = await get(/https?:\S+/.exec(call.text)[0]);
  assert.equal(answer.status, 200);
}

/** Types a number on the page that asks for one. */
export async function typeNumber(window, number) {
  const { page } = window;
  await page.locator("#countryCode").selectOption(number.slice(0, 2));
  await page.locator("#number, #localNumber").fill(number.slice(2));
}

/** Sends a code and types it. Leaves the window on the next page, or at the application. */
export async function proveNumber(window, server, number) {
  const { page } = window;
  const seen = (await messages(server, number)).length;
  await page.locator("#sendCode").click();
  const code = await codeOf(server, number, seen);
  await enterCode(window, code);
}

/** Types a code: with script the last digit sends it, without there is a button. */
export async function enterCode(window, code) {
  const { page } = window;
  await page.locator("#verificationCode").waitFor({ state: "visible" });
  await page.locator("#verificationCode").fill(code);
  if (!window.script) await page.locator("#verifyCode").click();
}
