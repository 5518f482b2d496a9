/** What is selected, in the address; and what follows from it. */
import { computed } from "@preact/signals";
import { flag, interval, list, oneOf, param, setParams, text } from "../../app/index.ts";
import type { Patch } from "../../charts/index.ts";
import { readTerms, type Term, toggled, writeTerm } from "../../filter/terms.ts";

export const TABS = ["compare", "impact", "throttles", "sla"] as const;
export type TabName = (typeof TABS)[number];
export type SetName = "a" | "b";

export const tab = param<TabName>("tab", oneOf(...TABS), "compare");
/** Only traces that match are loaded. */
export const base = param("filter", text, "");
const chipsA = param("a", list, []);
const chipsB = param("b", list, []);
/** Whether there is a set B. */
export const comparing = param("compare", flag, false);
const chosen = param<SetName>("set", oneOf("a", "b"), "a");
export const order = param<"count" | "difference">("order", oneOf("count", "difference"), "count");
export const listed = param<"slow" | "new">("list", oneOf("slow", "new"), "slow");
/** The marked piece of the heat map: times, and response times. */
const patchTime = param("patch", interval, null);
const patchResponse = param("slow", interval, null);

export const termsA = computed(() => readTerms(chipsA.value));
export const termsB = computed(() => readTerms(chipsB.value));
/** The set that clicks go to. */
export const active = computed<SetName>(() => (comparing.value ? chosen.value : "a"));
export const activeTerms = computed(() => (active.value === "a" ? termsA.value : termsB.value));

export const patch = computed<Patch | null>(() => {
  const [time, response] = [patchTime.value, patchResponse.value];
  return time && response ? { from: time[0], to: time[1], low: response[0], high: response[1] } : null;
});

export function setPatch(next: Patch | null): void {
  // Tidied outwards, so that what was marked stays in.
  const time = next && ([Math.floor(next.from * 10) / 10, Math.ceil(next.to * 10) / 10] as const);
  const response = next && ([tidy(next.low, Math.floor), tidy(next.high, Math.ceil)] as const);
  setParams([patchTime.to(time), patchResponse.to(response)], { push: true });
}

function tidy(value: number, round: (value: number) => number): number {
  const power = 10 ** (3 - Math.floor(Math.log10(Math.max(value, 1e-9))));
  return Number((round(value * power) / power).toPrecision(6));
}

/** The chips of a set; a step for the back button. */
export function setTerms(which: SetName, terms: readonly Term[]): void {
  const chips = which === "a" ? chipsA : chipsB;
  setParams([chips.to(terms.map(writeTerm))], { push: true });
}

export function termsOf(which: SetName): readonly Term[] {
  return which === "a" ? termsA.value : termsB.value;
}

/** A click on a value. */
export function toggle(term: Term): void {
  setTerms(active.peek(), toggled(activeTerms.peek(), term));
}

/** B begins as a copy of A, and is the one that is changed from then on. */
export function compare(): void {
  setParams([comparing.to(true), chipsB.to(termsA.peek().map(writeTerm)), chosen.to("b")], { push: true });
}

export function stopComparing(): void {
  setParams([comparing.to(false), chipsB.to([]), chosen.to("a"), order.to("count")], { push: true });
}

export function activate(which: SetName): void {
  if (comparing.signal.peek() || which === "a") setParams([chosen.to(which)]);
}

/** Asks again for the traces of one set only: its expression becomes the filter. */
export function narrowTo(filter: string): void {
  setParams(
    [
      base.to(filter),
      chipsA.to([]),
      chipsB.to([]),
      comparing.to(false),
      chosen.to("a"),
      patchTime.to(null),
      patchResponse.to(null),
    ],
    { push: true },
  );
}
