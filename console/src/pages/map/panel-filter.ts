/** The filter expression that the side panel builds: what finds the traces of a node or edge, and what was chosen of them. Pure. */
import type { Outcome } from "../../api/index.ts";
import type { Stretch } from "../../charts/index.ts";
import { all, any } from "../../filter/expression.ts";
import { OUTCOMES } from "../../ui/outcome.tsx";

export type Measure = "response" | "duration";

const KEYWORDS: Readonly<Record<Measure, string>> = { response: "responsetime", duration: "duration" };

/** What was ticked and dragged over. */
export interface Chosen {
  /** None, or all, asks for nothing. */
  readonly outcomes: readonly Outcome[];
  /** Seconds, both ends included. */
  readonly stretch: Stretch | null;
  readonly measure: Measure;
}

export const NOTHING_CHOSEN: Chosen = { outcomes: [], stretch: null, measure: "response" };

/** The words of an address that name outcomes, in the usual order, each once. */
export function readOutcomes(words: readonly string[]): Outcome[] {
  return OUTCOMES.filter((outcome) => words.includes(outcome));
}

/**
 * Joins what finds a node or edge with what was chosen. The conditions stand in the block, so that one request must fulfil
 * all of them.
 *
 * @param found `view_filter` of the API: one `service( )` or `edge( )`, without a block.
 */
export function panelFilter(found: string, { outcomes, stretch, measure }: Chosen): string {
  const terms = outcomes.length < OUTCOMES.length ? outcomes.map((outcome) => `${outcome} = true`) : [];
  const bounds = stretch ? [`${KEYWORDS[measure]} >= ${stretch[0]}`, `${KEYWORDS[measure]} <= ${stretch[1]}`] : [];
  const block = all([any(terms), ...bounds]);
  return block === "" ? found : `${found} { ${block} }`;
}

/** Below this a whole millisecond, the grain of a histogram, is more than a tenth. */
const FINE_MS = 10;

/**
 * A stretch as it was dragged, with bounds that one can read and that mean what was seen. Histograms count whole
 * milliseconds, a half rounded up, while filters compare exact times: short times end half-way between milliseconds,
 * so that the bars chosen are the requests found. Longer ones are rounded to three digits, outward.
 */
export function tidyStretch([low, high]: Stretch): Stretch {
  const first = low * 1000 < FINE_MS ? Math.ceil(tidy(low * 1000)) : null;
  const last = high * 1000 < FINE_MS ? Math.floor(tidy(high * 1000)) : null;
  // Between two bars there is nothing: then the nearest is meant.
  if (first !== null && last !== null && last < first) {
    const nearest = Math.round(((low + high) / 2) * 1000);
    return [halfBefore(nearest), halfBefore(nearest + 1)];
  }
  return [
    first === null ? rounded(low, Math.floor) : halfBefore(first),
    last === null ? rounded(high, Math.ceil) : halfBefore(last + 1),
  ];
}

/** Seconds; of a whole number of milliseconds the half before it. */
function halfBefore(milliseconds: number): number {
  return tidy(Math.max(0, milliseconds - 0.5) / 1000);
}

/** Three digits, no finer than a millisecond. */
function rounded(seconds: number, way: (value: number) => number): number {
  const step = Math.max(1, 10 ** (Math.floor(Math.log10(seconds * 1000)) - 2));
  return tidy((way(tidy((seconds * 1000) / step)) * step) / 1000);
}

/** Without the dust of binary fractions. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
