/** New traces put on top of those there are. Pure. */
import type { TraceSummary } from "../../api/index.ts";

/** Both, newest first; a trace that comes again, with more of its parts, takes the place of the one before. */
export function merged(rows: readonly TraceSummary[], fresh: readonly TraceSummary[]): TraceSummary[] {
  const all = new Map(rows.map((row) => [row.id, row]));
  for (const row of fresh) all.set(row.id, row);
  return [...all.values()].sort((a, b) => b.start - a.start);
}

/** Not older than `start`, not more than `most`: the newest stay. */
export function trimmed(rows: readonly TraceSummary[], start: number, most: number): TraceSummary[] {
  // A second of grace: ids count whole seconds.
  return rows.filter((row) => row.start >= start - 1).slice(0, most);
}
