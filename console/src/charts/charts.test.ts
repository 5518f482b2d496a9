import { describe, expect, it } from "vitest";
import type { Bin } from "../api/types.ts";
import { bars, durationDomain, merged, percentile, total, wantsLog, within } from "./bins.ts";
import { linear, log, logTicks, niceStep, ticks, timeTickLabel, timeTicks } from "./scales.ts";

describe("scales", () => {
  it.each([
    ["linear", linear([10, 20], [0, 100])],
    ["log", log([0.001, 10], [40, 640])],
    ["upward", log([0.001, 10], [200, 8])],
  ] as const)("%s goes there and back", (_name, scale) => {
    for (const share of [0, 0.25, 0.5, 1]) {
      const px = scale.span[0] + share * (scale.span[1] - scale.span[0]);
      expect(scale.to(scale.from(px))).toBeCloseTo(px, 6);
    }
    expect(scale.to(scale.domain[0])).toBeCloseTo(scale.span[0]);
    expect(scale.to(scale.domain[1])).toBeCloseTo(scale.span[1]);
  });

  it("gives every power of ten the same room", () => {
    const scale = log([0.001, 1], [0, 300]);
    expect([scale.to(0.01), scale.to(0.1)].map(Math.round)).toEqual([100, 200]);
  });
});

describe("ticks", () => {
  it("are round, and no more than asked for", () => {
    expect(ticks(0, 1, 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(ticks(0, 0.37, 4)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(ticks(3, 3, 4)).toEqual([3]);
    expect([niceStep(7, 3), niceStep(100, 4), niceStep(0.3, 3)]).toEqual([2.5, 25, 0.1]);
  });

  it("of a logarithm are 1, 2 and 5 where there is room", () => {
    expect(logTicks(0.01, 0.1, 9)).toEqual([0.01, 0.02, 0.05, 0.1]);
    expect(logTicks(0.001, 10, 5)).toEqual([0.001, 0.01, 0.1, 1, 10]);
  });

  it("of time are whole minutes and quarters", () => {
    const start = Date.UTC(2026, 10, 25, 6, 57, 54) / 1000;
    const found = timeTicks(start, start + 900, 5, "utc");
    expect(found.map((at) => timeTickLabel(at, 300, "utc"))).toEqual(["07:00", "07:05", "07:10"]);
  });

  it("of days name the day at midnight", () => {
    const midnight = Date.UTC(2026, 10, 25) / 1000;
    expect(timeTickLabel(midnight, 21_600, "utc")).toBe("11-25");
    expect(timeTickLabel(midnight + 15, 15, "utc")).toBe("00:00:15");
  });
});

describe("histograms", () => {
  const bins: Bin[] = [
    [0.01, 50],
    [0.02, 40],
    [0.1, 9],
    [2, 1],
  ];

  it("have percentiles by nearest rank", () => {
    expect([percentile(bins, 0.5), percentile(bins, 0.9), percentile(bins, 0.99), percentile(bins, 1)]).toEqual([
      0.01, 0.02, 0.1, 2,
    ]);
    expect(percentile([], 0.5)).toBeNull();
  });

  it("count what lies within", () => {
    expect(within(bins, 0.02, 0.1)).toBe(49);
    expect(total(bins)).toBe(100);
  });

  it("go logarithmic when p99 is over twenty times p50, and only then", () => {
    expect(
      wantsLog([
        [0.01, 98],
        [0.2, 2],
      ]),
    ).toBe(false);
    expect(
      wantsLog([
        [0.01, 98],
        [0.201, 2],
      ]),
    ).toBe(true);
    expect(wantsLog(bins)).toBe(false);
  });

  it("add up", () => {
    expect(
      merged([
        bins,
        [
          [0.02, 2],
          [5, 1],
        ],
      ]),
    ).toEqual([
      [0.01, 50],
      [0.02, 42],
      [0.1, 9],
      [2, 1],
      [5, 1],
    ]);
  });

  it.each([true, false])("lose no request between bins and bars (logarithmic: %s)", (isLog) => {
    const domain = durationDomain(bins, isLog);
    const scale = isLog ? log(domain, [40, 640]) : linear(domain, [40, 640]);
    const drawn = bars([bins, [[0, 3]]], scale, 60);
    expect(drawn.counts.flat().reduce((sum, one) => sum + one, 0)).toBe(103);
    expect(drawn.edges).toHaveLength(61);
    expect(drawn.highest).toBeGreaterThanOrEqual(50);
  });

  it("show what was zoomed into, and nothing else", () => {
    const drawn = bars([bins], linear([0.015, 0.15], [0, 100]), 10);
    expect(drawn.counts.flat().reduce((sum, one) => sum + one, 0)).toBe(49);
  });
});
