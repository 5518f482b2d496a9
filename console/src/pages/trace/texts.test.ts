import { describe, expect, it } from "vitest";
import { annotationTerm, userTerm } from "../../filter/expression.ts";
import { entity, SHOP, trace } from "../../trace/trace.fixture.ts";
import { chains, stackText } from "./exceptions.ts";
import { escaped, exportedHtml } from "./export-html.ts";
import { bornAt, whyMissing } from "./missing.ts";
import { formattedSql } from "./sql.ts";

describe("SQL", () => {
  it("gets a line for every clause", () => {
    expect(
      formattedSql("select a, b from t left join u on u.id = t.id where a = ? and b in (select c from d) order by a"),
    ).toBe("select a, b\nfrom t\nleft join u on u.id = t.id\nwhere a = ?\n  and b in (select c from d)\norder by a");
  });

  it("keeps what stands in quotes and comments", () => {
    const query = "SELECT 'from  x where' , \"order by\" /* from y */ FROM t -- where not\nWHERE a BETWEEN 1 AND 2";
    expect(formattedSql(query)).toBe(
      "SELECT 'from  x where' , \"order by\" /* from y */\nFROM t -- where not\nWHERE a BETWEEN 1 AND 2",
    );
  });

  it("changes nothing but white space", () => {
    for (const query of [
      "insert into t (a) values ('it''s')",
      "UPDATE t SET a = 1 WHERE b",
      "x'",
      "",
      "((((",
      "delete from t; -- done",
    ]) {
      expect(formattedSql(query).replace(/\s/g, "")).toBe(query.replace(/\s/g, ""));
    }
  });
});

describe("filter expressions", () => {
  it("quote what must be quoted", () => {
    expect(annotationTerm("tier", "gold")).toBe('annotation.tier = "gold"');
    expect(annotationTerm("http.route", 'say "hi" \\ there')).toBe('annotation.http.route = "say \\"hi\\" \\\\ there"');
    expect(annotationTerm("amount", 59.85)).toBe("annotation.amount = 59.85");
    expect(annotationTerm("returning", true)).toBe("annotation.returning = true");
    expect(userTerm('a"b')).toBe('user = "a\\"b"');
  });
});

describe("exceptions", () => {
  const raised = (id: string, cause: string) => ({
    id,
    cause,
    type: `T${id}`,
    message: "m",
    remote: false,
    truncated: 0,
    skipped: 0,
    stack: [{ label: "f", path: "a.py", line: 3 }],
  });

  it("are followed by their causes", () => {
    const found = chains([raised("b", "c"), raised("c", ""), raised("a", "b"), raised("z", "")]);
    expect(found.map((chain) => chain.map((one) => one.id))).toEqual([["a", "b", "c"], ["z"]]);
  });

  it("that cause each other are listed once", () => {
    expect(chains([raised("a", "b"), raised("b", "a")]).flat()).toHaveLength(2);
  });

  it("are copied as a program would print them", () => {
    expect(stackText(raised("a", ""))).toBe("Ta: m\n  at f (a.py:3)");
  });
});

describe("a trace that is not there", () => {
  const id = "1-67a1b2c3-0123456789abcdef01234567";
  const born = 0x67a1b2c3;

  it("is told by the age in its id", () => {
    expect(bornAt(id)).toBe(born);
    expect(whyMissing(id, born + 31 * 86_400, 30)).toEqual([
      "Traces are kept for 30 days: this one is older and was deleted.",
    ]);
    expect(whyMissing(id, born + 5, 30)[0]).toContain("may not have arrived yet");
    expect(whyMissing(id, born - 4_000, 30)[0]).toContain("future");
    expect(whyMissing(id, born + 4_000, 30)[0]).toContain("sampled");
  });
});

describe("the exported page", () => {
  const evil = "<img src=x onerror=alert(1)>\"'&</script><script>alert(2)</script>";
  const given = trace([entity("web", { name: evil, title: evil, kind: "segment" }), ...SHOP.slice(1)], {
    verdict: { tone: "fault", headline: evil, details: [evil], entity: null },
    missing: [{ id: null, of: null, why: evil }],
  });
  const raw = { Segments: [{ Id: "web", Document: { id: "web", name: evil, annotations: { [evil]: evil } } }] };
  const summary = { ...given.summary, url: evil, users: [evil], annotations: { [evil]: [evil] } };
  const page = exportedHtml({ ...given, summary }, raw, { zone: "utc", at: 1_738_650_400 });

  it("has what comes from the trace as text alone", () => {
    expect(page).not.toContain("<img");
    expect(page.match(/<script>/g)).toHaveLength(1);
    expect(page.match(/<\/script>/g)).toHaveLength(1);
    expect(page).toContain(escaped(evil));
    expect(page).not.toMatch(/\son\w+\s*=\s*(?!alert)["']/);
  });

  it("loads nothing and sends nothing", () => {
    expect(page).toContain("default-src &#39;none&#39;".replaceAll("&#39;", "'"));
    expect(page).not.toMatch(/<(link|iframe|object|embed|base)\b/);
    expect(page).not.toMatch(/\ssrc=["'a-z]*https?:/);
  });

  it("has a row for every part", () => {
    expect(page.match(/data-d="/g)).toHaveLength(5);
  });
});
