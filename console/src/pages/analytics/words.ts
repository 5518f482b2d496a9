/** How a term reads. Pure. */

import { attribute, valueLabel } from "../../filter/attributes.ts";
import { isBetween, type Term } from "../../filter/terms.ts";
import { clockTime, duration, type Zone } from "../../format/index.ts";

export interface Words {
  /** Of what: `User`. */
  readonly of: string;
  readonly value: string;
  /** Smaller, beside it. */
  readonly hint?: string;
  /** All of it, where there is room. */
  readonly full: string;
}

export function words(term: Term, zone: Zone): Words {
  const of = attribute(term.of).label;
  if (!isBetween(term)) {
    const { label, hint } = valueLabel(term.of, term.is);
    if (hint === undefined) return { of, value: label, full: label };
    const isWhole = term.of === "service" || term.of === "entry";
    return { of, value: label, hint, full: isWhole ? `${label} (${hint})` : term.is };
  }
  const say = (value: number): string =>
    term.of === "time" ? clockTime(value, zone) : term.of === "response" ? duration(value) : figure(value);
  const value = !Number.isFinite(term.low)
    ? `below ${say(term.high)}`
    : !Number.isFinite(term.high)
      ? `${say(term.low)} and more`
      : `${say(term.low)} – ${say(term.high)}`;
  return { of, value, full: value };
}

/** A number of an annotation. */
function figure(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}
