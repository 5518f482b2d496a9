/** The figures of a set, its charts, and how two sets compare in plain words. Pure. */
import type { Bin, HeatColumn, TraceSummary } from "../../api/index.ts";
import { count, duration, percent, plural } from "../../format/index.ts";
import { rank, responses, standFor } from "../../trace/weights.ts";

export interface Figures {
  readonly traces: number;
  /** Of those that were answered, seconds; null without any. */
  readonly p50: number | null;
  readonly p95: number | null;
  /** Ended in a fault, or were throttled. */
  readonly failed: number;
}

export function hasFailed(row: TraceSummary): boolean {
  return row.outcome === "fault" || row.outcome === "throttle";
}

export function figures(rows: readonly TraceSummary[]): Figures {
  const ordered = responses(rows);
  const failed = standFor(rows.filter(hasFailed));
  return { traces: standFor(rows), p50: rank(ordered, 0.5), p95: rank(ordered, 0.95), failed };
}

/** One set in a sentence. */
export function told(one: Figures): string {
  if (one.traces === 0) return "No trace fits.";
  const failed =
    one.failed === 0
      ? "none failed"
      : `${percent(one.failed / one.traces)} failed or ${one.failed === 1 ? "was" : "were"} throttled`;
  if (one.p50 === null) return `Not answered yet; ${failed}.`;
  return `Half were answered within ${duration(one.p50)}, 19 of 20 within ${duration(one.p95)}; ${failed}.`;
}

/** Smaller differences are not worth a word: a tenth of the time, two points of the share. */
const LEAST_FACTOR = 1.1;
const LEAST_POINTS = 0.02;

/** B beside A in plain words. */
export function compared(a: Figures, b: Figures): string {
  if (a.traces === 0 || b.traces === 0) {
    return a.traces === 0 && b.traces === 0
      ? "Both sets are empty."
      : `Set ${a.traces === 0 ? "A" : "B"} is empty: there is nothing to compare.`;
  }
  const parts: string[] = [];
  if (a.p50 !== null && b.p50 !== null && a.p50 > 0 && b.p50 > 0) {
    const factor = b.p50 / a.p50;
    const times = `(half within ${duration(b.p50)}, against ${duration(a.p50)})`;
    if (factor >= LEAST_FACTOR) parts.push(`B is ${fold(factor)} slower than A ${times}`);
    else if (factor <= 1 / LEAST_FACTOR) parts.push(`B is ${fold(1 / factor)} faster than A ${times}`);
  }
  const [failedA, failedB] = [a.failed / a.traces, b.failed / b.traces];
  if (Math.abs(failedB - failedA) >= LEAST_POINTS) {
    parts.push(
      `${parts.length > 0 ? "it" : "B"} fails ${failedB > failedA ? "more" : "less"} often (${percent(failedB)}, against ${percent(failedA)})`,
    );
  }
  if (parts.length === 0) return "A and B take about as long, and fail about as often.";
  return `${parts.join(", and ")}.`;
}

function fold(factor: number): string {
  if (factor < 2) return percent(factor - 1);
  return `${factor < 10 ? Number(factor.toFixed(1)) : count(factor)} times`;
}

/** Percentage points, with sign. */
export function points(difference: number): string {
  const value = difference * 100;
  const text = Math.abs(value) < 9.95 ? value.toFixed(1) : value.toFixed(0);
  if (Number(text) === 0) return "0";
  return `${value > 0 ? "+" : "−"}${text.replace("-", "").replace(/\.0$/, "")}`;
}

/** Response times as a histogram. */
export function responseBins(rows: readonly TraceSummary[]): Bin[] {
  const found = new Map<number, number>();
  for (const { response, weight } of rows) {
    if (response !== null) found.set(response, (found.get(response) ?? 0) + weight);
  }
  return [...found].sort((a, b) => a[0] - b[0]);
}

const PERIODS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** A round period that gives at most `most` columns. */
export function periodFor(start: number, end: number, most: number): number {
  return PERIODS.find((period) => (end - start) / period <= most) ?? 7200;
}

/** When the traces began, for a chart over time. Those that began before the range count at its start. */
export function startBins(rows: readonly TraceSummary[], start: number, end: number): Bin[] {
  const found = new Map<number, number>();
  for (const row of rows) {
    const at = Math.floor(inside(row.start, start, end));
    const shown = Math.max(start, at);
    found.set(shown, (found.get(shown) ?? 0) + row.weight);
  }
  return [...found].sort((a, b) => a[0] - b[0]);
}

/** The heat map's columns. */
export function heat(rows: readonly TraceSummary[], start: number, end: number, period: number): HeatColumn[] {
  const columns = new Map<number, Map<number, number>>();
  for (const row of rows) {
    if (row.response === null) continue;
    // Columns begin with the range, so that the first and the last are whole.
    const at = start + Math.floor((inside(row.start, start, end) - start) / period) * period;
    let bins = columns.get(at);
    if (!bins) {
      bins = new Map();
      columns.set(at, bins);
    }
    bins.set(row.response, (bins.get(row.response) ?? 0) + row.weight);
  }
  return [...columns]
    .sort((a, b) => a[0] - b[0])
    .map(([at, bins]) => [at, [...bins].sort((a, b) => a[0] - b[0])] as const);
}

function inside(time: number, start: number, end: number): number {
  return Math.min(Math.max(time, start), end - 0.001);
}

/** How many of how many: `342 traces, 28.4% of 1,204`. */
export function part(some: number, all: number): string {
  return some === all
    ? plural(all, "trace")
    : `${plural(some, "trace")}, ${percent(all === 0 ? 0 : some / all)} of ${count(all)}`;
}
