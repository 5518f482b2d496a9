import { describe, expect, it } from "vitest";
import {
  around,
  barsOf,
  countOf,
  firstPart,
  followed,
  inside,
  type Part,
  placed,
  played,
  resized,
  shifted,
  snapped,
  stepsOf,
  stretched,
  summed,
} from "./scrubber-steps.ts";

const HOUR = stepsOf(6_000, 9_600);

describe("steps of a range", () => {
  it("are minutes, or five minutes of long ranges, and whole", () => {
    expect(stepsOf(61, 359)).toEqual({ start: 60, end: 360, step: 60 });
    expect(stepsOf(0, 21_600).step).toBe(300);
    expect(countOf(HOUR)).toBe(60);
  });

  it("hold a part inside the range", () => {
    expect(snapped(HOUR, [6_031, 6_089])).toEqual([6_060, 6_120]);
    expect(snapped(HOUR, [9_590, 9_600])).toEqual([9_540, 9_600]);
    expect(snapped(HOUR, [0, 99_999])).toEqual([6_000, 9_600]);
  });

  it("move and resize it without losing it", () => {
    expect(shifted(HOUR, [6_000, 6_300], 2)).toEqual([6_120, 6_420]);
    expect(shifted(HOUR, [6_000, 6_300], -1)).toEqual([6_000, 6_300]);
    expect(shifted(HOUR, [6_000, 6_300], 1_000)).toEqual([9_300, 9_600]);
    expect(resized(HOUR, [6_000, 6_120], -5)).toEqual([6_000, 6_060]);
    expect(resized(HOUR, [9_480, 9_540], 5)).toEqual([9_480, 9_600]);
  });

  it("begin to play at the beginning", () => {
    expect(firstPart(HOUR)).toEqual([6_000, 6_300]);
    expect(firstPart(stepsOf(0, 60))).toEqual([0, 60]);
  });

  it("have a bar each, and buckets of a minute add up in steps of five", () => {
    const bars = barsOf(stepsOf(0, 36_000), [
      [60, 1, 1, 0, 1, null, null],
      [240, 2, 0, 1, 0, null, null],
      [300, 7, 0, 0, 0, null, null],
      [99_999, 7, 0, 0, 0, null, null],
    ]);
    expect(bars).toHaveLength(120);
    expect(bars[0]).toEqual({ start: 0, all: 6, bad: 3, faults: 1 });
    expect(bars[1]).toEqual({ start: 300, all: 7, bad: 0, faults: 0 });
  });
});

describe("a part", () => {
  it("is what the steps have of it", () => {
    expect(inside(HOUR, [5_000, 6_060])).toEqual([6_000, 6_060]);
    expect(inside(HOUR, [5_000, 6_000])).toBeNull();
    expect(inside(HOUR, null)).toBeNull();
  });

  it("is put around a moment, and stays inside", () => {
    expect(placed(HOUR, 7_200, 120)).toEqual([7_140, 7_260]);
    expect(placed(HOUR, 6_000, 240)).toEqual([6_000, 6_240]);
    expect(placed(HOUR, 9_600, 99_999)).toEqual([6_000, 9_600]);
  });

  it("has an end put on the nearest line, and is never empty", () => {
    expect(stretched(HOUR, [6_600, 7_200], "low", 6_689)).toEqual([6_660, 7_200]);
    expect(stretched(HOUR, [6_600, 7_200], "low", 9_000)).toEqual([7_140, 7_200]);
    expect(stretched(HOUR, [6_600, 7_200], "low", 0)).toEqual([6_000, 7_200]);
    expect(stretched(HOUR, [6_600, 7_200], "high", 7_291)).toEqual([6_600, 7_320]);
    expect(stretched(HOUR, [6_600, 7_200], "high", 6_000)).toEqual([6_600, 6_660]);
    expect(stretched(HOUR, [6_600, 7_200], "high", 99_999)).toEqual([6_600, 9_600]);
  });
});

describe("playing", () => {
  it("goes on step by step and stops behind the end", () => {
    const five = stepsOf(6_000, 6_300);
    expect(countOf(five)).toBe(5);
    expect(played(five, [6_000, 6_060])).toEqual([6_060, 6_120]);
    expect(played(five, [6_240, 6_300])).toBeNull();
  });

  it("takes larger moves through many steps, and shows the end", () => {
    const long = stepsOf(0, 7_200);
    let moves = 0;
    let last: Part = firstPart(long);
    for (let next = played(long, last); next; next = played(long, last)) {
      moves += 1;
      last = next;
    }
    expect(last).toEqual([6_600, 7_200]);
    // 110 steps of way, 3 at a time.
    expect(moves).toBe(37);
  });
});

describe("a part while time goes on", () => {
  const later = stepsOf(6_060, 9_660);

  it("stays at the end if it was there", () => {
    expect(followed(HOUR, later, [9_480, 9_600])).toEqual([9_540, 9_660]);
  });

  it("stays in its place otherwise", () => {
    expect(followed(HOUR, later, [7_200, 7_500])).toEqual([7_200, 7_500]);
  });

  it("is gone when it was left behind", () => {
    expect(followed(HOUR, later, [6_000, 6_060])).toBeNull();
  });

  it("is not moved by a range with other steps", () => {
    expect(followed(HOUR, stepsOf(0, 21_600), [9_480, 9_600])).toEqual([9_480, 9_600]);
  });
});

describe("figures and ranges", () => {
  it("add up over a part, its end outside", () => {
    const bars = barsOf(HOUR, [
      [6_000, 5, 1, 0, 1, null, null],
      [6_060, 3, 0, 2, 0, null, null],
      [6_120, 9, 0, 0, 9, null, null],
    ]);
    expect(summed(bars, [6_000, 6_120])).toEqual({ all: 12, bad: 4, faults: 1 });
  });

  it("become longer around their middle, but not past now", () => {
    expect(around([1_000, 1_060], 900, 9_999)).toEqual([580, 1_480]);
    expect(around([1_000, 1_060], 900, 1_059.5)).toEqual([160, 1_060]);
  });
});
