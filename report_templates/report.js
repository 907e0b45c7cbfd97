"use strict";
(function () {
  var opened = [];
  window.addEventListener("beforeprint", function () { // paper cannot be unfolded
    opened = Array.from(document.querySelectorAll("details:not([open])")).filter(function (d) { return !d.closest("#rows"); });
    opened.forEach(function (d) { d.open = true; });
  });
  window.addEventListener("afterprint", function () { opened.forEach(function (d) { d.open = false; }); });
  function wordsOf(field) { return field.value.toLowerCase().split(/\s+/).filter(Boolean); }
  function all(selector, root) { return Array.from((root || document).querySelectorAll(selector)); }
  function workItems() {
    var text = document.getElementById("work-text");
    if (!text) { return; } // this page leaves them out
    var role = document.getElementById("work-role");
    var verdict = document.getElementById("work-verdict");
    function filter() {
      var words = wordsOf(text);
      all("table.work tbody tr").forEach(function (tr) {
        var content = tr.textContent.toLowerCase();
        tr.hidden = (role.value && tr.dataset.role !== role.value) || (verdict.value && tr.dataset.verdict !== verdict.value) ||
          !words.every(function (w) { return content.indexOf(w) >= 0; });
      });
    }
    function sortBy(table, heading, place) {
      var descends = heading.getAttribute("aria-sort") !== "descending" && heading.className === "n" ||
        heading.getAttribute("aria-sort") === "ascending";
      var key = function (tr) {
        var cell = tr.cells[place];
        return cell.dataset.days === undefined ? cell.textContent.toLowerCase() : Number(cell.dataset.days);
      };
      var rows = all("tbody tr", table).sort(function (a, b) {
        var one = key(a), other = key(b);
        return (one < other ? -1 : one > other ? 1 : 0) * (descends ? -1 : 1);
      });
      table.tBodies[0].append(...rows);
      all("th[aria-sort]", table).forEach(function (th) { th.removeAttribute("aria-sort"); });
      heading.setAttribute("aria-sort", descends ? "descending" : "ascending");
    }
    all("table.work").forEach(function (table) {
      all("thead th", table).forEach(function (heading, place) {
        var button = document.createElement("button");
        button.type = "button";
        button.textContent = heading.textContent;
        heading.replaceChildren(button);
        button.addEventListener("click", function () { sortBy(table, heading, place); });
      });
    });
    [text, role, verdict].forEach(function (field) { field.addEventListener("input", filter); });
  }
  function packages() {
    var modules = document.getElementById("module");
    function filterModules() {
      var words = wordsOf(modules);
      var found = 0;
      document.querySelectorAll("#packages .package").forEach(function (part) {
        var own = 0;
        part.querySelectorAll("tbody tr").forEach(function (tr) {
          var name = tr.cells[0].textContent.toLowerCase();
          tr.hidden = !words.every(function (w) { return name.indexOf(w) >= 0; });
          own += tr.hidden ? 0 : 1;
        });
        part.hidden = own === 0;
        part.open = words.length > 0;
        found += own;
      });
      document.getElementById("module-count").textContent = words.length ? found + (found === 1 ? " module" : " modules") : "";
    }
    if (modules) {
      document.getElementById("module-filter").hidden = false;
      modules.addEventListener("input", filterModules);
    }
  }
  function findings() {
    var data = JSON.parse(document.getElementById("data").textContent);
    var rows = data.rows;
    rows.forEach(function (r) { Object.assign(r, data.rules[r.rule]); });
    var body = document.getElementById("rows");
    if (!body) { return; } // this page leaves them out
    var text = document.getElementById("text");
    var severity = document.getElementById("severity");
    var family = document.getElementById("family");
    var count = document.getElementById("count");
    var more = document.getElementById("more");
    var STEP = 100;
    var PRINTED = 2000; // rows on paper; the page says how many there are
    var matching = rows;
    var shown = 0;
    var keys = rows.map(function (r) {
      return (r.place + " " + r.symbol + " " + r.rule + " " + r.title + " " + (r.snippet || "")).toLowerCase();
    });
    function element(name, cls, content) {
      var node = document.createElement(name);
      if (cls) { node.className = cls; }
      if (content !== undefined) { node.textContent = content; }
      if (name === "pre") { node.tabIndex = 0; } // long lines are scrolled by keyboard too
      return node;
    }
    function prose(text) {
      var node = element("p", "note");
      var parts = text.split("`");
      if (parts.length % 2 === 0) { node.textContent = text; return node; }
      parts.forEach(function (part, index) { node.append(index % 2 ? element("code", "", part) : part); });
      return node;
    }
    function row(r) {
      var tr = element("tr");
      tr.id = "f-" + r.id;
      tr.append(element("td", "sev s-" + r.severity, r.severity));
      var where = element("td", "where");
      where.append(element("code", "", r.place));
      tr.append(where);
      var what = element("td");
      var details = element("details");
      var summary = element("summary", "", r.title + " ");
      summary.append(element("code", "", r.symbol));
      details.append(summary, prose(`${r.why} Instead: ${r.instead}`), ...(r.snippet ? [element("pre", "", r.snippet)] : []));
      if (r.after) { details.append(element("pre", "after", r.after), prose(r.note)); }
      if (r.notes) { details.append(element("p", "note", r.notes)); }
      var rule = element("p", "note", "Rule ");
      rule.append(element("code", "", r.rule), " · source: ");
      var link = element("a", "", r.source);
      if (/^https:\/\//.test(r.source)) { link.href = r.source; link.rel = "noreferrer"; }
      rule.append(link);
      details.append(rule);
      what.append(details);
      tr.append(what);
      return tr;
    }
    function extend(upTo) {
      var part = document.createDocumentFragment();
      for (; shown < Math.min(upTo, matching.length); shown += 1) { part.append(row(matching[shown])); }
      body.append(part);
      more.hidden = shown >= matching.length;
      count.textContent = matching.length + " of " + rows.length + (rows.length === 1 ? " finding" : " findings") + (more.hidden ? "" : ", the first " + shown + " shown");
    }
    function filter() {
      var words = wordsOf(text);
      matching = rows.filter(function (r, i) {
        return (!severity.value || r.severity === severity.value) && (!family.value || r.family === family.value) &&
          words.every(function (w) { return keys[i].indexOf(w) >= 0; });
      });
      shown = 0;
      body.textContent = "";
      extend(STEP);
    }
    function reveal() {
      var id = decodeURIComponent(location.hash.slice(1));
      if (id.indexOf("f-") !== 0) { return; }
      if (!document.getElementById(id)) {
        text.value = ""; severity.value = ""; family.value = "";
        filter();
        var at = rows.findIndex(function (r) { return "f-" + r.id === id; });
        if (at < 0) { return; }
        extend(at + 1);
      }
      var tr = document.getElementById(id);
      tr.querySelector("details").open = true;
      tr.scrollIntoView();
    }
    shown = body.children.length;
    more.hidden = shown >= rows.length;
    window.addEventListener("beforeprint", function () { extend(PRINTED); });
    text.addEventListener("input", filter);
    severity.addEventListener("change", filter);
    family.addEventListener("change", filter);
    more.addEventListener("click", function () { extend(shown + STEP); });
    window.addEventListener("hashchange", reveal);
    reveal();
  }
  workItems();
  packages();
  findings();
  document.documentElement.dataset.ready = "yes";
})();
