import { describe, expect, it } from "vitest";
import type { MapEdge, Stats } from "../../api/index.ts";
import { node as plainNode } from "../../trace/trace.fixture.ts";
import { clustered, MANY, summed } from "./clusters.ts";
import { added, fits, neighbourhood, ring, trouble, union, weight } from "./figures.ts";
import { fitted, LEAST_SCALE, MOST_SCALE, moved, overflows, revealing, zoomed } from "./viewport.ts";

function stats(ok: number, error = 0, throttle = 0, fault = 0, mean = 0.1): Stats {
  const total = ok + error + throttle + fault;
  return {
    ok,
    error,
    throttle,
    fault,
    total,
    mean: total === 0 ? null : mean,
    p50: null,
    p90: null,
    p95: null,
    p99: null,
    per_minute: total,
  };
}

const node = (id: string, more: Partial<ReturnType<typeof plainNode>> = {}) =>
  plainNode(id, { stats: stats(1), ...more });

function edge(source: string, target: string, more: Partial<MapEdge> = {}): MapEdge {
  return { id: `${source}>${target}`, source, target, kind: "call", first: 0, last: 1, stats: stats(1), ...more };
}

describe("figures", () => {
  it("tell the worst outcome and its share", () => {
    expect(trouble(stats(10))).toBeNull();
    expect(trouble(stats(0))).toBeNull();
    expect(trouble(stats(90, 5, 3, 2))).toEqual({ outcome: "fault", share: 0.02, all: 0.1 });
    expect(trouble(stats(9, 1))?.outcome).toBe("error");
  });

  it("make a ring that is closed, the bad clockwise first, and shows one fault in a thousand", () => {
    const arcs = ring(stats(999, 0, 0, 1));
    expect(arcs.map((arc) => arc.outcome)).toEqual(["fault", "ok"]);
    expect(arcs[0]?.length).toBeGreaterThan(0.025);
    expect(arcs.reduce((sum, arc) => sum + arc.length, 0)).toBeCloseTo(1);
    expect(arcs[1]?.from).toBeCloseTo(arcs[0]?.length ?? Number.NaN);
    expect(ring(stats(0))).toEqual([]);
  });

  it("weigh traffic by its logarithm", () => {
    expect(weight(0, 100)).toBe(0);
    expect(weight(100, 100)).toBe(1);
    expect(weight(10, 100)).toBeGreaterThan(0.4);
    expect(weight(5, 0)).toBe(0);
  });

  it("find what leads to a node and what follows from it, not what is beside it", () => {
    const map = {
      nodes: ["client", "web", "orders", "db", "other"].map((id) => node(id)),
      edges: [
        edge("client", "web"),
        edge("web", "orders"),
        edge("orders", "db"),
        edge("web", "other"),
        edge("db", "web"),
      ],
    };
    const near = neighbourhood({ ...map, edges: map.edges.slice(0, 4) }, "orders");
    expect([...near].sort()).toEqual(["client", "client>web", "db", "orders", "orders>db", "web", "web>orders"]);
    // A circle comes to its end.
    expect(neighbourhood(map, "orders").has("other")).toBe(true);
    expect([...neighbourhood({ ...map, edges: map.edges.slice(0, 4) }, "web>orders")].sort()).toEqual([
      "client",
      "client>web",
      "db",
      "orders",
      "orders>db",
      "web",
      "web>orders",
    ]);
  });

  it("search in names and types, all words", () => {
    const one = node("n", { name: "shop-orders", type: "AWS::DynamoDB::Table" });
    expect(fits(one, "ORDERS")).toBe(true);
    expect(fits(one, "orders dynamo")).toBe(true);
    expect(fits(one, "orders sqs")).toBe(false);
  });

  it("join two maps, and tell what is missing and what is new", () => {
    const all = { nodes: [node("a"), node("b")], edges: [edge("a", "b")] };
    const part = { nodes: [node("a", { stats: stats(7) })], edges: [] };
    const joined = union(all, part);
    expect(joined.nodes.map((one) => [one.id, one.stats.total])).toEqual([
      ["a", 7],
      ["b", 1],
    ]);
    expect([...joined.absent].sort()).toEqual(["a>b", "b"]);
    expect([...added(all, part)].sort()).toEqual(["a>b", "b"]);
    expect(added(part, all).size).toBe(0);
  });
});

