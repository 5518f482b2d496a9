/** Where callers are throttled: which resource refuses whom, how often. Pure. */
import type { MapEdge, MapNode, ServiceMap } from "../../api/index.ts";
import { id } from "../../filter/expression.ts";
import { count, percent, plural } from "../../format/index.ts";

export interface Throttled {
  readonly id: string;
  readonly caller: MapNode;
  readonly resource: MapNode;
  readonly calls: number;
  readonly throttled: number;
  readonly share: number;
  /** Finds the traces. */
  readonly filter: string;
}

/** Calls that were answered with 429, the most first. What clients asked is a call too. */
export function throttled(map: ServiceMap): Throttled[] {
  const nodes = new Map(map.nodes.map((node) => [node.id, node]));
  return map.edges
    .flatMap((edge): Throttled[] => {
      const [caller, resource] = [nodes.get(edge.source), nodes.get(edge.target)];
      if (edge.kind === "link" || edge.stats.throttle === 0 || !caller || !resource) return [];
      const { throttle, total } = edge.stats;
      return [
        {
          id: edge.id,
          caller,
          resource,
          calls: total,
          throttled: throttle,
          share: throttle / total,
          filter: filterOf(edge, caller, resource),
        },
      ];
    })
    .sort((a, b) => b.throttled - a.throttled || b.share - a.share);
}

function filterOf(edge: MapEdge, caller: MapNode, resource: MapNode): string {
  if (edge.kind === "client") return `service(${id(resource)}) { root AND throttle }`;
  return `edge(${id(caller)}, ${id(resource)}) { throttle }`;
}

/** A client's calls, as a person says it. */
export function callerName(one: Throttled): string {
  return one.caller.kind === "client" ? "Clients" : one.caller.name;
}

/**
 * Where it began: throttling is handed on to callers, so the resource that is throttled but whose own calls are not is
 * the one that refuses.
 */
export function sources(found: readonly Throttled[]): Throttled[] {
  const callers = new Set(found.map((one) => one.caller.id));
  return found.filter((one) => !callers.has(one.resource.id));
}

export function throttlesTold(found: readonly Throttled[]): { readonly headline: string; readonly detail: string } {
  const [first] = found;
  if (!first) {
    return {
      headline: "Nobody was throttled",
      detail: "No call was answered with 429 (too many requests) in this time.",
    };
  }
  const origins = sources(found);
  const origin = origins[0] ?? first;
  const resources = [...new Set(origins.map((one) => one.resource.name))];
  const handed = [...new Set(found.filter((one) => !origins.includes(one)).map((one) => one.resource.name))];
  const begins =
    resources.length <= 1
      ? `Throttling comes from ${origin.resource.name}`
      : `Throttling comes from ${count(resources.length)} places, most of it from ${origin.resource.name}`;
  return {
    headline: begins,
    detail: `It refused ${callerName(origin) === "Clients" ? "clients" : callerName(origin)} ${plural(origin.throttled, "time")}: ${percent(origin.share)} of ${plural(origin.calls, "call")}.${handed.length > 0 ? ` ${named(handed)} only handed the refusal on to ${handed.length === 1 ? "its" : "their"} own callers.` : ""}`,
  };
}

function named(names: readonly string[]): string {
  const [first = "", second = ""] = names;
  if (names.length === 1) return first;
  return names.length === 2 ? `${first} and ${second}` : `${first}, ${second} and ${count(names.length - 2)} more`;
}
