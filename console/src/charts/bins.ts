/** Histograms: percentiles, and putting bins into the bars that fit on a screen. Pure. */
import type { Bin } from "../api/types.ts";
import { linear, log, type Scale } from "./scales.ts";

export function total(bins: readonly Bin[]): number {
  let sum = 0;
  for (const bin of bins) sum += bin[1];
  return sum;
}

/** The value below which a share of the requests lies; null without any. Bins ascend. */
export function percentile(bins: readonly Bin[], share: number): number | null {
  const all = total(bins);
  if (all === 0) return null;
  let seen = 0;
  for (const [value, count] of bins) {
    seen += count;
    if (seen >= share * all - 1e-9) return value;
  }
  return bins.at(-1)?.[0] ?? null;
}

/** Adds histograms up. */
export function merged(lists: readonly (readonly Bin[])[]): Bin[] {
  const sums = new Map<number, number>();
  for (const bins of lists) for (const [value, count] of bins) sums.set(value, (sums.get(value) ?? 0) + count);
  return [...sums].sort((a, b) => a[0] - b[0]);
}

/** How many requests lie from `low` to `high`, both included. */
export function within(bins: readonly Bin[], low: number, high: number): number {
  let sum = 0;
  for (const [value, count] of bins) if (value >= low && value <= high) sum += count;
  return sum;
}

/** Whether a few slow ones would press all others against the axis: p99 over 20 times p50. */
export function wantsLog(bins: readonly Bin[]): boolean {
  const p50 = percentile(bins, 0.5);
  const p99 = percentile(bins, 0.99);
  return p50 !== null && p99 !== null && p50 > 0 && p99 > 20 * p50;
}

export interface Bars {
  /** Edges, one more than bars; values. */
  readonly edges: readonly number[];
  /** Counts by series, by bar. */
  readonly counts: readonly (readonly number[])[];
  /** The tallest stack. */
  readonly highest: number;
}

/**
 * Puts series into bars of equal width on the screen.
 *
 * @param series bins by series.
 * @param scale of the axis; its domain is what is shown.
 * @param bars how many there are.
 */
export function bars(series: readonly (readonly Bin[])[], scale: Scale, bars: number): Bars {
  const [left, right] = scale.span;
  const edges = Array.from({ length: bars + 1 }, (_, index) => scale.from(left + ((right - left) * index) / bars));
  const [low, high] = scale.domain;
  let highest = 0;
  const stack = new Array<number>(bars).fill(0);
  const counts = series.map((bins) => {
    const row = new Array<number>(bars).fill(0);
    for (const [value, count] of bins) {
      // What took no time at all has no place on a logarithmic axis: it goes to its left end.
      const shown = value <= 0 && low > 0 ? low : value;
      if (shown < low || shown > high) continue;
      const at = Math.floor(((scale.to(shown) - left) / (right - left)) * bars);
      const index = Math.max(0, Math.min(bars - 1, at));
      row[index] = (row[index] ?? 0) + count;
      stack[index] = (stack[index] ?? 0) + count;
    }
    return row;
  });
  for (const height of stack) highest = Math.max(highest, height);
  return { edges, counts, highest };
}

/** What an axis of response times shows: from nothing to the slowest, or the decades there are. */
export function durationDomain(bins: readonly Bin[], isLog: boolean): readonly [number, number] {
  const high = bins.at(-1)?.[0] ?? 1;
  if (!isLog) return [0, high > 0 ? high * 1.04 : 1];
  const low = bins.find((bin) => bin[0] > 0)?.[0] ?? 0.001;
  return low < high ? [low * 0.85, high * 1.15] : [low / 2, low * 2];
}

export function durationScale(
  domain: readonly [number, number],
  span: readonly [number, number],
  isLog: boolean,
): Scale {
  return isLog && domain[0] > 0 ? log(domain, span) : linear(domain, span);
}
