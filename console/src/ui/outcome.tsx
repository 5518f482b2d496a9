/** How a request ended: shape, word and colour, so that none of them is needed alone. */
import type { Outcome } from "../api/types.ts";

export const OUTCOMES: readonly Outcome[] = ["ok", "error", "throttle", "fault"];

export const OUTCOME_NAMES: Readonly<Record<Outcome, string>> = {
  ok: "OK",
  error: "Error",
  throttle: "Throttle",
  fault: "Fault",
};

/** What each means, for tooltips and legends. */
export const OUTCOME_MEANINGS: Readonly<Record<Outcome, string>> = {
  ok: "Answered as it should be",
  error: "The caller's mistake: 4xx, without 429",
  throttle: "Too many requests: 429",
  fault: "The server's failure: 5xx, or an exception",
};

export const OUTCOME_SHAPES: Readonly<Record<Outcome, string>> = {
  ok: "M2 6a4 4 0 1 0 8 0 4 4 0 1 0-8 0Z",
  error: "M6 1.6 10.9 10.2H1.1Z",
  throttle: "M6 .8 11.2 6 6 11.2.8 6Z",
  fault: "M1.8 1.8h8.4v8.4H1.8Z",
};

/** Circle, triangle, diamond, square. `bare` leaves the word to screen readers. */
export function OutcomeMark({ outcome, bare = false, size = 10 }: { outcome: Outcome; bare?: boolean; size?: number }) {
  return (
    <span class={`outcome status-${outcome}`}>
      <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true" focusable="false">
        <path d={OUTCOME_SHAPES[outcome]} fill="currentColor" />
      </svg>
      <span class={bare ? "sr" : "outcome-word"}>{OUTCOME_NAMES[outcome]}</span>
    </span>
  );
}
