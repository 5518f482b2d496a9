/** How many of the traces are looked at. Pure. */

/** More are not loaded: a page that is quick says more than one that is complete. */
export const MOST = 10_000;

/** The share to ask for when so many traces are there. Tidy, so that addresses are. */
export function shareFor(traces: number): number {
  if (traces <= MOST) return 1;
  // Rounded down: rounded up, a few too many would come, and the oldest be missing.
  return Math.max(1e-6, Math.floor((MOST / traces) * 1e6) / 1e6);
}

/**
 * How many traces a search will find in all, by how far back it came.
 *
 * @param found so far.
 * @param reached how far back, epoch seconds.
 */
export function expected(found: number, reached: number, start: number, end: number): number {
  const done = (end - Math.max(start, Math.min(end, reached))) / Math.max(1e-9, end - start);
  return done <= 0 ? Number.POSITIVE_INFINITY : found / done;
}

/** A share as people say it: `1 in 22`, `about 2 in 3`. */
export function oneIn(share: number): string {
  if (share >= 1) return "all";
  if (share > 0.4) {
    const tenth = Math.round(share * 10);
    return `about ${Math.min(9, tenth)} in 10`;
  }
  return `1 in ${Math.round(1 / share).toLocaleString("en-US")}`;
}
