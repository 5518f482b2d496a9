import { describe, expect, it } from "vitest";
import { entity, SHOP, SHOP_NODES, trace } from "./trace.fixture.ts";
import { treeOf, without } from "./tree.ts";
import { typeName } from "./type-name.ts";
import { asked, whatWasAsked } from "./words.ts";

describe("the tree of a trace", () => {
  const tree = treeOf(trace(SHOP, { map: { nodes: SHOP_NODES, edges: [] } }));

  it("counts what lies below, and the time that a part took itself", () => {
    const web = tree.byId.get("web");
    expect(web?.below).toBe(4);
    expect(web?.self).toBeCloseTo(1 - 0.5 - 0.2, 9);
    expect(tree.byId.get("call")?.self).toBeCloseTo(0.2, 9);
    expect(tree.byId.get("get")?.self).toBe(0);
  });

  it("tells when the answer waited for a part itself, and that adds up to what the server says", () => {
    const waits = tree.byId.get("web")?.waits ?? [];
    expect(waits.map(([from, to]) => [from, to])).toEqual([
      [0, 0.1],
      [0.6, 0.7],
      [0.9, 1],
    ]);
    expect(tree.byId.get("get")?.waits).toEqual([]);
  });

  it("knows of failures below, and the service of each part", () => {
    expect(tree.byId.get("web")?.worstBelow).toBe("fault");
    expect(tree.byId.get("get")?.worstBelow).toBe("ok");
    expect(tree.byId.get("orders")?.service?.name).toBe("orders");
  });

  it("reaches from the first start to the last end, also where clocks disagree", () => {
    const early = entity("early", { start: -0.25, end: 0.1 });
    const late = entity("late", { start: 0.5, end: 2.5 });
    expect(treeOf(trace([early, late])).extent).toEqual([-0.25, 2.5]);
  });

  it("ends what is in progress where the trace ends", () => {
    const open = entity("open", { start: 0.4, end: null, in_progress: true });
    expect(treeOf(trace([entity("root", { end: 2 }), open], { duration: 2 })).byId.get("open")?.end).toBe(2);
  });

  it("does not count time twice in which two parts were at work", () => {
    expect(
      without(
        [0, 10],
        [
          [4, 8],
          [1, 5],
          [9, 12],
        ],
      ),
    ).toEqual([
      [0, 1],
      [8, 9],
    ]);
  });
});

describe("words", () => {
  it("call a trace by what was asked, without host and query", () => {
    const summary = trace(SHOP).summary;
    expect(asked(summary)).toBe("GET /cart");
    expect(whatWasAsked(summary)).toBe("GET http://shop.test/cart?basket=7");
    expect(asked({ ...summary, url: null })).toBe("web");
    expect(asked({ ...summary, url: "/only/a/path?x=1" })).toBe("GET /only/a/path");
  });

  it("call types by their names", () => {
    expect([typeName("AWS::DynamoDB::Table"), typeName("AWS::New::Thing"), typeName("")]).toEqual([
      "DynamoDB table",
      "New Thing",
      "",
    ]);
  });
});
