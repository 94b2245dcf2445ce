// The phone page: sends a code or calls, takes the code at its last digit, hears whether a call was confirmed.
// In: what page.js offers, SETTINGS, the elements of the page. Out: requests, and visibility by inline style and aria-hidden
// in step. Nothing is evaluated, nothing is written as HTML.
(function () {
  "use strict";
  var V = window.VESTIBULE, S = window.SETTINGS, P = V && V.phone, K = V && V.kit;
  if (!P || !K) { return; }
  var byId = K.byId, word = K.word, config = S.config || {};
  var modern = K.since(1, 1, 0), state = P.state, busy = false, polls = 0, timer = null;
  var country = byId("countryCode"), number = byId("number") || byId("localNumber"), code = byId("verificationCode");
  var message = byId("errorMessage"), check = byId("verifyCode"), call = byId("verifyPhone");

  function setting(name, otherwise) {
    var value = Number(config[name]);
    return value > 0 ? value : otherwise;
  }

  // ---- What is shown

  function draw(next) {
    state = next;
    K.show(byId("codeVerification"), state === "sent" ? "block" : null);
    K.show(document.querySelector(".dialing-modal"), state === "calling" ? "block" : null);
    K.show(byId("sendCode"), state === "choosing" ? "inline" : null);
    // From 1.1 on the last digit sends the code by itself.
    if (modern) { K.show(check, null); } else { label(check, state === "sent" ? "button_verify_code" : "button_send_code"); }
    label(call, state === "calling" ? "button_retry" : "button_verify");
  }

  function label(button, id) {
    if (!button) { return; }
    button.textContent = word(id);
    button.setAttribute("aria-label", word(id));
  }

  function fault(text) {
    K.pageError(message, text || "");
    if (text && message) { message.focus(); }
  }

  function fieldFault(name, input, text) {
    var box = byId("v-" + name + "-error");
    if (!box || !input) { return; }
    box.querySelector("p").textContent = text || "";
    box.classList.toggle("show", !!text);
    K.show(box, text ? "block" : null);
    input.classList.toggle("invalid", !!text);
    if (text) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", box.id);
    } else {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
  }

  // ---- Which number

  /** The number as it is posted, or nothing where something is wrong with it. */
  function typed() {
    var text = number.value.trim();
    fieldFault("countryCode", country, !country.value && text.charAt(0) !== "+" ? word("requiredField_countryCode") : "");
    var plain = text.replace(/[\s().\/-]/g, "");
    var whole = plain.charAt(0) === "+" ? plain : country.value + plain;
    var wrong = !text ? word("requiredField_number")
      : country.value && !K.matches(word("number_pattern"), whole) ? word("invalid_number") : "";
    fieldFault("number", number, wrong);
    var first = document.querySelector("#phoneEntry [aria-invalid=true]");
    if (first) { first.focus(); }
    return first ? "" : whole;
  }

  function whom() {
    if (number) {
      var whole = typed();
      return whole && "&id=UserAsserted&number=" + encodeURIComponent(whole);
    }
    var chosen = document.querySelector(".phoneNumbers input[name=id]:checked");
    return "&id=" + encodeURIComponent(chosen ? chosen.value : "1");
  }

  function shownNumber() {
    if (number) { return number.value.trim().charAt(0) === "+" ? number.value.trim() : country.value + " " + number.value.trim(); }
    var chosen = document.querySelector(".phoneNumbers input[name=id]:checked + label .number, .phoneNumbers .number");
    return chosen ? chosen.textContent : "";
  }

  // ---- Asking

  function ask(button, body, done) {
    if (busy) { return; }
    busy = true;
    K.setBusy(button, true);
    K.post("/Phonefactor/verify", body, function (reply) {
      busy = false;
      K.setBusy(button, false);
      done(reply);
    });
  }

  function dial(way, button) {
    var who = whom();
    if (!who || busy) { return; }
    fault("");
    K.solved(function () {
      ask(button, "request_type=VERIFICATION_REQUEST&auth_type=" + way + who, function (reply) {
        if (V.captchaSpent) { V.captchaSpent(); }
        if (reply.status !== "200") { return fault(told(reply, way)); }
        window.clearTimeout(timer);
        if (way === "dialphone") {
          byId("dialing_number").textContent = shownNumber();
          draw("calling");
          polls = 0;
          return listen();
        }
        draw("sent");
        code.value = "";
        code.focus();
      });
    });
  }

  function told(reply, way) {
    if (reply.message) { return reply.message; }
    if (reply.status === "429") { return word(way === "dialphone" ? "error_phone_throttled" : "error_sms_throttled"); }
    return word(reply.status === "448" ? "error_448" : "error_tryagain");
  }

  function verify() {
    var text = code.value.replace(/[\s-]/g, "");
    if (!text || !K.matches("^(?:" + word("code_pattern") + ")$", text)) {
      fieldFault("verificationCode", code, text ? word("invalid_code") : word("requiredField_code"));
      return code.focus();
    }
    fieldFault("verificationCode", code, "");
    fault("");
    code.readOnly = true;
    ask(check, "request_type=VALIDATION_REQUEST&verification_code=" + encodeURIComponent(text), function (reply) {
      if (reply.status === "200" || reply.errorCode === "AADB2C90151") { return K.goOn(); }
      code.readOnly = false;
      code.value = "";
      fault(reply.message || word("error_incorrect_code"));
      code.focus();
    });
  }

  /** Asks again and again whether the call was confirmed. */
  function listen() {
    timer = window.setTimeout(function () {
      if (state !== "calling") { return; }
      K.post("/Phonefactor/verify", "request_type=VALIDATION_REQUEST", function (reply) {
        if (state !== "calling") { return; }
        if (reply.status === "200") { return K.goOn(); }
        polls += 1;
        if (reply.status === "449" && polls < setting("pollLimit", 20)) { return listen(); }
        draw("choosing");
        fault(reply.status === "449" ? word("error_tryagain") : told(reply, "dialphone"));
      });
    }, setting("pollIntervalInMilliseconds", 5000));
  }

  // ---- Listening

  function press(button, act) {
    K.on(button, "click", function (event) {
      event.preventDefault();
      act();
    });
  }

  press(byId("sendCode"), function () { dial("onewaysms", byId("sendCode")); });
  press(byId("retryCode"), function () { dial("onewaysms", byId("retryCode")); });
  press(call, function () { dial("dialphone", call); });
  press(check, function () { if (state === "sent") { verify(); } else { dial("onewaysms", check); } });
  K.onEnter(code, verify);
  K.on(code, "input", function () {
    fieldFault("verificationCode", code, "");
    var text = code.value.replace(/[\s-]/g, "");
    if (code.value !== text) { code.value = text; }
    if (modern && text.length === 6) { verify(); }
  });
  K.on(code, "paste", function (event) {
    var text = event.clipboardData && event.clipboardData.getData("text").replace(/[\s-]/g, "").slice(0, 6);
    if (!text) { return; }
    event.preventDefault();
    code.value = text;
    code.dispatchEvent(new Event("input", { bubbles: true }));
  });

  /** Another number is another dialogue. */
  function changed() {
    if (state === "choosing") { return; }
    window.clearTimeout(timer);
    draw("choosing");
  }
  [number, country].forEach(function (input) {
    if (!input) { return; }
    input.readOnly = false;
    input.removeAttribute("aria-readonly");
    K.on(input, input === country ? "change" : "input", function () {
      fieldFault(input === country ? "countryCode" : "number", input, "");
      changed();
    });
  });
  K.onEnter(number, function () { (byId("sendCode") || check || call).click(); });
  Array.prototype.forEach.call(document.querySelectorAll(".phoneNumbers input"), function (input) {
    K.on(input, "change", changed);
  });

  draw(state);
  if (state === "sent") { code.focus(); }
  if (state === "calling") { listen(); }
})();
