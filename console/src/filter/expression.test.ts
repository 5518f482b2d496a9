import { describe, expect, it } from "vitest";
import {
  added,
  all,
  annotationKey,
  any,
  id,
  literal,
  quoted,
  responseOf,
  unquoted,
  withResponse,
} from "./expression.ts";

describe("texts", () => {
  it("stand in double quotes, with quotes and backslashes escaped", () => {
    expect(quoted('say "hi" \\ there')).toBe('"say \\"hi\\" \\\\ there"');
    for (const text of ["", "plain", '"', "\\", '\\"', "two\nlines", "ünï"]) expect(unquoted(quoted(text))).toBe(text);
  });

  it("that end without a quote are read as far as they go", () => {
    expect(unquoted('"http://sh')).toBe("http://sh");
  });

  it("numbers and booleans stand without quotes", () => {
    expect([literal("5"), literal(5), literal(true)]).toEqual(['"5"', "5", "true"]);
  });
});

describe("names", () => {
  it("keys of annotations are plain, or in brackets", () => {
    expect(annotationKey("tier")).toBe("annotation.tier");
    expect(annotationKey("http.route")).toBe("annotation.http.route");
    expect(annotationKey("http-route")).toBe("annotation[http-route]");
    expect(annotationKey('a "b"')).toBe('annotation["a \\"b\\""]');
  });

  it("nodes are named by what is known of them", () => {
    expect(id({ name: "web", type: "" })).toBe('id(name: "web")');
    expect(id({ name: "web", type: "AWS::ECS::Container", account: "1" })).toBe(
      'id(name: "web", type: "AWS::ECS::Container", account.id: "1")',
    );
  });
});

describe("joining", () => {
  it("AND puts parentheses around alternatives, and around nothing else", () => {
    expect(all(["fault", 'user = "a"'])).toBe('fault AND user = "a"');
    expect(all(["fault OR error", "ok"])).toBe("(fault OR error) AND ok");
    expect(all(["ok", "a or b"])).toBe("ok AND (a or b)");
    expect(all(['user = "this OR that"', "fault"])).toBe('user = "this OR that" AND fault');
    expect(all(['service("a") { fault OR error }', "ok"])).toBe('service("a") { fault OR error } AND ok');
    expect(all(["annotation[OR] = 1", "ok"])).toBe("annotation[OR] = 1 AND ok");
  });

  it("OR needs none: AND binds closer", () => {
    expect(any(["fault AND ok", "error"])).toBe("fault AND ok OR error");
  });

  it("what is empty is left out", () => {
    expect(all(["", " fault ", ""])).toBe("fault");
    expect(all([])).toBe("");
    expect(added("", "fault OR error")).toBe("fault OR error");
  });

  it("a term is added to a query with AND or with OR", () => {
    expect(added("ok OR error", 'user = "a"')).toBe('(ok OR error) AND user = "a"');
    expect(added("ok", 'user = "a"', "OR")).toBe('ok OR user = "a"');
  });
});

describe("a stretch of response times", () => {
  it("is added, and takes the place of the one before", () => {
    const once = withResponse("fault", [0.1, 2]);
    expect(once).toBe("fault AND responsetime >= 0.1 AND responsetime < 2");
    expect(withResponse(once, [0.5, 1])).toBe("fault AND responsetime >= 0.5 AND responsetime < 1");
    expect(withResponse(once, null)).toBe("fault");
    expect(withResponse("", [0.1, 2])).toBe("responsetime >= 0.1 AND responsetime < 2");
  });

  it("leaves alone what is no stretch of its own", () => {
    expect(withResponse("responsetime > 5", [0.1, 2])).toBe(
      "responsetime > 5 AND responsetime >= 0.1 AND responsetime < 2",
    );
    expect(withResponse("fault OR responsetime < 1", [2, 3])).toBe(
      "(fault OR responsetime < 1) AND responsetime >= 2 AND responsetime < 3",
    );
    expect(withResponse("(fault OR responsetime < 1) AND responsetime >= 2 AND responsetime < 3", null)).toBe(
      "(fault OR responsetime < 1)",
    );
  });

  it("is read back", () => {
    expect(responseOf("fault AND responsetime >= 0.1 AND responsetime < 2")).toEqual([0.1, 2]);
    expect(responseOf("responsetime >= 1e-3 AND responsetime < 2")).toEqual([0.001, 2]);
    for (const none of ["", "responsetime >= 1", "responsetime > 1 AND responsetime < 2", "ok OR responsetime < 2"]) {
      expect(responseOf(none)).toBeNull();
    }
  });
});
