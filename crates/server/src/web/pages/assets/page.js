// The page script: checks what was typed, posts it, shows the answer, goes on.
// In: the globals SETTINGS, SA_FIELDS, CONTENT, VESTIBULE and the elements of the page, read anew at every submit, as
// customers' scripts set values without events. Out: requests, and visibility by inline style and aria-hidden in step,
// which is what those scripts watch. Nothing is evaluated, nothing is written as HTML.
(function () {
  "use strict";
  var S = window.SETTINGS, V = window.VESTIBULE, TEXTS = window.CONTENT || {};
  if (!S || !V || !V.checks) { return; }
  var FIELDS = (window.SA_FIELDS || {}).AttributeFields || [];
  var MATCHES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
  var busy = false;
  var states = V.states || {};
  var isUnified = S.api === "CombinedSigninAndSignup";

  // ---- Small things

  function byId(id) { return document.getElementById(id); }
  function each(list, act) { Array.prototype.forEach.call(list, act); }
  function enc(text) { return encodeURIComponent(text); }

  function since(major, minor, patch) {
    var v = V.version, wanted = [major, minor, patch];
    for (var i = 0; i < 3; i++) {
      if (v[i] !== wanted[i]) { return v[i] > wanted[i]; }
    }
    return true;
  }

  /** A word of the page, its entities resolved, `{0}` filled in. */
  function word(id, hole) {
    var text = String(TEXTS[id] || "").replace(/&(?:amp|lt|gt|quot|#39);/g, function (m) { return MATCHES[m]; });
    return hole === undefined ? text : text.split("{0}").join(hole);
  }

  function show(element, display) {
    if (!element) { return; }
    element.style.display = display || "none";
    element.setAttribute("aria-hidden", display ? "false" : "true");
  }

  function isShown(element) { return !!element && element.style.display !== "none"; }

  function make(tag, attributes, text) {
    var element = document.createElement(tag);
    Object.keys(attributes).forEach(function (name) { element.setAttribute(name, attributes[name]); });
    if (text) { element.textContent = text; }
    return element;
  }

  // ---- Talking to the server

  function address(path, query) {
    return S.hosts.tenant + path + "?" + (query || "") + "tx=" + enc(S.transId) + "&p=" + enc(S.hosts.policy);
  }

  function navigate(action, query) {
    window.location.assign(address("/api/" + S.api + "/" + action, (query || "") + "csrf_token=" + enc(S.csrf) + "&"));
  }

  function goOn() {
    var box = byId("rememberMe");
    var remember = isUnified ? "rememberMe=" + (box && box.checked ? "true" : "false") + "&" : "";
    var diags = JSON.stringify({ pageViewId: S.pageViewId, pageId: S.api, trace: [] });
    navigate("confirmed", remember + "diags=" + enc(diags) + "&");
  }

  /** Posts a body; `done` gets the reply as an object, `{ lost }` with words of our own where none came. */
  function post(path, body, done, attempt) {
    var tries = attempt || 1, settings = S.xhrSettings || {}, request = new XMLHttpRequest();
    request.open("POST", address(path));
    request.timeout = 30000;
    request.setRequestHeader("X-CSRF-TOKEN", S.csrf);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    request.setRequestHeader("Accept", "application/json, text/javascript, */*; q=0.01");
    if (S.isPageViewIdSentWithHeader) { request.setRequestHeader("x-ms-cpim-pageviewid", S.pageViewId); }
    function failed() {
      if (!settings.retryEnabled || tries >= settings.retryMaxAttempts) { return done({ lost: V.words.try_again }); }
      var wait = settings.retryDelay * Math.pow(settings.retryExponent, tries - 1);
      window.setTimeout(function () { post(path, body, done, tries + 1); }, wait);
    }
    request.onerror = failed;
    request.ontimeout = failed;
    request.onload = function () {
      var reply = null;
      try { reply = JSON.parse(request.responseText); } catch (notJson) { reply = null; }
      if (reply && reply.status) { return done(reply); }
      return done({ lost: request.status === 400 ? V.words.expired_intro : V.words.try_again });
    };
    request.send(body);
  }

  // ---- Busy

  var lifted = null;

  /** Puts the verifying box into a modal while the page posts. */
  function modal(on) {
    var box = document.querySelector(".verifying-modal");
    if (on && box && !lifted) {
      var overlay = make("div", { id: "simplemodal-overlay", "class": "simplemodal-overlay" });
      overlay.style.cssText = "position:fixed;left:0;top:0;width:100%;height:100%;z-index:1001";
      var container = make("div", { id: "simplemodal-container", "class": "simplemodal-container" });
      container.style.cssText = "position:fixed;z-index:1002;left:50%;top:45%;transform:translate(-50%,-50%)";
      var place = document.createComment("");
      box.parentNode.replaceChild(place, box);
      box.classList.add("simplemodal-data");
      document.body.appendChild(overlay);
      document.body.appendChild(container);
      container.appendChild(box);
      show(box, "block");
      lifted = { overlay: overlay, container: container, place: place, box: box };
    } else if (!on && lifted) {
      show(lifted.box, null);
      lifted.box.classList.remove("simplemodal-data");
      lifted.place.parentNode.replaceChild(lifted.box, lifted.place);
      lifted.overlay.remove();
      lifted.container.remove();
      lifted = null;
    }
  }

  function setBusy(button, on) {
    busy = on;
    if (button) {
      if (on) { button.setAttribute("aria-busy", "true"); } else { button.removeAttribute("aria-busy"); }
    }
  }

  // ---- Messages

  function entryOf(input) { return input && input.closest(".entry-item, .attrEntry"); }

  function errorOf(input) {
    var entry = entryOf(input);
    return entry && entry.querySelector(".error.itemLevel, .helpText");
  }

  function itemError(input, text) {
    var box = errorOf(input);
    if (!box) { return; }
    var inner = box.querySelector("p") || box;
    inner.textContent = text || "";
    box.classList.toggle("show", !!text);
    show(box, text ? "block" : null);
    var targets = input.matches("input,select") ? [input] : input.querySelectorAll("select");
    each(targets, function (target) {
      target.classList.toggle(isUnified ? "highlightError" : "invalid", !!text);
      if (text) {
        target.setAttribute("aria-invalid", "true");
        if (box.id) { target.setAttribute("aria-describedby", box.id); }
      } else {
        target.removeAttribute("aria-invalid");
        if (target.getAttribute("aria-describedby") === box.id) { target.removeAttribute("aria-describedby"); }
      }
    });
  }

  function pageError(box, text) {
    if (!box) { return; }
    if (typeof text === "string") { (box.querySelector("p") || box).textContent = text; }
    show(box, text ? "block" : null);
    if (text) {
      box.setAttribute("role", "alert");
      box.setAttribute("aria-live", "polite");
      box.setAttribute("tabindex", "1");
    }
  }

  // ---- Fields

  function elementOf(field) {
    var element = byId(field.ID);
    if (!element && isUnified && !field.IS_PASSWORD) { element = byId("logonIdentifier"); }
    if (!element && (field.IS_RADIO || field.IS_CHECK_MULTI)) {
      element = document.querySelector('[name="' + CSS.escape(field.ID) + '"]');
    }
    return element;
  }

  function optionsOf(field) {
    return Array.prototype.slice.call(document.querySelectorAll('input[name="' + CSS.escape(field.ID) + '"]'));
  }

  /** The values a field would post: none, one, or several for check boxes. */
  function valuesOf(field) {
    if (field.IS_TEXT_IN_PARAGRAPH) { return []; }
    if (field.IS_RADIO || field.IS_CHECK_MULTI) {
      return optionsOf(field).filter(function (o) { return o.checked; }).map(function (o) { return o.value; });
    }
    if (field.IS_DATE) {
      var parts = ["year", "month", "day"].map(function (part) {
        var select = byId(field.ID + "_" + part);
        return select ? select.value : "0";
      });
      if (parts.join("") === "000") { return [""]; }
      parts[0] = parts[0].padStart(4, "0");
      return [parts[0] + "-" + parts[1].padStart(2, "0") + "-" + parts[2].padStart(2, "0")];
    }
    var element = elementOf(field);
    if (!element) { return []; }
    var value = element.value;
    if (field.IS_DROP && value === "placeholder") { return [""]; }
    if (!field.IS_PASSWORD || S.trimSpacesInPassword) { value = value.trim(); }
    if (field.CONTROL_CLAIM === "VerificationCode") { value = value.replace(/\s/g, ""); }
    return [value];
  }

  function pair(name, value) { return enc(name) + "=" + enc(value); }

  /** Every field of the page and of its controls. */
  function allFields() {
    return FIELDS.reduce(function (all, field) { return all.concat(field.DISPLAY_FIELDS || [field]); }, []);
  }

  /** The field that this one repeats. */
  function passwordTwin(field) {
    if (field.ID.toLowerCase() !== "reenterpassword") { return null; }
    function named(id) { return allFields().filter(function (other) { return other.ID.toLowerCase() === id; })[0]; }
    return named("newpassword") || named("password");
  }

  /** What is wrong with a field: nothing, or kind and text. */
  function faultOf(field, emptyCounts) {
    var value = valuesOf(field).join(","), fault = V.checks.fault(field, value, emptyCounts);
    var twin = emptyCounts && !fault && passwordTwin(field);
    if (!twin) { return fault; }
    var first = valuesOf(twin).join(",");
    if (V.checks.fault(twin, first, true) || first.normalize("NFC") === value.normalize("NFC")) { return null; }
    return { kind: "passwordEntryMismatch", text: since(2, 1, 19) ? word("error_passwordEntryMismatch") : "" };
  }

  // ---- The combined page

  function signIn() {
    var first = null, body = "request_type=RESPONSE";
    var box = document.querySelector("#api .error.pageLevel");
    pageError(box, "");
    FIELDS.forEach(function (field) {
      var element = elementOf(field);
      if (!element || field.DISPLAY_FIELDS) { return; }
      // Both are needed, whatever the policy says of them.
      var empty = !valuesOf(field)[0] && (V.fields[field.ID] || {}).missing;
      var fault = empty || (faultOf(field, false) || {}).text || "";
      itemError(element, fault);
      if (fault) { first = first || element; }
      body += "&" + pair(element.id === "logonIdentifier" ? "logonIdentifier" : field.ID, valuesOf(field)[0]);
    });
    if (first) { return first.focus(); }
    send(body, byId("next"), function (reply) {
      pageError(box, reply.message || word("unknown_error"));
      var password = document.querySelector("#api input[type=password]");
      if (password) { password.select(); }
      if (box) { box.focus(); }
    });
  }

  // ---- The self-asserted page

  function answer() {
    var go = byId("continue"), first = null, kinds = {};
    if (!go || go.disabled || go.getAttribute("aria-disabled") === "true") { return pressInstead(); }
    var live = allFields().filter(function (field) {
      var element = elementOf(field);
      return element && !element.disabled;
    });
    live.forEach(function (field) {
      var fault = faultOf(field, true), element = elementOf(field);
      itemError(element, fault ? fault.text : "");
      entryOf(element).classList.add("validate");
      if (fault) {
        kinds[fault.kind] = true;
        first = first || element;
      }
    });
    ["requiredFieldMissing", "fieldIncorrect", "passwordEntryMismatch", "captchaUnresolved"].forEach(function (kind) {
      var shown = kinds[kind] && !(kind === "passwordEntryMismatch" && since(2, 1, 19));
      pageError(byId(kind), shown ? true : null);
    });
    pageError(byId("claimVerificationServerError"), "");
    if (first) { return focusOn(first); }
    send(bodyOf(live), go, function (reply) {
      var box = byId("claimVerificationServerError");
      pageError(box, reply.message || reply.lost || V.words.try_again);
      if (box) { box.focus(); }
    });
  }

  function bodyOf(live) {
    var inputs = live.filter(function (field) { return !field.IS_DROP; });
    var drops = live.filter(function (field) { return field.IS_DROP; });
    var parts = [];
    inputs.concat(drops).forEach(function (field) {
      valuesOf(field).forEach(function (value) { parts.push(pair(field.ID, value)); });
      if (field.VERIFY && byId(field.ID + "_ver_input")) {
        parts.push(pair(field.ID + "_ver_input", byId(field.ID + "_ver_input").value.replace(/\s/g, "")));
      }
    });
    return parts.concat("request_type=RESPONSE").join("&");
  }

  /** Enter while a code is awaited: sends or checks it instead of continuing. */
  function pressInstead() {
    var active = document.activeElement, entry = active && active.closest("li");
    var wanted = entry && entry.closest(".VerificationControl") || entry;
    if (!wanted) { return; }
    var names = [".verifyCode", ".verifyButton", ".sendCode", ".sendButton"];
    for (var i = 0; i < names.length; i++) {
      var button = wanted.querySelector(names[i]);
      if (isShown(button)) { return button.click(); }
    }
  }

  function focusOn(element) {
    var target = element.matches("input,select,button,a") ? element : element.querySelector("select,input");
    if (target) { target.focus(); }
  }

  function send(body, button, rejected) {
    if (busy) { return; }
    solved(function () {
      setBusy(button, true);
      modal(true);
      post("/SelfAsserted", body, function (reply) {
        if (reply.status === "200" || reply.errorCode === "AADB2C90157") { return goOn(); }
        modal(false);
        setBusy(button, false);
        rejected(reply);
        if (V.captchaSpent) { V.captchaSpent(); }
      });
    });
  }

  /** Goes on once the page's captcha is solved; at once where it has none. */
  function solved(next) {
    if (V.solveCaptcha) { V.solveCaptcha(next); } else { next(); }
  }

  // ---- Verification, common to both kinds

  /** Inputs of the page wait until every address is verified (2.1.18). */
  function lockPage() {
    var waits = Object.keys(states).some(function (id) { return states[id] !== "verified"; });
    var go = byId("continue");
    if (go && !since(1, 2, 0)) { go.disabled = waits; }
    if (!since(2, 1, 18)) { return; }
    FIELDS.forEach(function (field) {
      if (field.VERIFY || field.DISPLAY_FIELDS || field.IS_TEXT_IN_PARAGRAPH) { return; }
      var inputs = field.IS_DATE ? byId(field.ID).querySelectorAll("select")
        : field.IS_RADIO || field.IS_CHECK_MULTI ? optionsOf(field) : [elementOf(field)];
      each(inputs, function (input) { setInert(input, waits); });
    });
    if (go) {
      go.setAttribute("aria-disabled", waits ? "true" : "false");
      if (waits) { go.setAttribute("tabindex", "-1"); } else { go.removeAttribute("tabindex"); }
    }
  }

  function setInert(input, on) {
    if (!input) { return; }
    input.disabled = on;
    if (on) {
      input.setAttribute("aria-disabled", "true");
      input.setAttribute("tabindex", "-1");
    } else {
      input.removeAttribute("aria-disabled");
      input.removeAttribute("tabindex");
    }
  }

  function setLocked(input, on) {
    if (!input) { return; }
    input.readOnly = on;
    if (on) { input.setAttribute("aria-readonly", "true"); } else { input.removeAttribute("aria-readonly"); }
  }

  // ---- Verified.Email

  var MESSAGES = ["intro", "info", "success", "fail_retry", "fail_no_retry", "fail_throttled", "fail_code_expired",
    "fail_server", "incorrect_format"];
  var CODE_PARTS = ["ver_input_label", "ver_input", "ver_but_verify", "ver_but_resend"];
  var STATES = {
    initial: { message: "intro", parts: ["ver_but_send"] },
    sent: { message: "info", parts: CODE_PARTS },
    verified: { message: "success", parts: ["ver_but_edit"] }
  };
  var RESULTS = { 3: "fail_retry", 4: "fail_no_retry", 5: "fail_code_expired", 6: "fail_throttled" };

  function verifiedMail(field) {
    var c = field.ID, input = byId(c), code = byId(c + "_ver_input"), sentTo = null;
    function part(name) { return byId(c + "_" + name); }
    function draw(state, fault) {
      states[c] = state;
      MESSAGES.forEach(function (name) {
        show(part(name), name === STATES[state].message && fault !== "only" || name === fault ? "inline" : null);
      });
      CODE_PARTS.concat("ver_but_send", "ver_but_edit").forEach(function (name) {
        show(part(name), STATES[state].parts.indexOf(name) >= 0 ? "inline" : null);
      });
      setLocked(input, state === "verified");
      lockPage();
    }
    /** A fault stands instead of the state's message, but for a code that may be typed again. */
    function drawFault(state, fault) {
      draw(state, fault);
      if (fault !== "fail_retry") { show(part(STATES[state].message), null); }
      if (fault === "fail_no_retry") {
        ["ver_input_label", "ver_input", "ver_but_verify"].forEach(function (name) { show(part(name), null); });
      }
    }
    function ask(button, body, done) {
      if (busy) { return; }
      setBusy(button, true);
      show(part("ver_wait"), "inline");
      post("/SelfAsserted", body, function (reply) {
        show(part("ver_wait"), null);
        setBusy(button, false);
        done(reply);
      });
    }
    function request() {
      var value = valuesOf(field)[0];
      if (!value || !V.checks.fits("address", value) || faultOf(field, false)) {
        drawFault("initial", "incorrect_format");
        return input.focus();
      }
      itemError(input, "");
      var body = "&request_type=VERIFICATION_REQUEST&claim_id=" + enc(c) + "&claim_value=" + enc(value);
      var button = this;
      solved(function () {
        ask(button, body, function (reply) {
          if (reply.status !== "200") { return drawFault("initial", RESULTS[reply.result] || "fail_server"); }
          sentTo = value;
          code.value = "";
          draw("sent");
          code.focus();
        });
      });
    }
    function check() {
      var typed = code.value.replace(/\s/g, "");
      if (!typed) { return code.focus(); }
      var body = "&request_type=VALIDATION_REQUEST&claim_id=" + enc(c) + "&claim_value=" +
        enc(valuesOf(field)[0]) + "&user_input=" + enc(typed);
      ask(part("ver_but_verify"), body, function (reply) {
        if (reply.status !== "200") {
          drawFault("sent", RESULTS[reply.result] || "fail_server");
          return isShown(code) ? code.select() : part("ver_but_resend").focus();
        }
        draw("verified");
        part("ver_but_edit").focus();
      });
    }
    on(part("ver_but_send"), "click", request);
    on(part("ver_but_resend"), "click", request);
    on(part("ver_but_verify"), "click", check);
    on(part("ver_but_edit"), "click", function () {
      draw("initial");
      input.focus();
    });
    on(input, "input", function () {
      show(part("incorrect_format"), null);
      if (states[c] === "sent" && sentTo !== null && input.value.trim() !== sentTo) { draw("initial"); }
      else if (states[c] === "initial") { show(part("intro"), "inline"); }
    });
    onEnter(input, function () { if (states[c] === "initial") { part("ver_but_send").click(); } });
    onEnter(code, function () { part("ver_but_verify").click(); });
  }

  // ---- Verification controls

  function verificationControl(field) {
    var k = field.ID, texts = field.DISPLAY_CONTROL_CONTENT || {}, sent = null;
    var codeField = field.DISPLAY_FIELDS.filter(function (f) { return f.CONTROL_CLAIM === "VerificationCode"; })[0];
    var targets = field.DISPLAY_FIELDS.filter(function (f) { return f !== codeField; });
    var code = codeField && byId(codeField.ID), codeItem = code && code.closest("li");
    var buttons = { initial: ["but_send_code"], sent: ["but_verify_code", "but_send_new_code"],
      verified: ["but_change_claims"] };
    function part(name) { return byId(k + "_" + name); }
    function tell(name, text) {
      if (!part(name)) { return; }
      part(name).textContent = text || "";
      show(part(name), text ? "block" : null);
    }
    function draw(state, success, error) {
      states[k] = state;
      tell("success_message", success);
      tell("error_message", error);
      ["but_send_code", "but_verify_code", "but_send_new_code", "but_change_claims"].forEach(function (name) {
        show(part(name), buttons[state].indexOf(name) >= 0 ? "inline" : null);
      });
      show(codeItem, state === "sent" ? "list-item" : null);
      if (code) { code.disabled = state !== "sent"; }
      targets.forEach(function (f) { if (!f.IS_RDO) { setLocked(elementOf(f), state === "verified"); } });
      lockPage();
    }
    function targetValues() {
      return targets.map(function (f) { return pair(f.ID, valuesOf(f).join(",")); });
    }
    function act(action, button, parts, done) {
      if (busy) { return; }
      var wait = byId(k).querySelector(".working");
      setBusy(button, true);
      show(wait, "block");
      post("/SelfAsserted/DisplayControlAction/vbeta/" + enc(k) + "/" + action, "&" + parts.join("&"), function (reply) {
        show(wait, null);
        setBusy(button, false);
        done(reply.status === "200", reply.message);
      });
    }
    function request() {
      var first = null;
      targets.forEach(function (f) {
        var fault = faultOf(f, true), element = elementOf(f);
        if (!element) { return; }
        itemError(element, fault ? fault.text : "");
        if (fault) { first = first || element; }
      });
      if (first) { return focusOn(first); }
      var values = targetValues(), button = this;
      solved(function () {
        act("SendCode", button, values, function (fine, message) {
          if (!fine) { return draw(states[k], "", message || texts.failure_send_code_msg); }
          sent = values.join("&");
          if (code) { code.value = ""; }
          draw("sent", texts.success_send_code_msg, "");
          if (code) { code.focus(); }
        });
      });
    }
    function check() {
      var typed = codeField ? valuesOf(codeField)[0] : "";
      if (!typed) { return code && code.focus(); }
      act("VerifyCode", part("but_verify_code"), targetValues().concat(pair(codeField.ID, typed)), function (fine, message) {
        if (!fine) {
          draw("sent", "", message || texts.failure_verify_code_msg);
          return code.select();
        }
        draw("verified", texts.success_verify_code_msg, "");
        part("but_change_claims").focus();
      });
    }
    on(part("but_send_code"), "click", request);
    on(part("but_send_new_code"), "click", request);
    on(part("but_verify_code"), "click", check);
    on(part("but_change_claims"), "click", function () {
      draw("initial", "", "");
      focusOn(elementOf(targets[0]) || byId(k));
    });
    targets.forEach(function (f) {
      on(elementOf(f), "input", function () {
        if (states[k] === "sent" && sent !== null && targetValues().join("&") !== sent) { draw("initial", "", ""); }
      });
      onEnter(elementOf(f), function () { if (states[k] === "initial") { part("but_send_code").click(); } });
    });
    onEnter(code, function () { part("but_verify_code").click(); });
  }

  // ---- Listening

  function on(element, event, act) {
    if (element) { element.addEventListener(event, act); }
  }

  function onEnter(element, act) {
    on(element, "keydown", function (event) {
      if (event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        act();
      }
    });
  }

  /** Click and submit both lead to `act`, once; a customer's script may have changed the button's type. */
  function onSubmit(form, button, act) {
    on(button, "click", function (event) {
      if (event.defaultPrevented) { return; }
      event.preventDefault();
      act();
    });
    if (form) {
      form.noValidate = true;
      on(form, "submit", function (event) {
        if (event.defaultPrevented) { return; }
        event.preventDefault();
        act();
      });
    }
  }

  /** Version 1.0 asks before it leaves. */
  function askFirst(button) {
    var overlay = make("div", { id: "simplemodal-overlay", "class": "simplemodal-overlay" });
    overlay.style.cssText = "position:fixed;left:0;top:0;width:100%;height:100%;z-index:1001";
    var box = make("div", { "class": "alert-modal simplemodal-data", role: "alertdialog", "aria-modal": "true",
      "aria-labelledby": "alert_title", "aria-describedby": "alert_message" });
    box.style.cssText = "position:fixed;z-index:1002;left:50%;top:40%;transform:translate(-50%,-50%)";
    box.appendChild(make("div", { id: "alert_title" }, word("alert_title")));
    box.appendChild(make("div", { id: "alert_message" }, word("alert_message")));
    var choices = make("div", { "class": "buttons" });
    var yes = make("button", { id: "alert_yes", type: "button" }, word("alert_yes"));
    var no = make("button", { id: "alert_no", type: "button" }, word("alert_no"));
    choices.appendChild(yes);
    choices.appendChild(no);
    box.appendChild(choices);
    function stay() {
      overlay.remove();
      box.remove();
      button.focus();
    }
    on(yes, "click", function () { navigate("cancelled"); });
    on(no, "click", stay);
    on(box, "keydown", function (event) {
      if (event.key === "Escape") { stay(); }
      if (event.key === "Tab") {
        event.preventDefault();
        (document.activeElement === yes ? no : yes).focus();
      }
    });
    document.body.appendChild(overlay);
    document.body.appendChild(box);
    no.focus();
  }

  /** The details of an account in letters wait until somebody wants them. */
  function details(link) {
    var block = link.parentNode, parts = Array.prototype.filter.call(block.children, function (part) { return part !== link; });
    function draw(open) {
      parts.forEach(function (part) { show(part, open ? "block" : null); });
      link.setAttribute("aria-expanded", open ? "true" : "false");
    }
    on(link, "click", function (event) {
      event.preventDefault();
      draw(link.getAttribute("aria-expanded") !== "true");
    });
    draw(false);
  }

  function choose(event) {
    var button = event.currentTarget;
    event.preventDefault();
    if (busy) { return; }
    if (button.id === "cancel") {
      return since(1, 1, 0) ? navigate("cancelled") : askFirst(button);
    }
    navigate("unified", "claimsexchange=" + enc(button.id) + "&");
  }

  function watch(field) {
    var element = elementOf(field), delay = Number((S.config || {}).inputVerificationDelayTimeInMilliseconds), timer;
    if (!element) { return; }
    if (!(delay >= 0)) { delay = 2000; }
    function typed() {
      window.clearTimeout(timer);
      itemError(element, "");
      if (isUnified || !since(1, 2, 0)) { return; }
      timer = window.setTimeout(function () {
        var fault = faultOf(field, false);
        if (!element.disabled && fault) { itemError(element, fault.text); }
      }, delay);
    }
    var inputs = field.IS_RADIO || field.IS_CHECK_MULTI ? optionsOf(field)
      : field.IS_DATE ? element.querySelectorAll("select") : [element];
    each(inputs, function (input) { on(input, input.matches("select") ? "change" : "input", typed); });
  }

  function help(link) {
    on(link, "click", function (event) {
      event.preventDefault();
      var entry = link.closest(".attrEntry"), text = link.getAttribute("data-help");
      if (!V.own) {
        var closed = link.getAttribute("data-v-closed") || link.textContent;
        link.setAttribute("data-v-closed", closed);
        link.textContent = link.textContent === closed ? text : closed;
        return;
      }
      var told = entry.querySelector(".v-told");
      link.setAttribute("aria-expanded", told ? "false" : "true");
      if (told) { return told.remove(); }
      entry.appendChild(make("p", { "class": "v-help v-told", role: "status" }, text));
    });
  }

  // ---- What only our own templates have

  function reveal(input) {
    var entry = entryOf(input);
    if (!entry) { return; }
    var button = make("button", { type: "button", "class": "v-reveal", "aria-pressed": "false",
      "aria-label": V.words.show_password, "aria-controls": input.id });
    on(button, "click", function () {
      var hidden = input.type === "password";
      input.type = hidden ? "text" : "password";
      button.setAttribute("aria-pressed", hidden ? "true" : "false");
      button.setAttribute("aria-label", hidden ? V.words.hide_password : V.words.show_password);
      input.focus();
    });
    entry.appendChild(button);
    var caps = make("p", { "class": "v-caps", role: "status" }, V.words.caps_lock);
    function look(event) {
      var isOn = !!event.getModifierState && event.getModifierState("CapsLock");
      if (isOn && !caps.parentNode) { entry.appendChild(caps); }
      if (!isOn && caps.parentNode) { caps.remove(); }
    }
    on(input, "keydown", look);
    on(input, "keyup", look);
    on(input, "blur", function () { caps.remove(); });
  }

  function rules(field) {
    var element = elementOf(field), entry = entryOf(element);
    if (!entry || field.ID.toLowerCase() === "reenterpassword") { return; }
    if (!field.PREDICATES) {
      if (field.IS_PASSWORD && field.PAT_DESC) {
        entry.appendChild(make("p", { "class": "v-help", id: "v-" + field.ID + "-rules" }, field.PAT_DESC));
        element.setAttribute("aria-describedby", "v-" + field.ID + "-rules");
      }
      return;
    }
    var list = make("ul", { "class": "v-rules" }), drawn = [];
    field.PREDICATES.forEach(function (group) {
      if (group.HELP && group.MIN < group.RULES.length) {
        list.appendChild(make("li", { "class": "v-group" }, group.HELP));
      }
      group.RULES.forEach(function (rule) {
        if (!rule.HELP) { return; }
        var item = make("li", {}, rule.HELP + " "), told = make("span", { "class": "v-sr" });
        item.appendChild(told);
        list.appendChild(item);
        drawn.push({ item: item, told: told, test: rule.TEST });
      });
    });
    function tick() {
      var value = valuesOf(field)[0] || "";
      drawn.forEach(function (line) {
        var met = value !== "" && V.checks.holds(line.test, value);
        line.item.setAttribute("data-met", met ? "true" : "false");
        line.told.textContent = met ? V.words.rule_met : V.words.rule_open;
      });
    }
    if (drawn.length) {
      entry.appendChild(list);
      on(element, "input", tick);
      tick();
    }
  }

  function focusFirst() {
    var problem = document.querySelector("#api .error.pageLevel[aria-hidden=false], #api .errorText[aria-hidden=false]");
    if (problem) {
      problem.setAttribute("tabindex", "1");
      return problem.focus();
    }
    var invalid = document.querySelector("#api [aria-invalid=true]");
    if (invalid) { return invalid.focus(); }
    if (isUnified || !since(2, 1, 1)) { return; }
    var inputs = document.querySelectorAll("#attributeList input, #attributeList select");
    for (var i = 0; i < inputs.length; i++) {
      if (!inputs[i].disabled && !inputs[i].readOnly && inputs[i].offsetParent) { return inputs[i].focus(); }
    }
  }

  function start() {
    if (isUnified) {
      onSubmit(byId("localAccountForm"), byId("next"), signIn);
    } else {
      onSubmit(byId("attributeVerification"), byId("continue"), answer);
    }
    each(document.querySelectorAll("#api .accountButton, #cancel"), function (button) { on(button, "click", choose); });
    each(document.querySelectorAll("#api .helpLink"), help);
    each(document.querySelectorAll("#api .authenticatorInfoCollapse"), details);
    FIELDS.forEach(function (field) {
      if (field.UX_INPUT_TYPE === "VerificationControl") { verificationControl(field); }
      if (field.VERIFY) { verifiedMail(field); }
    });
    allFields().forEach(watch);
    if (V.own) {
      each(document.querySelectorAll("#api input[type=password]"), reveal);
      if (!isUnified) { allFields().forEach(rules); }
    }
    focusFirst();
  }

  on(window, "pageshow", function (event) {
    if (event.persisted) {
      modal(false);
      each(document.querySelectorAll("[aria-busy]"), function (button) { setBusy(button, false); });
      busy = false;
    }
  });
  // What the scripts of single kinds of pages build on; they run after this one.
  V.kit = { byId: byId, on: on, onEnter: onEnter, show: show, word: word, since: since, address: address, matches: V.checks.matches,
    post: post, goOn: goOn, pageError: pageError, setBusy: setBusy, solved: solved };
  start();
})();
