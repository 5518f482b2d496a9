import { describe, expect, it } from "vitest";
import type { MapEdge, MapNode, Stats } from "../../api/index.ts";
import { compared, figures, heat, periodFor, points, startBins, told } from "./figures.ts";
import { impacted, impactTold } from "./impact.ts";
import { goalText, levels, levelsTold, readGoal, readTarget, type SlaNode, targetText } from "./objectives.ts";
import { row, times } from "./rows.fixture.ts";
import { expected, MOST, oneIn, shareFor } from "./sample.ts";
import { throttled, throttlesTold } from "./throttles.ts";

describe("figures of a set", () => {
  it("a trace counts as those that it stands for", () => {
    const found = figures([row({ response: 5, outcome: "fault" }), row({ response: 0.1, weight: 19 })]);
    expect(found).toEqual({ traces: 20, p50: 0.1, p95: 0.1, failed: 1 });
    expect(startBins([row({ start: 5, weight: 4 })], 0, 10)).toEqual([[5, 4]]);
  });

  it("faults and throttles are failures, errors are not", () => {
    const rows = (["ok", "error", "throttle", "fault"] as const).map((outcome) => row({ outcome }));
    expect(figures(rows)).toEqual({ traces: 4, p50: 0.1, p95: 0.1, failed: 2 });
  });

  it("are told in a sentence", () => {
    expect(told({ traces: 0, p50: null, p95: null, failed: 0 })).toBe("No trace fits.");
    expect(told({ traces: 200, p50: 0.03, p95: 0.8, failed: 10 })).toBe(
      "Half were answered within 30 ms, 19 of 20 within 800 ms; 5% failed or were throttled.",
    );
  });

  it("two are compared in plain words", () => {
    const a = { traces: 100, p50: 0.1, p95: 0.2, failed: 0 };
    expect(compared(a, { ...a, p50: 0.45, failed: 38 })).toBe(
      "B is 4.5 times slower than A (half within 450 ms, against 100 ms), and it fails more often (38%, against 0%).",
    );
    expect(compared(a, { ...a, p50: 0.08 })).toBe("B is 25% faster than A (half within 80 ms, against 100 ms).");
    expect(compared(a, a)).toBe("A and B take about as long, and fail about as often.");
    expect(compared(a, { ...a, traces: 0 })).toBe("Set B is empty: there is nothing to compare.");
  });

  it("differences are points with a sign", () => {
    expect([0.974, -0.052, 0.03, 0.0001, -1].map(points)).toEqual(["+97", "−5.2", "+3", "0", "−100"]);
  });
});

describe("charts over time", () => {
  it("a period gives at most so many columns", () => {
    expect(periodFor(0, 900, 60)).toBe(15);
    expect(periodFor(0, 3600, 60)).toBe(60);
    expect(periodFor(0, 10, 60)).toBe(1);
  });

  it("what began before the range counts at its start", () => {
    const rows = [row({ start: 50 }), row({ start: 100.5 }), row({ start: 119.9 })];
    expect(startBins(rows, 100, 120)).toEqual([
      [100, 2],
      [119, 1],
    ]);
  });

  it("columns of the heat map begin with the range; what was not answered has no place", () => {
    const rows = [
      row({ start: 103, response: 0.2 }),
      row({ start: 112.9, response: 0.2 }),
      row({ start: 113, response: 0.1 }),
      row({ start: 113, response: null }),
    ];
    expect(heat(rows, 103, 123, 10)).toEqual([
      [103, [[0.2, 2]]],
      [113, [[0.1, 1]]],
    ]);
  });
});

describe("a sample", () => {
  it("is taken where there are more traces than are loaded", () => {
    expect(shareFor(MOST)).toBe(1);
    expect(shareFor(40_000)).toBe(0.25);
    expect(shareFor(30_000)).toBe(0.333333);
  });

  it("of a filter is judged by how far the first page came", () => {
    // 1,000 in the newest quarter: 4,000 in all.
    expect(expected(1000, 175, 100, 200)).toBe(4000);
    expect(expected(0, 100, 100, 200)).toBe(0);
  });

  it("is said as people say it", () => {
    expect([1, 0.64, 0.25, 0.0463].map(oneIn)).toEqual(["all", "about 6 in 10", "1 in 4", "1 in 22"]);
  });
});

describe("who is impacted", () => {
  const rows = [
    row({ users: ["ada"], outcome: "fault", start: 10, id: "1-a" }),
    row({ users: ["ada"], outcome: "throttle", start: 20, id: "1-b" }),
    row({ users: ["ada", "bob"], outcome: "ok" }),
    row({ users: ["ada"], outcome: "error", start: 30 }),
    row({ users: [], outcome: "fault", start: 5, id: "1-c" }),
  ];

  it("lists users with their failures, and the newest of them", () => {
    const found = impacted(rows, "user");
    expect(found.map((one) => [one.who, one.failed, one.requests])).toEqual([
      ["ada", 2, 4],
      [null, 1, 1],
      ["bob", 0, 1],
    ]);
    expect(found[0]).toMatchObject({ fault: 1, throttle: 1, error: 1, share: 0.5 });
    expect(found[0]?.last).toEqual({ id: "1-b", at: 20, outcome: "throttle" });
  });

  it("is answered in words", () => {
    const said = impactTold(impacted(rows, "user"), "user");
    expect(said.headline).toBe("1 of 2 users is impacted");
    expect(said.detail).toBe(
      "2 requests of theirs failed or were throttled. Most failures: ada, 2 of 4 requests (50%). For 1 user a quarter of all requests or more failed. 1 failed request named no user.",
    );
    expect(impactTold(impacted([row({ users: ["ada"] })], "user"), "user").headline).toBe("Nobody is impacted");
    expect(impactTold(impacted([row()], "user"), "user").headline).toBe("No request names a user");
  });
});

