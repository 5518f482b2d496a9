import { describe, expect, it } from "vitest";
import { entity, SHOP, trace } from "../../trace/trace.fixture.ts";
import { treeOf } from "../../trace/tree.ts";
import { flameOf, partAt } from "./flame-layout.ts";

describe("the flame graph", () => {
  it("puts a part below what called it, and parts of the same time beside each other", () => {
    const tree = treeOf(
      trace([
        entity("root", { end: 10 }),
        entity("a", { parent: "root", depth: 1, start: 1, end: 5 }),
        entity("below", { parent: "a", depth: 2, start: 2, end: 4 }),
        entity("b", { parent: "root", depth: 1, start: 3, end: 8 }),
        entity("c", { parent: "root", depth: 1, start: 8, end: 9 }),
      ]),
    );
    const flame = flameOf(tree);
    expect(flame.lanes).toEqual([0, 1, 2, 3, 1]);
    expect(flame.count).toBe(4);
  });

  it("never overlaps, also where clocks disagree", () => {
    let seed = 3;
    const chance = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const entities = [entity("e0", { end: 10 })];
    for (let at = 1; at < 300; at += 1) {
      const parent = entities[Math.max(0, at - 1 - Math.floor(chance() * 3))];
      const start = chance() * 12 - 1;
      entities.push(
        entity(`e${at}`, { parent: parent?.id ?? null, depth: (parent?.depth ?? 0) + 1, start, end: start + chance() }),
      );
    }
    const tree = treeOf(trace(entities));
    const { lanes } = flameOf(tree);
    for (const one of tree.parts) {
      if (one.parent) expect(lanes[one.index]).toBeGreaterThan(lanes[one.parent.index] ?? -1);
      for (const other of tree.parts.slice(one.index + 1)) {
        if (lanes[one.index] !== lanes[other.index]) continue;
        expect(Math.min(one.end, other.end) - Math.max(one.entity.start, other.entity.start)).toBeLessThan(1e-6);
      }
    }
  });

  it("finds the part under the pointer, also a very thin one beside it", () => {
    const tree = treeOf(trace(SHOP));
    const flame = flameOf(tree);
    expect(partAt(tree, flame, 0, 0.5, 0.01)?.entity.id).toBe("web");
    expect(partAt(tree, flame, 1, 0.3, 0.01)?.entity.id).toBe("call");
    expect(partAt(tree, flame, 1, 0.605, 0.01)?.entity.id).toBe("call");
    expect(partAt(tree, flame, 1, 0.65, 0.01)).toBeNull();
  });
});
