import { describe, expect, it } from "vitest";
import { entity, node, SHOP, trace } from "../../trace/trace.fixture.ts";
import { treeOf } from "../../trace/tree.ts";
import { flameOf, partAt } from "./flame-layout.ts";
import { curve, laid, NODE_HEIGHT, nodeWidth } from "./graph-layout.ts";

const edge = (source: string, target: string) => ({ id: `${source}>${target}`, source, target });

describe("the map of a trace", () => {
  const nodes = [node("c", { kind: "client" }), node("web"), node("orders"), node("pay"), node("db")];
  const edges = [
    edge("c", "web"),
    edge("web", "orders"),
    edge("orders", "pay"),
    edge("web", "db"),
    edge("orders", "db"),
  ];

  it("goes from left to right along the calls", () => {
    const { nodes: at } = laid(nodes, edges);
    const x = (id: string): number => at.get(id)?.x ?? Number.NaN;
    expect(x("c")).toBeLessThan(x("web"));
    expect(x("web")).toBeLessThan(x("orders"));
    expect(x("orders")).toBeLessThan(x("pay"));
    expect(x("pay")).toBe(x("db"));
  });

  it("puts no node on another, whatever calls whom", () => {
    // Fixed pseudo-random graphs.
    let seed = 7;
    const chance = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    for (let round = 0; round < 30; round += 1) {
      const many = Array.from({ length: 3 + Math.floor(chance() * 20) }, (_, at) => node(`n${at}`));
      const some = Array.from({ length: many.length * 2 }, () =>
        edge(`n${Math.floor(chance() * many.length)}`, `n${Math.floor(chance() * many.length)}`),
      );
      const { nodes: at, width, height } = laid(many, some);
      const boxes = many.map((one) => ({ ...(at.get(one.id) ?? { x: Number.NaN, y: Number.NaN }), w: nodeWidth(one) }));
      boxes.forEach((one, index) => {
        expect(one.x).toBeGreaterThanOrEqual(0);
        expect(one.x + one.w).toBeLessThanOrEqual(width);
        expect(one.y + NODE_HEIGHT).toBeLessThanOrEqual(height + 1e-6);
        for (const other of boxes.slice(index + 1)) {
          const apart = Math.abs(one.x - other.x) >= 40 || Math.abs(one.y - other.y) >= NODE_HEIGHT;
          expect(apart).toBe(true);
        }
      });
    }
  });

  it("takes circles and calls to oneself", () => {
    const { edges: drawn } = laid([node("a"), node("b")], [edge("a", "b"), edge("b", "a"), edge("a", "a")]);
    for (const points of drawn.values()) expect(curve(points)).not.toContain("NaN");
  });

  it("is empty for no nodes", () => {
    expect(laid([], [])).toMatchObject({ width: 0, height: 0 });
  });
});

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
