/**
 * What is different between two traces. Parts are matched by the path of their names: `web > orders > take payment`. Several of
 * one path (a loop) count as one entry, with how often and how long in all. Pure.
 */
import type { Outcome } from "../../api/index.ts";
import type { Part, TraceTree } from "../../trace/index.ts";
import { worse } from "../../trace/tree.ts";

/** One trace's share in an entry. */
export interface Side {
  readonly count: number;
  /** Seconds in all, without those below. */
  readonly self: number;
  /** Seconds in all; parts at the same time count each. */
  readonly total: number;
  readonly outcome: Outcome;
  readonly status: number | null;
  readonly critical: boolean;
  /** The first of them, to be shown. */
  readonly first: Part;
}

export interface Entry {
  /** The names from the root, as a key. */
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  readonly a: Side | null;
  readonly b: Side | null;
  /** How much longer B took, seconds; what is missing took no time. */
  readonly change: number;
  readonly changeOfSelf: number;
  readonly children: readonly Entry[];
  /** How many lie below. */
  readonly below: number;
}

/** What a part is called for matching: kind and name, so that a call and what it called differ. */
function keyOf({ entity }: Part): string {
  return `${entity.kind === "inferred" ? "inferred" : entity.kind === "segment" ? "segment" : "part"}\u0001${entity.name}`;
}

interface Growing {
  path: string;
  name: string;
  depth: number;
  a: Part[];
  b: Part[];
  /** By name, in the order of A, then of B. */
  children: Map<string, Growing>;
}

function grow(into: Map<string, Growing>, parts: readonly Part[], which: "a" | "b", path: string, depth: number): void {
  for (const part of parts) {
    const key = keyOf(part);
    let entry = into.get(key);
    if (!entry) {
      entry = { path: `${path}\u0002${key}`, name: part.entity.name, depth, a: [], b: [], children: new Map() };
      into.set(key, entry);
    }
    entry[which].push(part);
    grow(entry.children, part.children, which, entry.path, depth + 1);
  }
}

function sideOf(parts: readonly Part[]): Side | null {
  const [first] = parts;
  if (!first) return null;
  return {
    count: parts.length,
    self: parts.reduce((sum, part) => sum + part.self, 0),
    total: parts.reduce((sum, part) => sum + part.end - part.entity.start, 0),
    outcome: parts.reduce<Outcome>((worst, part) => worse(worst, part.entity.outcome), "ok"),
    status: parts.length === 1 ? first.entity.status : null,
    critical: parts.some((part) => part.entity.critical),
    first,
  };
}

function finished(growing: ReadonlyMap<string, Growing>): Entry[] {
  return [...growing.values()].map((entry) => {
    const a = sideOf(entry.a);
    const b = sideOf(entry.b);
    const children = finished(entry.children);
    return {
      path: entry.path,
      name: entry.name.replace(/^## /, ""),
      depth: entry.depth,
      a,
      b,
      change: (b?.total ?? 0) - (a?.total ?? 0),
      changeOfSelf: (b?.self ?? 0) - (a?.self ?? 0),
      children,
      below: children.reduce((sum, child) => sum + child.below + 1, 0),
    };
  });
}

/** Matches two traces. */
export function compared(a: TraceTree, b: TraceTree): Entry[] {
  const into = new Map<string, Growing>();
  grow(into, a.roots, "a", "", 0);
  grow(into, b.roots, "b", "", 0);
  return finished(into);
}

/** All entries, each before those below it. `isFolded` leaves those below out. */
export function flat(entries: readonly Entry[], isFolded: (entry: Entry) => boolean = () => false): Entry[] {
  return entries.flatMap((entry) => [entry, ...(isFolded(entry) ? [] : flat(entry.children, isFolded))]);
}

export type Kind = "both" | "a" | "b";

export const kindOf = (entry: Entry): Kind => (entry.a === null ? "b" : entry.b === null ? "a" : "both");

/** Whether both went the same way, as often, and took about as long: within a tenth, or half a millisecond. */
export function isAlike(entry: Entry): boolean {
  const { a, b } = entry;
  if (a === null || b === null) return false;
  if (a.count !== b.count || a.outcome !== b.outcome) return false;
  return Math.abs(entry.change) <= Math.max(0.000_5, Math.max(a.total, b.total) * 0.1);
}

export interface Tally {
  readonly onlyA: number;
  readonly onlyB: number;
  readonly changed: number;
  readonly alike: number;
}

export function tally(entries: readonly Entry[]): Tally {
  const count = { onlyA: 0, onlyB: 0, changed: 0, alike: 0 };
  for (const entry of flat(entries)) {
    const kind = kindOf(entry);
    if (kind === "a") count.onlyA += 1;
    else if (kind === "b") count.onlyB += 1;
    else if (isAlike(entry)) count.alike += 1;
    else count.changed += 1;
  }
  return count;
}

/** The entries that account for the difference: by what they took themselves, largest first. */
export function bySelf(entries: readonly Entry[]): Entry[] {
  return flat(entries).sort((x, y) => Math.abs(y.changeOfSelf) - Math.abs(x.changeOfSelf));
}

/** The one entry that explains most, as a sentence's material; null where the two hardly differ. */
export function mainReason(entries: readonly Entry[], difference: number): Entry | null {
  const sign = Math.sign(difference);
  const [most] = flat(entries)
    .filter((entry) => Math.sign(entry.changeOfSelf) === sign)
    .sort((x, y) => Math.abs(y.changeOfSelf) - Math.abs(x.changeOfSelf));
  return most && Math.abs(most.changeOfSelf) >= Math.abs(difference) * 0.2 ? most : null;
}
