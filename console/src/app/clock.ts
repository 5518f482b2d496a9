/**
 * The server's clock. Ranges such as "the last 15 minutes" are about the server's data, so they follow its clock; the
 * browser's may be wrong by hours, and then every answer would be empty.
 */
import { signal } from "@preact/signals";

/** Seconds by which the browser's clock must be moved to show the server's. */
export const clockOffset = signal(0);

/** Seconds since the epoch by the server's clock. Not reactive. */
export function serverNow(): number {
  return Date.now() / 1000 + clockOffset.peek();
}

/**
 * Learns from an answer.
 *
 * @param told `now` of the answer.
 * @param asked when it was asked, by the browser's clock, seconds.
 * @param answered when it came.
 */
export function learnClock(told: number, asked: number, answered: number): void {
  // The answer was written at some moment of the round trip; a slow one tells little.
  if (answered - asked > 2) return;
  const offset = told - (asked + answered) / 2;
  // Less than a second is noise, and would make ranges jitter.
  const steady = Math.abs(offset) < 1 ? 0 : offset;
  if (Math.abs(steady - clockOffset.peek()) > 0.5) clockOffset.value = steady;
}
