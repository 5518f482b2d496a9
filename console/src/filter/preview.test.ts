import { describe, expect, it } from "vitest";
import { previewTold } from "./preview.ts";

describe("the preview", () => {
  const whole = { finished: true, reached: 0, start: 0, end: 900, all: 400 };

  it("tells how many match", () => {
    expect(previewTold({ ...whole, found: 37 })).toBe("37 of the last 15 minutes' 400 traces match (9.3%).");
    expect(previewTold({ ...whole, found: 1 })).toBe("1 of the last 15 minutes' 400 traces matches (0.3%).");
    expect(previewTold({ ...whole, found: 0 })).toBe("None of the last 15 minutes' 400 traces matches.");
    expect(previewTold({ ...whole, found: 0, all: 0 })).toBe("There were no traces in the last 15 minutes.");
  });

  it("is an estimate where not all was looked at", () => {
    // 1,000 in the newest tenth.
    expect(previewTold({ found: 1000, finished: false, reached: 810, start: 0, end: 900, all: 20_000 })).toBe(
      "About 10,000 of the last 15 minutes' 20,000 traces match (50%).",
    );
  });
});
