import { describe, expect, it } from "vitest";
import type { SamplingRule } from "../../api/index.ts";
import {
  about,
  copyName,
  createRequest,
  draft,
  formOf,
  matches,
  moved,
  newForm,
  parts,
  problems,
  takes,
  tried,
  updateRequest,
  warnings,
  without,
} from "./rules.ts";

function rule(some: Partial<SamplingRule> = {}): SamplingRule {
  return {
    name: "api",
    arn: "arn",
    is_default: false,
    priority: 10,
    fixed_rate: 0.1,
    reservoir: 5,
    per_minute: 0,
    service_name: "*",
    service_type: "*",
    host: "*",
    http_method: "*",
    url_path: "*",
    resource_arn: "*",
    attributes: {},
    boost: null,
    created: 0,
    modified: 0,
    covered_by: null,
    ignored: null,
    rates: { requests: 0, sampled: 0, borrowed: 0, reservoir: 0, fixed: 0 },
    share: null,
    clients: 0,
    quota: 0,
    boosted: null,
    seen: null,
    ...some,
  };
}

const last = rule({ name: "Default", is_default: true, priority: 10_000, reservoir: 1, fixed_rate: 0.05 });

describe("a rule as a sentence", () => {
  it.each([
    [5, 0, 0.1, "The first 5 requests each second, then 10% of the rest"],
    [1, 0, 0, "The first request each second"],
    [0, 0, 0, "No request"],
    [0, 0, 1, "Every request"],
    [3, 0, 1, "Every request"],
    [0, 0, 0.05, "5% of the requests"],
    [0, 30, 0, "The first 30 requests each minute"],
    [0, 1, 0.5, "The first request each minute, then 50% of the rest"],
  ])("says how much it takes: %d, %d, %d", (reservoir, per_minute, fixed_rate, wanted) => {
    expect(takes({ reservoir, per_minute, fixed_rate })).toBe(wanted);
  });

  it("says what it is about", () => {
    expect(about(rule())).toBe("any request");
    expect(about(rule({ http_method: "GET", url_path: "/api/*" }))).toBe("GET /api/*");
    expect(about(rule({ http_method: "GET" }))).toBe("GET requests");
    expect(about(rule({ url_path: "/x", host: "a.b", service_name: "shop", attributes: { tier: "gold" } }))).toBe(
      "/x, on host a.b, of service shop, with tier = gold",
    );
  });

  it("warns where it never decides, or is ignored", () => {
    expect(warnings(rule())).toEqual([]);
    expect(warnings(rule({ covered_by: "all", ignored: "Ignored." }))).toEqual([
      "Never decides: all is tried before it and matches everything that it matches.",
      "Ignored.",
    ]);
  });
});

