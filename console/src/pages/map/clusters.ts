/**
 * A map that is too large to be read is drawn by namespace: nodes whose names begin alike, or that are of one type, become
 * one, until somebody expands it. Pure.
 */
import type { MapEdge, MapNode, ServiceMap, Stats } from "../../api/index.ts";

/** More nodes than so many are drawn in clusters. */
export const MANY = 600;
/** So many clusters and single nodes can be read. */
const READABLE = 150;

export interface Cluster {
  readonly name: string;
  readonly members: readonly MapNode[];
}

export interface Clustered extends ServiceMap {
  /** By the id of the node that stands for it. */
  readonly clusters: ReadonlyMap<string, Cluster>;
}

const SEPARATOR = /[-_./:\s]/;

/** A node's namespaces from the finest to the coarsest. */
function namespaces(node: MapNode): string[] {
  const name = node.name.replace(/^https?:\/\//, "");
  const pieces = name.split(SEPARATOR).filter((piece) => piece !== "");
  const of = (count: number): string => pieces.slice(0, count).join("-");
  return [of(2), of(1), node.type || node.kind].filter((name_) => name_ !== "");
}

/**
 * Draws nodes together where there are too many.
 *
 * @param map as the server tells it.
 * @param expanded names of clusters whose members are drawn.
 * @param most nodes that are drawn without clusters.
 */
export function clustered(map: ServiceMap, expanded: readonly string[], most = MANY): Clustered {
  if (map.nodes.length <= most) return { ...map, clusters: new Map() };
  const level = [0, 1, 2].find((one) => countAt(map.nodes, one) <= READABLE) ?? 2;
  const groups = new Map<string, MapNode[]>();
  for (const node of map.nodes) {
    if (node.kind === "client") continue;
    const name = nameAt(node, level);
    groups.set(name, [...(groups.get(name) ?? []), node]);
  }
  const open = new Set(expanded);
  const stands = new Map<string, string>();
  const clusters = new Map<string, Cluster>();
  const nodes: MapNode[] = map.nodes.filter((node) => node.kind === "client");
  for (const [name, members] of groups) {
    if (members.length === 1 || open.has(name)) {
      nodes.push(...members);
      continue;
    }
    const id = `cluster ${name}`;
    clusters.set(id, { name, members });
    for (const member of members) stands.set(member.id, id);
    nodes.push({
      id,
      name,
      type: "",
      account: "",
      kind: "service",
      root: members.some((member) => member.root),
      first: Math.min(...members.map((member) => member.first)),
      last: Math.max(...members.map((member) => member.last)),
      stats: summed(members.map((member) => member.stats)),
    });
  }
  return { nodes, edges: joined(map.edges, stands), clusters };
}

function nameAt(node: MapNode, level: number): string {
  const names = namespaces(node);
  return names[Math.min(level, names.length - 1)] ?? node.name;
}

function countAt(nodes: readonly MapNode[], level: number): number {
  return new Set(nodes.map((node) => nameAt(node, level))).size;
}

/** Edges between clusters; those inside one are not drawn. */
function joined(edges: readonly MapEdge[], stands: ReadonlyMap<string, string>): MapEdge[] {
  const found = new Map<string, MapEdge[]>();
  const alone: MapEdge[] = [];
  for (const edge of edges) {
    const source = stands.get(edge.source) ?? edge.source;
    const target = stands.get(edge.target) ?? edge.target;
    if (source === edge.source && target === edge.target) alone.push(edge);
    else if (source !== target) {
      const id = `${source}\n${target}\n${edge.kind}`;
      const before = found.get(id);
      if (before) before.push(edge);
      else found.set(id, [edge]);
    }
  }
  for (const [id, together] of found) {
    const [source = "", target = "", kind = "call"] = id.split("\n");
    alone.push({
      id,
      source,
      target,
      kind: kind as MapEdge["kind"],
      first: Math.min(...together.map((edge) => edge.first)),
      last: Math.max(...together.map((edge) => edge.last)),
      stats: summed(together.map((edge) => edge.stats)),
    });
  }
  return alone;
}

/** Counts add up, means are weighted; percentiles of several cannot be told from theirs. */
export function summed(all: readonly Stats[]): Stats {
  const sum = (of: (one: Stats) => number): number => all.reduce((found, one) => found + of(one), 0);
  const total = sum((one) => one.total);
  return {
    ok: sum((one) => one.ok),
    error: sum((one) => one.error),
    throttle: sum((one) => one.throttle),
    fault: sum((one) => one.fault),
    total,
    mean: total === 0 ? null : sum((one) => (one.mean ?? 0) * one.total) / total,
    p50: null,
    p90: null,
    p95: null,
    p99: null,
    per_minute: sum((one) => one.per_minute),
  };
}
