/** Columns of a table, and the order of its rows. Pure. */
import type { ComponentChildren } from "preact";

export interface Column<Row> {
  readonly id: string;
  readonly label: string;
  /** As in CSS grid: `120px`, `minmax(160px, 2fr)`. */
  readonly width: string;
  readonly align?: "start" | "end";
  /** What the column sorts by; null goes last either way. Left out: it does not sort. */
  readonly sort?: (row: Row) => number | string | null;
  readonly cell: (row: Row) => ComponentChildren;
  /** Not shown until chosen. */
  readonly hidden?: boolean;
  /** Always shown. */
  readonly fixed?: boolean;
  /** Left out while the table is narrower, px; for phones. */
  readonly from?: number;
}

/** Rows in the order that `sort` says; pure, and stable. */
export function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Pick<Column<Row>, "id" | "sort">[],
  sort: string,
): readonly Row[] {
  const descending = sort.startsWith("-");
  const by = columns.find((column) => column.id === (descending ? sort.slice(1) : sort))?.sort;
  if (!by) return rows;
  const keyed = rows.map((row, index) => ({ row, index, key: by(row) }));
  keyed.sort((a, b) => {
    if (a.key === b.key) return a.index - b.index;
    if (a.key === null) return 1;
    if (b.key === null) return -1;
    const order =
      typeof a.key === "number" && typeof b.key === "number"
        ? a.key - b.key
        : String(a.key).localeCompare(String(b.key), "en");
    return order === 0 ? a.index - b.index : descending ? -order : order;
  });
  return keyed.map((entry) => entry.row);
}
