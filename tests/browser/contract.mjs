// The DOM contract (user-interface 3) as tables: one line an element, indented as nested, for the sign-in page, the
// sign-up page and the page with a display control, for page versions 1.1, 1.2 and 2.1.
//
// A line is  tag#id.class.class[attribute=value][attribute]  and stands for exactly one element at exactly that place.
// Attributes that a line does not name may be there; elements that no line names may not. {…} is filled in by the test.

const UNIFIED_2_1 = `
div.heading
  h1[role=heading]
form#localAccountForm.localAccount[action=JavaScript:void(0);][aria-label]
  div.intro
    h2[aria-level=1]
  div.error.pageLevel[role=alert][aria-hidden=true]
    p
  div.entry
    div.entry-item
      label[for=signInName]
      div.error.itemLevel[role=alert][aria-hidden=true]
        p
      input#signInName[name={signInName}][placeholder={signInName}][aria-label={signInName}][title][autofocus][type={signInType}]
    div.entry-item
      div.password-label
        label[for=password]
        a#forgotPassword[href]
      div.error.itemLevel[aria-hidden=true]
        p[role=alert]
      input#password[name=Password][type=password][placeholder=Password][aria-label=Password][autocomplete=current-password][aria-required=true]
    div.working
    {kmsi}
    div.buttons
      button#next[type=submit][form=localAccountForm]
  div.divider
    h2
  div.create
    p
      a#createAccount[href]
`;

const KMSI = `div.rememberMe
      input#rememberMe[type=checkbox][name=rememberMe]
      label[for=rememberMe]`;

// Before 2.x the sign-in name is #logonIdentifier; before 1.2 the block is no form.
const unified1 = (block, next) => `
${block}
  div.intro
    h2
  div.error.pageLevel[role=alert][aria-hidden=true]
    p
  div.entry
    div.entry-item
      label[for=logonIdentifier]
      div.error.itemLevel[role=alert][aria-hidden=true]
        p
      input#logonIdentifier[name=LogonIdentifier]
    div.entry-item
      div.password-label
        label[for=password]
        div.forgot-password
          a#forgotPassword[href]
      div.error.itemLevel[aria-hidden=true]
        p[role=alert]
      input#password[type=password]
    div.working
    div.buttons
      ${next}
  div.divider
    h2
  div.create
    p
      a#createAccount[href]
`;

export const UNIFIED = {
  1.1: unified1("div.localAccount[role=form]", "button#next"),
  1.2: unified1("form#localAccountForm.localAccount[action=JavaScript:void(0);]", "button#next[form=localAccountForm]"),
  2.1: UNIFIED_2_1,
};
export const fill = (table, values) => table.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? (name === "kmsi" ? "" : whole));
export const withKmsi = { kmsi: KMSI };

// Verified.Email (3.4): messages before the label, buttons after the input.
const MAIL_MESSAGES = `div#email_intro.verificationInfoText
div#email_info.verificationInfoText[aria-hidden=true]
div#email_success.verificationSuccessText[aria-hidden=true]
div#email_fail_retry.verificationErrorText.error[aria-hidden=true]
div#email_fail_no_retry.verificationErrorText.error[aria-hidden=true]
div#email_fail_throttled.verificationErrorText.error[aria-hidden=true]
div#email_fail_code_expired.verificationErrorText.error[aria-hidden=true]
div#email_fail_server.verificationErrorText.error[aria-hidden=true]
div#email_incorrect_format.verificationErrorText.error[aria-hidden=true]`;

const mailButtons = (whose) => `div.buttons.verify[${whose}=email]
  div#email_ver_wait.working
  label#email_ver_input_label[for=email_ver_input]
  input#email_ver_input.verifyInput[autocomplete]
  button#email_ver_but_send.sendButton[type=button]
  button#email_ver_but_verify.verifyButton[type=button]
  button#email_ver_but_resend.sendButton[type=button]
  button#email_ver_but_edit.editButton[type=button]
  button#email_ver_but_default.defaultButton[type=button][aria-hidden=true]`;

const indent = (text, by) => text.split("\n").map((line) => " ".repeat(by) + line).join("\n");

function entry({ id, kind, type, required, li, more = "", help, before = "", after = "" }) {
  const input = `input#${id}.textInput[type=${type}][placeholder]${required ? required : ""}${more}`;
  return `li.${kind}${li(id)}
  div.attrEntry
${before ? indent(before, 4) + "\n" : ""}    label#${id}_label${required ? ".required" : ""}[for=${id}]
    div.error.itemLevel[role=alert]
    ${input}
    a.helpLink.tiny[href=javascript:void(0)]${help(id)}${after ? "\n" + indent(after, 4) : ""}`;
}

