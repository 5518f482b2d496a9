/** The columns of the table, by name; what they look like is in cells.tsx. Pure. */

/** All there are, in their order, with whether they are shown at first. */
export const COLUMNS = {
  time: true,
  outcome: true,
  status: true,
  method: true,
  url: true,
  response: true,
  duration: false,
  user: true,
  entry: false,
  services: true,
  annotations: false,
  weight: false,
  cause: true,
  id: false,
} as const;

export type ColumnName = keyof typeof COLUMNS;

export const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[];

export const USUAL: readonly ColumnName[] = COLUMN_NAMES.filter((name) => COLUMNS[name]);

export const COLUMN_LABELS: Readonly<Record<ColumnName, string>> = {
  time: "Time",
  outcome: "Outcome",
  status: "Status",
  method: "Method",
  url: "URL",
  response: "Response time",
  duration: "Duration",
  user: "User",
  entry: "Entered at",
  services: "Services",
  annotations: "Annotations",
  weight: "Weight",
  cause: "Cause",
  id: "Trace id",
};

/** Reads what an address says; unknown names are left out, and nothing at all means the usual. */
export function readColumns(names: readonly string[]): readonly ColumnName[] {
  const found = COLUMN_NAMES.filter((name) => names.includes(name));
  return found.length === 0 ? USUAL : found;
}

/** One more, or one less; the last one stays. In the order of the table. */
export function toggledColumn(shown: readonly ColumnName[], name: ColumnName): readonly ColumnName[] {
  const next = COLUMN_NAMES.filter((one) => (one === name ? !shown.includes(one) : shown.includes(one)));
  return next.length === 0 ? shown : next;
}

/** How it is written: nothing for the usual. */
export function writeColumns(shown: readonly ColumnName[]): readonly string[] {
  return shown.join() === USUAL.join() ? [] : shown;
}
