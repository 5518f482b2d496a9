/** Addresses of our own pages. They keep what is global (time, group), so that nobody loses their place by a link. */
import { query } from "./location.ts";
import { type TimeChoice, timeChanges } from "./time.ts";
import { type Change, changed } from "./url-state.ts";

const GLOBAL = ["last", "from", "to", "group"] as const;

/**
 * Makes a link to a page. Read inside a component it follows the global parameters.
 *
 * @param path such as `/traces`.
 * @param parameters of that page, by name; null and undefined are left out.
 * @param time another range than the one in force.
 */
export function href(
  path: string,
  parameters: Readonly<Record<string, string | number | null | undefined>> = {},
  time?: TimeChoice,
): string {
  const kept = new URLSearchParams();
  for (const name of GLOBAL) {
    const value = query.value.get(name);
    if (value !== null) kept.set(name, value);
  }
  const changes: Change[] = time ? [...timeChanges(time)] : [];
  for (const [name, value] of Object.entries(parameters)) {
    changes.push([name, value === null || value === undefined ? null : String(value)]);
  }
  return path + changed(kept.toString(), changes);
}

/** The page of a trace. */
export function traceHref(id: string, parameters: Readonly<Record<string, string | null | undefined>> = {}): string {
  return href(`/traces/${encodeURIComponent(id)}`, parameters);
}
