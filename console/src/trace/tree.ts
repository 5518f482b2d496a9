/** The list of a trace's entities as a tree, with what follows from it. Pure. */
import type { Entity, MapNode, Outcome, TraceAnswer } from "../api/types.ts";

/** A stretch of time, seconds after the trace's start. */
export type Stretch = readonly [from: number, to: number];

/** An entity and its place in the tree. */
export interface Part {
  readonly entity: Entity;
  /** In the order of the waterfall. */
  readonly index: number;
  readonly parent: Part | null;
  readonly children: readonly Part[];
  /** How many parts lie below, at any depth. */
  readonly below: number;
  /** Of a part in progress: where the trace ends as far as it is known. */
  readonly end: number;
  /** The time in which no part below was at work, seconds. */
  readonly self: number;
  /** When the answer was waiting for this part itself; empty off the critical path. */
  readonly waits: readonly Stretch[];
  /** The worst outcome below, itself left out. */
  readonly worstBelow: Outcome;
  readonly service: MapNode | null;
}

export interface TraceTree {
  /** In the order of the waterfall. */
  readonly parts: readonly Part[];
  readonly roots: readonly Part[];
  readonly byId: ReadonlyMap<string, Part>;
  /** From the first start (below 0 where clocks disagree) to the last end. */
  readonly extent: Stretch;
  readonly deepest: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Growing = Mutable<Omit<Part, "children">> & { children: Growing[] };

const BAD: readonly Outcome[] = ["ok", "error", "throttle", "fault"];

/** Of two outcomes, the one to look at. */
export function worse(a: Outcome, b: Outcome): Outcome {
  return BAD.indexOf(a) >= BAD.indexOf(b) ? a : b;
}

/** What is left of a stretch when others are taken away. They may come in any order. */
export function without([from, to]: Stretch, others: readonly Stretch[]): Stretch[] {
  const left: Stretch[] = [];
  let at = from;
  for (const [start, end] of [...others].sort((a, b) => a[0] - b[0])) {
    if (end <= at) continue;
    if (start >= to) break;
    if (start > at) left.push([at, start]);
    at = end;
  }
  if (at < to) left.push([at, to]);
  return left;
}

function lengthOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** Where a part ends; what is in progress ends where the trace does. */
export function partEnd(entity: Entity, last: number): number {
  return Math.max(entity.start, entity.end ?? last);
}

/** Makes the tree of a trace. */
export function treeOf(trace: Pick<TraceAnswer, "entities" | "map" | "duration">): TraceTree {
  let low = 0;
  let high = trace.duration;
  let deepest = 0;
  for (const entity of trace.entities) {
    low = Math.min(low, entity.start);
    high = Math.max(high, entity.end ?? entity.start);
    deepest = Math.max(deepest, entity.depth);
  }
  // A trace of one moment has some width all the same.
  if (!(high > low)) high = low + 0.001;

  const nodes = new Map(trace.map.nodes.map((node) => [node.id, node]));
  const byId = new Map<string, Growing>();
  const parts: Growing[] = [];
  const roots: Growing[] = [];
  trace.entities.forEach((entity, index) => {
    const parent = entity.parent === null ? null : (byId.get(entity.parent) ?? null);
    const part: Growing = {
      entity,
      index,
      parent: parent as Part | null,
      children: [],
      below: 0,
      end: partEnd(entity, high),
      self: 0,
      waits: [],
      worstBelow: "ok",
      service: entity.node === null ? null : (nodes.get(entity.node) ?? null),
    };
    parts.push(part);
    byId.set(entity.id, part);
    (parent?.children ?? roots).push(part);
  });

  // From the last to the first: what lies below comes after.
  for (let index = parts.length - 1; index >= 0; index -= 1) {
    const part = parts[index] as Growing;
    const own: Stretch = [part.entity.start, part.end];
    part.self = lengthOf(
      without(
        own,
        part.children.map((child) => [child.entity.start, child.end]),
      ),
    );
    if (part.entity.critical && part.entity.waited > 0) {
      const critical = part.children.filter((child) => child.entity.critical);
      part.waits = without(
        own,
        critical.map((child) => [child.entity.start, child.end]),
      );
    }
    for (const child of part.children) {
      part.below += child.below + 1;
      part.worstBelow = worse(part.worstBelow, worse(child.entity.outcome, child.worstBelow));
    }
  }
  return { parts, roots, byId, extent: [low, high], deepest };
}
