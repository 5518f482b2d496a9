/** From a path to a page. Pure. */
import type { Page, PathParams } from "../pages/registry.ts";

export interface Found {
  readonly page: Page;
  readonly params: PathParams;
}

/** Finds the page of a path; null when there is none. A literal piece goes before a named one. */
export function match(list: readonly Page[], wanted: string): Found | null {
  const pieces = split(wanted);
  let best: Found | null = null;
  let bestLiterals = -1;
  for (const page of list) {
    const pattern = split(page.path);
    if (pattern.length !== pieces.length) continue;
    const params: Record<string, string> = {};
    let literals = 0;
    const fits = pattern.every((piece, index) => {
      const given = pieces[index] ?? "";
      if (!piece.startsWith(":")) {
        literals += 1;
        return piece === given;
      }
      const value = decoded(given);
      if (value === null) return false;
      params[piece.slice(1)] = value;
      return true;
    });
    if (fits && literals > bestLiterals) {
      best = { page, params };
      bestLiterals = literals;
    }
  }
  return best;
}

function split(pattern: string): string[] {
  return pattern.split("/").filter((piece) => piece !== "");
}

/** A piece of a path; null when its escapes are none. */
export function decoded(piece: string): string | null {
  try {
    return decodeURIComponent(piece);
  } catch {
    return null;
  }
}

/** Where `/` leads: to the map, or while there is none yet to the first page there is. */
export function home(list: readonly Page[], empty: boolean): string {
  if (empty && list.some((page) => page.path === "/start")) return "/start";
  if (list.some((page) => page.path === "/map")) return "/map";
  return list.find((page) => page.nav)?.path ?? "/status";
}
