/**
 * The chips of a set: terms that its traces must fulfil. Values of one attribute are alternatives, different attributes must
 * all hold, what is excluded must not. Pure: how terms are written, changed, and said in the filter language.
 */
import { isAttribute, rangeExpression, valueExpression } from "./attributes.ts";
import { all } from "./expression.ts";

/** An attribute has a value, or has it not. */
export interface Equal {
  readonly of: string;
  readonly not: boolean;
  readonly is: string;
}

/** A number lies from `low`, included, to `high`, not included. Attribute `time` is when the trace began, epoch seconds. */
export interface Between {
  readonly of: string;
  readonly not: boolean;
  readonly low: number;
  readonly high: number;
}

export type Term = Equal | Between;

export function isBetween(term: Term): term is Between {
  return "low" in term;
}

/** `status=500`, `!user=ada`, `response~0.5~2`, `annotation.total~~20`. */
export function writeTerm(term: Term): string {
  const not = term.not ? "!" : "";
  if (!isBetween(term)) return `${not}${escaped(term.of)}=${term.is}`;
  return `${not}${escaped(term.of)}~${end(term.low)}~${end(term.high)}`;
}

/** Undefined for what is no term. */
export function readTerm(text: string): Term | undefined {
  const not = text.startsWith("!");
  const found = /^((?:[^=~%]|%[0-9A-F]{2})+)([=~])(.*)$/s.exec(not ? text.slice(1) : text);
  if (!found) return undefined;
  const of = (found[1] ?? "").replace(/%(3D|7E|25)/g, decodeURIComponent);
  const rest = found[3] ?? "";
  if (found[2] === "=") return isAttribute(of) && rest !== "" ? { of, not, is: rest } : undefined;
  const ends = rest.split("~");
  const [low, high] = [readEnd(ends[0], -1), readEnd(ends[1], 1)];
  const isNumber = of === "time" || of === "response" || (isAttribute(of) && of.startsWith("annotation."));
  if (ends.length !== 2 || low === undefined || high === undefined || low >= high || !isNumber) return undefined;
  return { of, not, low, high };
}

/** Reads those that can be read. */
export function readTerms(texts: readonly string[]): Term[] {
  return texts.flatMap((text) => readTerm(text) ?? []);
}

function escaped(of: string): string {
  return of.replace(/[=~%]/g, (sign) => ({ "=": "%3D", "~": "%7E", "%": "%25" })[sign] ?? sign);
}

function end(value: number): string {
  return Number.isFinite(value) ? String(value) : "";
}

function readEnd(text: string | undefined, sign: 1 | -1): number | undefined {
  if (text === undefined) return undefined;
  if (text === "") return sign * Number.POSITIVE_INFINITY;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

export function same(a: Term, b: Term): boolean {
  return writeTerm(a) === writeTerm(b);
}

function isOpposite(a: Term, b: Term): boolean {
  return same({ ...a, not: !a.not }, b);
}

/** A click on a value: adds it, or takes it away. */
export function toggled(terms: readonly Term[], term: Term): Term[] {
  if (terms.some((one) => same(one, term))) return terms.filter((one) => !same(one, term));
  return [...terms.filter((one) => !isOpposite(one, term)), term];
}

/** A brush: there is one stretch of an axis at a time; null takes it away. */
export function brushed(terms: readonly Term[], of: string, stretch: readonly [number, number] | null): Term[] {
  const others = terms.filter((one) => !(isBetween(one) && one.of === of));
  return stretch === null ? others : [...others, { of, not: false, low: stretch[0], high: stretch[1] }];
}

/** The stretch of an axis, if one is chosen. */
export function stretchOf(terms: readonly Term[], of: string): readonly [number, number] | null {
  const found = terms.find((one) => isBetween(one) && one.of === of && !one.not);
  return found && isBetween(found) ? [found.low, found.high] : null;
}

/** Is and is not change places. */
export function turned(terms: readonly Term[], term: Term): Term[] {
  return terms.map((one) => (same(one, term) ? { ...one, not: !one.not } : one));
}

/** One term in the filter language; null for a time, which the language has no word for. */
export function termExpression(term: Term): string | null {
  if (term.of === "time") return null;
  const found = isBetween(term) ? rangeExpression(term.of, term.low, term.high) : valueExpression(term.of, term.is);
  return term.not ? `!(${found})` : found;
}

/**
 * The set as an expression, "" for every trace.
 *
 * @param terms of the set; times are left out.
 * @param base an expression that must hold as well.
 */
export function expression(terms: readonly Term[], base = ""): string {
  const parts: string[] = [];
  const alternatives = new Map<string, string[]>();
  for (const term of terms) {
    const found = termExpression(term);
    if (found === null) continue;
    if (term.not) alternatives.set(`!${writeTerm(term)}`, [found]);
    else alternatives.set(term.of, [...(alternatives.get(term.of) ?? []), found]);
  }
  for (const found of alternatives.values()) {
    const [first = ""] = found;
    // AND binds closer than OR: only alternatives need parentheses.
    parts.push(found.length === 1 ? first : `(${found.join(" OR ")})`);
  }
  return all([base, ...parts]);
}
