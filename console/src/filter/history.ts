/** The expressions that were run in this browser, newest first. */
import { isStrings, preference } from "../app/prefs.ts";

const MOST = 50;

export const history = preference<string[]>("filter.history", [], isStrings);

/** With one more in front; each is there once. */
export function withEntry(entries: readonly string[], entry: string): string[] {
  const written = entry.trim();
  if (written === "") return [...entries];
  return [written, ...entries.filter((one) => one !== written)].slice(0, MOST);
}

export function noteRun(entry: string): void {
  history.value = withEntry(history.peek(), entry);
}

/** Where one is while going back and forth: -1 is what was being typed. */
export interface Walk {
  readonly at: number;
  readonly draft: string;
}

export const HERE: Walk = { at: -1, draft: "" };

/**
 * One step through the history.
 *
 * @param now what is in the box.
 * @param by 1 is back in time, -1 is forth.
 * @returns null where there is nothing more.
 */
export function step(
  entries: readonly string[],
  walk: Walk,
  now: string,
  by: 1 | -1,
): { readonly walk: Walk; readonly text: string } | null {
  const draft = walk.at === -1 ? now : walk.draft;
  let at = walk.at + by;
  // What stands there already is no step.
  while (at >= 0 && at < entries.length && entries[at] === now) at += by;
  if (at < -1 || at >= entries.length) return null;
  return { walk: { at, draft }, text: at === -1 ? draft : (entries[at] ?? "") };
}
