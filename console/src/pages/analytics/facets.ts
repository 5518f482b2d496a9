/** The tables: each attribute's values with how many traces have them, in one set or beside each other in two. Pure. */
import { type Attribute, attribute } from "../../filter/attributes.ts";
import { isBetween, type Term } from "../../filter/terms.ts";
import { type Corpus, counts, type Members, size } from "./corpus.ts";

export interface FacetRow {
  readonly term: Term;
  readonly a: number;
  /** Share of the set, 0 to 1. */
  readonly shareA: number;
  readonly b: number;
  readonly shareB: number;
  /** B's share less A's, -1 to 1. */
  readonly difference: number;
}

export interface Facet {
  readonly attribute: Attribute;
  readonly rows: readonly FacetRow[];
  /** Nearly every trace has a value of its own: a list says nothing. */
  readonly unique: boolean;
  /** The largest difference of any row. */
  readonly widest: number;
}

export type Order = "count" | "difference";

/** With so many values, of which none is frequent, a table says nothing. */
const MANY = 30;

/**
 * Makes the tables of two sets.
 *
 * @param b null when there is one set only.
 * @param order of the rows; with `difference` also of the tables: those that differ most come first.
 */
export function facets(of: Corpus, a: Members, b: Members | null, order: Order): Facet[] {
  const inA = counts(of, a);
  const inB = b === null ? null : counts(of, b);
  const [sizeA, sizeB] = [size(of, a), b === null ? 0 : size(of, b)];
  const found: Facet[] = [];
  for (const { attribute: one, facts } of of.attributes) {
    const rows: FacetRow[] = [];
    for (const id of facts) {
      const [countA, countB] = [inA[id] ?? 0, inB?.[id] ?? 0];
      if (countA === 0 && countB === 0) continue;
      const shareA = sizeA === 0 ? 0 : countA / sizeA;
      const shareB = sizeB === 0 ? 0 : countB / sizeB;
      const term = of.facts[id]?.term;
      if (term) rows.push({ term, a: countA, shareA, b: countB, shareB, difference: inB ? shareB - shareA : 0 });
    }
    if (rows.length === 0) continue;
    const most = Math.max(...rows.map((row) => row.a + row.b));
    const unique = rows.length > MANY && most <= Math.max(2, 0.01 * (sizeA + sizeB));
    const byNumber = rows.every((row) => isBetween(row.term));
    rows.sort((x, y) =>
      order === "difference" && inB
        ? Math.abs(y.difference) - Math.abs(x.difference) || y.a + y.b - (x.a + x.b)
        : byNumber
          ? low(x.term) - low(y.term)
          : y.a + y.b - (x.a + x.b) || y.a - x.a,
    );
    const widest = Math.max(0, ...rows.map((row) => Math.abs(row.difference)));
    found.push({ attribute: attribute(one.id), rows, unique, widest: unique ? 0 : widest });
  }
  // What says nothing goes last either way.
  if (order === "difference" && inB) found.sort((x, y) => y.widest - x.widest);
  return [...found.filter((one) => !one.unique), ...found.filter((one) => one.unique)];
}

function low(term: Term): number {
  return isBetween(term) ? term.low : 0;
}
