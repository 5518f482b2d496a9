/** What could be typed at a place of an expression. Pure: an editor shows it. */
import type { ServiceName } from "../api/types.ts";
import { annotationKey, id, literal, quoted, unquoted } from "./expression.ts";
import { KEYWORDS, keyword, OPERATORS, type Scope } from "./keywords.ts";
import { type Piece, pieces } from "./lexer.ts";

/** Names to complete with, as /api/v1/words tells them. */
export interface Words {
  readonly services: readonly ServiceName[];
  readonly annotations: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  readonly users: readonly string[];
  readonly urls: readonly string[];
  readonly groups: readonly string[];
}

export const NO_WORDS: Words = { services: [], annotations: {}, users: [], urls: [], groups: [] };

export type SuggestionKind = "keyword" | "operator" | "value" | "name";

export interface Suggestion {
  readonly label: string;
  /** What is typed for it, where that is another thing than the label. */
  readonly typed?: string;
  /** What is put in; the cursor goes to where `|` was meant: `cursor` from its beginning, its end when absent. */
  readonly text: string;
  readonly cursor?: number;
  readonly detail?: string;
  readonly kind: SuggestionKind;
  /** There is more to complete behind it. */
  readonly again?: boolean;
}

export interface Completion {
  /** What is replaced. */
  readonly from: number;
  readonly to: number;
  readonly suggestions: readonly Suggestion[];
  /** Something must come here: Enter takes the first, also when nothing was typed yet. */
  readonly needed: boolean;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const STATUSES = [200, 201, 301, 302, 304, 400, 401, 403, 404, 409, 429, 500, 502, 503, 504];

/**
 * Finds what could be typed.
 *
 * @param text the whole expression.
 * @param at the cursor.
 * @returns null where nothing can be offered.
 */
export function complete(text: string, at: number, words: Words): Completion | null {
  const before: Piece[] = [];
  let typed: Piece | undefined;
  for (const piece of pieces(text)) {
    if (piece.from >= at) break;
    if (piece.to < at || (piece.to === at && isDone(piece))) before.push(piece);
    else typed = piece;
  }
  const told = before.filter((piece) => piece.kind !== "space");
  const last = told.at(-1);
  const from = typed && typed.kind !== "space" ? typed.from : at;
  const prefix = text.slice(from, at);
  const to = typed && typed.kind !== "space" ? Math.max(at, replaced(typed, at)) : at;
  const answer = (suggestions: readonly Suggestion[], needed: boolean): Completion | null => {
    const found = narrowed(suggestions, prefix);
    return found.length === 0 ? null : { from, to, suggestions: found, needed };
  };

  // Between two words must be a space: `fault|` still is the word itself.
  const place = placeOf(told);
  if (place.kind === "value") return answer(valuesFor(place.of, place.operator, words), true);
  if (place.kind === "entity") return answer(entities(words, place.inside), true);
  if (place.kind === "key") {
    return answer(
      Object.keys(words.annotations).map((key) => ({
        label: key,
        text: `${key}]`,
        kind: "name" as const,
        again: true,
      })),
      true,
    );
  }
  if (place.kind === "entity part") return answer(entityParts(), true);
  if (place.kind === "none") return null;
  if (place.kind === "behind") {
    const joining: Suggestion[] = [
      { label: "AND", text: "AND ", detail: "both hold", kind: "operator", again: true },
      { label: "OR", text: "OR ", detail: "one holds", kind: "operator", again: true },
    ];
    if (place.of === "service" || place.of === "edge") {
      joining.unshift({
        label: "{ }",
        text: "{  }",
        cursor: 2,
        detail: "what happened there",
        kind: "operator",
        again: true,
      });
    }
    return answer(joining, false);
  }
  if (
    place.kind === "operator" &&
    (typed === undefined || typed.kind === "space" || typed.kind === "operator" || typed.kind === "word")
  ) {
    const found = keyword(place.of);
    const operators = OPERATORS[found?.kind ?? "any"].map(
      ([sign, meaning]): Suggestion => ({
        label: sign,
        text: `${sign} `,
        detail: meaning,
        kind: "operator",
        again: true,
      }),
    );
    if (found?.kind === "boolean") {
      // A boolean is a condition by itself.
      const joining = [
        { label: "AND", text: "AND ", detail: "both hold", kind: "operator" as const, again: true },
        { label: "OR", text: "OR ", detail: "one holds", kind: "operator" as const, again: true },
      ];
      return answer([...joining, ...operators], false);
    }
    return answer(operators, typed?.kind !== "word");
  }
  if (place.kind === "block") {
    return answer(
      [{ label: "{ }", text: "{  }", cursor: 2, detail: "which one", kind: "operator", again: true }],
      true,
    );
  }
  return answer(terms(place.kind === "term" ? place.scope : "trace", words, prefix), last !== undefined);
}

/** Whether nothing can be added to a piece that ends at the cursor. */
function isDone(piece: Piece): boolean {
  if (piece.kind === "string") return !piece.open;
  return piece.kind === "space" || piece.kind === "bracket" || piece.text === "!" || piece.kind === "json";
}

/** How far the thing that is being typed goes: a string without its end only to the cursor, it may have eaten the rest. */
function replaced(typed: Piece, at: number): number {
  return typed.kind === "string" && typed.open ? at : typed.to;
}

type Place =
  | { readonly kind: "term"; readonly scope: Scope }
  | { readonly kind: "operator"; readonly of: string }
  | { readonly kind: "value"; readonly of: string; readonly operator: string }
  | { readonly kind: "behind"; readonly of: string }
  | { readonly kind: "entity"; readonly inside: "call" | "name" | "type" | "account.id" }
  | { readonly kind: "entity part" }
  | { readonly kind: "key" }
  | { readonly kind: "block" }
  | { readonly kind: "none" };

interface Open {
  readonly sign: string;
  /** The word before it. */
  readonly of: string;
  /** The word that its comparison is about, in a list behind IN. */
  readonly about: string;
}

/** What kind of thing comes behind these pieces. */
function placeOf(told: readonly Piece[]): Place {
  const open: Open[] = [];
  const scopes: Scope[] = ["trace"];
  let place: Place = { kind: "term", scope: "trace" };
  let word = "";
  let about = "";
  const scope = (): Scope => scopes.at(-1) ?? "trace";
  for (const piece of told) {
    const around = open.at(-1);
    const lower = piece.text.toLowerCase();
    if (piece.kind === "bracket") {
      if (lower === "(" || lower === "{" || lower === "[") {
        open.push({ sign: lower, of: word, about });
        if (lower === "{") {
          scopes.push(word === "service" ? "service" : word === "edge" ? "edge" : "element");
          place = { kind: "term", scope: scope() };
        } else if (lower === "[") place = word === "annotation" ? { kind: "key" } : { kind: "none" };
        else if (word === "service" || word === "edge") place = { kind: "entity", inside: "call" };
        else if (word === "id") place = { kind: "entity part" };
        else if (word === "in") place = { kind: "value", of: about, operator: "in" };
        else place = { kind: "term", scope: scope() };
        if (lower === "{") word = "";
      } else if (lower === ")" || lower === "}" || lower === "]") {
        const closed = open.pop();
        if (lower === "}") {
          if (scopes.length > 1) scopes.pop();
          place = { kind: "behind", of: "" };
        } else if (lower === "]") {
          word = "annotation[";
          place = { kind: "operator", of: word };
        } else if (closed?.of === "id") place = { kind: "none" };
        else {
          word = closed?.of ?? "";
          place = { kind: "behind", of: word };
        }
      } else if (lower === ",") {
        if (around?.of === "edge" || around?.of === "service") place = { kind: "entity", inside: "call" };
        else if (around?.of === "id") place = { kind: "entity part" };
        else if (around?.of === "in") place = { kind: "value", of: around.about, operator: "in" };
      } else if (lower === ":") {
        const part = word === "type" || word === "account.id" ? word : "name";
        place = { kind: "entity", inside: part };
      }
    } else if (piece.kind === "logic") {
      word = "";
      place = { kind: "term", scope: scope() };
    } else if (piece.kind === "operator") {
      if (lower === "in") {
        about = word;
        word = "in";
        place = { kind: "none" };
      } else place = { kind: "value", of: word, operator: lower };
    } else if (piece.kind === "key") {
      word = `annotation.${piece.text}`;
      about = word;
      place = { kind: "none" };
    } else if (piece.kind === "word" && place.kind !== "value") {
      word = lower.startsWith("annotation.") ? piece.text : lower;
      const isBlock = /^rootcause\.\w+\.(service|entity|exception)$/.test(word);
      place =
        around?.of === "id" || word === "service" || word === "edge" || word === "id"
          ? { kind: "none" }
          : isBlock
            ? { kind: "block" }
            : { kind: "operator", of: word };
    } else if (around?.sign === "(" && ["service", "edge", "id", "in"].includes(around.of)) place = { kind: "none" };
    else place = { kind: "behind", of: "" };
  }
  // The key inside the brackets is what is compared.
  if (place.kind === "operator" && place.of === "annotation[") {
    const key = told.findLast((piece) => piece.kind === "key" || piece.kind === "string");
    return { kind: "operator", of: `annotation.${key ? unquoted(key.text) : ""}` };
  }
  if (place.kind === "value" && place.of === "annotation[") {
    const key = told.findLast((piece) => piece.kind === "key" || piece.kind === "string");
    return { ...place, of: `annotation.${key ? unquoted(key.text) : ""}` };
  }
  return place;
}

function terms(scope: Scope, words: Words, prefix: string): Suggestion[] {
  const found: Suggestion[] = [];
  if (/^annotation\./i.test(prefix)) {
    return Object.keys(words.annotations).map((key) => ({
      label: annotationKey(key),
      typed: `annotation.${key}`,
      text: `${annotationKey(key)} `,
      detail: examples(words.annotations[key] ?? []),
      kind: "name",
      again: true,
    }));
  }
  for (const one of KEYWORDS) {
    if (!one.scopes.includes(scope)) continue;
    if (one.name === "annotation") {
      if (scope !== "trace" && Object.keys(words.annotations).length === 0) continue;
      found.push({ label: "annotation.", text: "annotation.", detail: one.meaning, kind: "keyword", again: true });
    } else if (one.name === "service" || one.name === "edge") {
      found.push({
        label: `${one.name}( )`,
        text: `${one.name}()`,
        cursor: one.name.length + 1,
        detail: one.meaning,
        kind: "keyword",
        again: true,
      });
    } else if (one.name === "metadata") {
      found.push({ label: "metadata.", text: "metadata.", detail: one.meaning, kind: "keyword" });
    } else {
      const text = one.kind === "boolean" ? one.name : `${one.name} `;
      found.push({ label: one.name, text, detail: one.meaning, kind: "keyword", again: one.kind !== "boolean" });
    }
  }
  if (prefix !== "" && scope === "trace") {
    // Who types a name means the service, or the key.
    for (const { name, type } of words.services) {
      found.push({ label: `service(${quoted(name)})`, text: `service(${quoted(name)})`, detail: type, kind: "name" });
    }
    for (const key of Object.keys(words.annotations)) {
      found.push({
        label: annotationKey(key),
        text: `${annotationKey(key)} `,
        detail: examples(words.annotations[key] ?? []),
        kind: "name",
        again: true,
      });
    }
  }
  return found;
}

function examples(values: readonly (string | number | boolean)[]): string {
  return values.slice(0, 3).map(String).join(", ");
}

function entities(words: Words, inside: "call" | "name" | "type" | "account.id"): Suggestion[] {
  const value = (text: string, detail: string): Suggestion => ({
    label: quoted(text),
    text: quoted(text),
    detail,
    kind: "name",
  });
  if (inside === "account.id") return [];
  if (inside === "type") {
    const types = [...new Set(words.services.map((one) => one.type))].filter((type) => type !== "");
    return types.map((type) => value(type, "type of services"));
  }
  const names = [...new Map(words.services.map((one) => [one.name, one])).values()];
  const plain = names.map((one) => value(one.name, one.type));
  if (inside === "name") return plain;
  // Two nodes of one name are told apart by their type.
  const twice = words.services.filter((one) =>
    words.services.some((other) => other.name === one.name && other.type !== one.type),
  );
  return [
    ...plain,
    ...twice.map((one): Suggestion => ({ label: id(one), text: id(one), detail: "this one alone", kind: "name" })),
    { label: "id( )", text: "id(name: )", cursor: 9, detail: "by name, type, account", kind: "keyword", again: true },
  ];
}

function entityParts(): Suggestion[] {
  return ["name", "type", "account.id"].map((part) => ({
    label: `${part}:`,
    text: `${part}: `,
    kind: "keyword",
    again: true,
  }));
}

function valuesFor(of: string, operator: string, words: Words): Suggestion[] {
  const texts = (values: readonly string[], detail?: string): Suggestion[] =>
    values.map((value) => ({
      label: quoted(value),
      text: quoted(value),
      kind: "value",
      ...(detail ? { detail } : {}),
    }));
  if (operator === "matches") return [];
  const lower = of.toLowerCase();
  if (lower === "user") return texts(words.users);
  if (lower === "http.url") return texts(words.urls);
  if (lower === "http.method") return texts(METHODS);
  if (lower === "group.name") return texts(words.groups);
  if (lower === "name") return texts([...new Set(words.services.map((one) => one.name))]);
  if (lower === "type") return texts([...new Set(words.services.map((one) => one.type))].filter((type) => type !== ""));
  if (lower === "http.status") return STATUSES.map((one) => ({ label: String(one), text: String(one), kind: "value" }));
  if (lower.startsWith("annotation.")) {
    const key = of.slice("annotation.".length);
    const values = words.annotations[key] ?? [];
    const numbers = ["<", "<=", ">", ">="].includes(operator);
    const strings = ["contains", "beginswith", "endswith"].includes(operator);
    return values
      .filter((value) => (numbers ? typeof value === "number" : strings ? typeof value === "string" : true))
      .map((value) => ({ label: literal(value), text: literal(value), kind: "value" }));
  }
  if (keyword(of)?.kind === "boolean")
    return ["true", "false"].map((value) => ({ label: value, text: value, kind: "value" }));
  return [];
}

const MOST = 60;

/** Those that fit, beginnings before middles. What is there already is not offered. */
function narrowed(suggestions: readonly Suggestion[], prefix: string): Suggestion[] {
  const wanted = prefix.toLowerCase().replace(/^"/, "");
  if (wanted === "") return suggestions.slice(0, MOST);
  const plain = (one: Suggestion): string => (one.typed ?? one.label).toLowerCase().replace(/^"/, "");
  const begins = suggestions.filter((one) => plain(one).startsWith(wanted));
  const within = suggestions.filter((one) => !plain(one).startsWith(wanted) && plain(one).includes(wanted));
  const found = [...begins, ...within];
  return found.some((one) => one.text.trim().toLowerCase() === prefix.toLowerCase()) ? [] : found.slice(0, MOST);
}
