/**
 * The traces that were loaded, so that ten thousand of them can be counted in a few milliseconds: every pair of attribute
 * and value has a number, and a trace is a list of numbers. Pure.
 */
import type { TraceSummary } from "../../api/index.ts";
import { ANNOTATION, ATTRIBUTES, type Attribute, attribute, eachValue } from "../../filter/attributes.ts";
import { literal } from "../../filter/expression.ts";
import { isBetween, type Term, writeTerm } from "../../filter/terms.ts";

/** A pair of attribute and value, as the term that chooses it. */
export interface Fact {
  readonly id: number;
  readonly term: Term;
}

export interface Corpus {
  readonly rows: readonly TraceSummary[];
  /** By their number. */
  readonly facts: readonly Fact[];
  /** The numbers of each trace's facts, in no order, each once. */
  readonly of: readonly Int32Array[];
  /** For how many traces each stands. */
  readonly weights: Float64Array;
  /** The facts of each attribute that occurs, in the order of the tables. */
  readonly attributes: readonly { readonly attribute: Attribute; readonly facts: readonly number[] }[];
}

/** A key of annotations with more numbers than this is shown in ranges. */
export const MOST_NUMBERS = 12;
const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9];

/** Where the ranges of a number begin and end: round numbers near its quantiles. */
export function edges(values: readonly number[]): number[] {
  const ordered = [...values].sort((a, b) => a - b);
  const last = ordered[ordered.length - 1];
  if (last === undefined) return [];
  const found = QUANTILES.map((share) =>
    Number((ordered[Math.floor(share * (ordered.length - 1))] ?? 0).toPrecision(2)),
  );
  // An edge at or below the least, or above the greatest, would part off nothing.
  return [...new Set(found)].filter((edge) => edge > (ordered[0] ?? 0) && edge <= last).sort((a, b) => a - b);
}

export function corpus(rows: readonly TraceSummary[]): Corpus {
  const facts: Fact[] = [];
  const byAttribute = new Map<string, Map<string, number>>();
  const intern = (of: string, value: string, make: () => Term): number => {
    let values = byAttribute.get(of);
    if (!values) {
      values = new Map();
      byAttribute.set(of, values);
    }
    let number = values.get(value);
    if (number === undefined) {
      number = facts.length;
      facts.push({ id: number, term: make() });
      values.set(value, number);
    }
    return number;
  };

  const ranges = numbersInRanges(rows);
  const of = rows.map((row) => {
    const own: number[] = [];
    eachValue(row, (name, value) => own.push(intern(name, value, () => ({ of: name, not: false, is: value }))));
    for (const [key, values] of Object.entries(row.annotations)) {
      const name = ANNOTATION + key;
      const parts = ranges.get(key);
      for (const value of values) {
        const number =
          parts && typeof value === "number"
            ? inRange(name, value, parts, intern)
            : intern(name, literal(value), () => ({ of: name, not: false, is: literal(value) }));
        if (!own.includes(number)) own.push(number);
      }
    }
    return Int32Array.from(own);
  });

  const known = ATTRIBUTES.map((one) => one.id).filter((one) => byAttribute.has(one));
  const keys = [...byAttribute.keys()].filter((name) => name.startsWith(ANNOTATION)).sort();
  const attributes = [...known, ...keys].map((name) => ({
    attribute: attribute(name),
    facts: [...(byAttribute.get(name)?.values() ?? [])],
  }));
  return { rows, facts, of, weights: Float64Array.from(rows, (row) => row.weight), attributes };
}

/** The edges of each key that has too many numbers to list. */
function numbersInRanges(rows: readonly TraceSummary[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const row of rows) {
    for (const [key, values] of Object.entries(row.annotations)) {
      for (const value of values) {
        if (typeof value !== "number") continue;
        const list = numbers.get(key);
        if (list) list.push(value);
        else numbers.set(key, [value]);
      }
    }
  }
  const found = new Map<string, number[]>();
  for (const [key, list] of numbers) {
    if (new Set(list).size > MOST_NUMBERS) found.set(key, edges(list));
  }
  return found;
}

function inRange(
  name: string,
  value: number,
  parts: readonly number[],
  intern: (of: string, value: string, make: () => Term) => number,
): number {
  const index = parts.filter((edge) => edge <= value).length;
  const low = parts[index - 1] ?? Number.NEGATIVE_INFINITY;
  const high = parts[index] ?? Number.POSITIVE_INFINITY;
  return intern(name, `~${index}`, () => ({ of: name, not: false, low, high }));
}

/** One byte for each trace: whether it is in the set. */
export type Members = Uint8Array;

/** The traces that fulfil all terms (terms.ts says how they are joined). */
export function members(of: Corpus, terms: readonly Term[]): Members {
  const all = new Uint8Array(of.rows.length).fill(1);
  const alternatives = new Map<string, Term[]>();
  for (const term of terms) {
    const name = term.not ? `!${writeTerm(term)}` : term.of;
    alternatives.set(name, [...(alternatives.get(name) ?? []), term]);
  }
  for (const list of alternatives.values()) {
    const tests = list.map((term) => test(of, { ...term, not: false }));
    const not = list[0]?.not === true;
    for (let row = 0; row < all.length; row += 1) {
      if (all[row] === 1 && tests.some((holds) => holds(row)) === not) all[row] = 0;
    }
  }
  return all;
}

function test(of: Corpus, term: Term): (row: number) => boolean {
  const written = writeTerm(term);
  const fact = of.facts.find((one) => writeTerm(one.term) === written);
  if (fact) return (row) => (of.of[row] as Int32Array).includes(fact.id);
  if (!isBetween(term)) return () => false;
  const { low, high } = term;
  const within = (value: number): boolean => value >= low && value < high;
  if (term.of === "time") return (row) => within(of.rows[row]?.start ?? Number.NaN);
  if (term.of === "response") return (row) => within(of.rows[row]?.response ?? Number.NaN);
  const key = term.of.slice(ANNOTATION.length);
  return (row) => (of.rows[row]?.annotations[key] ?? []).some((value) => typeof value === "number" && within(value));
}

/** For how many traces those of a set stand. */
export function size(of: Corpus, set: Members): number {
  let sum = 0;
  for (let row = 0; row < set.length; row += 1) if (set[row] === 1) sum += of.weights[row] as number;
  return sum;
}

/**
 * How many traces of weight 1 would tell as much about shares as those of a set, as a part of its size (Kish): 1 when all
 * stand for themselves.
 */
export function certainty(of: Corpus, set: Members): number {
  let sum = 0;
  let squares = 0;
  for (let row = 0; row < set.length; row += 1) {
    if (set[row] === 0) continue;
    const weight = of.weights[row] as number;
    sum += weight;
    squares += weight * weight;
  }
  return squares === 0 ? 1 : sum / squares;
}

/** How many traces have each fact, by its number, as far as those of the set stand for them. */
export function counts(of: Corpus, set: Members): Float64Array {
  const found = new Float64Array(of.facts.length);
  for (let row = 0; row < set.length; row += 1) {
    if (set[row] === 0) continue;
    const weight = of.weights[row] as number;
    for (const fact of of.of[row] as Int32Array) found[fact] = (found[fact] as number) + weight;
  }
  return found;
}

/** Those of the one that are not in the other. */
export function without(set: Members, other: Members): Members {
  return set.map((one, row) => (other[row] === 1 ? 0 : one));
}

/** The rows of a set. */
export function rowsOf(of: Corpus, set: Members): TraceSummary[] {
  return of.rows.filter((_, row) => set[row] === 1);
}
