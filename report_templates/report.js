(function () {
  var opened = [];
  window.addEventListener("beforeprint", function () { // paper cannot be unfolded
    opened = Array.from(document.querySelectorAll("details:not([open])")).filter(function (d) { return !d.closest("#rows"); });
    opened.forEach(function (d) { d.open = true; });
  });
  window.addEventListener("afterprint", function () { opened.forEach(function (d) { d.open = false; }); });
  function wordsOf(field) { return field.value.toLowerCase().split(/\s+/).filter(Boolean); }
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
  packages();
  document.documentElement.dataset.ready = "yes";
})();
