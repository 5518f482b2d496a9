/** What the map says of nodes and edges. Pure. */
import type { MapEdge, MapNode, Outcome, ServiceMap, Stats } from "../../api/index.ts";
import { worst } from "../../graph/index.ts";

const BAD: readonly Outcome[] = ["fault", "throttle", "error"];
/** Clockwise from the top: the bad first. */
export const RING: readonly Outcome[] = ["fault", "error", "throttle", "ok"];

/** Its worst outcome and the share of all requests that were not answered as they should be; null without trouble. */
export function trouble(stats: Stats): { outcome: Outcome; share: number; all: number } | null {
  const outcome = worst(stats);
  if (outcome === "ok" || stats.total === 0) return null;
  const bad = BAD.reduce((sum, one) => sum + stats[one], 0);
  return { outcome, share: stats[outcome] / stats.total, all: bad / stats.total };
}

export interface Arc {
  readonly outcome: Outcome;
  /** Shares of the circle. */
  readonly from: number;
  readonly length: number;
}

/** A part that exists is never smaller than this, so that one fault in a thousand is seen. */
const LEAST_ARC = 0.03;

/** The ring of a node: its outcomes clockwise. */
export function ring(stats: Stats): Arc[] {
  if (stats.total === 0) return [];
  const present = RING.filter((outcome) => stats[outcome] > 0);
  const raised = present.map((outcome) => Math.max(LEAST_ARC, stats[outcome] / stats.total));
  const sum = raised.reduce((all, one) => all + one, 0);
  let from = 0;
  return present.map((outcome, at) => {
    const length = (raised[at] ?? 0) / sum;
    const arc = { outcome, from, length };
    from += length;
    return arc;
  });
}

/** From 0 to 1, for radii and widths: traffic differs by powers of ten, so its logarithm counts. */
export function weight(value: number, most: number): number {
  return most <= 0 || value <= 0 ? 0 : Math.log1p(value) / Math.log1p(most);
}

/** Ids of the nodes from which one is reached, of those that it reaches, itself, and the edges between. */
export function neighbourhood(map: ServiceMap, id: string): ReadonlySet<string> {
  const found = new Set<string>([id]);
  const edge = map.edges.find((one) => one.id === id);
  const starts = edge ? [edge.source, edge.target] : [id];
  for (const start of starts) found.add(start);
  const walk = (from: string, near: (one: MapEdge) => string, far: (one: MapEdge) => string): void => {
    const seen = new Set([from]);
    const waiting = [from];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for (const one of map.edges) {
        if (near(one) !== at) continue;
        found.add(one.id);
        const next = far(one);
        found.add(next);
        if (!seen.has(next)) {
          seen.add(next);
          waiting.push(next);
        }
      }
    }
  };
  // Of an edge: what leads to its caller, and what its callee calls.
  walk(
    edge?.source ?? id,
    (one) => one.target,
    (one) => one.source,
  );
  walk(
    edge?.target ?? id,
    (one) => one.source,
    (one) => one.target,
  );
  return found;
}

/** Whether all words are in a node's name or type. */
export function fits(node: MapNode, words: string): boolean {
  const text = `${node.name} ${node.type} ${node.kind === "client" ? "client" : ""}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Both maps as one: what is in the second counts, what is only in the first is there without requests. */
export function union(all: ServiceMap, shown: ServiceMap): ServiceMap & { readonly absent: ReadonlySet<string> } {
  const here = new Set([...shown.nodes, ...shown.edges].map((one) => one.id));
  const absent = new Set<string>();
  const missing = <T extends { readonly id: string }>(list: readonly T[]): T[] =>
    list.filter((one) => {
      if (here.has(one.id)) return false;
      absent.add(one.id);
      return true;
    });
  return {
    nodes: [...shown.nodes, ...missing(all.nodes)],
    edges: [...shown.edges, ...missing(all.edges)],
    absent,
  };
}

/** Ids of what is in a map and not in the one before. */
export function added(map: ServiceMap, before: ServiceMap): ReadonlySet<string> {
  const known = new Set([...before.nodes, ...before.edges].map((one) => one.id));
  return new Set([...map.nodes, ...map.edges].map((one) => one.id).filter((id) => !known.has(id)));
}
