/** Where the blocks of the flame graph lie: below what called them, and never on each other. Pure. */
import type { Part, TraceTree } from "../../trace/index.ts";

export interface Flame {
  /** The lane of each part, in the order of the waterfall; 0 is the top. */
  readonly lanes: readonly number[];
  readonly count: number;
}

/** Starts and ends in one lane, by start. */
interface Lane {
  readonly starts: number[];
  readonly ends: number[];
}

/** The place for a start in a sorted list. */
function placeOf(starts: readonly number[], start: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) <= start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts a part into a lane if it is free there. */
function put(lane: Lane, part: Part): boolean {
  const at = placeOf(lane.starts, part.entity.start);
  const before = lane.ends[at - 1];
  const after = lane.starts[at];
  // What only touches does not overlap; times are whole microseconds.
  if (before !== undefined && before > part.entity.start + 5e-7) return false;
  if (after !== undefined && after < part.end - 5e-7) return false;
  if (before !== undefined && lane.starts[at - 1] === part.entity.start && before === part.end) return false;
  lane.starts.splice(at, 0, part.entity.start);
  lane.ends.splice(at, 0, part.end);
  return true;
}

export function flameOf(tree: TraceTree): Flame {
  const lanes: Lane[] = [];
  const chosen: number[] = [];
  for (const part of tree.parts) {
    let at = part.parent === null ? 0 : (chosen[part.parent.index] ?? -1) + 1;
    for (;;) {
      const lane = lanes[at] ?? { starts: [], ends: [] };
      lanes[at] = lane;
      if (put(lane, part)) break;
      at += 1;
    }
    chosen.push(at);
  }
  return { lanes: chosen, count: lanes.length };
}

/** The part at a place; of several (at a border) the last. */
export function partAt(tree: TraceTree, flame: Flame, lane: number, seconds: number, slack: number): Part | null {
  let best: Part | null = null;
  let nearest = slack;
  for (const part of tree.parts) {
    if (flame.lanes[part.index] !== lane) continue;
    const off = Math.max(part.entity.start - seconds, seconds - part.end, 0);
    if (off === 0) return part;
    if (off < nearest) {
      nearest = off;
      best = part;
    }
  }
  return best;
}
