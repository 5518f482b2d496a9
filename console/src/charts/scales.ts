/** From values to places and back, and which values to write at an axis. Pure. */
import { clockTime, day, type Zone } from "../format/times.ts";

export interface Scale {
  /** Where a value lies, px. */
  readonly to: (value: number) => number;
  /** Which value lies there. */
  readonly from: (px: number) => number;
  readonly domain: readonly [low: number, high: number];
  readonly span: readonly [left: number, right: number];
}

export function linear(domain: readonly [number, number], span: readonly [number, number]): Scale {
  const [low, high] = domain;
  const [left, right] = span;
  const size = high - low || 1;
  const width = right - left || 1;
  return {
    domain,
    span,
    to: (value) => left + ((value - low) / size) * width,
    from: (px) => low + ((px - left) / width) * size,
  };
}

/** Both ends of the domain must be above zero. */
export function log(domain: readonly [number, number], span: readonly [number, number]): Scale {
  const inner = linear([Math.log(domain[0]), Math.log(domain[1])], span);
  return {
    domain,
    span,
    to: (value) => inner.to(Math.log(Math.max(value, Number.MIN_VALUE))),
    from: (px) => Math.exp(inner.from(px)),
  };
}

/** The step of 1, 2, 2.5 or 5 times a power of ten that gives at most `most` of them. */
export function niceStep(size: number, most: number): number {
  const rough = size / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  for (const factor of [1, 2, 2.5, 5]) if (factor * power >= rough * 0.999_999) return factor * power;
  return 10 * power;
}

/** Round values from low to high. */
export function ticks(low: number, high: number, most: number): number[] {
  if (!(high > low)) return [low];
  const step = niceStep(high - low, most);
  const found: number[] = [];
  // Counted in steps, so that 0.1 + 0.2 does not show.
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) {
    found.push(Number((index * step).toPrecision(12)));
  }
  return found;
}

/** 1, 2 and 5 of every power of ten, or only the powers where those would be too many. */
export function logTicks(low: number, high: number, most: number): number[] {
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  for (const factors of [[1, 2, 5], [1, 3], [1]]) {
    const found: number[] = [];
    for (let power = from; power <= to; power += 1) {
      for (const factor of factors) {
        const value = Number((factor * 10 ** power).toPrecision(12));
        if (value >= low * 0.999 && value <= high * 1.001) found.push(value);
      }
    }
    if (found.length <= most) return found;
  }
  const found: number[] = [];
  const stride = Math.ceil((to - from + 1) / Math.max(1, most));
  for (let power = from; power <= to; power += stride) {
    const value = Number((10 ** power).toPrecision(12));
    if (value >= low * 0.999 && value <= high * 1.001) found.push(value);
  }
  return found;
}

const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
];

/** Round moments in a zone: whole minutes, quarters, hours, midnights. */
export function timeTicks(start: number, end: number, most: number, zone: Zone): number[] {
  const step = STEPS.find((candidate) => (end - start) / candidate <= Math.max(1, most)) ?? 604_800;
  const offset = zone === "utc" ? 0 : -new Date(start * 1000).getTimezoneOffset() * 60;
  const found: number[] = [];
  for (let at = Math.ceil((start + offset) / step) * step - offset; at <= end; at += step) found.push(at);
  return found;
}

/** How a tick of time reads: with seconds when they are that close, as a date at midnight. */
export function timeTickLabel(at: number, step: number, zone: Zone): string {
  if (step < 60) return clockTime(at, zone, "second");
  const label = clockTime(at, zone, "minute");
  return label === "00:00" && step >= 3600 ? day(at, zone).slice(5) : label;
}
