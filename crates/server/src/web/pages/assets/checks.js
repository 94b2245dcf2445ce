// The rules for a typed text, the same as the server's (crates/engine/src/journey/{fields,format}.rs); a table in
// tests/browser/checks.mjs is held against both.
// In: what VESTIBULE.fields and SA_FIELDS say of a field, and a text. Out: what is wrong with it, in the page's words.
// Nothing here reads or changes the page.
(function () {
  "use strict";
  var V = window.VESTIBULE;
  if (!V) { return; }
  var WHITE = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
  var UNSEEN = new RegExp("[" + WHITE + "\\u200b-\\u200f\\u2060-\\u2064\\ufeff\\u00ad]", "g");
  var ADDRESS = new RegExp("^[^@" + WHITE + "]+@[^@" + WHITE + "]+$");
  var TIME = /^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,7})?Z$/;
  var LONGEST = 4096;

  function isDay(text) {
    var parts = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
    if (!parts) { return false; }
    var year = +parts[1], leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    var days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][parts[2] - 1];
    return +parts[3] >= 1 && +parts[3] <= (days || 0);
  }

  function isWhole(text, bits) {
    if (!/^[+-]?[0-9]{1,400}$/.test(text)) { return false; }
    var number = BigInt(text.replace("+", ""));
    return BigInt.asIntN(bits, number) === number;
  }

  var FORMATS = {
    text: function () { return true; },
    address: function (text) { return ADDRESS.test(text); },
    int: function (text) { return isWhole(text, 32); },
    long: function (text) { return isWhole(text, 64); },
    boolean: function (text) { return /^(true|false|1|0)$/i.test(text); },
    date: isDay,
    dateTime: function (text) {
      var at = text.indexOf("T");
      return at < 0 ? isDay(text) : isDay(text.slice(0, at)) && TIME.test(text.slice(at + 1));
    },
    phone: function (text) { return /^[0-9]{3,15}$/.test(text.trim().replace(/^\+/, "").replace(/[ .()-]/g, "")); }
  };

  /** A .NET pattern as this engine writes it; nothing where it has no such thing, and the server alone can tell. */
  function compiled(pattern) {
    var flags = "", source = pattern;
    if (source.indexOf("(?i)") === 0) {
      flags = "i";
      source = source.slice(4);
    }
    if (/\(\?[>#'a-zA-Z-]|-\[|\\G|\\[zZ]./.test(source.replace(/\\\\/g, ""))) { return null; }
    if (/\\[pP]\{/.test(source)) { flags += "u"; }
    source = source.replace(/\\([\s\S])/g, function (pair, letter) {
      return letter === "A" ? "^" : letter === "z" || letter === "Z" ? "$" : pair;
    });
    try { return new RegExp(source, flags); } catch (foreign) { return null; }
  }

  /** Letters and digits of other scripts are letters and digits there, and not here: the server decides. */
  function isForeign(pattern, value) {
    return /[^\u0000-\u007f]/.test(value) && /\\[dDwWsSbB]/.test(pattern);
  }

  function matches(pattern, value) {
    var regex = compiled(pattern);
    return !regex || regex.test(value) || isForeign(pattern, value);
  }

  function holds(test, value) {
    if (test.LEN) { return value.length >= test.LEN[0] && value.length <= test.LEN[1]; }
    if (test.RX !== undefined) { return matches(test.RX, value); }
    if (test.DATES) { return isDay(value) && value >= test.DATES[0] && value <= test.DATES[1]; }
    return Array.from(value).some(function (character) {
      var point = character.codePointAt(0);
      return test.SET.some(function (range) {
        var ends = Array.from(range);
        return point >= ends[0].codePointAt(0) && point <= ends[1].codePointAt(0);
      });
    });
  }

  /** The first group that fails: its help, and that of its failing rules. */
  function broken(field, value) {
    var groups = field.PREDICATES || [];
    for (var i = 0; i < groups.length; i++) {
      var group = groups[i];
      var open = group.RULES.filter(function (rule) { return !holds(rule.TEST, value); });
      if (group.RULES.length - open.length < group.MIN) {
        return [group.HELP].concat(open.map(function (rule) { return rule.HELP; })).filter(Boolean).join("\n");
      }
    }
    return null;
  }

  function isBlank(field, value) {
    return value === "" || (!field.IS_PASSWORD && value.replace(UNSEEN, "") === "");
  }

  /** What is wrong with a text: nothing, or its kind, which is the id of a box of the page, and the words. */
  function fault(field, value, emptyCounts) {
    var told = V.fields[field.ID] || {};
    function wrong(words) { return { kind: "fieldIncorrect", text: words || "" }; }
    if (isBlank(field, value)) {
      return emptyCounts && field.IS_REQ ? { kind: "requiredFieldMissing", text: told.missing || "" } : null;
    }
    if (field.IS_RDO) { return null; }
    var tooLong = !field.IS_PASSWORD && Array.from(value).length > LONGEST;
    if (tooLong || value.indexOf("\u0000") >= 0) { return wrong(told.invalid); }
    var format = told.like ? matches(told.like, value) : (FORMATS[told.format] || FORMATS.text)(value);
    if (!format) { return wrong(told.invalid); }
    if (field.PAT && !matches(field.PAT, value)) { return wrong(told.unmatched); }
    var rule = broken(field, value);
    return rule === null ? null : wrong(rule || told.invalid);
  }

  V.checks = { fault: fault, holds: holds, matches: matches, fits: function (name, text) { return FORMATS[name](text); } };
})();
