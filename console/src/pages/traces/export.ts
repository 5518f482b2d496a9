/** The traces shown, as files. Pure. */
import type { TraceSummary } from "../../api/index.ts";
import { isoTime } from "../../format/index.ts";

const FIELDS: readonly (readonly [name: string, value: (row: TraceSummary) => string | number | boolean | null])[] = [
  ["id", (row) => row.id],
  ["start", (row) => isoTime(row.start)],
  ["outcome", (row) => row.outcome],
  ["status", (row) => row.status],
  ["method", (row) => row.method],
  ["url", (row) => row.url],
  ["response_seconds", (row) => row.response],
  ["duration_seconds", (row) => row.duration],
  ["users", (row) => row.users.join("; ")],
  ["client_ip", (row) => row.client_ip],
  ["user_agent", (row) => row.user_agent],
  ["entry", (row) => row.entry?.name ?? null],
  ["services", (row) => row.services.map((one) => one.name).join("; ")],
  ["faults", (row) => row.faults.join("; ")],
  ["errors", (row) => row.errors.join("; ")],
  ["slowest_path", (row) => row.slow.join(" > ")],
  ["partial", (row) => row.partial],
  ["weight", (row) => row.weight],
];

/** As RFC 4180 says, with a column for each key of annotations. */
export function csv(rows: readonly TraceSummary[]): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row.annotations)))].sort();
  const head = [...FIELDS.map(([name]) => name), ...keys.map((key) => `annotation.${key}`)];
  const lines = rows.map((row) => [
    ...FIELDS.map(([, value]) => value(row)),
    ...keys.map((key) => (Object.hasOwn(row.annotations, key) ? (row.annotations[key] ?? []).join("; ") : null)),
  ]);
  return [head, ...lines].map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

function cell(value: string | number | boolean | null): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  // Spreadsheets would run it: texts come from whoever sends requests.
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function json(rows: readonly TraceSummary[]): string {
  return `${JSON.stringify(rows, null, 2)}\n`;
}

/** `traces-20261125-140509.csv`: the end of the range, UTC. */
export function fileName(end: number, ending: "csv" | "json"): string {
  return `traces-${isoTime(end).slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}.${ending}`;
}
