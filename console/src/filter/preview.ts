/** How many of the newest traces match a filter, in words. Pure. */
import { count, percent, plural } from "../format/index.ts";

/** How many traces of the last minutes match. */
export interface Preview {
  readonly found: number;
  /** The whole range was looked at; otherwise `found` is for the part from `reached` on. */
  readonly finished: boolean;
  readonly reached: number;
  readonly start: number;
  readonly end: number;
  /** How many traces there are in all. */
  readonly all: number;
}

export function previewTold({ found, finished, reached, start, end, all }: Preview): string {
  const looked = (end - Math.min(end, Math.max(start, reached))) / (end - start);
  const some = finished || looked <= 0 ? found : Math.round(found / looked);
  // Both are counted at other moments.
  const share = all > 0 ? ` (${percent(Math.min(1, some / all))})` : "";
  if (some === 0)
    return all === 0
      ? "There were no traces in the last 15 minutes."
      : `None of the last 15 minutes' ${plural(all, "trace")} matches.`;
  const about = finished ? count(some) : `About ${count(some)}`;
  return `${about} of the last 15 minutes' ${plural(Math.max(all, some), "trace")} ${some === 1 ? "matches" : "match"}${share}.`;
}
