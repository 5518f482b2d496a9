/** What a person prefers, kept in this browser. Storage may be forbidden or full: then a preference lasts as long as the tab. */
import { effect, type Signal, signal } from "@preact/signals";
import type { Zone } from "../format/times.ts";

const PREFIX = "radiograph.";

function stored(name: string): unknown {
  try {
    const found = localStorage.getItem(PREFIX + name);
    return found === null ? undefined : JSON.parse(found);
  } catch {
    return undefined;
  }
}

/**
 * A preference as a signal; setting it stores it.
 *
 * @param name unique in the app, such as `nav.collapsed`.
 * @param fallback the value until something is chosen.
 * @param check tells whether what was stored is still a value (an older version may have stored it).
 */
export function preference<T>(name: string, fallback: T, check: (value: unknown) => value is T): Signal<T> {
  const found = stored(name);
  const chosen = signal<T>(check(found) ? found : fallback);
  let first = true;
  effect(() => {
    const value = chosen.value;
    if (first) {
      first = false;
      return;
    }
    try {
      localStorage.setItem(PREFIX + name, JSON.stringify(value));
    } catch {
      // See above.
    }
  });
  return chosen;
}

export const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
export const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
export const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === "string");

/** In which zone points in time are shown. */
export const zone: Signal<Zone> = preference<Zone>(
  "zone",
  "local",
  (value): value is Zone => value === "utc" || value === "local",
);

/** Whether the navigation shows icons alone. */
export const navCollapsed = preference("nav.collapsed", false, isBoolean);