function signUp({ container, li, required, help, whose, captcha = "", emailKind = "TextBox", emailType = "text", continueMore, close, heading }) {
  const field = (id, kind, type, isRequired, rest = {}) => entry({ id, kind, type, required: isRequired ? required : "", li, help, ...rest });
  const list = [
    field("email", emailKind, emailType, true, { before: MAIL_MESSAGES, after: mailButtons(whose) }),
    field("newPassword", "Password", "password", true, { more: "[autocomplete=new-password]" }),
    field("reenterPassword", "Password", "password", true, { more: "[autocomplete=new-password]" }),
    field("displayName", "TextBox", "text", false),
    field("givenName", "TextBox", "text", false),
    field("surname", "TextBox", "text", false),
  ].join("\n");
  return `${heading}
div.buttons
div.intro
  p
${container}
  div#passwordEntryMismatch.error.pageLevel[aria-hidden=true]
  div#requiredFieldMissing.error.pageLevel[aria-hidden=true]
  div#fieldIncorrect.error.pageLevel[aria-hidden=true]
${captcha}  div#claimVerificationServerError.error.pageLevel[aria-hidden=true]
  div#attributeList.attr
    ul
${indent(list, 6)}
  div.buttons
    button#continue${continueMore}
    button#cancel[aria-label]${close}
  div.verifying-modal[aria-live=assertive][aria-labelledby=verifying_blurb]
    div#verifying_blurb
`;
}

const MODERN = {
  heading: "div.heading\n  h1[role=heading]",
  container: "form#attributeVerification[action=JavaScript:void(0);]",
  required: "[aria-required=true]",
  help: () => "[data-help]",
  whose: "data-claim_id",
  continueMore: "[type=submit][form=attributeVerification][aria-disabled][aria-label]",
  close: "[formnovalidate]",
};

export const SIGN_UP = {
  1.1: signUp({
    ...MODERN,
    heading: "",
    container: "div#attributeVerification[role=form]",
    li: () => "",
    required: "[required]",
    help: () => "[onclick]",
    whose: "claim_id",
    continueMore: "[aria-label]",
    close: "",
  }),
  1.2: signUp({ ...MODERN, heading: "", li: () => "" }),
  // 2.1.7, the starter pack's: before the class <claimId>_li (2.1.8) and captcha (2.1.25).
  2.1: signUp({ ...MODERN, li: () => "" }),
  // The newest, our own policies: EmailBox, classes by claim, captcha's message.
  "2.1 newest": signUp({
    ...MODERN,
    li: (id) => `.${id}_li`,
    captcha: "  div#captchaUnresolved.error.pageLevel[aria-hidden=true]\n",
    emailKind: "EmailBox",
    emailType: "email",
  }),
};

/** A verification control (3.5), inside its list item. */
export const CONTROL = `li.VerificationControl.emailVerificationControl_li
  div.attrEntry
    label#emailVerificationControl_label[for=emailVerificationControl]
    div.error.itemLevel
    div#emailVerificationControl.verificationControlContent
      div.verificationInfoText
        div#emailVerificationControl_info_message
      div.verificationSuccessText
        div#emailVerificationControl_success_message
      div.verificationErrorText.error
        div#emailVerificationControl_error_message
      ul
        li.TextBox.email_li.email
          div.attrEntry
            label#email_label.required[for=email]
            div.error.itemLevel[role=alert]
            input#email.textInput[type=text]
            a.helpLink.tiny[data-help]
        li.TextBox.verificationCode_li.VerificationCode[aria-hidden=true]
          div.attrEntry
            label#verificationCode_label.required[for=verificationCode]
            div.error.itemLevel[role=alert]
            input#verificationCode.textInput[type=text][disabled]
            a.helpLink.tiny[data-help]
      div.working
      div.buttons
        button#emailVerificationControl_but_send_code.sendCode[type=button][aria-label]
        button#emailVerificationControl_but_verify_code.verifyCode[type=button][aria-label]
        button#emailVerificationControl_but_send_new_code.sendNewCode[type=button][aria-label]
        button#emailVerificationControl_but_change_claims.changeClaims[type=button][aria-label]
`;

