import { describe, expect, it } from "vitest";
import { entity, SHOP, SHOP_NODES, trace } from "../../trace/trace.fixture.ts";
import { treeOf } from "../../trace/tree.ts";
import { ALL_FOLDED, foldCodec, foldedOnce, isFolded, NOTHING_FOLDED, opened, openedOnce, toggled } from "./fold.ts";
import { type Row, rowsByCall, rowsByService } from "./rows.ts";

const tree = treeOf(trace(SHOP, { map: { nodes: SHOP_NODES, edges: [] } }));
const keys = (rows: readonly Row[]): string[] => rows.map((row) => row.key);

describe("rows in the order of calls", () => {
  it("are all parts, and those below a folded one are left out", () => {
    expect(keys(rowsByCall(tree, NOTHING_FOLDED, []))).toEqual(["web", "call", "orders", "get", "table"]);
    expect(keys(rowsByCall(tree, toggled(NOTHING_FOLDED, "call"), []))).toEqual(["web", "call", "get", "table"]);
    expect(keys(rowsByCall(tree, ALL_FOLDED, []))).toEqual(["web"]);
  });

  it("warn of a parent that never came above the part that names it", () => {
    const lost = treeOf(trace([...SHOP, entity("orphan", { kind: "segment" })]));
    const rows = rowsByCall(lost, NOTHING_FOLDED, [{ id: "ffff", of: "orphan", why: "The caller has not come." }]);
    expect(keys(rows).slice(-2)).toEqual(["m.orphan.0", "orphan"]);
  });

  it("leave an open end to the part's own row", () => {
    expect(keys(rowsByCall(tree, NOTHING_FOLDED, [{ id: "get", of: "get", why: "It has not ended." }]))).toHaveLength(
      5,
    );
  });

  it("do not mind a trace that is deeper than the stack", () => {
    const deep = Array.from({ length: 20_000 }, (_, depth) =>
      entity(`d${depth}`, { depth, parent: depth === 0 ? null : `d${depth - 1}` }),
    );
    expect(rowsByCall(treeOf(trace(deep)), NOTHING_FOLDED, [])).toHaveLength(20_000);
  });
});

describe("rows service by service", () => {
  it("stand below their service, in the order in which services were first asked", () => {
    expect(keys(rowsByService(tree, NOTHING_FOLDED, []))).toEqual([
      "s.nw",
      "web",
      "call",
      "get",
      "s.no",
      "orders",
      "s.nt",
      "table",
    ]);
  });

  it("fold with their service", () => {
    expect(keys(rowsByService(tree, ALL_FOLDED, []))).toEqual(["s.nw", "s.no", "s.nt"]);
    expect(keys(rowsByService(tree, toggled(ALL_FOLDED, "s.no"), []))).toEqual(["s.nw", "s.no", "orders", "s.nt"]);
  });
});

describe("folding", () => {
  it("survives the address", () => {
    for (const fold of [
      NOTHING_FOLDED,
      ALL_FOLDED,
      toggled(toggled(ALL_FOLDED, "web"), "call"),
      toggled(NOTHING_FOLDED, "get"),
    ]) {
      expect(foldCodec.read(foldCodec.write(fold))).toEqual(fold);
    }
  });

  it("opens whatever hides a part", () => {
    const orders = tree.byId.get("orders");
    if (!orders) throw new Error("no orders");
    expect(keys(rowsByCall(tree, opened(ALL_FOLDED, orders), []))).toEqual(["web", "call", "orders", "get"]);
  });

  it("goes level by level", () => {
    const once = foldedOnce(tree, NOTHING_FOLDED);
    expect(keys(rowsByCall(tree, once, []))).toEqual(["web", "call", "get"]);
    expect(keys(rowsByCall(tree, foldedOnce(tree, once), []))).toEqual(["web"]);
    expect(keys(rowsByCall(tree, openedOnce(tree, ALL_FOLDED), []))).toEqual(["web", "call", "get"]);
    expect(openedOnce(tree, once)).toEqual(NOTHING_FOLDED);
  });

  it("never folds a part with nothing below", () => {
    const table = tree.byId.get("table");
    expect(table && isFolded(table, ALL_FOLDED)).toBe(false);
  });
});
