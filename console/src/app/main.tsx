/** Where the app begins. */
import { render } from "preact";
import { about, askAbout } from "../api/about.ts";
import { pages } from "../pages/index.ts";
import "../css/tokens.css";
import "../css/base.css";
import "../css/frame.css";
import "../css/ui.css";
import "../css/charts.css";
import { effect } from "@preact/signals";
import { fromClassic } from "./classic.ts";
import { clockOffset } from "./clock.ts";
import { Frame } from "./frame.tsx";
import { reloadGroups } from "./groups.ts";
import { handleKey } from "./keys.ts";
import { runLiveMode } from "./live-mode.ts";
import { listenToBrowser, navigate, path, place } from "./location.ts";
import { home } from "./match.ts";
import { refresh } from "./time.ts";

const classic = fromClassic(window.location.hash);
if (classic !== null) {
  navigate(classic, { replace: true });
}

// What the server is decides where `/` leads, so the first answer is awaited there; a page's own address does not wait.
const asked = askAbout();
effect(() => {
  if (path.value !== "/") return;
  void asked.then(() => {
    const target = home(pages, about.peek()?.empty ?? false) + place.peek().search;
    if (path.peek() === "/") navigate(target, { replace: true });
  });
});

// Ranges that end now end by the server's clock, which is known only once it has answered.
let known = clockOffset.peek();
effect(() => {
  if (Math.abs(clockOffset.value - known) > 1) queueMicrotask(refresh);
  known = clockOffset.value;
});

listenToBrowser();
document.addEventListener("keydown", handleKey);
window.addEventListener("hashchange", () => {
  const target = fromClassic(window.location.hash);
  if (target !== null) navigate(target, { replace: true });
});
runLiveMode();
void reloadGroups();

// For whoever drives the console from outside (tools/screenshots.py, tests/browser): which pages there are.
Object.assign(window, {
  radiograph: {
    pages: pages.map(({ path, title, without = [], example = null, fills = 0 }) => ({
      path,
      title,
      without,
      example,
      fills,
    })),
  },
});

const root = document.getElementById("app");
if (root) render(<Frame />, root);
