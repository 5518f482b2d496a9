/**
 * The shapes of `/api/v1` (version 1 only grows: members may be added, none is renamed or removed). Times are seconds
 * since the epoch, lengths are seconds. Below, `Answer` is what every answer has.
 */

export interface Answer {
  /** How long the query took on the server, milliseconds. */
  readonly took_ms: number;
  /** The server's clock, seconds. */
  readonly now: number;
}

export type Outcome = "ok" | "error" | "throttle" | "fault";

export interface About extends Answer {
  readonly version: string;
  readonly account_id: string;
  readonly region: string;
  readonly addresses: { readonly http: string; readonly daemon: string };
  readonly query_hours: number;
  readonly retention_days: number;
  readonly strict_aws: boolean;
  readonly batch_get_traces: number;
  /** Nothing was ever stored. */
  readonly empty: boolean;
}

export interface Setting {
  readonly name: string;
  readonly section: string;
  readonly value: string | number | boolean;
  readonly default: string | number | boolean;
  readonly source: "default" | "file" | "environment" | "command line";
  /** The environment variable that sets it. */
  readonly variable: string;
  readonly help: string;
  readonly least: number | null;
  readonly most: number | null;
  readonly choices: readonly string[];
}

export interface SamplingRates {
  readonly requests: number;
  readonly sampled: number;
  readonly borrowed: number;
  /** Estimated, as `fixed` is: clients do not tell them apart. */
  readonly reservoir: number;
  readonly fixed: number;
}

export interface SamplingRule {
  readonly name: string;
  readonly arn: string;
  readonly is_default: boolean;
  readonly priority: number;
  readonly fixed_rate: number;
  readonly reservoir: number;
  /** 0 for none. */
  readonly per_minute: number;
  readonly service_name: string;
  readonly service_type: string;
  readonly host: string;
  readonly http_method: string;
  readonly url_path: string;
  readonly resource_arn: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly boost: { readonly max_rate: number; readonly cooldown_minutes: number } | null;
  readonly created: number;
  readonly modified: number;
  /** The earlier rule that matches all that this one matches. */
  readonly covered_by: string | null;
  /** Why X-Ray's SDKs ignore it. */
  readonly ignored: string | null;
  /** Per second, of the last minute. */
  readonly rates: SamplingRates;
  readonly share: number | null;
  readonly clients: number;
  readonly quota: number;
  readonly boosted: { readonly rate: number; readonly until: number } | null;
  readonly seen: number | null;
}

export interface SamplingClient {
  readonly id: string;
  readonly rule: string;
  readonly requests: number;
  readonly sampled: number;
  readonly borrowed: number;
  /** null while it borrows. */
  readonly quota: number | null;
  readonly until: number | null;
  readonly since: number;
  readonly seen: number;
}

export interface SamplingCounts {
  readonly requests: readonly number[];
  readonly sampled: readonly number[];
  readonly borrowed: readonly number[];
}

export interface SamplingAnswer extends Answer {
  readonly interval: number;
  readonly limit: number;
  readonly limit_used: number;
  /** Whether a rate per minute can be set. */
  readonly extensions: boolean;
  readonly changed: number | null;
  /** In the order in which they are tried. */
  readonly rules: readonly SamplingRule[];
  readonly clients: readonly SamplingClient[];
  readonly windows: {
    readonly start: readonly number[];
    readonly seconds: number;
    readonly rules: Readonly<Record<string, SamplingCounts>>;
  };
}

/** What rules keep of stored requests; `kept` are expected values. */
export interface RehearsalFigures {
  readonly requests: number;
  readonly kept: number;
  readonly errors: number;
  readonly errors_kept: number;
  readonly slow: number;
  readonly slow_kept: number;
  readonly users: number;
  readonly users_kept: number;
  readonly documents: number;
  readonly documents_kept: number;
}

export interface RehearsalSides {
  readonly now: RehearsalFigures;
  readonly draft: RehearsalFigures;
}

