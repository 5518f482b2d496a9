/** Building filter expressions: texts, names and conditions, and how expressions are joined. Pure. */
import type { ServiceName } from "../api/types.ts";
import { splitAt } from "./lexer.ts";

/** A string of the filter language. */
export function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/** What a string of the language says; also one without its closing quote. */
export function unquoted(literal: string): string {
  const inner = /^"((?:[^"\\]|\\.)*)"?$/s.exec(literal);
  return (inner?.[1] ?? literal).replace(/\\(["\\])/g, "$1");
}

/** A value as a literal of the language. */
export function literal(value: string | number | boolean): string {
  return typeof value === "string" ? quoted(value) : String(value);
}

/** `annotation.tier`; what is no plain key stands in brackets. */
export function annotationKey(key: string): string {
  if (/^[A-Za-z0-9_:]+(\.[A-Za-z0-9_:]+)*$/.test(key)) return `annotation.${key}`;
  return /^[^\]\s"]+$/.test(key) ? `annotation[${key}]` : `annotation[${quoted(key)}]`;
}

/** `annotation.tier = "gold"`. */
export function annotationTerm(key: string, value: string | number | boolean): string {
  return `${annotationKey(key)} = ${literal(value)}`;
}

/** `user = "ada"`. */
export function userTerm(user: string): string {
  return `user = ${quoted(user)}`;
}

/** What stands in `service( )` and `edge( )`; a node without type or account is found by the rest. */
export function id({ name, type, account = "" }: ServiceName & { readonly account?: string }): string {
  const parts = [`name: ${quoted(name)}`];
  if (type !== "") parts.push(`type: ${quoted(type)}`);
  if (account !== "") parts.push(`account.id: ${quoted(account)}`);
  return `id(${parts.join(", ")})`;
}

/** In parentheses where it must be: AND binds closer than OR. */
function operand(expression: string): string {
  return splitAt(expression, "or").length > 1 ? `(${expression})` : expression;
}

function joined(expressions: readonly string[], word: "AND" | "OR"): string {
  const parts = expressions.map((one) => one.trim()).filter((one) => one !== "");
  if (parts.length === 1) return parts[0] ?? "";
  return parts.map((one) => (word === "AND" ? operand(one) : one)).join(` ${word} `);
}

/** All must hold; empty ones are left out. */
export function all(expressions: readonly string[]): string {
  return joined(expressions, "AND");
}

/** One must hold; empty ones are left out. */
export function any(expressions: readonly string[]): string {
  return joined(expressions, "OR");
}

/** A term added to what was asked; where nothing was, the term is all there is. */
export function added(query: string, term: string, word: "AND" | "OR" = "AND"): string {
  return word === "AND" ? all([query, term]) : any([query, term]);
}

const OWN_BOUND = /^responsetime\s*(>=|<)\s*\d+(\.\d+)?([eE][+-]?\d+)?$/i;

/**
 * Asks for a stretch of response times, in place of the one asked for before.
 *
 * @param stretch seconds, the upper end outside; null takes it away.
 */
export function withResponse(query: string, stretch: readonly [number, number] | null): string {
  const parts = splitAt(query, "or").length > 1 ? [query] : splitAt(query, "and");
  const kept = parts.filter((part) => !OWN_BOUND.test(part));
  if (stretch) kept.push(`responsetime >= ${stretch[0]}`, `responsetime < ${stretch[1]}`);
  return all(kept);
}

/** The stretch of response times that an expression asks for, if `withResponse` wrote one. */
export function responseOf(query: string): readonly [number, number] | null {
  if (splitAt(query, "or").length > 1) return null;
  let low: number | null = null;
  let high: number | null = null;
  for (const part of splitAt(query, "and")) {
    const found = OWN_BOUND.exec(part);
    const value = Number(/[\d.]+([eE][+-]?\d+)?$/.exec(part)?.[0]);
    if (found?.[1] === ">=") low = value;
    else if (found) high = value;
  }
  return low !== null && high !== null && low < high ? [low, high] : null;
}
