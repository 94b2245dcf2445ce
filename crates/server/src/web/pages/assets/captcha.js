// The captcha of a page: fetches a challenge, shows or plays it, checks the answer before the page's own buttons act.
// In: what page.js offers, the control's ids and words. Out: requests; `solveCaptcha` and `captchaSpent` for page.js.
(function () {
  "use strict";
  var V = window.VESTIBULE, S = window.SETTINGS, C = V && V.captcha, K = V && V.kit;
  if (!C || !K) { return; }
  var byId = K.byId, words = C.words || {}, solved = C.solved, challenge = "", region = "", kind = "Visual", busy = false;
  var path = "/SelfAsserted/DisplayControlAction/vbeta/" + encodeURIComponent(C.id) + "/";
  var input = byId(C.id), image = byId(C.id + "-img"), sound = byId(C.id + "-audio");
  var fresh = byId(C.id + "-generateCaptchaBtn"), other = byId(C.id + "-switchCaptchaBtn");
  if (!input || !image || !sound) { return; }

  function fault(text) {
    var box = byId("v-" + C.id + "-error");
    box.textContent = text || "";
    box.classList.toggle("show", !!text);
    K.show(box, text ? "block" : null);
    input.classList.toggle("invalid", !!text);
    if (text) { input.setAttribute("aria-invalid", "true"); } else { input.removeAttribute("aria-invalid"); }
  }

  function draw() {
    K.show(byId(C.id + "_success_message"), solved ? "block" : null);
    K.show(document.querySelector(".captcha-challenge"), solved ? null : "block");
    var next = kind === "Visual" ? "captcha_play" : "captcha_show";
    other.textContent = words[next];
    other.setAttribute("aria-label", words[next]);
    byId(C.id + "-help").textContent = words[kind === "Visual" ? "captchatype_visual_help" : "captchatype_audio_help"];
  }

  function load(then) {
    var request = new XMLHttpRequest();
    request.open("GET", K.address(path + "GetChallenge", "challengeType=" + kind + "&"));
    request.timeout = 30000;
    request.setRequestHeader("X-CSRF-TOKEN", S.csrf);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.onload = function () {
      var reply = {};
      try { reply = JSON.parse(request.responseText); } catch (notJson) { reply = {}; }
      if (!reply.challengeString) { return fault(words.api_error); }
      challenge = reply.challengeId;
      region = reply.azureregion || "";
      var source = String(reply.challengeString), isSound = kind === "Audio";
      if (source.indexOf("data:") !== 0) { source = "data:" + (isSound ? "audio/wav" : "image/png") + ";base64," + source; }
      (isSound ? sound : image).src = source;
      K.show(image, isSound ? null : "block");
      K.show(sound, isSound ? "block" : null);
      input.value = "";
      if (then) { then(); }
    };
    request.onerror = request.ontimeout = function () { fault(V.words.try_again); };
    request.send();
  }

  V.solveCaptcha = function (next) {
    if (solved) { return next(); }
    var text = input.value.trim();
    if (!text) {
      fault(word("captcha_unresolved"));
      return input.focus();
    }
    if (busy) { return; }
    busy = true;
    var body = "challengeId=" + encodeURIComponent(challenge) + "&captchaEntered=" + encodeURIComponent(text) +
      "&challengeType=" + kind + "&azureRegion=" + encodeURIComponent(region);
    K.post(path + "VerifyChallenge", body, function (reply) {
      busy = false;
      if (reply.isCaptchaSolved === "true") {
        solved = true;
        fault("");
        draw();
        return next();
      }
      load(function () {
        fault(reply.message || words.charsnotmatched_error);
        input.focus();
      });
    });
  };

  /** The server asks for a new one after each answer. */
  V.captchaSpent = function () {
    solved = false;
    draw();
    load();
  };

  function word(id) { return K.word(id) || V.words[id]; }

  K.on(input, "input", function () { fault(""); });
  K.on(fresh, "click", function () {
    fault("");
    load(function () { input.focus(); });
  });
  K.on(other, "click", function () {
    kind = kind === "Visual" ? "Audio" : "Visual";
    fault("");
    draw();
    load(function () { (kind === "Audio" ? sound : input).focus(); });
  });
  draw();
  if (!solved) { load(); }
})();
