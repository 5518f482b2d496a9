/** The part of a range that the map shows, in steps. Pure. */
import type { Bucket } from "../../api/index.ts";

export type Part = readonly [start: number, end: number];

export interface Steps {
  readonly start: number;
  readonly end: number;
  /** Length of one, seconds. */
  readonly step: number;
}

const LENGTHS = [60, 300] as const;
/** With more, a step is too thin to be pointed at. */
const MOST = 120;

/** The steps of a range: minutes, or five minutes when those would be too many. They begin at whole ones. */
export function stepsOf(start: number, end: number): Steps {
  const step = LENGTHS.find((length) => (end - start) / length <= MOST) ?? LENGTHS[1];
  return { start: Math.floor(start / step) * step, end: Math.ceil(end / step) * step, step };
}

export function countOf({ start, end, step }: Steps): number {
  return Math.round((end - start) / step);
}

/** A part that begins and ends at steps, lies inside, and is at least one long. */
export function snapped({ start, end, step }: Steps, [low, high]: Part): Part {
  const length = Math.min(end - start, Math.max(step, Math.round((high - low) / step) * step));
  const from = Math.min(end - length, Math.max(start, Math.round(low / step) * step));
  return [from, from + length];
}

/** The part a number of steps later, or as far as there is room. */
export function shifted(steps: Steps, part: Part, by: number): Part {
  return snapped(steps, [part[0] + by * steps.step, part[1] + by * steps.step]);
}

/** The part with its end moved; never empty. */
export function resized(steps: Steps, [low, high]: Part, by: number): Part {
  const end = Math.min(steps.end, Math.max(low + steps.step, high + by * steps.step));
  return [low, end];
}

/** Where playing begins: a twelfth of the range, at its beginning. */
export function firstPart(steps: Steps): Part {
  const length = Math.max(1, Math.round(countOf(steps) / 12)) * steps.step;
  return [steps.start, Math.min(steps.end, steps.start + length)];
}

export interface Bar {
  readonly start: number;
  readonly all: number;
  readonly bad: number;
  readonly faults: number;
}

/** One for each step, also where there was nothing. */
export function barsOf(steps: Steps, buckets: readonly Bucket[]): Bar[] {
  const bars = Array.from({ length: countOf(steps) }, (_, at) => ({
    start: steps.start + at * steps.step,
    all: 0,
    bad: 0,
    faults: 0,
  }));
  for (const [start, ok, error, throttle, fault] of buckets) {
    const bar = bars[Math.floor((start - steps.start) / steps.step)];
    if (!bar) continue;
    bar.all += ok + error + throttle + fault;
    bar.bad += error + throttle + fault;
    bar.faults += fault;
  }
  return bars;
}

/** What the steps have of a part; null when it lies outside. */
export function inside({ start, end }: Steps, part: Part | null): Part | null {
  if (part === null) return null;
  const low = Math.max(start, part[0]);
  const high = Math.min(end, part[1]);
  return low < high ? [low, high] : null;
}

/** A part of a length around a moment. */
export function placed(steps: Steps, at: number, length: number): Part {
  return snapped(steps, [at - length / 2, at + length / 2]);
}

/** The part with one end put on the nearest line between steps; never empty. */
export function stretched(steps: Steps, [low, high]: Part, end: "low" | "high", to: number): Part {
  const line = Math.round(to / steps.step) * steps.step;
  return end === "low"
    ? [Math.min(high - steps.step, Math.max(steps.start, line)), high]
    : [low, Math.max(low + steps.step, Math.min(steps.end, line))];
}

/** The most moves that playing takes from one end to the other. */
const MOVES = 40;

/** The next part while playing; null behind the last. */
export function played(steps: Steps, part: Part): Part | null {
  return part[1] >= steps.end ? null : shifted(steps, part, Math.ceil(countOf(steps) / MOVES));
}

/**
 * The part after time went on. One that lay at the end stays there, as now does; any other keeps its place, and is gone
 * when the steps have left it behind.
 */
export function followed(before: Steps, now: Steps, part: Part): Part | null {
  if (before.step === now.step && part[1] === before.end && now.end > before.end) {
    const by = now.end - before.end;
    return inside(now, [part[0] + by, part[1] + by]);
  }
  return inside(now, part) === null ? null : part;
}

/** What happened in the steps that begin in a part. */
export function summed(bars: readonly Bar[], [low, high]: Part): Omit<Bar, "start"> {
  const sum = { all: 0, bad: 0, faults: 0 };
  for (const bar of bars) {
    if (bar.start < low || bar.start >= high) continue;
    sum.all += bar.all;
    sum.bad += bar.bad;
    sum.faults += bar.faults;
  }
  return sum;
}

/** A stretch of a length with another in its middle, as far as that is not past now. */
export function around([start, end]: Part, length: number, now: number): Part {
  const right = Math.min(Math.ceil((start + end) / 2 + length / 2), Math.max(Math.ceil(now), end));
  return [right - length, right];
}