describe("patterns", () => {
  it.each([
    ["*", "anything", true],
    ["", "", true],
    ["", "a", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["*.EXAMPLE.com", "api.example.com", true],
    ["/api/*/x", "/api/1/2/x", true],
    ["a*b*c", "aXbYc", true],
    ["a*b", "ab", true],
    ["?", "", false],
    ["**", "", true],
    ["*a?", "banana", false],
    ["*a?", "bananas", true],
    ["a.c", "abc", false],
  ])("%s and %s", (pattern, text, wanted) => {
    expect(matches(pattern, text)).toBe(wanted);
  });
});

describe("testing a request", () => {
  const nothing = { http_method: "", url_path: "", host: "", service_name: "", service_type: "" };
  const rules = [
    rule({ name: "gold", attributes: { tier: "gold" }, ignored: "SDKs ignore it." }),
    rule({ name: "api", url_path: "/api/*" }),
    rule({ name: "shop", service_name: "shop" }),
    last,
  ];

  it("names the first rule that matches, and why those before it do not", () => {
    expect(
      tried(rules, { ...nothing, url_path: "/", service_name: "Shop" }).map(({ rule: { name }, decides, because }) => [
        name,
        decides,
        because,
      ]),
    ).toEqual([
      ["gold", false, "SDKs ignore it."],
      ["api", false, "URL path / is not /api/*"],
      ["shop", true, ""],
    ]);
  });

  it("takes what is not known for a match, as SDKs do", () => {
    expect(tried(rules, { ...nothing, service_name: "x" }).at(-1)?.rule.name).toBe("api");
  });
});

describe("the form", () => {
  it("says what a rule is made of", () => {
    const form = { ...newForm([last]), name: " checkout ", url_path: "/checkout", reservoir: "2", rate: "12.5" };
    expect(createRequest(form)).toEqual({
      SamplingRule: {
        RuleName: "checkout",
        ResourceARN: "*",
        Priority: 100,
        FixedRate: 0.125,
        ReservoirSize: 2,
        HTTPMethod: "*",
        URLPath: "/checkout",
        Host: "*",
        ServiceName: "*",
        ServiceType: "*",
        Attributes: {},
        Version: 1,
      },
    });
  });

  it("sends only what changes", () => {
    const before = rule({ fixed_rate: 0.07, boost: { max_rate: 0.5, cooldown_minutes: 3 } });
    const form = formOf(before);
    expect(form.rate).toBe("7");
    expect(updateRequest(form, before)).toEqual({ SamplingRuleUpdate: { RuleName: "api" } });
    expect(updateRequest({ ...form, rate: "7.5", attributes: [["tier", "gold"]] }, before)).toEqual({
      SamplingRuleUpdate: { RuleName: "api", FixedRate: 0.075, Attributes: { tier: "gold" } },
    });
  });

  it("takes a boost away", () => {
    const before = rule({ boost: { max_rate: 0.5, cooldown_minutes: 3 } });
    expect(updateRequest({ ...formOf(before), boosts: false }, before)).toEqual({
      SamplingRuleUpdate: { RuleName: "api", SamplingRateBoost: { MaxRate: 0, CooldownWindowMinutes: 0 } },
    });
    expect(updateRequest({ ...formOf(rule()), boosts: false }, rule())).toEqual({
      SamplingRuleUpdate: { RuleName: "api" },
    });
  });

  it("goes from a reservoir to a rate per minute and back", () => {
    const form = formOf(rule({ reservoir: 5 }));
    expect(updateRequest({ ...form, per: "minute", reservoir: "30" }, rule())).toEqual({
      SamplingRuleUpdate: { RuleName: "api", ReservoirSize: 0, PerMinute: 30 },
    });
    const minutes = rule({ reservoir: 0, per_minute: 30 });
    expect(formOf(minutes)).toMatchObject({ per: "minute", reservoir: "30" });
    expect(updateRequest({ ...formOf(minutes), per: "second", reservoir: "4" }, minutes)).toEqual({
      SamplingRuleUpdate: { RuleName: "api", ReservoirSize: 4, PerMinute: 0 },
    });
  });

  it("is checked before it is sent", () => {
    const good = { ...newForm([last]), name: "x" };
    expect(problems(good, ["Default"])).toEqual({});
    expect(Object.keys(problems({ ...good, name: "", priority: "0", reservoir: "1.5", rate: "101" }, []))).toEqual([
      "reservoir",
      "rate",
      "name",
      "priority",
    ]);
    expect(problems({ ...good, name: "taken" }, ["taken"]).name).toBe("There is a rule taken already.");
    expect(problems({ ...good, http_method: "MORE THAN TEN" }, []).http_method).toBe("At most 10 characters.");
    expect(problems({ ...good, attributes: [["a", ""]] }, []).attributes).toContain("1 to 32");
    expect(
      problems(
        {
          ...good,
          attributes: [
            ["a", "b"],
            ["a", "c"],
          ],
        },
        [],
      ).attributes,
    ).toContain("twice");
    expect(problems({ ...good, boosts: true, boostRate: "1" }, []).boostRate).toContain("without a boost");
    expect(problems({ ...good, boosts: false, boostRate: "1" }, [])).toEqual({});
    // Of Default only the amounts are looked at.
    expect(problems({ ...good, name: "Default", priority: "10000" }, [], true)).toEqual({});
  });

  it("names copies", () => {
    expect(copyName("api", ["api"])).toBe("api-copy");
    expect(copyName("api", ["api-copy"])).toBe("api-copy-2");
    expect(copyName("x".repeat(32), [])).toHaveLength(32);
  });

  it("puts a new rule before the others", () => {
    expect(newForm([rule({ priority: 40 }), last]).priority).toBe("30");
    expect(newForm([rule({ priority: 4 }), last]).priority).toBe("1");
  });
});

describe("a draft to rehearse", () => {
  const other = rule({ name: "other", priority: 20, per_minute: 30, reservoir: 0 });

  it("has the form in the place of its rule", () => {
    const [kept, changed, end] = draft([rule(), other, last], { ...formOf(rule()), rate: "50" }, "api");
    expect(kept).toMatchObject({ RuleName: "other", PerMinute: 30, ReservoirSize: 0 });
    expect(changed).toMatchObject({ RuleName: "api", FixedRate: 0.5, ReservoirSize: 5 });
    expect(end).toEqual({ RuleName: "Default", FixedRate: 0.05, ReservoirSize: 1 });
  });

  it("has a new one beside the others", () => {
    const names = draft([rule(), last], { ...newForm([last]), name: "new" }, null).map((one) => one.RuleName);
    expect(names).toEqual(["api", "new", "Default"]);
  });

  it("changes of Default what can be changed", () => {
    expect(draft([rule(), last], { ...formOf(last), rate: "100" }, "Default").at(-1)).toEqual({
      RuleName: "Default",
      FixedRate: 1,
      ReservoirSize: 1,
    });
  });

  it("is without what is to be deleted", () => {
    expect(without([rule(), other, last], "api").map((one) => one.RuleName)).toEqual(["other"]);
  });
});

describe("moving a rule", () => {
  const a = rule({ name: "a", priority: 10 });
  const b = rule({ name: "b", priority: 20 });
  const c = rule({ name: "c", priority: 30 });

  it("changes its priority alone, where there is room", () => {
    expect(moved([a, b, c, last], "c", -1)).toEqual([{ name: "c", priority: 15 }]);
    expect(moved([a, b, c, last], "b", -1)).toEqual([{ name: "b", priority: 9 }]);
    expect(moved([a, b, c, last], "a", 1)).toEqual([{ name: "a", priority: 25 }]);
    expect(moved([a, b, c, last], "b", 1)).toEqual([{ name: "b", priority: 40 }]);
  });

  it("changes the others where there is none", () => {
    const close = [
      rule({ name: "a", priority: 1 }),
      rule({ name: "b", priority: 1 }),
      rule({ name: "c", priority: 1 }),
    ];
    expect(moved([...close, last], "b", -1)).toEqual([
      { name: "b", priority: 10 },
      { name: "a", priority: 20 },
      { name: "c", priority: 30 },
    ]);
  });

  it("stops at both ends, and never moves Default", () => {
    expect(moved([a, b, last], "a", -1)).toEqual([]);
    expect(moved([a, b, last], "b", 1)).toEqual([]);
    expect(moved([a, b, last], "Default", -1)).toEqual([]);
    expect(moved([a, b, last], "gone", 1)).toEqual([]);
  });
});

describe("a column of the trend", () => {
  const counts = { requests: [100, 10], sampled: [46, 3], borrowed: [0, 3] };

  it("tells reservoir and rate apart", () => {
    const { reservoir, fixed, borrowed } = parts(counts, 0, 0.1);
    expect(reservoir).toBeCloseTo(40);
    expect(fixed).toBeCloseTo(6);
    expect(borrowed).toBe(0);
    expect(parts(counts, 1, 0)).toEqual({ requests: 10, borrowed: 3, reservoir: 0, fixed: 0 });
    expect(parts({ requests: [5], sampled: [5], borrowed: [0] }, 0, 1)).toMatchObject({ reservoir: 0, fixed: 5 });
    expect(parts(undefined, 0, 0.1)).toEqual({ requests: 0, borrowed: 0, reservoir: 0, fixed: 0 });
  });
});
