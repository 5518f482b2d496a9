import { describe, expect, it } from "vitest";
import type { Term } from "../../filter/terms.ts";
import { row } from "./rows.fixture.ts";
import { bins, causeOf, facetsOf, fits, heat, outcomes, periodOf, valuesOf, without } from "./rows.ts";

const is = (of: string, value: string, not = false): Term => ({ of, not, is: value });

describe("what is ticked", () => {
  const ada = row({ users: ["ada", "bob"], status: 500, annotations: { tier: ["gold"], total: [45] } });

  it("values of one attribute are alternatives, attributes must all hold", () => {
    expect(fits(ada, [is("user", "ada"), is("user", "grace")])).toBe(true);
    expect(fits(ada, [is("user", "ada"), is("status", "200")])).toBe(false);
    expect(fits(ada, [is("status", "200"), is("status", "500"), is("annotation.tier", '"gold"')])).toBe(true);
    expect(fits(ada, [])).toBe(true);
  });

  it("what is excluded must not be there", () => {
    expect(fits(ada, [is("user", "bob", true)])).toBe(false);
    expect(fits(ada, [is("user", "grace", true), is("user", "ada")])).toBe(true);
  });

  it("numbers lie between their ends, the upper one outside", () => {
    expect(fits(ada, [{ of: "annotation.total", not: false, low: 45, high: 46 }])).toBe(true);
    expect(fits(ada, [{ of: "annotation.total", not: false, low: 20, high: 45 }])).toBe(false);
    expect(fits(row({ response: null }), [{ of: "response", not: false, low: 0, high: 9 }])).toBe(false);
  });

  it("of its own attribute does not narrow the choice, what is excluded does", () => {
    const terms = [is("user", "ada"), is("user", "bob", true), is("status", "500")];
    expect(without(terms, "user")).toEqual([is("user", "bob", true), is("status", "500")]);
  });
});

describe("values", () => {
  const rows = [
    row({ status: 200, response: 0.1 }),
    row({ status: 200, response: 0.3 }),
    row({ status: 502, response: null, outcome: "fault" }),
    row({ status: null, response: 5 }),
  ];

  it("come with how many, which share, how slow and how bad", () => {
    expect(valuesOf(rows, "status")).toEqual([
      { term: is("status", "200"), count: 2, share: 0.5, mean: 0.2, p95: 0.3, failed: 0, faults: 0 },
      { term: is("status", "502"), count: 1, share: 0.25, mean: null, p95: null, failed: 1, faults: 1 },
    ]);
  });

  it("a trace with two of them counts for both, one that names it twice counts once", () => {
    const users = valuesOf([row({ users: ["ada", "bob", "ada"] }), row({ users: ["ada"] })], "user");
    expect(users.map((one) => [one.term.is, one.count])).toEqual([
      ["ada", 2],
      ["bob", 1],
    ]);
  });

  it("attributes that occur come in their order, annotations last, the frequent before the rare", () => {
    const found = facetsOf([
      row({ annotations: { rare: [1], often: ["a"] } }),
      row({ annotations: { often: ["b"] }, users: ["ada"] }),
    ]);
    expect(found.map((one) => [one.attribute.id, one.values])).toEqual([
      ["outcome", 1],
      ["status", 1],
      ["url", 1],
      ["method", 1],
      ["user", 1],
      ["annotation.often", 2],
      ["annotation.rare", 1],
    ]);
  });

  it("a trace counts as those that it stands for", () => {
    const kept = [row({ outcome: "fault", response: 2 }), row({ weight: 9, response: 0.1 })];
    expect(outcomes(kept)).toEqual({ ok: 9, error: 0, throttle: 0, fault: 1 });
    expect(bins(kept)).toEqual([
      [0.1, 9],
      [2, 1],
    ]);
    expect(valuesOf(kept, "outcome").map(({ term, count, share }) => [term.is, count, share])).toEqual([
      ["ok", 9, 0.9],
      ["fault", 1, 0.1],
    ]);
    const [all] = valuesOf(kept, "method");
    expect(all).toMatchObject({ count: 10, failed: 1, faults: 1, p95: 2 });
    expect(all?.mean).toBeCloseTo((9 * 0.1 + 2) / 10);
  });

  it("outcomes are counted", () => {
    expect(outcomes(rows)).toEqual({ ok: 3, error: 0, throttle: 0, fault: 1 });
  });
});

describe("charts", () => {
  it("a column holds what began in its seconds; what was not answered is left out", () => {
    const rows = [
      row({ start: 100, response: 0.2 }),
      row({ start: 109.9, response: 0.1 }),
      row({ start: 110, response: 0.1 }),
      row({ start: 111, response: null }),
    ];
    expect(heat(rows, 100, 10)).toEqual([
      [
        100,
        [
          [0.1, 1],
          [0.2, 1],
        ],
      ],
      [110, [[0.1, 1]]],
    ]);
    expect(bins(rows)).toEqual([
      [0.1, 2],
      [0.2, 1],
    ]);
  });

  it("there are at most 120 columns, of round lengths", () => {
    expect(periodOf(0, 900)).toBe(10);
    expect(periodOf(0, 60)).toBe(1);
    expect(periodOf(0, 6 * 3600)).toBe(300);
  });
});

describe("the cause", () => {
  it("is what failed, else the way to the fault, else what took longest", () => {
    expect(causeOf(row({ faults: ["TimeoutError: gone"], slow: ["web", "db"] })).text).toBe("TimeoutError: gone");
    expect(causeOf(row({ outcome: "fault", fault_path: "web > db" }))).toEqual({ kind: "failed", text: "web > db" });
    expect(causeOf(row({ slow: ["web", "db"] }))).toEqual({ kind: "slow", text: "db" });
    expect(causeOf(row()).kind).toBe("none");
  });
});
