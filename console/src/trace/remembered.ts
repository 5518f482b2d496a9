/**
 * What this browser remembers of traces: those seen last (for comparing), and in this tab the list from which one was opened
 * (for the next and the one before). Storage may be forbidden: then nothing is remembered.
 */
import { href } from "../app/links.ts";

const VISITED = "radiograph.traces.visited";
const LIST = "radiograph.traces.list";
const MOST_VISITED = 12;
const MOST_LISTED = 2_000;

export interface Visited {
  readonly id: string;
  /** `GET /cart`. */
  readonly asked: string;
  readonly outcome: "ok" | "error" | "throttle" | "fault";
  /** Seconds. */
  readonly duration: number;
  /** Epoch seconds. */
  readonly start: number;
}

interface TraceList {
  readonly ids: readonly string[];
  /** Path and query of the page that lists them. */
  readonly from: string;
}

function stored(storage: () => Storage, name: string): unknown {
  try {
    return JSON.parse(storage().getItem(name) ?? "null");
  } catch {
    return null;
  }
}

function store(storage: () => Storage, name: string, value: unknown): void {
  try {
    storage().setItem(name, JSON.stringify(value));
  } catch {
    // Forbidden or full.
  }
}

const isVisited = (value: unknown): value is Visited => {
  const found = value as Partial<Visited> | null;
  return (
    typeof found?.id === "string" &&
    typeof found.asked === "string" &&
    typeof found.duration === "number" &&
    typeof found.start === "number" &&
    ["ok", "error", "throttle", "fault"].includes(found.outcome ?? "")
  );
};

/** The traces seen last, newest first. */
export function visited(): readonly Visited[] {
  const found = stored(() => localStorage, VISITED);
  return Array.isArray(found) ? found.filter(isVisited) : [];
}

/** Notes that a trace was seen. */
export function remember(trace: Visited): void {
  const others = visited().filter((one) => one.id !== trace.id);
  store(() => localStorage, VISITED, [trace, ...others].slice(0, MOST_VISITED));
}

/**
 * Keeps the list that a page shows, in its order, for the traces that are opened from it.
 *
 * @param ids X-Ray's form.
 * @param from path and query that lead back, such as `location.pathname + location.search`.
 */
export function keepTraceList(ids: readonly string[], from: string): void {
  store(() => sessionStorage, LIST, { ids: ids.slice(0, MOST_LISTED), from } satisfies TraceList);
}

function listed(): TraceList | null {
  const found = stored(() => sessionStorage, LIST) as Partial<TraceList> | null;
  if (!found || !Array.isArray(found.ids) || typeof found.from !== "string") return null;
  // Only ever a path of our own.
  if (!found.from.startsWith("/") || found.from.startsWith("//")) return null;
  return { ids: found.ids.filter((id) => typeof id === "string"), from: found.from };
}

export interface Neighbours {
  readonly previous: string | null;
  readonly next: string | null;
  /** From 1. */
  readonly place: number;
  readonly count: number;
  readonly from: string;
}

/** Where a trace stands in the list from which it was opened; null when it was not. */
export function neighbours(id: string): Neighbours | null {
  const list = listed();
  const at = list ? list.ids.indexOf(id) : -1;
  if (!list || at < 0) return null;
  return {
    previous: list.ids[at - 1] ?? null,
    next: list.ids[at + 1] ?? null,
    place: at + 1,
    count: list.ids.length,
    from: list.from,
  };
}

/** The list that a person came from, or the page of all traces. */
export function listHref(id: string): string {
  return neighbours(id)?.from ?? href("/traces");
}
