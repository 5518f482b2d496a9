import { describe, expect, it } from "vitest";
import { type Completion, complete, type Words } from "./complete.ts";

const words: Words = {
  services: [
    { name: "web", type: "AWS::ECS::Container" },
    { name: "orders", type: "" },
    { name: "resize", type: "AWS::Lambda" },
    { name: "resize", type: "AWS::Lambda::Function" },
  ],
  annotations: { tier: ["gold", "free"], total: [45, 20], returning: [true], "http-route": ["/"] },
  users: ["ada", 'gr"ace'],
  urls: ["http://shop.test/cart"],
  groups: ["failures"],
};

/** The cursor is where `|` stands. */
function at(marked: string): Completion | null {
  const place = marked.indexOf("|");
  return complete(marked.replace("|", ""), place, words);
}

function labels(marked: string): string[] {
  return (at(marked)?.suggestions ?? []).map((one) => one.label);
}

/** What stands there when the suggestion of that name is taken. */
function taken(marked: string, label: string): string {
  const text = marked.replace("|", "");
  const found = at(marked);
  const one = found?.suggestions.find((suggestion) => suggestion.label === label);
  if (!found || !one) throw new Error(`${label} is not offered, but ${labels(marked).join(" ")}`);
  return text.slice(0, found.from) + one.text + text.slice(found.to);
}

describe("words of the language", () => {
  it("are offered at the beginning, the usual ones first", () => {
    expect(labels("|").slice(0, 4)).toEqual(["fault", "error", "throttle", "ok"]);
    expect(labels("|")).toContain("service( )");
    expect(labels("|")).not.toContain("coverage");
  });

  it("are narrowed by what was typed, beginnings first", () => {
    expect(labels("http.s|")[0]).toBe("http.status");
    expect(labels("res|")[0]).toBe("responsetime");
    expect(labels("FAU|")).toContain("fault");
  });

  it("are those that may stand inside braces", () => {
    expect(labels("service() { |")).toContain("root");
    expect(labels("service() { |")).not.toContain("service( )");
    expect(labels("edge() { |")).toContain("remote");
    expect(labels("rootcause.fault.exception { |")).toEqual(expect.arrayContaining(["message", "first", "last"]));
    expect(labels("rootcause.fault.exception { |")).not.toContain("http.url");
    expect(labels("service() { fault } AND |")).toContain("service( )");
  });

  it("are offered again behind AND, OR, ! and (", () => {
    for (const before of ["fault AND |", "fault OR |", "!|", "(|", "ok AND (NOT |"]) {
      expect(labels(before)).toContain("responsetime");
    }
  });

  it("what stands there in full is not offered: Enter runs it", () => {
    expect(at("fault|")).toBeNull();
    expect(at("ok AND fault|")).toBeNull();
  });

  it("replace the word around the cursor", () => {
    expect(taken("http.st|at > 5", "http.status")).toBe("http.status  > 5");
  });
});

describe("operators", () => {
  it("suit the word", () => {
    expect(labels("responsetime |")).toEqual([">", ">=", "<", "<=", "=", "!=", "IN"]);
    expect(labels("http.url |")).toContain("CONTAINS");
    expect(labels("http.url |")).not.toContain("<");
    expect(labels("http.url CON|")).toEqual(["CONTAINS"]);
    expect(labels("annotation.total |")).toContain(">");
    expect(labels("annotation[http-route] |")).toContain("BEGINSWITH");
  });

  it("behind a whole condition come AND and OR, unasked for only", () => {
    expect(labels('user = "ada" |')).toEqual(["AND", "OR"]);
    expect(at('user = "ada" |')?.needed).toBe(false);
    expect(labels("fault |").slice(0, 2)).toEqual(["AND", "OR"]);
    expect(labels('service("web") |')).toEqual(["{ }", "AND", "OR"]);
    expect(labels("http.status = 200 A|")).toEqual(["AND"]);
  });
});

describe("values", () => {
  it("are those that occur, quoted as the language wants", () => {
    expect(labels("user = |")).toEqual(['"ada"', '"gr\\"ace"']);
    expect(labels('http.url = "http://s|')).toEqual(['"http://shop.test/cart"']);
    expect(labels("http.method = |")).toContain('"POST"');
    expect(labels("http.status >= 50|")).toEqual(["500", "502", "503", "504"]);
    expect(labels("group.name = |")).toEqual(['"failures"']);
    expect(labels("fault = |")).toEqual(["true", "false"]);
  });

  it("of annotations follow the operator", () => {
    expect(labels("annotation.tier = |")).toEqual(['"gold"', '"free"']);
    expect(labels("annotation.total > |")).toEqual(["45", "20"]);
    expect(labels("annotation.total CONTAINS |")).toEqual([]);
    expect(labels("annotation.returning = |")).toEqual(["true"]);
    expect(labels("annotation[http-route] = |")).toEqual(['"/"']);
  });

  it("in a list behind IN", () => {
    expect(labels('user IN ("ada", |')).toEqual(['"ada"', '"gr\\"ace"']);
  });

  it("an open quote is closed, and what follows stays", () => {
    expect(taken('user = "a|', '"ada"')).toBe('user = "ada"');
    expect(taken('user = "a|" AND fault', '"ada"')).toBe('user = "ada" AND fault');
  });
});

describe("names", () => {
  it("of keys behind annotation", () => {
    expect(labels("annotation.|")).toEqual([
      "annotation.tier",
      "annotation.total",
      "annotation.returning",
      "annotation[http-route]",
    ]);
    expect(taken("annotation.ht|", "annotation[http-route]")).toBe("annotation[http-route] ");
    expect(labels("annotation[|")).toContain("http-route");
    expect(labels("annotation[ti|")).toEqual(["tier"]);
    expect(labels("ti|")).toContain("annotation.tier");
  });

  it("of services in service and edge; two of one name are told apart", () => {
    expect(labels("service(|)")).toEqual(expect.arrayContaining(['"web"', '"orders"', "id( )"]));
    expect(labels('service("res|")')).toEqual(['"resize"', expect.stringContaining("AWS::Lambda"), expect.anything()]);
    expect(labels('edge("web", |)')).toContain('"orders"');
    expect(labels("web|")).toContain('service("web")');
  });

  it("inside id", () => {
    expect(labels("service(id(|")).toEqual(["name:", "type:", "account.id:"]);
    expect(labels("service(id(name: |")).toContain('"orders"');
    expect(labels('service(id(name: "resize", type: |')).toContain('"AWS::Lambda::Function"');
  });
});

it("says nothing where nothing is known, and never fails", () => {
  expect(at("responsetime > 5|")).toBeNull();
  const text =
    'service(id(name: "web", type: "T")) { fault OR http.url CONTAINS "x" } AND annotation[a-b] IN (1, 2) ~ #[{"a"';
  for (let place = 0; place <= text.length; place += 1) {
    const found = complete(text.slice(0, place), place, words);
    if (found) expect(found.from).toBeLessThanOrEqual(place);
  }
});
