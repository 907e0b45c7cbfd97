(function () { // the dependency graph: static without this, and on paper
  var frame = document.getElementById("graph-frame");
  if (!frame) { return; } // nothing is tied, or the page leaves it out
  var svg = frame.querySelector("svg");
  var told = document.getElementById("graph-told");
  var search = document.getElementById("graph-search");
  var width = Number(svg.getAttribute("width")), height = Number(svg.getAttribute("height"));
  var zoom = 1, held = null;
  var nodes = Array.from(svg.querySelectorAll(".node"), function (g) {
    var box = g.querySelector("rect");
    var tip = g.querySelector("title").textContent;
    return { g: g, x: Number(box.getAttribute("x")), y: Number(box.getAttribute("y")), name: tip.replace(/ \([^()]*\): .*$/, ""), tip: tip,
      needs: [], neededBy: [] };
  });
  var byNumber = new Map(nodes.map(function (node) { return [node.g.dataset.node, node]; }));
  var edges = Array.from(svg.querySelectorAll(".edge"), function (path) {
    return { path: path, from: byNumber.get(path.dataset.from), to: byNumber.get(path.dataset.to) };
  });
  edges.forEach(function (edge) {
    if (edge.from.needs.indexOf(edge.to) < 0) { edge.from.needs.push(edge.to); }
    if (edge.to.neededBy.indexOf(edge.from) < 0) { edge.to.neededBy.push(edge.from); }
  });
  function reached(start, way) {
    var seen = new Set(), waiting = start[way].slice();
    while (waiting.length) {
      var next = waiting.pop();
      if (next !== start && !seen.has(next)) { seen.add(next); waiting.push(...next[way]); }
    }
    return seen;
  }
  function listed(own, every) {
    if (!own.length) { return "nothing"; }
    var names = own.map(function (node) { return node.name; }).sort();
    var further = every.size - own.filter(function (node) { return every.has(node); }).length;
    return names.slice(0, 12).join(", ") + (names.length > 12 ? " and " + (names.length - 12) + " more" : "") +
      (further > 0 ? "; by way of these " + further + " more" : "");
  }
  function say(text) { told.textContent = text; }
  function clear() {
    svg.classList.remove("asked");
    svg.querySelectorAll(".picked, .needs, .needed").forEach(function (e) { e.classList.remove("picked", "needs", "needed"); });
  }
  function show(node) {
    var needs = reached(node, "needs"), needed = reached(node, "neededBy");
    clear();
    svg.classList.add("asked");
    node.g.classList.add("picked");
    needs.forEach(function (other) { other.g.classList.add("needs"); });
    needed.forEach(function (other) { other.g.classList.add("needed"); });
    edges.forEach(function (edge) {
      edge.path.classList.toggle("needs", (edge.from === node || needs.has(edge.from)) && needs.has(edge.to));
      edge.path.classList.toggle("needed", needed.has(edge.from) && (edge.to === node || needed.has(edge.to)));
    });
    say(node.tip + ". Of what is drawn, it needs: " + listed(node.needs, needs) + ". It is needed by: " + listed(node.neededBy, needed) + ".");
  }
  function back() { if (held) { show(held); } else if (search.value.trim()) { find(); } else { clear(); say(""); } }
  function hold(node) {
    held = held === node ? null : node;
    nodes.forEach(function (each) { each.g.setAttribute("aria-pressed", each === held ? "true" : "false"); });
    back();
    if (held === null) { show(node); }
  }
  function find() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    clear();
    if (!words.length) { say(""); return []; }
    var found = nodes.filter(function (node) {
      return words.every(function (word) { return node.tip.toLowerCase().indexOf(word) >= 0; });
    });
    svg.classList.add("asked");
    found.forEach(function (node) { node.g.classList.add("picked"); });
    say(found.length === 1 ? "1 box: " + found[0].tip : found.length + " boxes");
    return found;
  }
  function resize(to) {
    zoom = Math.min(Math.max(to, 0.25), 3);
    svg.setAttribute("width", Math.round(width * zoom));
    svg.setAttribute("height", Math.round(height * zoom));
  }
  function walk(node, key) { // to the next box in its column, or the nearest one beside it
    var across = key === "ArrowLeft" || key === "ArrowRight", sign = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
    var ahead = nodes.filter(function (other) {
      return across ? (other.x - node.x) * sign > 0 : other.x === node.x && (other.y - node.y) * sign > 0;
    });
    ahead.sort(function (a, b) {
      return Math.abs(a.x - node.x) - Math.abs(b.x - node.x) || Math.abs(a.y - node.y) - Math.abs(b.y - node.y);
    });
    if (ahead.length) { focus(ahead[0]); }
  }
  function focus(node) {
    nodes.forEach(function (each) { each.g.setAttribute("tabindex", each === node ? "0" : "-1"); });
    node.g.focus();
  }
  svg.setAttribute("role", "group");
  nodes.forEach(function (node, index) {
    node.g.setAttribute("role", "button");
    node.g.setAttribute("aria-label", node.tip);
    node.g.setAttribute("aria-pressed", "false");
    node.g.setAttribute("tabindex", index ? "-1" : "0");
    node.g.addEventListener("pointerenter", function () { if (!held) { show(node); } });
    node.g.addEventListener("pointerleave", function () { if (!held) { back(); } });
    node.g.addEventListener("focus", function () { if (!held) { show(node); } });
    node.g.addEventListener("blur", function () { if (!held) { back(); } });
    node.g.addEventListener("click", function () { hold(node); });
    node.g.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { hold(node); } else if (event.key.indexOf("Arrow") === 0) { walk(node, event.key); } else { return; }
      event.preventDefault();
    });
  });
  frame.addEventListener("keydown", function (event) {
    if (event.key === "+" || event.key === "=") { resize(zoom * 1.25); } else if (event.key === "-") { resize(zoom / 1.25); } else if (event.key === "0") { resize(1); } else if (event.key === "Escape") { held = null; search.value = ""; back(); } else { return; }
    event.preventDefault();
  });
  var grip = null;
  frame.addEventListener("pointerdown", function (event) { // a finger scrolls by itself
    if (event.pointerType === "mouse" && !event.target.closest(".node")) { grip = [event.clientX + frame.scrollLeft, event.clientY + frame.scrollTop]; }
  });
  window.addEventListener("pointermove", function (event) {
    if (grip) { frame.scrollLeft = grip[0] - event.clientX; frame.scrollTop = grip[1] - event.clientY; }
  });
  window.addEventListener("pointerup", function () { grip = null; });
  search.addEventListener("input", function () { held = null; find(); });
  search.addEventListener("keydown", function (event) { if (event.key === "Enter") { var found = find(); if (found.length) { focus(found[0]); } } });
  document.getElementById("graph-smaller").addEventListener("click", function () { resize(zoom / 1.25); });
  document.getElementById("graph-larger").addEventListener("click", function () { resize(zoom * 1.25); });
  document.getElementById("graph-whole").addEventListener("click", function () { resize(frame.clientWidth / width); });
  document.getElementById("graph-clear").addEventListener("click", function () { held = null; search.value = ""; back(); });
  document.getElementById("graph-tools").hidden = false;
  told.hidden = false;
})();
