import { describe, expect, it } from "vitest";
import { type Column, sorted } from "./sorted.ts";

interface Row {
  name: string;
  seconds: number | null;
}

const rows: Row[] = [
  { name: "b", seconds: 2 },
  { name: "a", seconds: null },
  { name: "c", seconds: 10 },
  { name: "a", seconds: 2 },
];
const columns: Pick<Column<Row>, "id" | "sort">[] = [
  { id: "name", sort: (row) => row.name },
  { id: "seconds", sort: (row) => row.seconds },
];
const order = (sort: string): string[] => sorted(rows, columns, sort).map((row) => `${row.name}${row.seconds ?? ""}`);

describe("sorting", () => {
  it("compares numbers as numbers, and keeps equal rows as they came", () => {
    expect(order("seconds")).toEqual(["b2", "a2", "c10", "a"]);
    expect(order("-seconds")).toEqual(["c10", "b2", "a2", "a"]);
  });

  it("puts what is missing last either way", () => {
    expect(order("seconds").at(-1)).toBe("a");
    expect(order("-seconds").at(-1)).toBe("a");
  });

  it("leaves the rows alone for an unknown column", () => {
    expect(sorted(rows, columns, "")).toBe(rows);
    expect(sorted(rows, columns, "-nothing")).toBe(rows);
  });
});
