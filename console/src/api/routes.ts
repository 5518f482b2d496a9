/** The routes that pages ask, one function each. The last argument aborts. */
import { getJson, postJson } from "./client.ts";
import type {
  CheckAnswer,
  EdgeAnswer,
  EntityAnswer,
  Group,
  Json,
  KeepAnswer,
  KeepPolicy,
  MapAnswer,
  NodeAnswer,
  RehearsalAnswer,
  SamplingAnswer,
  SeriesAnswer,
  SettingsAnswer,
  SlaAnswer,
  Status,
  TraceAnswer,
  TracesAnswer,
  WordsAnswer,
} from "./types.ts";

/** The range of a question; `end` is exclusive. */
export interface Asked {
  readonly start: number;
  readonly end: number;
}

export interface NodeName {
  readonly name: string;
  readonly type: string;
  readonly account: string;
}

const V1 = "/api/v1";

export function askMap({ start, end }: Asked, group: string, signal?: AbortSignal): Promise<MapAnswer> {
  return getJson(`${V1}/map`, { start, end, group }, signal);
}

export function askNode(
  { start, end }: Asked,
  group: string,
  node: NodeName,
  signal?: AbortSignal,
): Promise<NodeAnswer> {
  return getJson(
    `${V1}/map/node`,
    { start, end, group, name: node.name, type: node.type, account: node.account },
    signal,
  );
}

export function askEdge(
  { start, end }: Asked,
  group: string,
  source: NodeName,
  target: NodeName,
  kind: "call" | "client" | "link",
  signal?: AbortSignal,
): Promise<EdgeAnswer> {
  const parameters = {
    source_name: source.name,
    source_type: source.type,
    source_account: source.account,
    name: target.name,
    type: target.type,
    account: target.account,
    kind,
  };
  return getJson(`${V1}/map/edge`, { start, end, group, ...parameters }, signal);
}

export function askSeries(
  { start, end }: Asked,
  group: string,
  period: 60 | 300,
  signal?: AbortSignal,
): Promise<SeriesAnswer> {
  return getJson(`${V1}/series`, { start, end, group, period }, signal);
}

/** What a search for traces may say besides its range. */
export interface Search {
  readonly group?: string;
  readonly filter?: string;
  /** Which time of a trace counts; that of its id by default. */
  readonly clock?: "TraceId" | "Event" | "Service";
  /** 1 to 1,000. */
  readonly limit?: number;
  readonly token?: string | null;
  /** Share of the traces to look at, 0 to 1. */
  readonly sample?: number;
}

export function askTraces({ start, end }: Asked, search: Search, signal?: AbortSignal): Promise<TracesAnswer> {
  return getJson(`${V1}/traces`, { start, end, ...search }, signal);
}

export function askTrace(id: string, signal?: AbortSignal): Promise<TraceAnswer> {
  return getJson(`${V1}/traces/${encodeURIComponent(id)}`, {}, signal);
}

export function askEntity(trace: string, entity: string, signal?: AbortSignal): Promise<EntityAnswer> {
  return getJson(`${V1}/traces/${encodeURIComponent(trace)}/entities/${encodeURIComponent(entity)}`, {}, signal);
}

/** The trace as BatchGetTraces gives it, documents expanded. */
export function askRaw(id: string, signal?: AbortSignal): Promise<Json> {
  return getJson(`${V1}/traces/${encodeURIComponent(id)}/raw`, {}, signal);
}

export function askCheck(filter: string, signal?: AbortSignal): Promise<CheckAnswer> {
  return getJson(`${V1}/check`, { filter }, signal);
}

export function askWords({ start, end }: Asked, signal?: AbortSignal): Promise<WordsAnswer> {
  return getJson(`${V1}/words`, { start, end }, signal);
}

export function askSla({ start, end }: Asked, group: string, target: number, signal?: AbortSignal): Promise<SlaAnswer> {
  return getJson(`${V1}/sla`, { start, end, group, target }, signal);
}

export function askSettings(signal?: AbortSignal): Promise<SettingsAnswer> {
  return getJson(`${V1}/settings`, {}, signal);
}

export function askSampling(signal?: AbortSignal): Promise<SamplingAnswer> {
  return getJson(`${V1}/sampling`, {}, signal);
}

/** What a draft of rules, in AWS's members, would keep of the stored requests of a range. */
export function askRehearsal(
  rules: readonly unknown[],
  { start, end }: Asked,
  signal?: AbortSignal,
): Promise<RehearsalAnswer> {
  return postJson(
    `${V1}/sampling/rehearsal`,
    { rules, start, end },
    signal ? { signal, again: true } : { again: true },
  );
}

export function askKeep(signal?: AbortSignal): Promise<KeepAnswer> {
  return getJson(`${V1}/sampling/keep`, {}, signal);
}

/** Replaces all keep policies; the last one is Rest. */
export function putKeep(policies: readonly KeepPolicy[]): Promise<KeepAnswer> {
  return postJson(`${V1}/sampling/keep`, { policies }, { method: "PUT" });
}

/** What a draft of keep policies would keep of the stored traces of a range. */
export function askKeepRehearsal(
  policies: readonly KeepPolicy[],
  { start, end }: Asked,
  signal?: AbortSignal,
): Promise<RehearsalAnswer> {
  return postJson(
    `${V1}/sampling/keep/rehearsal`,
    { policies, start, end },
    signal ? { signal, again: true } : { again: true },
  );
}

export function askStatus(signal?: AbortSignal): Promise<Status> {
  return getJson("/api/status", {}, signal);
}

/** All groups, through X-Ray's GetGroups, page by page. */
export async function askGroups(signal?: AbortSignal): Promise<Group[]> {
  const found: Group[] = [];
  let token: string | undefined;
  do {
    const page: { Groups?: Group[]; NextToken?: string } = await postJson(
      "/Groups",
      token === undefined ? {} : { NextToken: token },
      signal ? { signal, again: true } : { again: true },
    );
    found.push(...(page.Groups ?? []));
    token = page.NextToken;
  } while (token);
  return found;
}