describe("where callers are throttled", () => {
  const stats = (total: number, throttle: number): Stats => ({
    ok: total - throttle,
    error: 0,
    throttle,
    fault: 0,
    total,
    mean: 0.1,
    p50: 0.1,
    p90: 0.1,
    p95: 0.1,
    p99: 0.1,
    per_minute: 1,
  });
  const node = (id: string, kind: MapNode["kind"] = "service"): MapNode => ({
    id,
    name: id,
    type: "T",
    account: "",
    kind,
    root: false,
    first: 0,
    last: 0,
    stats: stats(1, 0),
  });
  const edge = (
    source: string,
    target: string,
    total: number,
    throttle: number,
    kind: MapEdge["kind"] = "call",
  ): MapEdge => ({
    id: `${source} ${target}`,
    source,
    target,
    kind,
    first: 0,
    last: 0,
    stats: stats(total, throttle),
  });
  const map = {
    nodes: [node("client", "client"), node("web"), node("orders"), node("table", "inferred")],
    edges: [
      edge("client", "web", 100, 5, "client"),
      edge("web", "orders", 80, 6),
      edge("orders", "table", 40, 8),
      edge("web", "table", 40, 0),
      edge("orders", "web", 9, 9, "link"),
    ],
  };

  it("lists calls that were refused, the most first; events are no calls", () => {
    const found = throttled(map);
    expect(found.map((one) => [one.caller.name, one.resource.name, one.throttled])).toEqual([
      ["orders", "table", 8],
      ["web", "orders", 6],
      ["client", "web", 5],
    ]);
    expect(found[0]?.share).toBe(0.2);
    expect(found[0]?.filter).toBe('edge(id(name: "orders", type: "T"), id(name: "table", type: "T")) { throttle }');
    expect(found[2]?.filter).toBe('service(id(name: "web", type: "T")) { root AND throttle }');
  });

  it("says who refused, and who only handed it on", () => {
    expect(throttlesTold(throttled(map))).toEqual({
      headline: "Throttling comes from table",
      detail:
        "It refused orders 8 times: 20% of 40 calls. orders and web only handed the refusal on to their own callers.",
    });
    expect(throttlesTold([]).headline).toBe("Nobody was throttled");
  });
});

describe("service levels", () => {
  const service = (name: string, total: number, within: number, failed: number): SlaNode => ({
    name,
    type: "",
    account: "",
    kind: "service",
    total,
    within,
    failed,
    share: within / total,
  });

  it("99 of 100 is 99%: the goal is met at its edge", () => {
    const [edge, below] = levels([service("a", 100, 99, 1), service("b", 100, 98, 1)], { target: 0.5, goal: 0.99 });
    expect(edge).toMatchObject({ met: true, missed: 1, allowed: 1, late: 0, failed: 1 });
    expect(below).toMatchObject({ met: false, missed: 2, allowed: 1, late: 1, failed: 1 });
    expect(below?.filter).toBe('service(id(name: "b")) { responsetime > 0.5 OR fault OR throttle }');
  });

  it("what nobody asked has no level", () => {
    expect(levels([service("a", 0, 0, 0)], { target: 0.5, goal: 0.99 })).toEqual([]);
  });

  it("are told in words", () => {
    const objective = { target: 0.5, goal: 0.99 };
    expect(levelsTold(levels([service("web", 100, 60, 10), service("b", 10, 10, 0)], objective), objective)).toEqual({
      headline: "1 of 2 services misses the promise",
      detail:
        "99% of requests within 500 ms. web is the furthest from it: 60%. 40 requests missed it where 1 was allowed, 30 too slow and 10 failed.",
      met: false,
    });
    expect(levelsTold(levels([service("b", 10, 10, 0)], objective), objective).headline).toBe(
      "The one service keeps the promise",
    );
  });

  it("targets are read as people type them", () => {
    expect(["500", "500ms", "1.5 s", "1,5s", "2min"].map(readTarget)).toEqual([0.5, 0.5, 1.5, 1.5, 120]);
    expect(["", "fast", "-1", "0"].map(readTarget)).toEqual([null, null, null, null]);
    expect(["99", "99.9%", "99,95 %"].map(readGoal)).toEqual([0.99, 0.999, 0.9995]);
    expect(["0", "101", "x"].map(readGoal)).toEqual([null, null, null]);
    expect(goalText(0.9995)).toBe("99.95%");
    const targets = [0.001, 0.25, 1, 1.234, 59.5, 60, 90, 120];
    expect(targets.map((one) => readTarget(targetText(one)))).toEqual(targets);
  });
});

it("the fixture makes each trace its own", () => {
  expect(new Set(times(3, () => row().id)).size).toBe(3);
});
