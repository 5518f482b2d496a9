// Runs before the first paint, so that nothing flashes; src/app/theme.ts keeps the same key and goes on from here.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("radiograph.theme");
  } catch {
    // Storage may be forbidden; then the system's theme is used.
  }
  const system = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  document.documentElement.dataset.theme = chosen === "dark" || chosen === "light" ? chosen : system;
})();
