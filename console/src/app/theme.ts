/** Dark and light: the system's until the person chooses. `public/theme.js` sets the attribute before the first paint. */
import { computed, signal } from "@preact/signals";

export type Theme = "dark" | "light";
export type ThemeChoice = Theme | "system";

const KEY = "radiograph.theme";
const light = window.matchMedia("(prefers-color-scheme: light)");
const system = signal<Theme>(light.matches ? "light" : "dark");

function stored(): ThemeChoice {
  try {
    const found = localStorage.getItem(KEY);
    return found === "dark" || found === "light" ? found : "system";
  } catch {
    return "system";
  }
}

const choice = signal<ThemeChoice>(stored());

export const themeChoice = computed(() => choice.value);

/** The theme in force. Canvases read it to know when to draw anew: the colours are in place by then. */
export const theme = computed<Theme>(() => (choice.value === "system" ? system.value : choice.value));

light.addEventListener("change", () => {
  const next: Theme = light.matches ? "light" : "dark";
  if (choice.peek() === "system") document.documentElement.dataset.theme = next;
  system.value = next;
});

export function chooseTheme(next: ThemeChoice): void {
  // The attribute first: whoever the signal wakes reads the new colours.
  document.documentElement.dataset.theme = next === "system" ? system.peek() : next;
  choice.value = next;
  try {
    // Plain text, since theme.js reads it.
    if (next === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // Then it lasts as long as the tab.
  }
}

/** To the other one; the system's own is chosen by leaving it to the system. */
export function toggleTheme(): void {
  const other: Theme = theme.peek() === "dark" ? "light" : "dark";
  chooseTheme(other === system.peek() ? "system" : other);
}
