import { describe, expect, it } from "vitest";
import { pieces, splitAt } from "./lexer.ts";

const kinds = (text: string): string[] =>
  pieces(text)
    .filter((piece) => piece.kind !== "space")
    .map((piece) => `${piece.kind}:${piece.text}`);

describe("pieces", () => {
  it("of a condition", () => {
    expect(kinds('http.status>=500 and !user = "a b"')).toEqual([
      "word:http.status",
      "operator:>=",
      "number:500",
      "logic:and",
      "logic:!",
      "word:user",
      "operator:=",
      'string:"a b"',
    ]);
  });

  it("!= is one operator, ! another thing", () => {
    expect(kinds("ok != true")).toEqual(["word:ok", "operator:!=", "word:true"]);
  });

  it("a string keeps its escaped quotes, and one without end goes to the end", () => {
    expect(kinds('user = "a\\"b" x')).toContain('string:"a\\"b"');
    const open = pieces('user = "a AND b').at(-1);
    expect(open).toMatchObject({ kind: "string", text: '"a AND b', open: true });
  });

  it("the key of an annotation follows no rule of words", () => {
    expect(kinds("annotation[http-route/x] = 1")).toContain("key:http-route/x");
    expect(kinds('annotation["a b"] = 1')).toContain('string:"a b"');
    expect(pieces("annotation[ti").at(-1)).toMatchObject({ kind: "key", open: true });
  });

  it("JSON is one piece, brackets in its strings included", () => {
    expect(kinds('rootcause.json = #[{"Services": ["]"]}] AND ok')).toEqual([
      "word:rootcause.json",
      "operator:=",
      'json:#[{"Services": ["]"]}]',
      "logic:AND",
      "word:ok",
    ]);
  });

  it("lose nothing, whatever is typed", () => {
    for (const text of ['a "', "#", "#[", "#x", "annotation[", "~ && § ( } ]", "-", '"\\', "annotation[]", "  "]) {
      const found = pieces(text);
      expect(found.map((piece) => piece.text).join("")).toBe(text);
      expect(found.every((piece) => piece.to > piece.from)).toBe(true);
    }
  });
});

describe("cutting at a word", () => {
  it("happens outside of brackets and strings alone, in any case of letters", () => {
    expect(splitAt('a or (b OR c) OR user = "x OR y"', "or")).toEqual(["a", "(b OR c)", 'user = "x OR y"']);
    expect(splitAt("service() { a AND b } AND c", "and")).toEqual(["service() { a AND b }", "c"]);
    expect(splitAt("ok", "and")).toEqual(["ok"]);
  });
});
