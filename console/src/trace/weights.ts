/**
 * How traces count that keep policies kept of a share: each stands for several. Where traces are counted, they are scaled
 * to all that came, unless the person wants to see those alone that were kept. Pure.
 */
import type { TraceSummary } from "../api/index.ts";

const alone = new WeakMap<readonly TraceSummary[], readonly TraceSummary[]>();

/** The rows as they count: each as what it stands for, or as one. */
export function counting(rows: readonly TraceSummary[], isScaled: boolean): readonly TraceSummary[] {
  if (isScaled || !areWeighted(rows)) return rows;
  let found = alone.get(rows);
  if (!found) {
    found = rows.map((row) => (row.weight === 1 ? row : { ...row, weight: 1 }));
    alone.set(rows, found);
  }
  return found;
}

/** For how many traces these stand. */
export function standFor(rows: readonly TraceSummary[]): number {
  return rows.reduce((sum, row) => sum + row.weight, 0);
}

export function areWeighted(rows: readonly TraceSummary[]): boolean {
  return rows.some((row) => row.weight !== 1);
}

/** `×10`, `×3.33`. */
export function times(weight: number): string {
  return `×${Number(weight.toPrecision(3)).toLocaleString("en-US")}`;
}

/** A value with how many times it counts. */
export type Weighted = readonly [value: number, weight: number];

/** Response times in order, seconds; those that are not answered are left out. */
export function responses(rows: readonly TraceSummary[]): Weighted[] {
  return rows
    .flatMap((row): Weighted[] => (row.response === null ? [] : [[row.response, row.weight]]))
    .sort((a, b) => a[0] - b[0]);
}

/** By nearest rank; values ascend. */
export function rank(values: readonly Weighted[], share: number): number | null {
  const wanted = share * values.reduce((sum, [, weight]) => sum + weight, 0);
  let sum = 0;
  for (const [value, weight] of values) {
    sum += weight;
    // A rounding error is no rank.
    if (sum >= wanted - 1e-9) return value;
  }
  return null;
}
