/** What is selected, in the address; and what follows from it. */
import { computed, signal } from "@preact/signals";
import {
  type Change,
  chooseTime,
  flag,
  href,
  isRelative,
  isStrings,
  list,
  liveMode,
  navigate,
  oneOf,
  param,
  preference,
  query,
  range,
  refresh,
  serverNow,
  setParams,
  type TimeChoice,
  text,
} from "../../app/index.ts";
import { withResponse } from "../../filter/expression.ts";
import { readTerms, type Term, toggled, writeTerm } from "../../filter/terms.ts";
import { type ColumnName, readColumns, toggledColumn, writeColumns } from "./columns.ts";

/** What the server is asked. */
export const filter = param("filter", text, "");
/** What is ticked: of the traces loaded, only those are shown. */
const ticked = param("refine", list, []);
export const sort = param("sort", text, "-time");
export const view = param<"list" | "groups">("view", oneOf("list", "groups"), "list");
/** The attribute that the grouped view groups by. */
export const groupedBy = param("by", text, "url");
export const groupSort = param("gsort", text, "-count");
/** The trace in the side panel. */
export const open = param("open", text, "");
/** New traces wait until the person goes on. */
export const paused = param("paused", flag, false);
const chosenColumns = param("columns", list, []);

/** On a phone refining lies above the table, and is closed at first. */
const phone = matchMedia("(max-width: 720px)");
export const isPhone = signal(phone.matches);
phone.addEventListener("change", () => {
  isPhone.value = phone.matches;
});
const refinesOnPhone = signal(false);

/** Kept in this browser. */
const refinesBeside = preference("traces.refine", true, (value): value is boolean => typeof value === "boolean");
export const showsCharts = preference("traces.charts", true, (value): value is boolean => typeof value === "boolean");
export const showsRefine = computed(() => (isPhone.value ? refinesOnPhone.value : refinesBeside.value));
const usedColumns = preference<string[]>("traces.columns", [], isStrings);

/** The clock by which ages are told; it moves while the page is there. */
export const now = signal(serverNow());

export function lookAtTheClock(): void {
  now.value = serverNow();
}

export const terms = computed(() => readTerms(ticked.value));
export const columns = computed(() =>
  readColumns(chosenColumns.value.length > 0 ? chosenColumns.value : usedColumns.value),
);

export function flipRefine(): void {
  const which = isPhone.peek() ? refinesOnPhone : refinesBeside;
  which.value = !which.peek();
}

/** Runs another expression; a step for the back button. What was ticked belongs to the question before. */
export function run(next: string): void {
  setParams([filter.to(next.trim()), open.to("")], { push: true });
}

export function setTerms(next: readonly Term[]): void {
  setParams([ticked.to(next.map(writeTerm)), open.to("")], { push: true });
}

/** A click on a value. */
export function toggle(term: Term): void {
  setTerms(toggled(terms.peek(), term));
}

/** What is ticked goes into the question. */
export function ask(next: string): void {
  setParams([filter.to(next), ticked.to([]), open.to("")], { push: true });
}

/** One group of the grouped view, as a list. */
export function look(term: Term): void {
  const others = terms.peek().filter((one) => one.of !== term.of);
  setParams([ticked.to([...others, term].map(writeTerm)), view.to("list")], { push: true });
}

export function toggleColumn(name: ColumnName): void {
  keepColumns(toggledColumn(columns.peek(), name));
}

export function keepColumns(next: readonly ColumnName[]): void {
  const written = writeColumns(next);
  usedColumns.value = [...written];
  chosenColumns.set(written);
}

/** So that a copied address shows what is seen here. */
export function tellColumns(): void {
  if (chosenColumns.value.length === 0 && usedColumns.peek().length > 0) chosenColumns.set(usedColumns.peek());
}

/** A piece of the heat map: its times become the range, its response times a part of the question. */
export function narrow(from: number, to: number, low: number, high: number): void {
  const next = withResponse(filter.signal.peek(), tidied(low, high));
  const start = Math.floor(from);
  address([filter.to(next), open.to("")], { kind: "between", from: start, to: Math.max(Math.ceil(to), start + 1) });
}

/** A stretch of the distribution; null takes it out of the question. */
export function narrowResponse(stretch: readonly [number, number] | null): void {
  run(withResponse(filter.signal.peek(), stretch && tidied(stretch[0], stretch[1])));
}

/** Three digits are enough, outwards, so that what was marked stays in. */
export function tidied(low: number, high: number): readonly [number, number] {
  return [rounded(low, Math.floor), rounded(high, Math.ceil)];
}

function rounded(value: number, round: (value: number) => number): number {
  const power = 10 ** (2 - Math.floor(Math.log10(Math.max(value, 1e-6))));
  return Number((round(value * power) / power).toPrecision(6));
}

function address(changes: readonly Change[], time: TimeChoice): void {
  const own = new URLSearchParams(query.peek());
  for (const [name, value] of changes) {
    if (value === null) own.delete(name);
    else own.set(name, value);
  }
  for (const name of ["last", "from", "to", "group", "live"]) own.delete(name);
  navigate(href("/traces", Object.fromEntries(own), time));
}

/** New traces flow in from now on. */
export function startTail(): void {
  if (!isRelative.peek()) {
    const { start, end } = range.peek();
    chooseTime({ kind: "last", seconds: Math.max(60, Math.round((end - start) / 60) * 60) });
  }
  setParams([liveMode.to(true), paused.to(false)]);
  refresh();
}

export function stopTail(): void {
  setParams([liveMode.to(false), paused.to(false)]);
}
