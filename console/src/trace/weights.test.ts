import { describe, expect, it } from "vitest";
import type { TraceSummary } from "../api/index.ts";
import { areWeighted, counting, rank, responses, standFor, times } from "./weights.ts";

function row(weight: number, response: number | null = 1): TraceSummary {
  return { weight, response } as TraceSummary;
}

describe("rows that stand for others", () => {
  const rows = [row(1), row(10), row(2.5)];

  it("count as those", () => {
    expect(standFor(rows)).toBe(13.5);
    expect(counting(rows, true)).toBe(rows);
  });

  it("count alone when they are not scaled, always as the same list", () => {
    expect(standFor(counting(rows, false))).toBe(3);
    expect(counting(rows, false)).toBe(counting(rows, false));
    expect(rows[1]?.weight).toBe(10);
  });

  it("are left as they are when none does", () => {
    const alone = [row(1), row(1)];
    expect(areWeighted(alone)).toBe(false);
    expect(counting(alone, false)).toBe(alone);
  });
});

describe("percentiles", () => {
  it("are by nearest rank, as if each were there as often as it counts", () => {
    const values = responses([row(1, 5), row(3, 0.1), row(1, 2), row(7, null)]);
    expect(values).toEqual([
      [0.1, 3],
      [2, 1],
      [5, 1],
    ]);
    const repeated = [0.1, 0.1, 0.1, 2, 5];
    for (const share of [0, 0.2, 0.5, 0.6, 0.61, 0.8, 0.81, 1]) {
      expect(rank(values, share)).toBe(repeated[Math.max(0, Math.ceil(share * 5) - 1)]);
    }
    expect(rank([], 0.5)).toBeNull();
  });
});

it.each([
  [10, "×10"],
  [1 / 0.3, "×3.33"],
  [1000, "×1,000"],
])("%f is written %s", (weight, told) => {
  expect(times(weight)).toBe(told);
});
