/**
 * What traces are told apart by: status, URL, user, each annotation key, ... For every attribute: which values a trace has,
 * how a value is written in the address, how a person reads it, and the filter expression that finds it. Pure.
 *
 * A value is a text. Of an annotation it is a literal (`"gold"`, `45`, `true`), of a service its type and name.
 */
import type { ServiceName, TraceSummary } from "../api/index.ts";
import { annotationKey, id as entityOf, quoted, unquoted } from "./expression.ts";

export interface Attribute {
  readonly id: string;
  /** Heads its table. */
  readonly label: string;
}

export const ANNOTATION = "annotation.";

const TABLE: readonly (Attribute & {
  readonly values: (row: TraceSummary) => readonly (string | null)[];
  readonly expression: (value: string) => string;
})[] = [
  {
    id: "outcome",
    label: "Outcome",
    values: (row) => [row.outcome],
    expression: outcomeExpression,
  },
  {
    id: "status",
    label: "HTTP status",
    values: (row) => [row.status === null ? null : String(row.status)],
    expression: (value) => `http.status = ${/^-?\d+(\.\d+)?$/.test(value) ? value : quoted(value)}`,
  },
  {
    id: "url",
    label: "URL",
    values: (row) => [row.url],
    expression: (value) => `http.url = ${quoted(value)}`,
  },
  {
    id: "method",
    label: "HTTP method",
    values: (row) => [row.method],
    expression: (value) => `http.method = ${quoted(value)}`,
  },
  {
    id: "user",
    label: "User",
    values: (row) => row.users,
    expression: (value) => `user = ${quoted(value)}`,
  },
  {
    id: "service",
    label: "Service passed through",
    values: (row) => row.services.map(serviceValue),
    expression: (value) => `service(${entity(value)})`,
  },
  {
    id: "entry",
    label: "Entered at",
    values: (row) => [row.entry && serviceValue(row.entry)],
    expression: (value) => `service(${entity(value)}) { root }`,
  },
  {
    id: "slow",
    label: "Slowest path",
    values: (row) => [row.slow.join(PATH)],
    expression: (value) => pathExpression("rootcause.responsetime.service", value),
  },
  {
    id: "faultpath",
    label: "Way to the fault",
    values: (row) => [row.fault_path],
    expression: (value) => pathExpression("rootcause.fault.service", value),
  },
  {
    id: "faulttype",
    label: "Exception of the fault",
    values: (row) => row.faults.map(exceptionType),
    expression: (value) => `rootcause.fault.exception { name = ${quoted(value)} }`,
  },
  {
    id: "errortype",
    label: "Exception of the error",
    values: (row) => row.errors.map(exceptionType),
    expression: (value) => `rootcause.error.exception { name = ${quoted(value)} }`,
  },
  {
    id: "fault",
    label: "Message of the fault",
    values: (row) => row.faults,
    expression: (value) => exceptionExpression("rootcause.fault.exception", value),
  },
  {
    id: "error",
    label: "Message of the error",
    values: (row) => row.errors,
    expression: (value) => exceptionExpression("rootcause.error.exception", value),
  },
  {
    id: "client",
    label: "Client address",
    values: (row) => [row.client_ip],
    expression: (value) => `http.clientip = ${quoted(value)}`,
  },
  {
    id: "agent",
    label: "User agent",
    values: (row) => [row.user_agent],
    expression: (value) => `http.useragent = ${quoted(value)}`,
  },
  {
    id: "zone",
    label: "Availability zone",
    values: (row) => row.zones,
    expression: (value) => `availabilityzone = ${quoted(value)}`,
  },
  {
    id: "instance",
    label: "Instance",
    values: (row) => row.instances,
    expression: (value) => `instance.id = ${quoted(value)}`,
  },
  {
    id: "arn",
    label: "Resource ARN",
    values: (row) => row.arns,
    expression: (value) => `resource.arn = ${quoted(value)}`,
  },
];

/** Those that are not annotations, in the order of their tables. */
export const ATTRIBUTES: readonly Attribute[] = TABLE;

const BY_ID = new Map(TABLE.map((one) => [one.id, one]));

/** Between the names of a path, as the server joins them. */
const PATH = " > ";

/** How an attribute is called; keys of annotations by their own name. */
export function attribute(id: string): Attribute {
  const known = BY_ID.get(id);
  if (known) return known;
  if (id === "response") return { id, label: "Response time" };
  if (id === "time") return { id, label: "Time" };
  const key = id.startsWith(ANNOTATION) ? id.slice(ANNOTATION.length) : id;
  return { id, label: key };
}

/** Whether an attribute of this name exists. */
export function isAttribute(id: string): boolean {
  return BY_ID.has(id) || (id.startsWith(ANNOTATION) && id.length > ANNOTATION.length);
}

