/** The traces loaded: which of them fit what is ticked, what they have in common, their charts. Pure. */
import type { Bin, HeatColumn, Outcome, TraceSummary } from "../../api/index.ts";
import { ANNOTATION, ATTRIBUTES, type Attribute, attribute, eachValue } from "../../filter/attributes.ts";
import { literal } from "../../filter/expression.ts";
import { type Equal, isBetween, type Term } from "../../filter/terms.ts";
import { rank, responses, standFor } from "../../trace/weights.ts";

/** The values of every attribute of a trace, each once. */
export type Facts = ReadonlyMap<string, ReadonlySet<string>>;

const known = new WeakMap<TraceSummary, Facts>();

export function factsOf(row: TraceSummary): Facts {
  const before = known.get(row);
  if (before) return before;
  const found = new Map<string, Set<string>>();
  const note = (of: string, value: string): void => {
    const values = found.get(of);
    if (values) values.add(value);
    else found.set(of, new Set([value]));
  };
  eachValue(row, note);
  for (const [key, values] of Object.entries(row.annotations)) {
    for (const value of values) note(ANNOTATION + key, literal(value));
  }
  known.set(row, found);
  return found;
}

function holds(row: TraceSummary, term: Term): boolean {
  if (!isBetween(term)) return factsOf(row).get(term.of)?.has(term.is) ?? false;
  const inside = (value: number | null): boolean => value !== null && value >= term.low && value < term.high;
  if (term.of === "time") return inside(row.start);
  if (term.of === "response") return inside(row.response);
  const key = term.of.slice(ANNOTATION.length);
  return (row.annotations[key] ?? []).some((value) => typeof value === "number" && inside(value));
}

/** Values of one attribute are alternatives, attributes must all hold, what is excluded must not. */
export function fits(row: TraceSummary, terms: readonly Term[]): boolean {
  const wanted = new Map<string, boolean>();
  for (const term of terms) {
    const found = holds(row, term);
    if (term.not) {
      if (found) return false;
    } else wanted.set(term.of, (wanted.get(term.of) ?? false) || found);
  }
  for (const found of wanted.values()) if (!found) return false;
  return true;
}

/** A value with how many traces have it, each counted as those that it stands for. */
export interface ValueRow {
  readonly term: Equal;
  readonly count: number;
  /** Of the traces looked at, 0 to 1. */
  readonly share: number;
  /** Mean response time, seconds; null when none is known. */
  readonly mean: number | null;
  /** 95th percentile of the response time, seconds. */
  readonly p95: number | null;
  /** Those that ended in a fault, an error or a throttle. */
  readonly failed: number;
  readonly faults: number;
}

/** The values of one attribute, the most frequent first; those without a value are left out. */
export function valuesOf(rows: readonly TraceSummary[], of: string): ValueRow[] {
  const byValue = new Map<string, TraceSummary[]>();
  for (const row of rows) {
    for (const value of factsOf(row).get(of) ?? []) {
      const having = byValue.get(value);
      if (having) having.push(row);
      else byValue.set(value, [row]);
    }
  }
  const whole = standFor(rows);
  const found = [...byValue].map(([is, having]): ValueRow => {
    const times = responses(having);
    const [sum, answered] = times.reduce(([all, many], [time, weight]) => [all + time * weight, many + weight], [0, 0]);
    const found = standFor(having);
    return {
      term: { of, not: false, is },
      count: found,
      share: found / whole,
      mean: answered === 0 ? null : sum / answered,
      p95: rank(times, 0.95),
      failed: standFor(having.filter((row) => row.outcome !== "ok")),
      faults: standFor(having.filter((row) => row.outcome === "fault")),
    };
  });
  return found.sort((a, b) => b.count - a.count || (a.term.is < b.term.is ? -1 : 1));
}

export interface Facet {
  readonly attribute: Attribute;
  /** How many different values there are. */
  readonly values: number;
}

/** The attributes that occur, in the order of the tables, annotations last by how often. */
export function facetsOf(rows: readonly TraceSummary[]): Facet[] {
  const values = new Map<string, Set<string>>();
  const often = new Map<string, number>();
  for (const row of rows) {
    for (const [of, found] of factsOf(row)) {
      let all = values.get(of);
      if (!all) {
        all = new Set();
        values.set(of, all);
      }
      for (const value of found) all.add(value);
      often.set(of, (often.get(of) ?? 0) + 1);
    }
  }
  const annotations = [...values.keys()]
    .filter((of) => of.startsWith(ANNOTATION))
    .sort((a, b) => (often.get(b) ?? 0) - (often.get(a) ?? 0) || (a < b ? -1 : 1))
    .map(attribute);
  return [...ATTRIBUTES, ...annotations].flatMap(({ id }) => {
    const found = values.get(id);
    return found ? [{ attribute: attribute(id), values: found.size }] : [];
  });
}

/** For ticking one attribute, its own ticks do not count: one sees what else could be ticked. */
export function without(terms: readonly Term[], of: string): Term[] {
  return terms.filter((term) => term.not || term.of !== of);
}

export function outcomes(rows: readonly TraceSummary[]): Readonly<Record<Outcome, number>> {
  const found = { ok: 0, error: 0, throttle: 0, fault: 0 };
  for (const row of rows) found[row.outcome] += row.weight;
  return found;
}

const PERIODS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** Seconds of a column of the heat map. */
export function periodOf(start: number, end: number): number {
  return PERIODS.find((period) => (end - start) / period <= 120) ?? 3600;
}

/** The heat map's columns; traces without an answer have no place in it. */
export function heat(rows: readonly TraceSummary[], start: number, period: number): HeatColumn[] {
  const columns = new Map<number, TraceSummary[]>();
  for (const row of rows) {
    if (row.response === null) continue;
    const column = Math.floor((row.start - start) / period);
    const inside = columns.get(column);
    if (inside) inside.push(row);
    else columns.set(column, [row]);
  }
  return [...columns]
    .sort(([a], [b]) => a - b)
    .map(([column, inside]): HeatColumn => [start + column * period, bins(inside)]);
}

/** Response times and how many traces took that long, ascending. */
export function bins(rows: readonly TraceSummary[]): Bin[] {
  const counts = new Map<number, number>();
  for (const { response, weight } of rows) {
    if (response !== null) counts.set(response, (counts.get(response) ?? 0) + weight);
  }
  return [...counts].sort((a, b) => a[0] - b[0]);
}

/** What went wrong, or what took longest: the one text of the column Cause. */
export function causeOf(row: TraceSummary): { readonly kind: "failed" | "slow" | "none"; readonly text: string } {
  const failure = row.faults[0] ?? row.errors[0];
  if (failure !== undefined) return { kind: "failed", text: failure };
  if (row.outcome === "fault" && row.fault_path !== null) return { kind: "failed", text: row.fault_path };
  const slowest = row.slow.at(-1);
  return slowest === undefined ? { kind: "none", text: "" } : { kind: "slow", text: slowest };
}
