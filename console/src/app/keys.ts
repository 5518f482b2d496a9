/**
 * The keys that work, as a registry: whoever registers one says what it does, and `?` lists those active now.
 *
 *     useKeys("Traces", [{ keys: "j", does: "Next row", run: next }]);
 *
 * A chord is written with spaces (`g m`), modifiers with plus (`mod+k`: Ctrl, or Command on a Mac). While a person types
 * into a field, only keys with `mod+` and Escape work. The key registered last wins.
 */
import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

export interface Key {
  /** `j`, `shift+r`, `?`, `g m`, `mod+k`, `Escape`, `ArrowLeft`. */
  readonly keys: string;
  readonly does: string;
  readonly run: (event: KeyboardEvent) => void;
  /** Works, but is not listed (a second key for the same). */
  readonly hidden?: boolean;
}

export interface KeyRoom {
  readonly title: string;
  readonly keys: readonly Key[];
}

const rooms = signal<readonly KeyRoom[]>([]);

/** What `?` lists. */
export const activeKeys = rooms;

/** Registers keys; returns how to forget them. */
export function register(room: KeyRoom): () => void {
  rooms.value = [...rooms.peek(), room];
  return () => {
    rooms.value = rooms.peek().filter((other) => other !== room);
  };
}

/** Registers keys while the component is there. They may close over anything: the newest `run` is called. */
export function useKeys(title: string, keys: readonly Key[]): void {
  const newest = useRef(keys);
  newest.current = keys;
  const names = keys.map((key) => `${key.keys}\n${key.does}`).join("\n\n");
  // The names stand for the keys. Not after the next picture only: what is seen can be used.
  useLayoutEffect(
    () =>
      register({
        title,
        keys: newest.current.map((key, index) => ({ ...key, run: (event) => newest.current[index]?.run(event) })),
      }),
    [title, names],
  );
}

const CHORD_MS = 1_200;
let begun = "";
let begunAt = 0;

/** How an event is written. */
export function written(event: KeyboardEvent): string {
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const letter = /^[a-z]$/.test(key);
  // For a sign such as ? the shift key is part of how it is typed, not of what is meant.
  const shift = event.shiftKey && (letter || key.length > 1) ? "shift+" : "";
  return `${event.ctrlKey || event.metaKey ? "mod+" : ""}${event.altKey ? "alt+" : ""}${shift}${key}`;
}

/** Whether what has the focus takes letters itself. */
function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range"].includes(target.type);
}

/** Finds and runs the key of an event. Exported for main.tsx. */
export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const one = written(event);
  if (["Shift", "Control", "Meta", "Alt", "shift+Shift"].includes(event.key)) return;
  if (typing(event.target) && !one.startsWith("mod+") && one !== "Escape") return;
  const now = Date.now();
  const chord = begun !== "" && now - begunAt < CHORD_MS ? `${begun} ${one}` : "";
  begun = "";
  const all = rooms.peek().flatMap((room) => room.keys);
  const found = (chord && all.findLast((key) => key.keys === chord)) || all.findLast((key) => key.keys === one);
  if (found) {
    event.preventDefault();
    found.run(event);
  } else if (all.some((key) => key.keys.startsWith(`${one} `))) {
    begun = one;
    begunAt = now;
  }
}

const NAMES: Readonly<Record<string, string>> = {
  mod: /Mac|iPhone|iPad/.test(typeof navigator === "undefined" ? "" : navigator.platform) ? "⌘" : "Ctrl",
  shift: "⇧",
  alt: "Alt",
  Escape: "Esc",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Enter: "↵",
};

/** Splits `g m` or `mod+k` into the caps to draw: `[["g"], ["m"]]`, `[["Ctrl", "k"]]`. */
export function caps(keys: string): string[][] {
  return keys.split(" ").map((one) => (one === "+" ? ["+"] : one.split("+").map((cap) => NAMES[cap] ?? cap)));
}
