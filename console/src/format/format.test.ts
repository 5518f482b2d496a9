import { describe, expect, it } from "vitest";
import {
  ago,
  bytes,
  clockTime,
  compact,
  count,
  dateTime,
  duration,
  epoch,
  interval,
  percent,
  plural,
} from "./index.ts";

describe("lengths of time", () => {
  it.each([
    [0, "0 ms"],
    [0.0000004, "0.4 µs"],
    [0.000_25, "250 µs"],
    [0.0015, "1.5 ms"],
    [0.0384, "38.4 ms"],
    [0.25, "250 ms"],
    [0.9996, "1 s"],
    [1.239, "1.24 s"],
    [12.34, "12.3 s"],
    [59.96, "1m"],
    [185, "3m 05s"],
    [7800, "2h 10m"],
    [90_000, "1d 1h"],
    [-0.5, "−500 ms"],
  ])("%d seconds read %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it("has a dash for what is not known", () => {
    expect([duration(null), duration(undefined), duration(Number.NaN)]).toEqual(["–", "–", "–"]);
  });

  it("writes long stretches in two units at most", () => {
    expect([interval(45), interval(3600), interval(3660), interval(4 * 86_400 + 3 * 3600)]).toEqual([
      "45s",
      "1h",
      "1h 01m",
      "4d 3h",
    ]);
  });
});

describe("numbers", () => {
  it.each([
    [999, "999"],
    [1000, "1k"],
    [12_340, "12.3k"],
    [999_499, "999k"],
    [999_500, "1M"],
    [4_560_000, "4.6M"],
    [0.25, "0.3"],
  ])("%d is compactly %s", (value, text) => {
    expect(compact(value)).toBe(text);
  });

  it("never rounds a rare event away, nor a near miss to all", () => {
    expect([percent(0), percent(0.000_01), percent(0.042), percent(0.99999), percent(1)]).toEqual([
      "0%",
      "<0.1%",
      "4.2%",
      ">99.9%",
      "100%",
    ]);
  });

  it("counts one thing in the singular", () => {
    expect([plural(1, "trace"), plural(2, "trace"), plural(0, "trace"), plural(1200, "process", "processes")]).toEqual([
      "1 trace",
      "2 traces",
      "0 traces",
      "1,200 processes",
    ]);
    expect(count(1234567)).toBe("1,234,567");
  });

  it("prints sizes as the command line does", () => {
    expect([bytes(999), bytes(4529), bytes(1_500_000)]).toEqual(["999 bytes", "4.5 kB", "1.5 MB"]);
  });
});

describe("points in time", () => {
  // 2026-11-25 06:09:39.25 UTC
  const at = Date.UTC(2026, 10, 25, 6, 9, 39, 250) / 1000;

  it("carries its zone", () => {
    expect(dateTime(at, "utc")).toBe("2026-11-25 06:09:39 UTC");
    expect(clockTime(at, "utc", "ms")).toBe("06:09:39.250");
  });

  it.each([
    ["2026-11-25 06:09:39.25", at],
    ["2026-11-25T06:09:39.25Z", at],
    ["2026-11-25 08:09:39.25+02:00", at],
    ["2026-11-25", Date.UTC(2026, 10, 25) / 1000],
    ["2026-9-1 16:00", Date.UTC(2026, 8, 1, 16) / 1000],
    ["06:09", Date.UTC(2026, 10, 25, 6, 9) / 1000],
    ["1795586979.25", 1795586979.25],
    [" 2026-11-25 06:09 UTC ", Date.UTC(2026, 10, 25, 6, 9) / 1000],
  ])("reads %s", (typed, seconds) => {
    expect(epoch(typed, "utc", at)).toBeCloseTo(seconds, 3);
  });

  it.each(["", "yesterday", "2026-02-30", "2026-13-01", "25:00", "12:61", "2026-11-25 06"])(
    "does not read %s",
    (typed) => {
      expect(epoch(typed, "utc", at)).toBeNull();
    },
  );

  it("says how long ago it was", () => {
    expect([ago(99, 100), ago(50, 100), ago(0, 200), ago(0, 8000), ago(0, 200_000)]).toEqual([
      "just now",
      "50s ago",
      "3m ago",
      "2h ago",
      "2d ago",
    ]);
  });
});