export interface RehearsalAnswer extends Answer {
  readonly start: number;
  readonly end: number;
  readonly traces: number;
  readonly total: RehearsalSides;
  readonly services: readonly (RehearsalSides & { readonly name: string; readonly type: string })[];
  readonly rules: readonly {
    readonly name: string;
    readonly change: "same" | "changed" | "new" | "gone";
    readonly now: RehearsalFigures | null;
    readonly draft: RehearsalFigures | null;
  }[];
  /** How much of the traces was looked into; of keep policies. */
  readonly share?: number;
  /** Which policy could not be evaluated; of keep policies. */
  readonly problem?: string | null;
}

/** Which share of the traces that match is kept once they have settled. */
export interface KeepPolicy {
  readonly name: string;
  /** A filter expression; empty for Rest. */
  readonly filter: string;
  readonly share: number;
}

export interface KeepAnswer extends Answer {
  /** How long nothing must have come of a trace, seconds. */
  readonly after: number;
  /** Seconds since 1970; null for never. */
  readonly changed: number | null;
  readonly problem: string | null;
  /** In the order in which they are tried; traces kept and dropped since the process began. */
  readonly policies: readonly (KeepPolicy & { readonly kept: number; readonly dropped: number })[];
}

export interface SettingsAnswer extends Answer {
  readonly folder: string;
  /** Where settings can be written. */
  readonly file: string;
  readonly settings: readonly Setting[];
  readonly encryption: {
    readonly cipher: string;
    readonly data: boolean;
    readonly catalog: boolean;
    readonly key_file: string;
  };
  readonly storage: {
    readonly path: string;
    readonly files: number;
    readonly bytes: number;
    /** null for an object store. */
    readonly disk_free: number | null;
    readonly disk_total: number | null;
    /** null for a file in the data folder. */
    readonly catalog: string | null;
  };
  readonly retention: { readonly days: number; readonly gigabytes: number | null; readonly oldest: number | null };
  readonly access: {
    readonly addresses: { readonly http: string; readonly daemon: string };
    readonly authentication: boolean;
    readonly beyond_this_machine: boolean;
  };
}

/** Wherever requests are counted. Outcomes exclude each other: `error` is 4xx without 429. */
export interface Stats {
  readonly ok: number;
  readonly error: number;
  readonly throttle: number;
  readonly fault: number;
  readonly total: number;
  /** Seconds; null when `total` is 0, as are the percentiles. */
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly per_minute: number;
}

export interface MapNode {
  /** Stable: made from name, type and account. */
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly account: string;
  /** Who calls; who sends segments; who is known by calls to it alone. */
  readonly kind: "client" | "service" | "inferred";
  readonly root: boolean;
  readonly first: number;
  readonly last: number;
  readonly stats: Stats;
}

export interface MapEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  /** The times of a link are the ages of received events. */
  readonly kind: "client" | "call" | "link";
  readonly first: number;
  readonly last: number;
  readonly stats: Stats;
}

export interface ServiceMap {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
}

export interface MapAnswer extends ServiceMap, Answer {
  readonly start: number;
  readonly end: number;
  /** The group's filter became another one after the range began. */
  readonly old_group: boolean;
}

/** A response time and how many requests took it; ascending, at most 100. */
export type Bin = readonly [seconds: number, count: number];

/** A stretch of time (those without requests are left out): its start, outcomes, mean and p95 response time. */
export type Bucket = readonly [
  start: number,
  ok: number,
  error: number,
  throttle: number,
  fault: number,
  mean: number | null,
  p95: number | null,
];

export interface Series {
  readonly period: number;
  readonly buckets: readonly Bucket[];
}

/** An edge as a node's panel lists it. */
export interface NamedEdge extends MapEdge {
  readonly source_name: string;
  readonly source_type: string;
  readonly source_account: string;
  readonly target_name: string;
  readonly target_type: string;
  readonly target_account: string;
}

export interface NodeAnswer extends Answer {
  readonly node: MapNode;
  readonly histogram: readonly Bin[];
  /** The time until all work was done, also after the answer. */
  readonly duration_histogram: readonly Bin[];
  readonly series: Series;
  readonly incoming: readonly NamedEdge[];
  readonly outgoing: readonly NamedEdge[];
  /** The filter expression that finds its traces. */
  readonly view_filter: string;
}

