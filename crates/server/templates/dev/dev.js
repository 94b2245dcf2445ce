(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  var said = document.getElementById("said");

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) { return; }
    var from = document.getElementById(button.getAttribute("data-copy"));
    navigator.clipboard.writeText(from.textContent.trim()).then(function () {
      var label = button.textContent;
      button.textContent = "Copied";
      if (said) { said.textContent = "Copied"; }
      setTimeout(function () { button.textContent = label; if (said) { said.textContent = ""; } }, 1500);
    });
  });

  // Arrow keys walk through the list on the left.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") { return; }
    var rows = Array.prototype.slice.call(document.querySelectorAll(".list .row"));
    var at = rows.indexOf(document.activeElement);
    if (at < 0) { return; }
    var next = rows[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { next.focus(); event.preventDefault(); }
  });

  // The inbox shows new mail by itself, unless one is being read.
  var newest = document.body.getAttribute("data-newest");
  if (newest !== null) {
    setInterval(function () {
      if (document.hidden) { return; }
      fetch("/dev/inbox.json").then(function (answer) { return answer.json(); }).then(function (mails) {
        if (!mails.length || String(mails[0].number) === newest) { return; }
        newest = String(mails[0].number);
        if (!location.search) { location.reload(); return; }
        var link = document.getElementById("fresh");
        if (link) { link.hidden = false; }
      }).catch(function () {});
    }, 1500);
  }

  // The recorder shows what happens while it happens, unless details are being read.
  var live = document.body.getAttribute("data-journeys");
  if (live !== null) {
    setInterval(function () {
      if (document.hidden) { return; }
      fetch("/dev/journeys.json").then(function (answer) { return answer.json(); }).then(function (now) {
        if (now.stamp === live) { return; }
        live = now.stamp;
        if (!document.querySelector("details[open]")) { location.reload(); return; }
        var link = document.getElementById("fresh");
        if (link) { link.hidden = false; }
      }).catch(function () {});
    }, 1500);
  }
})();