/** What a person sees of the e-mail check in each of its states (3.4 and 3.5): visible ids, all others are not. */
export const MAIL_STATES = {
  all: ["email_intro", "email_info", "email_success", "email_fail_retry", "email_fail_no_retry", "email_fail_throttled", "email_fail_code_expired", "email_fail_server", "email_incorrect_format", "email_ver_wait", "email_ver_input_label", "email_ver_input", "email_ver_but_send", "email_ver_but_verify", "email_ver_but_resend", "email_ver_but_edit", "email_ver_but_default"],
  initial: ["email_intro", "email_ver_but_send"],
  sent: ["email_info", "email_ver_input_label", "email_ver_input", "email_ver_but_verify", "email_ver_but_resend"],
  wrong: ["email_info", "email_fail_retry", "email_ver_input_label", "email_ver_input", "email_ver_but_verify", "email_ver_but_resend"],
  verified: ["email_success", "email_ver_but_edit"],
};
const k = "emailVerificationControl";
export const CONTROL_STATES = {
  all: [`${k}_success_message`, `${k}_error_message`, "verificationCode", `${k}_but_send_code`, `${k}_but_verify_code`, `${k}_but_send_new_code`, `${k}_but_change_claims`],
  initial: [`${k}_but_send_code`],
  sent: [`${k}_success_message`, "verificationCode", `${k}_but_verify_code`, `${k}_but_send_new_code`],
  wrong: [`${k}_error_message`, "verificationCode", `${k}_but_verify_code`, `${k}_but_send_new_code`],
  verified: [`${k}_success_message`, `${k}_but_change_claims`],
};

// ---- reading and comparing ------------------------------------------------------------------------------------------

/** A table as nested nodes { line, tag, id, classes, attributes, children }. */
export function parse(table) {
  const root = { children: [] };
  const stack = [{ depth: -1, node: root }];
  for (const raw of table.split("\n").filter((line) => line.trim())) {
    const depth = raw.length - raw.trimStart().length;
    const line = raw.trim();
    const [head] = line.split("[");
    const node = {
      line,
      tag: /^[a-z0-9]+/.exec(head)[0],
      id: /#([\w.-]+?)(?=[.]|$)/.exec(head)?.[1],
      classes: [...head.replace(/#[\w-]+/, "").matchAll(/\.([\w-]+)/g)].map((match) => match[1]),
      attributes: [...line.matchAll(/\[([\w-]+)(?:=([^\]]*))?\]/g)].map(([, name, value]) => [name, value]),
      children: [],
    };
    while (stack.at(-1).depth >= depth) stack.pop();
    stack.at(-1).node.children.push(node);
    stack.push({ depth, node });
  }
  return root.children;
}

/**
 * Runs in the page: compares the children of an element with nodes, and answers what differs. Elements that our own
 * script appends, classed v-…, may stand at the end of an entry.
 */
export function differences({ selector, nodes, whole }) {
  const found = [];
  const say = (path, text) => found.push(`${path}: ${text}`);
  const own = (element) => [...element.classList].some((name) => name.startsWith("v-"));
  const children = (element) => {
    const all = [...element.children];
    if (element.matches(".entry-item, .attrEntry")) while (all.length && own(all.at(-1))) all.pop();
    return all;
  };
  const name = (element) => `${element.localName}${element.id ? `#${element.id}` : ""}${[...element.classList].map((c) => `.${c}`).join("")}`;
  const same = (element, node, path) => {
    const here = `${path} > ${node.line.split("[")[0]}`;
    if (element.localName !== node.tag) return say(here, `is ${name(element)}`);
    if (node.id !== undefined && element.id !== node.id) say(here, `has id "${element.id}"`);
    const classes = [...element.classList].filter((c) => !c.startsWith("v-")).sort().join(" ");
    if (classes !== [...node.classes].sort().join(" ")) say(here, `has classes "${classes}"`);
    for (const [attribute, value] of node.attributes) {
      const actual = element.getAttribute(attribute);
      if (actual === null) say(here, `has no ${attribute}`);
      else if (value !== undefined && actual !== value) say(here, `has ${attribute}="${actual}", expected "${value}"`);
    }
    compare(children(element), node.children, here);
  };
  const compare = (elements, expected, path) => {
    if (elements.length !== expected.length)
      say(path, `has children [${elements.map(name).join(", ")}], expected [${expected.map((node) => node.line.split("[")[0]).join(", ")}]`);
    for (let place = 0; place < Math.min(elements.length, expected.length); place += 1) same(elements[place], expected[place], path);
  };
  const start = document.querySelector(selector);
  if (!start) return [`no ${selector}`];
  if (whole) same(start, nodes[0], "");
  else compare(children(start), nodes, selector);
  return found;
}
