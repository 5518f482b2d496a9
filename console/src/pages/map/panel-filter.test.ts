import { describe, expect, it } from "vitest";
import { NOTHING_CHOSEN, panelFilter, readOutcomes, tidyStretch } from "./panel-filter.ts";

const CART = 'service(id(name: "cart", type: "AWS::ECS::Container"))';
const CALL = 'edge(id(name: "web", type: "t::A"), id(name: "db", type: "t::B"))';

describe("the filter of a panel", () => {
  it("is the node or edge alone while nothing is chosen", () => {
    expect(panelFilter(CART, NOTHING_CHOSEN)).toBe(CART);
    expect(panelFilter(CALL, NOTHING_CHOSEN)).toBe(CALL);
  });

  it("asks for a ticked outcome inside the block", () => {
    expect(panelFilter(CART, { ...NOTHING_CHOSEN, outcomes: ["fault"] })).toBe(`${CART} { fault = true }`);
  });

  it("joins several ticks with OR", () => {
    expect(panelFilter(CART, { ...NOTHING_CHOSEN, outcomes: ["ok", "error"] })).toBe(
      `${CART} { ok = true OR error = true }`,
    );
  });

  it("asks for nothing when every outcome is ticked", () => {
    expect(panelFilter(CART, { ...NOTHING_CHOSEN, outcomes: ["ok", "error", "throttle", "fault"] })).toBe(CART);
  });

  it("has the stretch of the histogram with both ends", () => {
    expect(panelFilter(CART, { ...NOTHING_CHOSEN, stretch: [0.2, 0.9] })).toBe(
      `${CART} { responsetime >= 0.2 AND responsetime <= 0.9 }`,
    );
  });

  it("asks for the duration where that was looked at", () => {
    expect(panelFilter(CART, { outcomes: [], stretch: [0.2, 3], measure: "duration" })).toBe(
      `${CART} { duration >= 0.2 AND duration <= 3 }`,
    );
  });

  it("puts ticks into parentheses beside a stretch, for AND binds closer", () => {
    expect(panelFilter(CALL, { outcomes: ["throttle", "fault"], stretch: [0.5, 1], measure: "response" })).toBe(
      `${CALL} { (throttle = true OR fault = true) AND responsetime >= 0.5 AND responsetime <= 1 }`,
    );
  });
});

describe("outcomes in the address", () => {
  it("are read in the usual order, each once, and nothing else", () => {
    expect(readOutcomes(["fault", "ok", "fault", "broken"])).toEqual(["ok", "fault"]);
  });
});

describe("a stretch that was dragged", () => {
  it("is rounded outward to three digits", () => {
    expect(tidyStretch([0.123_4, 0.567_8])).toEqual([0.123, 0.568]);
    expect(tidyStretch([1.234_5, 12.345_6])).toEqual([1.23, 12.4]);
  });

  it("keeps bounds that are round", () => {
    expect(tidyStretch([0.2, 0.9])).toEqual([0.2, 0.9]);
    expect(tidyStretch([0.29, 0.58])).toEqual([0.29, 0.58]);
  });

  it("ends between milliseconds where times are short, so that whole bars are chosen", () => {
    // The bars of 1 and 2 ms: everything from 0.5 to 2.5 ms.
    expect(tidyStretch([0.000_8, 0.002_4])).toEqual([0.000_5, 0.002_5]);
    expect(tidyStretch([0.001, 0.002])).toEqual([0.000_5, 0.002_5]);
  });

  it("begins at 0 where the first bar is that of 0 ms", () => {
    expect(tidyStretch([0, 0.001_2])).toEqual([0, 0.001_5]);
    expect(tidyStretch([0, 0.25])).toEqual([0, 0.25]);
  });

  it("takes the nearest bar when it lies between two", () => {
    expect(tidyStretch([0.001_2, 0.001_7])).toEqual([0.000_5, 0.001_5]);
    expect(tidyStretch([0.003_6, 0.003_9])).toEqual([0.003_5, 0.004_5]);
  });

  it("stays the same when it is tidied again", () => {
    for (const stretch of [
      [0.000_8, 0.002_4],
      [0.0071, 0.1237],
      [0.3337, 4.4449],
      [0, 0.0004],
    ] as const) {
      const once = tidyStretch(stretch);
      expect(tidyStretch(once)).toEqual(once);
    }
  });
});
