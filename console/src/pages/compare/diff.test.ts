import { describe, expect, it } from "vitest";
import { entity, trace } from "../../trace/trace.fixture.ts";
import { treeOf } from "../../trace/tree.ts";
import { bySelf, compared, flat, isAlike, kindOf, mainReason, tally } from "./diff.ts";

const a = treeOf(
  trace([
    entity("w", { name: "web", kind: "segment", end: 1 }),
    entity("c1", { name: "call", parent: "w", depth: 1, start: 0, end: 0.2 }),
    entity("c2", { name: "call", parent: "w", depth: 1, start: 0.2, end: 0.4 }),
    entity("o", { name: "old", parent: "w", depth: 1, start: 0.5, end: 0.6 }),
  ]),
);
const b = treeOf(
  trace([
    entity("W", { name: "web", kind: "segment", end: 2, outcome: "fault" }),
    entity("C1", { name: "call", parent: "W", depth: 1, start: 0, end: 1.5 }),
    entity("N", { name: "new", parent: "C1", depth: 2, start: 0.1, end: 0.3 }),
  ]),
);
const entries = compared(a, b);
const named = (name: string) => {
  const found = flat(entries).find((entry) => entry.name === name);
  if (!found) throw new Error(name);
  return found;
};

describe("two traces compared", () => {
  it("are matched by the path of names, in the order of A, then of B", () => {
    expect(flat(entries).map((entry) => [entry.name, kindOf(entry), entry.depth])).toEqual([
      ["web", "both", 0],
      ["call", "both", 1],
      ["new", "b", 2],
      ["old", "a", 1],
    ]);
  });

  it("add up a loop, and say how often it ran", () => {
    expect(named("call").a).toMatchObject({ count: 2 });
    expect(named("call").a?.total).toBeCloseTo(0.4, 9);
    expect(named("call").change).toBeCloseTo(1.1, 9);
  });

  it("count what one of them did not do as no time", () => {
    expect(named("new").change).toBeCloseTo(0.2, 9);
    expect(named("old").change).toBeCloseTo(-0.1, 9);
  });

  it("name the part that accounts for the difference by what it took itself", () => {
    expect(mainReason(entries, 1)?.name).toBe("call");
    expect(bySelf(entries)[0]?.name).toBe("call");
  });

  it("are counted", () => {
    expect(tally(entries)).toEqual({ onlyA: 1, onlyB: 1, changed: 2, alike: 0 });
    expect(tally(compared(a, a))).toEqual({ onlyA: 0, onlyB: 0, changed: 0, alike: 3 });
  });

  it("differ when one failed, however long both took", () => {
    const failed = treeOf(trace([entity("w", { name: "web", kind: "segment", end: 1, outcome: "fault" })]));
    const fine = treeOf(trace([entity("w", { name: "web", kind: "segment", end: 1 })]));
    const [entry] = compared(fine, failed);
    expect(entry && isAlike(entry)).toBe(false);
  });

  it("keep a call apart from what it called, though both have one name", () => {
    const same = treeOf(
      trace([
        entity("x", { name: "orders" }),
        entity("y", { name: "orders", parent: "x", depth: 1, kind: "inferred" }),
      ]),
    );
    expect(flat(compared(same, same))).toHaveLength(2);
  });
});
