// Keyboard and focus for the desk; every page works without it.
(() => {
  "use strict";
  const typing = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]");
  const rows = () => [...document.querySelectorAll("[data-row] a")].filter((link) => link.dataset.first !== undefined);

  const step = (by) => {
    const links = rows();
    if (links.length === 0) return;
    const here = links.indexOf(document.activeElement);
    const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(here + by, 0), links.length - 1);
    links[next].focus();
  };

  const keys = {
    j: () => step(1),
    k: () => step(-1),
    "?": () => document.getElementById("keys")?.showModal(),
    "/": () => document.querySelector("main input:not([type=hidden]), main textarea, main select")?.focus(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
    const act = keys[event.key];
    // What the page itself offers comes before the pages of the menu.
    const named = `[data-key="${CSS.escape(event.key)}"]`;
    const jump = document.querySelector(`main ${named}`) ?? document.querySelector(named);
    if (act) { event.preventDefault(); act(); } else if (jump) { event.preventDefault(); jump.click(); }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) document.getElementById("keys")?.showModal();
  });

  // A page with an outcome or a mistake starts there, so that a screen reader reads it first.
  document.querySelector("[data-start]")?.focus();
})();
