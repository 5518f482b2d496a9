/** Searching inside a trace: every word must occur somewhere in a part's name, title, status, service or what was recorded. Pure. */
import type { Json, JsonObject } from "../../api/index.ts";
import type { Part, TraceTree } from "../../trace/index.ts";

const OUTCOMES = { ok: "ok", error: "error", throttle: "throttle throttled", fault: "fault failed" } as const;

/** More of one part is not searched, characters. */
const MOST_TEXT = 4_000;

/** The words searched for, lower case; those in quotes belong together. */
export function wordsOf(typed: string): string[] {
  return [...typed.toLowerCase().matchAll(/"([^"]*)"?|(\S+)/g)]
    .map((found) => (found[1] ?? found[2] ?? "").trim())
    .filter((word) => word !== "");
}

function textOf({ entity, service }: Part): string {
  const words = [
    entity.name,
    entity.title ?? "",
    service?.name ?? "",
    entity.origin ?? "",
    entity.status ?? "",
    OUTCOMES[entity.outcome],
    entity.in_progress ? "in progress" : "",
    entity.kind,
    entity.id,
  ];
  return words.join("\n").toLowerCase();
}

/**
 * Finds parts.
 *
 * @param recorded what else was recorded of each part, by id (`recordedOf`); it comes later than the list.
 * @returns ids in the order of the waterfall; none where nothing is searched for.
 */
export function found(tree: TraceTree, typed: string, recorded: ReadonlyMap<string, string> | null): string[] {
  const words = wordsOf(typed);
  if (words.length === 0) return [];
  return tree.parts
    .filter((part) => {
      const text = textOf(part);
      const more = recorded?.get(part.entity.id) ?? "";
      return words.every((word) => text.includes(word) || more.includes(word));
    })
    .map((part) => part.entity.id);
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads annotations, metadata, exceptions, SQL and users out of a raw trace: a text for each entity, lower case. */
export function recordedOf(raw: Json): Map<string, string> {
  const texts = new Map<string, string>();
  for (const document of documentsOf(raw).values()) {
    const pieces: string[] = [];
    if (isObject(document.annotations)) {
      for (const [key, value] of Object.entries(document.annotations)) pieces.push(`${key}=${String(value)}`);
    }
    for (const name of ["metadata", "cause", "sql", "user", "aws"] as const) {
      const value = document[name];
      if (value !== undefined) pieces.push(JSON.stringify(value).slice(0, MOST_TEXT));
    }
    if (pieces.length > 0 && typeof document.id === "string") {
      texts.set(document.id, pieces.join("\n").slice(0, MOST_TEXT).toLowerCase());
    }
  }
  return texts;
}

/** A raw trace as BatchGetTraces has it: without what every answer of ours has. */
export function asXRay(raw: Json): Json {
  if (!isObject(raw)) return raw;
  const { took_ms: _, now: __, ...trace } = raw;
  return trace;
}

/** A raw trace with only the segments in whose text every word occurs. */
export function withWords(raw: Json, typed: string): Json {
  const words = wordsOf(typed);
  if (words.length === 0 || !isObject(raw) || !Array.isArray(raw.Segments)) return raw;
  const kept = (raw.Segments as readonly Json[]).filter((segment) => {
    const text = JSON.stringify(segment).toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return { ...raw, Segments: kept };
}

/** Every segment and subsegment of a raw trace by its id, each without those below. */
export function documentsOf(raw: Json): Map<string, JsonObject> {
  const documents = new Map<string, JsonObject>();
  const segments = isObject(raw) && Array.isArray(raw.Segments) ? (raw.Segments as readonly Json[]) : [];
  const waiting: Json[] = segments.map((segment) => (isObject(segment) ? (segment.Document ?? null) : null));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (!isObject(next)) continue;
    const { subsegments, ...own } = next;
    if (Array.isArray(subsegments)) waiting.push(...(subsegments as readonly Json[]));
    if (typeof own.id === "string") documents.set(own.id, own);
  }
  return documents;
}

/** The match after (or before) a place in the order of the waterfall, round and round. */
export function neighbour(
  tree: TraceTree,
  matches: readonly string[],
  from: string | null,
  step: 1 | -1,
): string | null {
  if (matches.length === 0) return null;
  const here = from === null ? (step === 1 ? -1 : Number.POSITIVE_INFINITY) : (tree.byId.get(from)?.index ?? -1);
  const places = matches.map((id) => tree.byId.get(id)?.index ?? -1);
  const at = step === 1 ? places.findIndex((place) => place > here) : places.findLastIndex((place) => place < here);
  return matches[at >= 0 ? at : step === 1 ? 0 : matches.length - 1] ?? null;
}