export interface EdgeAnswer extends Answer {
  readonly edge: MapEdge;
  readonly source: MapNode;
  readonly target: MapNode;
  readonly histogram: readonly Bin[];
  readonly series: Series;
  readonly view_filter: string;
}

/**
 * A column of the heat map: its start, and how many requests took how long, on one grid for all: ten rows to a factor of
 * ten, each named by its lower bound (0, 0.001, 0.001259, ...).
 */
export type HeatColumn = readonly [start: number, bins: readonly Bin[]];

export interface SeriesAnswer extends Answer, Series {
  readonly histogram: readonly Bin[];
  readonly heat: readonly HeatColumn[];
}

export interface ServiceName {
  readonly name: string;
  readonly type: string;
}

export interface TraceSummary {
  readonly id: string;
  readonly start: number;
  readonly duration: number;
  readonly response: number | null;
  /** Of the root segment. */
  readonly outcome: Outcome;
  readonly partial: boolean;
  readonly method: string | null;
  readonly url: string | null;
  readonly status: number | null;
  readonly client_ip: string | null;
  readonly user_agent: string | null;
  readonly users: readonly string[];
  readonly entry: ServiceName | null;
  readonly services: readonly ServiceName[];
  readonly annotations: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  readonly faults: readonly string[];
  readonly errors: readonly string[];
  /** The names on the path that took longest. */
  readonly slow: readonly string[];
  readonly fault_path: string | null;
  readonly arns: readonly string[];
  readonly instances: readonly string[];
  readonly zones: readonly string[];
  /** For how many traces this one stands. */
  readonly weight: number;
}

export interface TracesAnswer extends Answer {
  readonly traces: readonly TraceSummary[];
  readonly token: string | null;
  /** How far back the scan came. */
  readonly reached: number;
  readonly examined: number;
  /** The whole range was scanned. */
  readonly finished: boolean;
}

export type EntityMark = "cause" | "sql" | "annotations" | "metadata" | "links";

export interface Entity {
  readonly id: string;
  readonly parent: string | null;
  readonly depth: number;
  readonly kind: "segment" | "subsegment" | "inferred";
  readonly name: string;
  /** The node of the trace's map; null for a part whose segment is unknown. */
  readonly node: string | null;
  readonly origin: string | null;
  /** Seconds after the trace's start. */
  readonly start: number;
  /** Null while in progress. */
  readonly end: number | null;
  readonly in_progress: boolean;
  readonly outcome: Outcome;
  readonly status: number | null;
  readonly title: string | null;
  /** On the critical path. */
  readonly critical: boolean;
  /** How long the answer was waiting for this one itself, seconds; these add up to the root's time. */
  readonly waited: number;
  readonly marks: readonly EntityMark[];
}

export interface TraceLink {
  readonly trace_id: string;
  readonly direction: "downstream" | "upstream";
  /** Of this trace; null, as is the next, when the other trace alone names this one. */
  readonly entity: string | null;
  /** Of the other trace. */
  readonly other: string | null;
  readonly attributes?: JsonObject;
}

export interface Verdict {
  readonly tone: "ok" | "slow" | "error" | "throttle" | "fault" | "partial";
  readonly headline: string;
  readonly details: readonly string[];
  readonly entity: string | null;
}

