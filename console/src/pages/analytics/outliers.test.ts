import { describe, expect, it } from "vitest";
import { corpus, type Members } from "./corpus.ts";
import { setsApart } from "./outliers.ts";
import { row, times } from "./rows.fixture.ts";

/** Marks the first so many traces; the others are outside. */
function marked(rows: ReturnType<typeof row>[], inside: number) {
  const all = corpus(rows);
  const ins: Members = Uint8Array.from(rows, (_, index) => (index < inside ? 1 : 0));
  const outs: Members = Uint8Array.from(rows, (_, index) => (index < inside ? 0 : 1));
  return setsApart(all, ins, outs);
}

const short = (found: ReturnType<typeof setsApart>) =>
  found.map((one) => `${one.term.of}=${"is" in one.term ? one.term.is : ""} ${one.inside}:${one.outside}`);

describe("what sets traces apart", () => {
  it("is ranked by the difference of the shares", () => {
    // Inside, of 20: 16 slow cards, 12 by ada. Outside, of 100: 5 slow cards, 30 by ada.
    const found = marked(
      [
        ...times(20, (i) =>
          row({ annotations: { card: [i < 16 ? "slow" : "good"] }, users: [i % 5 < 3 ? "ada" : "bob"] }),
        ),
        ...times(100, (i) =>
          row({ annotations: { card: [i < 5 ? "slow" : "good"] }, users: [i % 10 < 3 ? "ada" : "bob"] }),
        ),
      ],
      20,
    );
    expect(short(found)).toEqual([
      'annotation.card="slow" 16:5', // 80% against 5%: 75 points more common
      'annotation.card="good" 4:95', // 20% against 95%: 75 points rarer
      "user=ada 12:30", // 60% against 30%
      "user=bob 8:70", // 40% against 70%
    ]);
    const slow = found[0];
    expect(slow?.shareInside).toBe(0.8);
    expect(slow?.shareOutside).toBe(0.05);
    expect(slow?.difference).toBeCloseTo(0.75);
    expect(found[1]?.difference).toBeCloseTo(-0.75);
  });

  it("shares are of all that the traces stand for, but few traces tell no more for that", () => {
    const many = (weight: number) => [
      ...times(4, (i) => row({ zones: i < 2 ? ["a"] : [], weight })),
      ...times(20, () => row()),
    ];
    // 20 of 40, but two traces only: chance.
    expect(short(marked(many(10), 4))).toEqual([]);
    const sure = [
      ...times(40, (i) => row({ zones: i < 20 ? ["a"] : [], weight: i < 20 ? 3 : 1 })),
      ...times(40, () => row()),
    ];
    expect(short(marked(sure, 40))).toEqual(["zone=a 60:0"]);
    expect(marked(sure, 40)[0]?.shareInside).toBe(0.75);
  });

  it("needs support: a value in one or two traces is chance", () => {
    // 2 of 4 inside, none outside: 50 points, but two traces only.
    const few = marked([...times(4, (i) => row({ zones: i < 2 ? ["a"] : [] })), ...times(20, () => row())], 4);
    expect(short(few)).toEqual([]);
    const three = marked([...times(4, (i) => row({ zones: i < 3 ? ["a"] : [] })), ...times(20, () => row())], 4);
    expect(short(three)).toEqual(["zone=a 3:0"]);
  });

  it("of many, a twentieth must have the value", () => {
    // Of 200: 9 are fewer than 5%, 10 are enough; a difference of 5 points is.
    const rows = (many: number) => [
      ...times(200, (i) => row({ zones: i < many ? ["a"] : [] })),
      ...times(500, () => row()),
    ];
    expect(short(marked(rows(9), 200))).toEqual([]);
    expect(short(marked(rows(10), 200))).toEqual(["zone=a 10:0"]);
  });

  it("what few traces show by chance is none", () => {
    // 3 of 10 against 3 of 20: 15 points, and a standard error of 15.5.
    const found = marked(
      [
        ...times(10, (i) => row({ zones: i < 3 ? ["a"] : [] })),
        ...times(20, (i) => row({ zones: i < 3 ? ["a"] : [] })),
      ],
      10,
    );
    expect(found).toEqual([]);
  });

  it("a small difference is none", () => {
    // 54% against 50%.
    const found = marked(
      [
        ...times(100, (i) => row({ zones: i < 54 ? ["a"] : [] })),
        ...times(100, (i) => row({ zones: i < 50 ? ["a"] : [] })),
      ],
      100,
    );
    expect(found).toEqual([]);
  });

  it("what every trace has sets none apart", () => {
    expect(
      marked(
        times(20, () => row({ users: ["ada"], method: "GET" })),
        5,
      ),
    ).toEqual([]);
  });

  it("values that the same traces have are one entry", () => {
    const found = marked(
      [
        ...times(5, () => row({ outcome: "fault", status: 502, zones: ["a"] })),
        ...times(20, (i) => row({ outcome: "ok", status: 200, zones: i < 2 ? ["a"] : [] })),
      ],
      5,
    );
    expect(
      found.map((one) => [one.term, ...one.also].map((term) => `${term.of}=${"is" in term ? term.is : ""}`)),
    ).toEqual([["outcome=fault", "status=502"], ["outcome=ok", "status=200"], ["zone=a"]]);
  });

  it("needs both sides", () => {
    expect(marked([row({ users: ["ada"] })], 1)).toEqual([]);
    expect(marked([row({ users: ["ada"] })], 0)).toEqual([]);
  });
});
