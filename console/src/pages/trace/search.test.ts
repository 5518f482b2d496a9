import { describe, expect, it } from "vitest";
import { SHOP, SHOP_NODES, trace } from "../../trace/trace.fixture.ts";
import { treeOf } from "../../trace/tree.ts";
import { documentsOf, found, neighbour, recordedOf, withWords, wordsOf } from "./search.ts";

const tree = treeOf(trace(SHOP, { map: { nodes: SHOP_NODES, edges: [] } }));
const raw = {
  Segments: [
    {
      Id: "web",
      Document: {
        id: "web",
        annotations: { tier: "Gold" },
        subsegments: [
          { id: "get", metadata: { default: { basket: 8812 } }, subsegments: [{ id: "deep", user: "ada" }] },
        ],
      },
    },
    { Id: "orders", Document: { id: "orders", cause: { exceptions: [{ type: "Timeout", message: "no answer" }] } } },
  ],
};

describe("searching inside a trace", () => {
  it("finds by name, title, status and outcome", () => {
    expect(found(tree, "ORDERS", null)).toEqual(["orders"]);
    expect(found(tree, "getitem", null)).toEqual(["get"]);
    expect(found(tree, "500", null)).toEqual(["web"]);
    expect(found(tree, "fault", null)).toEqual(["web", "call", "orders"]);
  });

  it("finds by what was recorded: annotations, metadata, exceptions", () => {
    const recorded = recordedOf(raw);
    expect(found(tree, "tier=gold", recorded)).toEqual(["web"]);
    expect(found(tree, "8812", recorded)).toEqual(["get"]);
    expect(found(tree, '"no answer"', recorded)).toEqual(["orders"]);
  });

  it("wants every word, and nothing finds nothing", () => {
    expect(found(tree, "fault orders", null)).toEqual(["orders"]);
    expect(found(tree, "fault carts", null)).toEqual([]);
    expect(found(tree, "   ", null)).toEqual([]);
    expect(wordsOf('a "b c" d"')).toEqual(["a", "b c", 'd"']);
  });

  it("goes round from match to match", () => {
    const matches = ["web", "call", "orders"];
    expect(neighbour(tree, matches, null, 1)).toBe("web");
    expect(neighbour(tree, matches, "web", 1)).toBe("call");
    expect(neighbour(tree, matches, "get", 1)).toBe("web");
    expect(neighbour(tree, matches, "get", -1)).toBe("orders");
    expect(neighbour(tree, matches, null, -1)).toBe("orders");
    expect(neighbour(tree, [], "web", 1)).toBeNull();
  });

  it("leaves of a raw trace the segments with every word", () => {
    expect(withWords(raw, "ada GOLD")).toEqual({ Segments: [raw.Segments[0]] });
    expect(withWords(raw, "ada timeout")).toEqual({ Segments: [] });
    expect([withWords(raw, " "), withWords(null, "ada")]).toEqual([raw, null]);
  });

  it("reads every document, however it is nested, and does not fail on what is no trace", () => {
    expect([...documentsOf(raw).keys()].sort()).toEqual(["deep", "get", "orders", "web"]);
    expect(documentsOf(raw).get("web")).not.toHaveProperty("subsegments");
    expect(documentsOf(null).size + documentsOf([1]).size + documentsOf({ Segments: [null, 7] }).size).toBe(0);
  });
});
