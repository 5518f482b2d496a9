/**
 * What is folded: everything from a depth on, and exceptions. Written short, so that a trace of thousands of parts with all of
 * them folded is still a link. Pure.
 */
import type { Codec } from "../../app/codecs.ts";
import type { Part, TraceTree } from "../../trace/index.ts";

export interface Fold {
  /** Parts of this depth and deeper are folded; null: none. */
  readonly from: number | null;
  /** These are the other way round. */
  readonly except: ReadonlySet<string>;
}

export const NOTHING_FOLDED: Fold = { from: null, except: new Set() };

export const foldCodec: Codec<Fold> = {
  write: ({ from, except }) => {
    const ids = [...except].join("~");
    if (from === null) return ids;
    return ids === "" ? String(from) : `${from}~${ids}`;
  },
  read: (value) => {
    const words = value.split("~").filter((word) => word !== "");
    const level = words[0] !== undefined && /^\d{1,4}$/.test(words[0]) ? Number(words.shift()) : null;
    return { from: level, except: new Set(words) };
  },
};

export function isFolded(part: Part, fold: Fold): boolean {
  if (part.children.length === 0) return false;
  return (fold.from !== null && part.entity.depth >= fold.from) !== fold.except.has(part.entity.id);
}

/** Folds a part or opens it. */
export function toggled(fold: Fold, id: string): Fold {
  const except = new Set(fold.except);
  if (!except.delete(id)) except.add(id);
  return { ...fold, except };
}

export const ALL_FOLDED: Fold = { from: 0, except: new Set() };

/** Opens whatever hides a part. */
export function opened(fold: Fold, part: Part): Fold {
  let next = fold;
  for (let above = part.parent; above; above = above.parent) {
    if (isFolded(above, next)) next = toggled(next, above.entity.id);
  }
  return next;
}

/** The deepest part that can be seen. */
function deepestSeen(tree: TraceTree, fold: Fold): number {
  let deepest = 0;
  const look = (parts: readonly Part[]): void => {
    for (const part of parts) {
      deepest = Math.max(deepest, part.entity.depth);
      if (!isFolded(part, fold)) look(part.children);
    }
  };
  look(tree.roots);
  return deepest;
}

/** One level less to see. */
export function foldedOnce(tree: TraceTree, fold: Fold): Fold {
  return { from: Math.max(0, deepestSeen(tree, fold) - 1), except: new Set() };
}

/** One level more to see. */
export function openedOnce(tree: TraceTree, fold: Fold): Fold {
  const from = deepestSeen(tree, fold) + 1;
  return from >= tree.deepest ? NOTHING_FOLDED : { from, except: new Set() };
}
