import { describe, expect, it } from "vitest";
import { readColumns, toggledColumn, USUAL, writeColumns } from "./columns.ts";
import { awsCli, boto3, shell, wholeFilter } from "./copy-as.ts";
import { csv, fileName, json } from "./export.ts";
import { row } from "./rows.fixture.ts";
import { merged, trimmed } from "./tail.ts";
import { viewParameters, withView } from "./views.ts";

describe("CSV", () => {
  it("has a line for each trace, and a column for each key of annotations", () => {
    const lines = csv([row({ annotations: { tier: ["gold"] } }), row({ annotations: { total: [1, 2] } })]).split(
      "\r\n",
    );
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^id,start,outcome,.*,annotation.tier,annotation.total$/);
    expect(lines[1]).toContain("2023-11-14T22:13:20.000Z,ok,200,GET,http://shop.test/cart,0.1,0.1");
    expect(lines[1]).toMatch(/,gold,$/);
    expect(lines[2]).toMatch(/,,1; 2$/);
  });

  it("quotes what must be quoted, and gives a spreadsheet nothing to run", () => {
    const written = csv([row({ url: 'http://x/?a="b",c', users: ["=HYPERLINK(1)"], user_agent: "two\nlines" })]);
    expect(written).toContain('"http://x/?a=""b"",c"');
    expect(written).toContain(",'=HYPERLINK(1),");
    expect(written).toContain('"two\nlines"');
    expect(csv([row({ annotations: { "=x": ["-1"] } })])).toContain(",'-1\r\n");
  });

  it("a key that every object has is a key like others", () => {
    expect(csv([row({ annotations: { constructor: ["x"] } }), row()])).toMatch(/,x\r\n.*,\r\n$/s);
  });
});

it("JSON is what the list holds", () => {
  expect(JSON.parse(json([row()]))).toEqual([row()]);
  expect(fileName(1_700_000_000, "csv")).toBe("traces-20231114-221320.csv");
});

describe("the question for others", () => {
  const asked = { start: 1, end: 2, group: "", filter: 'user = "o\'brien"' };

  it("as a command for a shell", () => {
    expect(awsCli(asked, "http://127.0.0.1:2001")).toBe(
      "aws xray get-trace-summaries \\\n  --endpoint-url 'http://127.0.0.1:2001' \\\n  --start-time 1 \\\n" +
        "  --end-time 2 \\\n  --filter-expression 'user = \"o'\\''brien\"'",
    );
    expect(awsCli({ ...asked, filter: "" }, "http://x")).not.toContain("filter");
    expect(shell("$(rm); `x`")).toBe("'$(rm); `x`'");
  });

  it("as Python", () => {
    expect(boto3(asked, "http://x")).toContain('    FilterExpression="user = \\"o\'brien\\"",\n');
    expect(boto3({ ...asked, filter: "" }, "http://x")).not.toContain("FilterExpression");
  });

  it("with the group as a part of the expression", () => {
    expect(wholeFilter({ group: 'a"b', filter: "fault OR error" })).toBe('group.name = "a\\"b" AND (fault OR error)');
  });
});

describe("columns", () => {
  it("keep their order, and one always stays", () => {
    expect(readColumns(["cause", "nonsense", "time"])).toEqual(["time", "cause"]);
    expect(readColumns([])).toEqual(USUAL);
    expect(toggledColumn(["cause"], "time")).toEqual(["time", "cause"]);
    expect(toggledColumn(["cause"], "cause")).toEqual(["cause"]);
    expect(writeColumns(USUAL)).toEqual([]);
  });
});

describe("views", () => {
  const view = {
    name: "b",
    filter: "fault",
    columns: ["time", "url"],
    sort: "-response",
    view: "list" as const,
    by: "url",
  };

  it("of one name replace each other; they are links", () => {
    expect(withView([view], { ...view, filter: "ok" }).map((one) => one.filter)).toEqual(["ok"]);
    expect(withView([view], { ...view, name: "a" }).map((one) => one.name)).toEqual(["a", "b"]);
    expect(viewParameters(view)).toEqual({
      filter: "fault",
      sort: "-response",
      columns: "time,url",
      view: null,
      by: null,
    });
    expect(viewParameters({ ...view, filter: "", sort: "-time", columns: [], view: "groups" })).toEqual({
      filter: null,
      sort: null,
      columns: null,
      view: "groups",
      by: "url",
    });
  });
});

describe("the tail", () => {
  it("puts new ones on top; one that comes again takes its own place", () => {
    const [a, b, c] = [row({ id: "a", start: 1 }), row({ id: "b", start: 2 }), row({ id: "c", start: 3 })];
    const again = { ...a, partial: true };
    expect(merged([b, a], [c, again])).toEqual([c, b, again]);
  });

  it("ends with the range, and after so many", () => {
    const rows = [9, 8, 7, 6, 2].map((start) => row({ id: String(start), start }));
    expect(trimmed(rows, 7, 10).map((one) => one.start)).toEqual([9, 8, 7, 6]);
    expect(trimmed(rows, 0, 2).map((one) => one.start)).toEqual([9, 8]);
  });
});
