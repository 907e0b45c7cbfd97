"use strict";
(function () { // findings and work items: rows are drawn as they are asked for, from tables in which each text is once
  var data = JSON.parse(document.getElementById("data").textContent);
  var isPrinting = false;
  var waiting = 0;
  window.addEventListener("beforeprint", function () { isPrinting = true; });
  window.addEventListener("afterprint", function () { isPrinting = false; });

  // ---- elements, as the templates write them ------------------------------------------------------------------------

  function byId(id) { return document.getElementById(id); }
  function element(name, cls) {
    var node = document.createElement(name);
    if (cls) { node.className = cls; }
    node.append(...Array.prototype.slice.call(arguments, 2));
    return node;
  }
  function prose(cls, before, text) {
    var node = element("p", cls, before);
    var parts = text.split("`");
    if (parts.length % 2 === 0) { node.append(text); return node; }
    parts.forEach(function (part, n) { if (part) { node.append(n % 2 ? element("code", "", part) : part); } });
    return node;
  }
  function marked(node, text, runs) { // runs: a length in base 36 and a letter for each stretch
    var at = 0;
    (runs.match(/[0-9a-z]+[A-Z-]/g) || []).forEach(function (run) {
      var letter = run.slice(-1), end = at + parseInt(run.slice(0, -1), 36);
      var part = text.slice(at, end);
      node.append(letter === "-" ? part : element("span", "h" + letter, part));
      at = end;
    });
    if (at < text.length) { node.append(text.slice(at)); }
    return node;
  }
  function scrolled(node) { node.tabIndex = 0; return node; } // long lines are scrolled by keyboard too
  function quote(number) {
    var text = found.quotes[number];
    return text ? [scrolled(marked(element("pre"), text, found.runs[number]))] : [];
  }
  function rewrite(number) {
    if (number < 0) { return []; }
    var edit = found.edits[number];
    var pre = scrolled(element("pre", "rewrite"));
    for (var n = 1; n < edit.length; n += 3) { // the number of its note, then sign, text and runs of each line
      var sign = edit[n];
      var name = sign === "-" ? "del" : sign === "+" ? "ins" : "span";
      pre.append(marked(element(name, "", sign === "@" ? " " : sign + " "), edit[n + 1], edit[n + 2]));
    }
    return [pre, prose("note", "", found.notes[edit[0]])];
  }
  function sourceLink(address) {
    var link = element("a", "", address);
    if (/^https:\/\//.test(address)) { link.href = address; link.rel = "noreferrer"; }
    return link;
  }
  function counted(number, one) { return number.toLocaleString("en") + " " + one + (number === 1 ? "" : "s"); }

  // ---- filters, which the address keeps -----------------------------------------------------------------------------

  function wordsOf(text) { return text.toLowerCase().split(/\s+/).filter(Boolean); }
  function lowered(texts) { return texts.map(function (text) { return text.toLowerCase(); }); }
  function holding(texts, word) { return Uint8Array.from(texts, function (text) { return text.indexOf(word) >= 0 ? 1 : 0; }); }
  var lowerPaths = null;
  function pathsHolding(word) {
    lowerPaths = lowerPaths || lowered(data.paths);
    return holding(lowerPaths, word);
  }
  function fieldsOf(names) { // by the name that the address has for each
    var fields = {};
    Object.keys(names).forEach(function (name) { if (byId(names[name])) { fields[name] = byId(names[name]); } });
    return fields;
  }
  function keepInAddress(section, state) {
    clearTimeout(waiting);
    waiting = setTimeout(function () {
      var kept = new URLSearchParams();
      Object.keys(state).forEach(function (name) { if (state[name]) { kept.set(name, state[name]); } });
      history.replaceState(null, "", "#" + section + (String(kept) ? "&" + kept : ""));
    }, 300);
  }
  function valuesOf(fields) {
    var values = {};
    Object.keys(fields).forEach(function (name) { values[name] = fields[name].value; });
    return values;
  }
  function put(fields, params) {
    Object.keys(fields).forEach(function (name) {
      var field = fields[name];
      field.value = params.get(name) || "";
      if (field.selectedIndex === -1) { field.value = ""; } // a choice that this page does not have
    });
  }

  // ---- findings -----------------------------------------------------------------------------------------------------

  var found = data.findings;
  var SEVERITIES = ["info", "minor", "major", "blocker"];
  var columns = found ? found.columns : null;
  function placeOf(n) {
    var at = columns.at[n];
    return data.paths[columns.path[n]] + (typeof at === "number" ? ":" + at : at);
  }
  function ruleOf(n) { return found.rules[columns.rule[n]]; }
  function findingBody(n) {
    var rule = ruleOf(n);
    var note = found.notes[columns.note[n]];
    return [prose("", "", rule.why), ...quote(columns.quote[n]), prose("", "Instead: ", rule.instead), ...rewrite(columns.edit[n]),
      ...(note ? [element("p", "note", note)] : []),
      element("p", "note", "Rule ", element("code", "", rule.id), " · source: ", sourceLink(rule.source))];
  }
  function findingRow(n) {
    var severity = SEVERITIES[columns.severity[n]];
    var summary = element("summary", "", ruleOf(n).title + " ", element("code", "", found.symbols[columns.symbol[n]]));
    var tr = element("tr", "", element("td", "sev s-" + severity, severity), element("td", "where", element("code", "", placeOf(n))),
      element("td", "", element("details", "", summary)));
    tr.id = "f-" + columns.id[n];
    tr.dataset.row = n;
    return tr;
  }
  function findingSearch() { // texts are searched, each once, and not the rows that have them
    var texts = null;
    function prepare() {
      texts = texts || {
        symbol: lowered(found.symbols), quote: lowered(found.quotes),
        rule: lowered(found.rules.map(function (rule) { return rule.id + " " + rule.title; })),
      };
      pathsHolding("");
    }
    function holds(words) {
      prepare();
      var tests = words.map(function (word) {
        var path = pathsHolding(word), symbol = holding(texts.symbol, word), quoted = holding(texts.quote, word), rule = holding(texts.rule, word);
        var isPlace = /[:0-9]/.test(word);
        return function (n) {
          return path[columns.path[n]] || symbol[columns.symbol[n]] || quoted[columns.quote[n]] || rule[columns.rule[n]] ||
            isPlace && placeOf(n).toLowerCase().indexOf(word) >= 0;
        };
      });
      return function (n) { return tests.every(function (test) { return test(n); }); };
    }
    return { prepare: prepare, holds: holds };
  }
  function findings() {
    var body = byId("rows");
    if (!body || !found) { return; } // this page leaves them out
    var STEP = 50;
    var PRINTED = 2000; // rows on paper; the page says how many there are
    var fields = fieldsOf({ text: "text", severity: "severity", family: "family", package: "package", owner: "owner", order: "order-by" });
    var count = byId("count"), more = byId("more"), chip = byId("of-item");
    var every = columns.id.map(function (_, n) { return n; });
    var search = findingSearch();
    var matching = every, shown = body.children.length, item = "";
    var orders = {
      place: function (a, b) { return columns.path[a] - columns.path[b] || a - b; },
      rule: function (a, b) { return columns.rule[a] - columns.rule[b] || a - b; },
    };
    function extend(upTo) {
      var part = document.createDocumentFragment();
      for (; shown < Math.min(upTo, matching.length); shown += 1) { part.append(findingRow(matching[shown])); }
      body.append(part);
      tell();
    }
    function tell() {
      more.hidden = shown >= matching.length;
      count.textContent = (matching.length === every.length ? "" : matching.length.toLocaleString("en") + " of ") + counted(every.length, "finding") +
        (more.hidden ? "" : ", the first " + shown.toLocaleString("en") + " shown");
    }
    function filter() {
      var severity = SEVERITIES.indexOf(fields.severity.value), family = fields.family.value;
      var place = fields.package.value, owner = fields.owner ? fields.owner.value : "";
      var words = wordsOf(fields.text.value);
      var test = words.length ? search.holds(words) : null;
      var rows = item ? work.foundOf(item) : every;
      matching = rows.filter(function (n) {
        var path = columns.path[n];
        return (severity < 0 || columns.severity[n] === severity) && (!family || ruleOf(n).family === family) &&
          (!place || data.packageOf[path] === Number(place)) && (!owner || data.ownersOf[path].indexOf(Number(owner)) >= 0) && (!test || test(n));
      });
      if (orders[fields.order.value]) { matching = matching.slice().sort(orders[fields.order.value]); }
      shown = 0;
      body.textContent = "";
      extend(STEP);
    }
    function only(id) {
      var title = id && work ? work.titleOf(id) : "";
      item = title ? id : "";
      chip.hidden = !item;
      if (!item) { return; }
      var back = element("a", "", title), all = element("button", "", "Show all findings");
      back.href = "#" + id;
      all.type = "button";
      all.addEventListener("click", function () { only(""); changed(); });
      chip.replaceChildren("Only findings of the work item ", back, " ", all);
    }
    function changed() {
      filter();
      keepInAddress("findings", Object.assign(valuesOf(fields), { item: item }));
    }
    function fill(details) {
      var tr = details.closest("tr");
      if (details.open && details.children.length === 1 && tr.dataset.row) { details.append(...findingBody(Number(tr.dataset.row))); }
    }
    function reveal(id) {
      if (!byId(id)) {
        var at = columns.id.indexOf(id.slice(2));
        if (at < 0) { return; }
        only("");
        put(fields, new URLSearchParams());
        filter();
        extend(at + 1);
      }
      var details = byId(id).querySelector("details");
      details.open = true;
      fill(details);
      byId(id).scrollIntoView();
    }
    body.addEventListener("toggle", function (event) { fill(event.target); }, true);
    Object.keys(fields).forEach(function (name) { fields[name].addEventListener("input", changed); });
    fields.text.addEventListener("focus", search.prepare, { once: true });
    more.addEventListener("click", function () { extend(shown + 2 * STEP); });
    window.addEventListener("beforeprint", function () { extend(PRINTED); });
    return {
      f: reveal,
      findings: function (params) { only(params.get("item") || ""); put(fields, params); filter(); byId("findings").scrollIntoView(); },
    };
  }

  // ---- work items ---------------------------------------------------------------------------------------------------

  var work = data.work ? workTables(data.work) : null;
  function workTables(tables) {
    var place = {}, byName = null;
    tables.names.forEach(function (name, n) { place[name] = n; });
    function text(item, name) { return tables.texts[item[1][place[name]]]; }
    function itemOf(id) {
      if (!byName) {
        byName = new Map();
        Object.keys(tables.items).forEach(function (target) { tables.items[target].forEach(function (item) { byName.set(item[0], item); }); });
      }
      return byName.get(id);
    }
    return {
      text: text,
      days: function (item, name) { return Number(text(item, name).replace(/,/g, "")); },
      number: function (item, name) { return item[1][place[name]]; },
      itemOf: itemOf,
      titleOf: function (id) { var item = itemOf(id); return item ? text(item, "title") : ""; },
      found: function (item) { return tables.lists[item[2]]; },
      foundOf: function (id) { return tables.lists[itemOf(id)[2]]; },
      paths: function (item) { return tables.lists[item[3]]; },
    };
  }
  function listed(parts) { // with commas between
    return parts.reduce(function (all, part, n) { return n ? all.concat(", ", part) : [part]; }, []);
  }
  function ownersOf(paths) {
    if (!data.ownersOf.length) { return ""; }
    var owners = new Set(paths.flatMap(function (path) { return data.ownersOf[path]; }));
    return data.owners.filter(function (_, n) { return owners.has(n); }).slice(0, 8).join(", ");
  }
  function itemBody(item) {
    var paths = work.paths(item), ready = work.text(item, "ready"), reference = work.text(item, "reference");
    var where = element("p", "note", "Where: ", ...listed(paths.slice(0, 8).map(function (path) { return element("code", "", data.paths[path]); })));
    if (paths.length > 8) { where.append(" and " + (paths.length - 8) + " more"); }
    return element("div", "body", prose("", "", work.text(item, "advice")), ...(paths.length ? [where] : []),
      element("p", "note", "Days: " + work.text(item, "basis") + (ready ? "; " + ready + " of it as a ready-made edit" : "") +
        (reference ? ". Source: " + reference + ", " + work.text(item, "since") : "")));
  }
  function itemRow(item) {
    var severity = work.text(item, "severity"), number = work.found(item).length, owners = ownersOf(work.paths(item));
    var soft = element("span", "soft", work.text(item, "verdict") + " · " + work.text(item, "role"));
    if (number) { soft.append(" · " + counted(number, "finding") + ", the gravest ", element("span", "s-" + severity, severity)); }
    if (owners) { soft.append(" · " + owners); }
    var days = element("span", "figures", element("span", "", work.text(item, "low")), " – ", element("strong", "", work.text(item, "middle")), " – ",
      element("span", "", work.text(item, "high")));
    var details = element("details", "item", element("summary", "", element("span", "what", work.text(item, "title"), soft), days));
    details.id = item[0];
    return details;
  }
  function firstFew(rows) { // one of each rule before a second of any
    var seen = new Set();
    var first = rows.filter(function (n) { return !seen.has(columns.rule[n]) && seen.add(columns.rule[n]); });
    return first.concat(rows.filter(function (n) { return first.indexOf(n) < 0; }).slice(0, 3)).slice(0, 3);
  }
  function evidence(item) {
    var rows = work.found(item);
    if (!found || !rows.length) { return []; }
    var told = new Set(), addresses = new Set();
    var few = firstFew(rows);
    var parts = few.map(function (n) {
      var rule = ruleOf(n), severity = SEVERITIES[columns.severity[n]];
      var link = element("a", "", element("code", "", placeOf(n)));
      link.href = "#f-" + columns.id[n];
      addresses.add(rule.source);
      var why = told.has(rule.id) ? [] : [prose("note", "Why it matters: ", rule.why)];
      told.add(rule.id);
      return element("li", "", element("p", "", link, " ", element("strong", "s-" + severity, severity), " " + rule.title),
        ...why, ...quote(columns.quote[n]), ...rewrite(columns.edit[n]));
    });
    var all = element("a", "", rows.length === 1 ? "This finding in Findings" : "All " + counted(rows.length, "finding") + " in Findings");
    all.href = "#findings&item=" + item[0];
    return [element("h4", "", few.length < rows.length ? "Evidence: " + few.length + " of " + counted(rows.length, "finding") : "Evidence"),
      element("ul", "evidence", ...parts), element("p", "", all),
      element("p", "note", "Sources: ", ...listed(Array.from(addresses, sourceLink)))];
  }
  function workItems() {
    var blocks = Array.from(document.querySelectorAll("details.of-target"));
    if (!blocks.length || !work) { return; } // this page leaves them out
    var STEP = 40;
    var fields = fieldsOf({
      text: "work-text", target: "work-target", severity: "work-severity", package: "work-package", owner: "work-owner", days: "work-days",
      role: "work-role", verdict: "work-verdict", order: "work-order",
    });
    var told = byId("work-count"), said = told.textContent;
    var states = blocks.map(function (block) {
      var items = data.work.items[block.dataset.target];
      var list = block.querySelector(".items");
      return { block: block, items: items, list: list, matching: items, shown: list.children.length, isStale: false,
        more: block.querySelector(".more-items"), count: block.querySelector(".items-count") };
    });
    function by(key) { return function (a, b) { var one = key(a), other = key(b); return one < other ? -1 : one > other ? 1 : 0; }; }
    var orders = {
      least: by(function (item) { return work.days(item, "middle"); }),
      range: by(function (item) { return work.days(item, "low") - work.days(item, "high"); }),
      severity: by(function (item) { return -SEVERITIES.indexOf(work.text(item, "severity")); }),
      title: by(function (item) { return work.text(item, "title").toLowerCase(); }),
      role: by(function (item) { return work.text(item, "role"); }),
    };
    var lowerTexts = null;
    function searched(words) {
      lowerTexts = lowerTexts || lowered(data.work.texts);
      var tests = words.map(function (word) {
        var texts = holding(lowerTexts, word), paths = pathsHolding(word);
        var lists = new Map();
        return function (item) {
          if (texts[work.number(item, "title")] || texts[work.number(item, "advice")]) { return true; }
          if (!lists.has(item[3])) { lists.set(item[3], work.paths(item).some(function (path) { return paths[path]; })); }
          return lists.get(item[3]);
        };
      });
      return function (item) { return tests.every(function (test) { return test(item); }); };
    }
    function test() {
      var v = valuesOf(fields);
      var words = wordsOf(v.text);
      var tests = words.length ? [searched(words)] : [];
      function isAny(want) { return function (item) { return work.paths(item).some(want); }; }
      if (v.severity) { tests.push(function (item) { return (work.text(item, "severity") || "none") === v.severity; }); }
      if (v.package) { tests.push(isAny(function (path) { return data.packageOf[path] === Number(v.package); })); }
      if (v.owner) { tests.push(isAny(function (path) { return data.ownersOf[path].indexOf(Number(v.owner)) >= 0; })); }
      if (v.days) { tests.push(function (item) { return work.days(item, "middle") >= Number(v.days); }); }
      if (v.role) { tests.push(function (item) { return work.text(item, "role") === v.role; }); }
      if (v.verdict) { tests.push(function (item) { return work.text(item, "verdict") === v.verdict; }); }
      return tests.length ? function (item) { return tests.every(function (each) { return each(item); }); } : null;
    }
    function draw(state, upTo) {
      if (state.isStale) { state.list.textContent = ""; state.shown = 0; state.isStale = false; }
      var part = document.createDocumentFragment();
      for (; state.shown < Math.min(upTo, state.matching.length); state.shown += 1) { part.append(itemRow(state.matching[state.shown])); }
      state.list.append(part);
      state.more.hidden = state.shown >= state.matching.length;
    }
    function filter() {
      var passes = test(), order = orders[fields.order.value], target = fields.target ? fields.target.value : "";
      var all = 0, kept = 0;
      states.forEach(function (state) {
        state.matching = passes ? state.items.filter(passes) : state.items;
        if (order) { state.matching = state.matching.slice().sort(order); }
        state.isStale = true;
        state.block.hidden = Boolean(target) && state.block.dataset.target !== target;
        if (target && !state.block.hidden) { state.block.open = true; }
        if (!state.block.hidden) { all += state.items.length; kept += state.matching.length; }
        state.count.textContent = (passes ? state.matching.length.toLocaleString("en") + " of " : "") + counted(state.items.length, "item");
        if (state.block.open && !state.block.hidden) { draw(state, STEP); }
      });
      told.textContent = passes ? kept.toLocaleString("en") + " of " + counted(all, "item") + "." : said;
    }
    function fill(details) { // what is folded is drawn when it is unfolded, or printed
      if (details.children.length === 1) { details.append(itemBody(work.itemOf(details.id))); }
    }
    function open(details) {
      if (isPrinting || !details.open || details.querySelector(".evidence")) { return; }
      fill(details);
      details.lastChild.append(...evidence(work.itemOf(details.id)));
    }
    function reveal(id) {
      var item = work.itemOf(id);
      if (!item) { return; }
      if (!byId(id)) {
        put(fields, new URLSearchParams());
        filter();
      }
      var state = states.find(function (each) { return each.items.indexOf(item) >= 0; });
      state.block.open = true;
      if (!byId(id)) { draw(state, state.matching.indexOf(item) + 1); }
      byId(id).open = true;
      open(byId(id));
      byId(id).scrollIntoView();
    }
    states.forEach(function (state) {
      state.block.addEventListener("toggle", function (event) {
        if (event.target === state.block) { if (state.block.open && state.isStale) { draw(state, STEP); } } else { open(event.target); }
      }, true);
      state.more.addEventListener("click", function () { draw(state, state.shown + STEP); });
    });
    Object.keys(fields).forEach(function (name) {
      fields[name].addEventListener("input", function () { filter(); keepInAddress("work", valuesOf(fields)); });
    });
    window.addEventListener("beforeprint", function () { states.forEach(function (state) { draw(state, Infinity); state.list.querySelectorAll(":scope > .item").forEach(fill); }); });
    return { w: reveal, work: function (params) { put(fields, params); filter(); byId("work").scrollIntoView(); } };
  }

  // ---- addresses: #f-ID, #w-ID, #findings&severity=major, #work&role=... -----------------------------------------------

  var ways = Object.assign({}, findings(), workItems());
  function follow() {
    var parts = location.hash.slice(1).split("&"), name = parts[0];
    if (/^[fw]-[\w.-]+$/.test(name) && ways[name[0]]) { ways[name[0]](name); }
    if (parts.length > 1 && ways[name]) { ways[name](new URLSearchParams(parts.slice(1).join("&"))); }
  }
  window.addEventListener("hashchange", follow);
  follow();
})();