export interface TraceAnswer extends Answer {
  readonly id: string;
  readonly w3c_id: string;
  readonly start: number;
  readonly end: number;
  readonly duration: number;
  readonly outcome: Outcome;
  readonly partial: boolean;
  readonly limit_exceeded: boolean;
  readonly documents: number;
  readonly root: string | null;
  readonly summary: TraceSummary;
  readonly verdict: Verdict;
  /** In the order of the waterfall: depth first, siblings by start. */
  readonly entities: readonly Entity[];
  readonly missing: readonly { readonly id: string | null; readonly of: string | null; readonly why: string }[];
  readonly map: ServiceMap;
  readonly links: readonly TraceLink[];
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface ExceptionRecord {
  readonly type: string;
  readonly message: string;
  readonly remote: boolean;
  readonly id: string;
  readonly cause: string;
  readonly truncated: number;
  readonly skipped: number;
  readonly stack: readonly { readonly label: string; readonly path: string; readonly line: number }[];
}

export interface EntityAnswer extends Answer {
  readonly id: string;
  readonly kind: Entity["kind"];
  /** As it was received, without its subsegments. */
  readonly document: JsonObject;
  readonly resources: readonly (readonly [label: string, value: string])[];
  readonly exceptions: readonly ExceptionRecord[];
  readonly working_directory: string;
  readonly annotations: JsonObject;
  readonly metadata: JsonObject;
  readonly sql: JsonObject;
  readonly http: JsonObject;
  readonly links: readonly TraceLink[];
}

export type CheckAnswer = Answer &
  (
    | { readonly ok: true; readonly canonical: string }
    | { readonly ok: false; readonly message: string; readonly position: number }
  );

export interface WordsAnswer extends Answer {
  readonly services: readonly ServiceName[];
  readonly annotations: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  readonly users: readonly string[];
  readonly urls: readonly string[];
  readonly groups: readonly string[];
}

export interface SlaAnswer extends Answer {
  readonly target: number;
  readonly nodes: readonly {
    readonly name: string;
    readonly type: string;
    readonly account: string;
    readonly kind: MapNode["kind"];
    readonly total: number;
    /** Answered in time and without fault or throttle. */
    readonly within: number;
    readonly failed: number;
    readonly share: number;
  }[];
}

/** About once a second. */
export interface Tick {
  readonly now: number;
  readonly received: number;
  /** Grows when there is something new to ask for. */
  readonly committed: number;
  readonly refused: number;
  readonly dropped: number;
  readonly lag_seconds: number;
}

/** A group, as X-Ray's GetGroups tells it. */
export interface Group {
  readonly GroupName: string;
  readonly GroupARN: string;
  readonly FilterExpression?: string;
}

/** `/api/status`: figures of the process; not versioned. */
export interface Status {
  readonly version: string;
  readonly started: number;
  readonly now: number;
  readonly addresses: { readonly http: string; readonly daemon: string };
  readonly folder: string;
  readonly memory_bytes: number | null;
  readonly ingest: {
    readonly received: Readonly<Record<string, number>>;
    readonly accepted: Readonly<Record<string, number>>;
    readonly overloaded: Readonly<Record<string, number>>;
    readonly refused: Readonly<
      Record<string, { readonly count: number; readonly message: string; readonly example: string }>
    >;
    readonly repaired: number;
  };
  readonly reader_processes: number;
  readonly udp: {
    readonly received: number;
    readonly bytes: number;
    readonly delivered: number;
    readonly dropped_overload: number;
    readonly dropped_error: number;
    readonly kernel_drops: number | null;
    readonly refused: Readonly<
      Record<string, { readonly count: number; readonly sentence: string; readonly example: string }>
    >;
  };
  readonly writer: {
    readonly documents: number;
    readonly commits: number;
    readonly failures: number;
    readonly lost: number;
    readonly last_commit_seconds: number;
    readonly queued: number;
    readonly queued_bytes: number;
    readonly lag_seconds: number;
    readonly problem: string | null;
  };
  readonly store: { readonly files: number; readonly bytes: number };
  readonly maintenance: {
    readonly rounds: number;
    readonly failures: number;
    readonly rolled_up_traces: number;
    readonly roll_up_seconds: number;
    readonly problem: string | null;
  };
  readonly groups: Readonly<
    Record<string, { readonly traces: number; readonly failures: number; readonly problem: string | null }>
  >;
  readonly relays: readonly Relay[];
}

/** A relay (`radiograph daemon`, or AWS's daemon) that reported, and its last record. */
export interface Relay {
  readonly hostname: string;
  readonly instance_id: string;
  readonly resource_arn: string;
  readonly received_at: number;
  readonly records: Json;
}
