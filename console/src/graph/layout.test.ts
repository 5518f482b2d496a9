import { describe, expect, it } from "vitest";
import { node } from "../trace/trace.fixture.ts";
import { curve, type Look, laid, turned } from "./layout.ts";

const NODE_HEIGHT = 44;
const nodeWidth = (one: { kind: string }): number => (one.kind === "client" ? 40 : 148);
const LOOK: Look = { width: nodeWidth, height: NODE_HEIGHT, across: 44, between: 14, lane: 10 };

const edge = (source: string, target: string) => ({ id: `${source}>${target}`, source, target });

describe("a layered layout", () => {
  const nodes = [node("c", { kind: "client" }), node("web"), node("orders"), node("pay"), node("db")];
  const edges = [
    edge("c", "web"),
    edge("web", "orders"),
    edge("orders", "pay"),
    edge("web", "db"),
    edge("orders", "db"),
  ];

  it("goes from left to right along the calls", () => {
    const { nodes: at } = laid(nodes, edges, LOOK);
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
      const { nodes: at, width, height } = laid(many, some, LOOK);
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
    const { edges: drawn } = laid([node("a"), node("b")], [edge("a", "b"), edge("b", "a"), edge("a", "a")], LOOK);
    for (const points of drawn.values()) expect(curve(points)).not.toContain("NaN");
  });

  it("is empty for no nodes", () => {
    expect(laid([], [], LOOK)).toMatchObject({ width: 0, height: 0 });
  });

  it("keeps clients alone at the left when asked", () => {
    const look = { ...LOOK, clientsFirst: true };
    const { nodes: at } = laid([...nodes, node("worker")], edges, look);
    expect(at.get("worker")?.x).toBe(at.get("web")?.x);
    expect(at.get("c")?.x).toBe(0);
  });

  it("keeps the order of what stood somewhere before", () => {
    const leaves = ["a", "b", "d", "e"].map((name) => node(name));
    const calls = leaves.map((leaf) => edge("root", leaf.id));
    const first = laid([node("root"), ...leaves], calls, LOOK);
    const turned = laid([node("root"), ...[...leaves].reverse()], [...calls].reverse(), LOOK, first.nodes);
    for (const leaf of leaves) expect(turned.nodes.get(leaf.id)).toEqual(first.nodes.get(leaf.id));
  });

  it("draws edges straight through where there are too many to follow", () => {
    const chain = Array.from({ length: 12 }, (_, at) => node(`n${at}`));
    const all = chain.flatMap((one, at) => chain.slice(at + 1).map((other) => edge(one.id, other.id)));
    const { edges: drawn } = laid(chain, all, LOOK);
    for (const points of drawn.values()) expect(points).toHaveLength(2);
  });

  it("can be turned, so that calls go from top to bottom", () => {
    const layout = laid(nodes, edges, LOOK);
    const down = turned(layout);
    expect([down.width, down.height]).toEqual([layout.height, layout.width]);
    expect(down.nodes.get("c")?.y).toBeLessThan(down.nodes.get("web")?.y ?? 0);
    expect(turned(down)).toEqual(layout);
  });
});
