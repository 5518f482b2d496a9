import { describe, expect, it } from "vitest";
import type { Term } from "../../filter/terms.ts";
import { certainty, corpus, counts, edges, members, rowsOf, size, without } from "./corpus.ts";
import { facets } from "./facets.ts";
import { row, times } from "./rows.fixture.ts";

const is = (of: string, value: string, not = false): Term => ({ of, not, is: value });

describe("members of a set", () => {
  const rows = [
    row({ users: ["ada"], outcome: "fault", status: 500, response: 2 }),
    row({ users: ["bob"], outcome: "ok", status: 200, response: 0.5 }),
    row({ users: ["ada", "bob"], outcome: "ok", status: 200, response: 0.1, start: 2000 }),
    row({ outcome: "ok", status: 404, response: null, annotations: { tier: ["gold"], total: [45] } }),
  ];
  const all = corpus(rows);
  const chosen = (...terms: Term[]): number[] =>
    [...members(all, terms)].flatMap((one, index) => (one === 1 ? [index] : []));

  it("without chips, it is every trace", () => {
    expect(chosen()).toEqual([0, 1, 2, 3]);
  });

  it("values of one attribute are alternatives, attributes must all hold", () => {
    expect(chosen(is("user", "ada"))).toEqual([0, 2]);
    expect(chosen(is("user", "ada"), is("user", "bob"))).toEqual([0, 1, 2]);
    expect(chosen(is("user", "ada"), is("status", "200"))).toEqual([2]);
  });

  it("each excluded value is out, and what has no value is in", () => {
    expect(chosen(is("user", "ada", true))).toEqual([1, 3]);
    expect(chosen(is("user", "ada", true), is("user", "bob", true))).toEqual([3]);
  });

  it("a stretch includes its lower end and not its upper; what was not answered has no response time", () => {
    expect(chosen({ of: "response", not: false, low: 0.1, high: 0.5 })).toEqual([2]);
    expect(chosen({ of: "response", not: false, low: 0, high: Number.POSITIVE_INFINITY })).toEqual([0, 1, 2]);
    expect(chosen({ of: "time", not: false, low: 1500, high: 2500 })).toEqual([2]);
    expect(chosen({ of: "annotation.total", not: false, low: 45, high: 46 })).toEqual([3]);
  });

  it("annotations keep their type, and a value that no trace has finds none", () => {
    expect(chosen(is("annotation.tier", '"gold"'))).toEqual([3]);
    expect(chosen(is("annotation.total", "45"))).toEqual([3]);
    expect(chosen(is("annotation.total", '"45"'))).toEqual([]);
    expect(chosen(is("user", "eve"))).toEqual([]);
    expect(chosen(is("user", "eve", true))).toEqual([0, 1, 2, 3]);
  });

  it("sets can be taken from each other", () => {
    const ada = members(all, [is("user", "ada")]);
    const rest = without(members(all, []), ada);
    expect([size(all, ada), size(all, rest)]).toEqual([2, 2]);
    expect(rowsOf(all, rest)).toEqual([rows[1], rows[3]]);
  });

  it("a trace counts as those that it stands for", () => {
    const heavy = corpus([row({ users: ["ada"], weight: 10 }), row({ users: ["ada"] }), row({ users: ["bob"] })]);
    const everyone = members(heavy, []);
    expect(size(heavy, everyone)).toBe(12);
    const ada = heavy.facts.findIndex((fact) => "is" in fact.term && fact.term.is === "ada");
    expect(counts(heavy, everyone)[ada]).toBe(11);
    // (10 + 1 + 1)^2 / (100 + 1 + 1) traces of their own would tell as much.
    expect(size(heavy, everyone) * certainty(heavy, everyone)).toBeCloseTo(144 / 102);
    expect(certainty(heavy, members(heavy, [is("user", "bob")]))).toBe(1);
    expect(certainty(heavy, members(heavy, [is("user", "eve")]))).toBe(1);
  });

  it("a value counts once for a trace that says it twice", () => {
    const twice = corpus([row({ users: ["ada", "ada"], annotations: { tier: ["gold", "gold"] } })]);
    expect([...counts(twice, members(twice, []))]).toEqual(twice.facts.map(() => 1));
  });
});

describe("numbers of annotations", () => {
  it("few are listed each, many in ranges with round ends", () => {
    const few = corpus(times(12, (index) => row({ annotations: { n: [index] } })));
    expect(few.facts.map((one) => one.term)).toContainEqual(is("annotation.n", "11"));
    const many = corpus(times(101, (index) => row({ annotations: { n: [index] } })));
    const own = many.facts.flatMap((one) => (one.term.of === "annotation.n" ? [one.term] : []));
    expect(own).toContainEqual({ of: "annotation.n", not: false, low: Number.NEGATIVE_INFINITY, high: 10 });
    expect(own).toContainEqual({ of: "annotation.n", not: false, low: 50, high: 75 });
    expect(own).toContainEqual({ of: "annotation.n", not: false, low: 90, high: Number.POSITIVE_INFINITY });
    expect(size(many, members(many, own.slice(0, 1)))).toBe(10);
  });

  it("an edge that would part off nothing is left out", () => {
    expect(edges([5, 5, 5, 5, 5, 5, 5, 5, 5, 9])).toEqual([]);
    expect(edges([1, 1, 1, 1, 1, 7, 7, 7, 7, 7])).toEqual([7]);
    expect(edges([])).toEqual([]);
  });
});

describe("tables", () => {
  // A: 3 of 4 by ada. B: 1 of 2 by ada.
  const all = corpus([
    ...times(3, () => row({ users: ["ada"], status: 200 })),
    row({ users: ["bob"], status: 200 }),
    row({ users: ["ada"], status: 500 }),
    row({ users: ["bob"], status: 500 }),
  ]);
  const [a, b] = [members(all, [is("status", "200")]), members(all, [is("status", "500")])];
  const table = (name: string, found: ReturnType<typeof facets>) => found.find((one) => one.attribute.id === name);

  it("have counts and shares of each set, and the difference B less A", () => {
    const users = table("user", facets(all, a, b, "count"));
    expect(users?.rows).toEqual([
      { term: is("user", "ada"), a: 3, shareA: 0.75, b: 1, shareB: 0.5, difference: -0.25 },
      { term: is("user", "bob"), a: 1, shareA: 0.25, b: 1, shareB: 0.5, difference: 0.25 },
    ]);
  });

  it("leave out what neither set has, and come with the widest difference first when asked so", () => {
    const one = facets(all, a, null, "count");
    expect(table("status", one)?.rows.map((each) => each.term)).toEqual([is("status", "200")]);
    const two = facets(all, a, b, "difference");
    expect(two.map((each) => each.attribute.id)).toEqual(["status", "user", "outcome"]);
    expect(table("status", two)?.widest).toBe(1);
  });

  it("a table in which every trace has its own value says so, and goes last", () => {
    const ids = corpus(times(40, (index) => row({ url: `http://shop/${index}`, users: ["ada"] })));
    const found = facets(ids, members(ids, []), null, "count");
    expect(found.at(-1)?.attribute.id).toBe("url");
    expect(found.at(-1)?.unique).toBe(true);
  });
});