/** Calls `found` with each attribute and value of a trace, each once; annotations are not among them. */
export function eachValue(row: TraceSummary, found: (attribute: string, value: string) => void): void {
  for (const one of TABLE) {
    const values = one.values(row);
    if (values.length === 1) {
      const [value] = values;
      if (value) found(one.id, value);
    } else {
      for (const value of new Set(values)) if (value) found(one.id, value);
    }
  }
}

/** The expression that finds one value of an attribute. */
export function valueExpression(id: string, value: string): string {
  const known = BY_ID.get(id);
  if (known) return known.expression(value);
  return `${annotationKey(id.slice(ANNOTATION.length))} = ${value}`;
}

/** The expression for a stretch of a number: from `low`, below `high`. */
export function rangeExpression(id: string, low: number, high: number): string {
  const name = id === "response" ? "responsetime" : annotationKey(id.slice(ANNOTATION.length));
  const parts = [];
  if (Number.isFinite(low)) parts.push(`${name} >= ${low}`);
  if (Number.isFinite(high)) parts.push(`${name} < ${high}`);
  return parts.length === 0 ? name : parts.join(" AND ");
}

/** What a person reads for a value, and smaller beside it. */
export function valueLabel(id: string, value: string): { readonly label: string; readonly hint?: string } {
  if (id === "outcome")
    return { label: { ok: "OK", error: "Error", throttle: "Throttle", fault: "Fault" }[value] ?? value };
  if (id === "service" || id === "entry") {
    const { name, type } = readService(value);
    return type === "" ? { label: name } : { label: name, hint: type };
  }
  if (id === "url") {
    // Hosts are often the same, paths tell requests apart.
    const parts = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)([/?#].*)$/is.exec(value);
    return parts?.[1] && parts[2] ? { label: parts[2], hint: parts[1] } : { label: value };
  }
  if (id === "slow" || id === "faultpath") {
    // Paths differ at their ends.
    const names = value.split(PATH);
    const last = names.pop() ?? "";
    return names.length === 0 ? { label: last } : { label: last, hint: `through ${names.join(PATH)}` };
  }
  if (id.startsWith(ANNOTATION)) {
    const read = readLiteral(value);
    return { label: read === "" ? '""' : String(read) };
  }
  return { label: value };
}

export function readLiteral(value: string): string | number | boolean {
  if (value === "true" || value === "false") return value === "true";
  if (value.startsWith('"')) return unquoted(value);
  return Number(value);
}

/** Type, a space, name; spaces in a type are escaped, so that the first space parts them. */
export function serviceValue({ name, type }: ServiceName): string {
  return `${type.replace(/[% ]/g, encodeURIComponent)} ${name}`;
}

export function readService(value: string): ServiceName {
  const space = value.indexOf(" ");
  const type = value.slice(0, Math.max(0, space)).replace(/%(20|25)/g, (code) => (code === "%20" ? " " : "%"));
  return { name: value.slice(space + 1), type };
}

function entity(value: string): string {
  return entityOf(readService(value));
}

// Outcomes exclude each other, the words of the language do not: fault goes before throttle, throttle before error. The
// word throttle alone would mean any part of the trace.
function outcomeExpression(value: string): string {
  const throttled = "service() { root AND throttle }";
  if (value === "throttle") return `${throttled} AND !fault`;
  if (value === "error") return `error AND !fault AND !${throttled}`;
  return value === "fault" ? "fault" : "ok";
}

function pathExpression(word: string, value: string): string {
  const names = value.split(PATH);
  return names
    .map(
      (name, index) =>
        `${word} { index = ${index}${index === names.length - 1 ? " AND last" : ""} AND ${named(name)} }`,
    )
    .join(" AND ");
}

/** A resource of AWS is spoken of as `DynamoDB carts`: its own name is the second half, or ends with it. */
function named(name: string): string {
  const plain = `name = ${quoted(name)}`;
  const spoken = /^([A-Z][A-Za-z0-9]*) (.+)$/s.exec(name);
  if (!spoken) return plain;
  return `(${plain} OR (type BEGINSWITH ${quoted(`AWS::${spoken[1]}`)} AND name ENDSWITH ${quoted(spoken[2] ?? "")}))`;
}

function exceptionType(said: string): string {
  return said.split(": ", 1)[0] ?? said;
}

/** `TimeoutError: no answer` is the type of an exception and its message. */
function exceptionExpression(word: string, value: string): string {
  const colon = value.indexOf(": ");
  if (colon < 0) return `${word} { name = ${quoted(value)} }`;
  return `${word} { name = ${quoted(value.slice(0, colon))} AND message = ${quoted(value.slice(colon + 2))} }`;
}
