/** What sets some traces apart from others. Pure. */

import type { Term } from "../../filter/terms.ts";
import { type Corpus, certainty, counts, type Members, size } from "./corpus.ts";

export interface Apart {
  readonly term: Term;
  /** Other values that exactly the same traces have. */
  readonly also: readonly Term[];
  readonly inside: number;
  readonly outside: number;
  readonly shareInside: number;
  readonly shareOutside: number;
  /** Share inside less share outside, -1 to 1. */
  readonly difference: number;
}

/** A value must be in this share of the traces on its side ... */
export const LEAST_SHARE = 0.05;
/** ... and in so many of them ... */
export const LEAST_COUNT = 3;
/** ... and the shares must differ by so much. */
export const LEAST_DIFFERENCE = 0.05;

/**
 * Ranks the values by how far their share inside is from their share outside, the farthest first; of equal ones those
 * that are more common inside. Left out: values in fewer traces than the minimum on the side where they are more common (5%, at least
 * three), differences below five percentage points, and those that few traces would show by chance (below two standard
 * errors). Values that exactly the same traces have are one entry.
 *
 * @param inside the traces that were marked, outside the others to compare them with; they have none in common.
 * @param skip attributes that say nothing new, such as the one the marking was made by.
 */
export function setsApart(
  of: Corpus,
  inside: Members,
  outside: Members,
  skip: (attribute: string) => boolean = () => false,
): Apart[] {
  const [sizeInside, sizeOutside] = [size(of, inside), size(of, outside)];
  if (sizeInside === 0 || sizeOutside === 0) return [];
  const [within, without] = [counts(of, inside), counts(of, outside)];
  // Traces that stand for others tell less than as many of their own.
  const [sureInside, sureOutside] = [certainty(of, inside), certainty(of, outside)];
  const [leastInside, leastOutside] = [least(sizeInside, sureInside), least(sizeOutside, sureOutside)];
  const found: (Apart & { readonly id: number })[] = [];
  for (const { id, term } of of.facts) {
    if (skip(term.of)) continue;
    const [a, b] = [within[id] ?? 0, without[id] ?? 0];
    const [shareInside, shareOutside] = [a / sizeInside, b / sizeOutside];
    const difference = shareInside - shareOutside;
    // A rounding error is no difference.
    if (Math.abs(difference) < LEAST_DIFFERENCE - 1e-9) continue;
    if (difference > 0 ? a < leastInside : b < leastOutside) continue;
    const share = (a + b) / (sizeInside + sizeOutside);
    if (isChance(share, difference, sizeInside * sureInside, sizeOutside * sureOutside)) continue;
    found.push({ id, term, also: [], inside: a, outside: b, shareInside, shareOutside, difference });
  }
  found.sort((x, y) => far(y) - far(x) || y.difference - x.difference || y.inside + y.outside - x.inside - x.outside);
  return together(of, found, inside, outside);
}

/** Two standard errors: the like of it comes about by chance once in twenty times. */
function isChance(share: number, difference: number, sizeInside: number, sizeOutside: number): boolean {
  const error = Math.sqrt(share * (1 - share) * (1 / sizeInside + 1 / sizeOutside));
  return Math.abs(difference) < 2 * error;
}

/** Rounded, so that a rounding error ranks nothing. */
function far({ difference }: Apart): number {
  return Math.round(Math.abs(difference) * 1e9);
}

function least(all: number, sure: number): number {
  return Math.max(LEAST_COUNT / sure, LEAST_SHARE * all) - 1e-9;
}

/** Puts values that the same traces have into one entry, that of the first. */
function together(
  of: Corpus,
  found: readonly (Apart & { readonly id: number })[],
  inside: Members,
  outside: Members,
): Apart[] {
  const traces = new Map<number, number[]>(found.map((one) => [one.id, []]));
  for (let row = 0; row < inside.length; row += 1) {
    if (inside[row] === 0 && outside[row] === 0) continue;
    for (const id of of.of[row] as Int32Array) traces.get(id)?.push(row);
  }
  const entries = new Map<string, Apart & { also: Term[] }>();
  for (const { id, ...one } of found) {
    const key = traces.get(id)?.join() ?? "";
    const entry = entries.get(key);
    if (entry) entry.also.push(one.term);
    else entries.set(key, { ...one, also: [] });
  }
  return [...entries.values()];
}
