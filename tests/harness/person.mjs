// What a person does in a window, written once for both ways of proving an address and for pages with and without
// script. Every function leaves the window where a person would be: on the next page, or back at the application.
// Fields and buttons are found by the ids of user-interface 3; nothing here reads a password back.
import assert from "node:assert/strict";

/** Opens an authorization request. */
export const open = (window, url) => window.page.goto(url);

/** Types the two fields of the sign-in page (unified or self-asserted) and submits. */
export async function signIn(window, person, { remember = false } = {}) {
  const { page } = window;
  await page.locator("#signInName").fill(person.email);
  await page.locator("#password").fill(person.password);
  if (remember) await page.locator("#rememberMe").check();
  await submit(window);
}

/** Presses the button that goes on, whichever page it is. */
export const submit = (window) => window.page.locator("#next, #continue").click();

export const goToSignUp = (window) => window.page.locator("#createAccount").click();

/** The text of a message that the page shows, wherever it shows it. Waits for it. */
export async function message(window) {
  const shown = window.page.locator(".error:visible").filter({ hasText: /\S/ }).first();
  await shown.waitFor();
  return (await shown.innerText()).trim();
}

/** Ids of the parts that prove an address, for Verified.Email and for a display control. */
export const PROOF = {
  "Verified.Email": {
    send: "#email_ver_but_send", input: "#email_ver_input", verify: "#email_ver_but_verify",
    resend: "#email_ver_but_resend", change: "#email_ver_but_edit", done: "#email_success", wrong: "#email_fail_retry",
  },
  control: {
    send: "#emailVerificationControl_but_send_code", input: "#verificationCode", verify: "#emailVerificationControl_but_verify_code",
    resend: "#emailVerificationControl_but_send_new_code", change: "#emailVerificationControl_but_change_claims",
    done: "#emailVerificationControl_but_change_claims", wrong: "#emailVerificationControl_error_message",
  },
};

/** The buttons that stand in for the script's, where there is no script. */
const PLAIN = {
  send: 'noscript button:is([value^="send:"], [value$=":SendCode"])',
  check: 'noscript button:is([value^="check:"], [value$=":VerifyCode"])',
};

/** Types the address, asks for a code, reads it from the mail server, types it, waits until the page says that it is right. */
export async function proveAddress(window, mail, set, address) {
  const { page } = window;
  const ids = PROOF[set.verification];
  await page.locator("#email").fill(address);
  await enterCode(window, set, await askForCode(window, mail, set, address));
  if (window.script) await page.locator(ids.done).waitFor({ state: "visible" });
}

export async function askForCode(window, mail, set, address) {
  const { page } = window;
  const ids = PROOF[set.verification];
  const seen = mail.to(address).length;
  if (window.script) await page.locator(ids.send).click();
  else await page.locator(PLAIN.send).click();
  const code = await mail.code(address, seen);
  await page.locator(ids.input).waitFor({ state: "visible" });
  return code;
}

export async function enterCode(window, set, code) {
  const { page } = window;
  const ids = PROOF[set.verification];
  await page.locator(ids.input).fill(code);
  await page.locator(window.script ? ids.verify : PLAIN.check).click();
}

/** Fills in the sign-up page after the address was proved, and submits. */
export async function fillSignUp(window, person) {
  const { page } = window;
  await page.locator("#newPassword").fill(person.password);
  await page.locator("#reenterPassword").fill(person.password);
  await page.locator("#displayName").fill(person.displayName);
  await page.locator("#givenName").fill(person.givenName);
  await page.locator("#surname").fill(person.surname);
  await submit(window);
}

/** From the sign-in page through the whole sign-up. */
export async function signUp(window, mail, set, person) {
  await goToSignUp(window);
  await proveAddress(window, mail, set, person.email);
  await fillSignUp(window, person);
}

/** From the first page of the reset policy to the end of it. */
export async function resetPassword(window, mail, set, person, password) {
  const { page } = window;
  await proveAddress(window, mail, set, person.email);
  await submit(window);
  await page.locator("#newPassword").fill(password);
  await page.locator("#reenterPassword").fill(password);
  await submit(window);
}

/** Does something and waits for what arrives at the application, and until the window shows it. */
export async function arriving(window, app, work) {
  const [arrival] = await Promise.all([app.next(), work()]);
  await window.page.waitForURL((url) => url.origin === app.origin);
  return arrival;
}

/** Signs out with a hint, and asserts that the application is reached again. */
export async function signOut(window, server, app, set, idToken) {
  const query = new URLSearchParams({ post_logout_redirect_uri: app.signedOut, state: "bye", ...(idToken && { id_token_hint: idToken }) });
  const arrival = await arriving(window, app, () => window.page.goto(`${server.base(set.signIn)}/oauth2/v2.0/logout?${query}`));
  assert.equal(arrival.how, "signed-out");
  assert.equal(arrival.state, "bye");
}