describe("clusters", () => {
  const many = Array.from({ length: MANY + 100 }, (_, at) => node(`n${at}`, { name: `team${at % 20}-service-${at}` }));
  const edges = many.slice(1).map((one, at) => edge(`n${at}`, one.id));

  it("are not made of a map that can be read", () => {
    const map = { nodes: many.slice(0, MANY), edges: [] };
    expect(clustered(map, [])).toMatchObject({ nodes: map.nodes, clusters: new Map() });
  });

  it("draw namespaces together, and lose no request", () => {
    const drawn = clustered({ nodes: many, edges }, []);
    expect(drawn.nodes.length).toBe(20);
    expect(drawn.nodes.reduce((sum, one) => sum + one.stats.total, 0)).toBe(many.length);
    expect(drawn.edges.reduce((sum, one) => sum + one.stats.total, 0)).toBe(edges.length);
    for (const one of drawn.edges) {
      expect(drawn.nodes.some((other) => other.id === one.source)).toBe(true);
      expect(drawn.nodes.some((other) => other.id === one.target)).toBe(true);
    }
  });

  it("expand by name", () => {
    const first = [...clustered({ nodes: many, edges }, []).clusters.values()][0];
    const drawn = clustered({ nodes: many, edges }, [first?.name ?? ""]);
    expect(drawn.nodes.length).toBe(19 + (first?.members.length ?? 0));
    expect(drawn.clusters.size).toBe(19);
  });

  it("leave clients alone", () => {
    const client = node("c", { kind: "client", name: "team1-service-1" });
    const drawn = clustered({ nodes: [...many, client], edges: [] }, []);
    expect(drawn.nodes).toContain(client);
  });

  it("add counts and weigh means", () => {
    expect(summed([stats(1, 0, 0, 0, 1), stats(2, 1, 0, 0, 0.2), stats(0)])).toMatchObject({
      ok: 3,
      error: 1,
      total: 4,
      mean: (1 + 0.6) / 4,
      p95: null,
    });
    expect(summed([]).mean).toBeNull();
  });
});

describe("the viewport", () => {
  const drawing = { width: 2_000, height: 1_000 };
  const window = { width: 1_000, height: 800 };

  it("fits all of it, in the middle, and not larger than life", () => {
    const at = fitted(drawing, window);
    expect(at.k).toBeCloseTo(0.476);
    expect(at.x).toBeCloseTo((1_000 - 2_000 * at.k) / 2);
    expect(overflows(at, drawing, window)).toBe(false);
    expect(fitted({ width: 100, height: 100 }, window).k).toBeLessThan(1.2);
    expect(fitted({ width: 0, height: 0 }, window)).toEqual({ x: 0, y: 0, k: 1 });
  });

  it("zooms around a point, within bounds", () => {
    const at = zoomed({ x: 10, y: 20, k: 1 }, 2, 110, 220);
    expect((110 - at.x) / at.k).toBeCloseTo(100);
    expect((220 - at.y) / at.k).toBeCloseTo(200);
    expect(zoomed({ x: 0, y: 0, k: 1 }, 1e9, 0, 0).k).toBe(MOST_SCALE);
    expect(zoomed({ x: 0, y: 0, k: 1 }, 1e-9, 0, 0).k).toBe(LEAST_SCALE);
  });

  it("never loses the drawing, and reveals a part with the least movement", () => {
    expect(moved({ x: 0, y: 0, k: 1 }, -1e6, 1e6, drawing, window)).toEqual({ x: 80 - 2_000, y: 720, k: 1 });
    const part = { x: 1_500, y: 100, width: 100, height: 100 };
    const at = revealing({ x: 0, y: 0, k: 1 }, part, window);
    expect(at).toEqual({ x: 1_000 - 24 - 1_600, y: 0, k: 1 });
    expect(revealing(at, part, window)).toEqual(at);
  });
});
