/** Traces for tests, written as a list of parts. */
import type { Entity, MapNode, TraceAnswer } from "../api/index.ts";

const STATS = {
  ok: 1,
  error: 0,
  throttle: 0,
  fault: 0,
  total: 1,
  mean: 0.1,
  p50: 0.1,
  p90: 0.1,
  p95: 0.1,
  p99: 0.1,
  per_minute: 1,
} as const;

export function entity(id: string, given: Partial<Entity> = {}): Entity {
  return {
    id,
    parent: null,
    depth: 0,
    kind: "subsegment",
    name: id,
    node: null,
    origin: "",
    start: 0,
    end: 1,
    in_progress: false,
    outcome: "ok",
    status: null,
    title: "",
    critical: false,
    waited: 0,
    marks: [],
    ...given,
  };
}

export function node(id: string, given: Partial<MapNode> = {}): MapNode {
  return {
    id,
    name: id,
    type: "",
    account: "",
    kind: "service",
    root: false,
    first: 0,
    last: 1,
    stats: STATS,
    ...given,
  };
}

export function trace(entities: readonly Entity[], given: Partial<TraceAnswer> = {}): TraceAnswer {
  const id = "1-67a1b2c3-0123456789abcdef01234567";
  return {
    took_ms: 1,
    now: 1_738_650_400,
    id,
    w3c_id: "67a1b2c30123456789abcdef01234567",
    start: 1_738_650_307,
    end: 1_738_650_308,
    duration: 1,
    outcome: "ok",
    partial: false,
    limit_exceeded: false,
    documents: 1,
    root: entities[0]?.id ?? null,
    summary: {
      id,
      start: 1_738_650_307,
      duration: 1,
      response: 1,
      outcome: "ok",
      partial: false,
      method: "GET",
      url: "http://shop.test/cart?basket=7",
      status: 200,
      client_ip: null,
      user_agent: null,
      users: [],
      entry: { name: "web", type: "" },
      services: [{ name: "web", type: "" }],
      annotations: {},
      faults: [],
      errors: [],
      slow: [],
      fault_path: null,
      arns: [],
      instances: [],
      zones: [],
      weight: 1,
    },
    verdict: { tone: "ok", headline: "Nothing went wrong.", details: [], entity: null },
    entities,
    missing: [],
    map: { nodes: [], edges: [] },
    links: [],
    ...given,
  };
}

/** `web` calls `orders`, which sends segments, and a table, which does not. */
export const SHOP: readonly Entity[] = [
  entity("web", { kind: "segment", node: "nw", end: 1, critical: true, waited: 0.3, status: 500, outcome: "fault" }),
  entity("call", {
    parent: "web",
    depth: 1,
    node: "nw",
    start: 0.1,
    end: 0.6,
    critical: true,
    waited: 0.2,
    outcome: "fault",
  }),
  entity("orders", {
    parent: "call",
    depth: 2,
    kind: "segment",
    node: "no",
    start: 0.2,
    end: 0.5,
    critical: true,
    waited: 0.3,
    outcome: "fault",
  }),
  entity("get", { parent: "web", depth: 1, node: "nw", start: 0.7, end: 0.9, critical: true, title: "GetItem carts" }),
  entity("table", {
    parent: "get",
    depth: 2,
    kind: "inferred",
    node: "nt",
    start: 0.7,
    end: 0.9,
    critical: true,
    waited: 0.2,
  }),
];

export const SHOP_NODES = [node("nw", { name: "web" }), node("no", { name: "orders" }), node("nt", { name: "carts" })];
