/** The words of the filter language: what each is compared with, where it stands, and what it means (docs/filter-expressions.md). */

export type Kind = "boolean" | "number" | "string" | "any" | "term";
export type Scope = "trace" | "service" | "edge" | "element";

export interface Keyword {
  readonly name: string;
  readonly kind: Kind;
  readonly scopes: readonly Scope[];
  readonly meaning: string;
}

const TRACE: readonly Scope[] = ["trace"];
const REQUEST: readonly Scope[] = ["trace", "service", "edge"];
const SEGMENT: readonly Scope[] = ["trace", "service"];
const ELEMENT: readonly Scope[] = ["element"];

const word = (name: string, kind: Kind, scopes: readonly Scope[], meaning: string): Keyword => ({
  name,
  kind,
  scopes,
  meaning,
});

/** In the order in which they are offered. */
export const KEYWORDS: readonly Keyword[] = [
  word("fault", "boolean", REQUEST, "the answer was 5xx"),
  word("error", "boolean", REQUEST, "the answer was 4xx"),
  word("throttle", "boolean", REQUEST, "the answer was 429"),
  word("ok", "boolean", REQUEST, "neither error nor throttle nor fault"),
  word("responsetime", "number", REQUEST, "seconds until the answer"),
  word("duration", "number", REQUEST, "seconds until all work was done"),
  word("http.status", "number", REQUEST, "status of the HTTP answer"),
  word("http.url", "string", REQUEST, "URL of the request"),
  word("http.method", "string", REQUEST, "method of the request"),
  word("user", "string", SEGMENT, "id of a user"),
  word("service", "term", TRACE, "passed through a service"),
  word("edge", "term", TRACE, "one service called another"),
  word("annotation", "any", ["trace", "service"], "value of an annotation"),
  word("group.name", "term", TRACE, "the group's expression holds"),
  word("http.clientip", "string", SEGMENT, "address of the client"),
  word("http.useragent", "string", SEGMENT, "user agent of the client"),
  word("partial", "boolean", REQUEST, "parts are missing or in progress"),
  word("inferred", "boolean", ["trace", "service", "element"], "a service that sent nothing itself"),
  word("root", "boolean", SEGMENT, "the trace was entered here"),
  word("coldstart", "boolean", SEGMENT, "a Lambda function was initialised"),
  word("rootcause.fault.service", "term", TRACE, "a service on the way to a fault"),
  word("rootcause.fault.exception", "term", TRACE, "an exception behind a fault"),
  word("rootcause.fault.entity", "term", TRACE, "a part on the way to a fault"),
  word("rootcause.error.service", "term", TRACE, "a service on the way to an error"),
  word("rootcause.error.exception", "term", TRACE, "an exception behind an error"),
  word("rootcause.error.entity", "term", TRACE, "a part on the way to an error"),
  word("rootcause.responsetime.service", "term", TRACE, "a service on the slowest path"),
  word("rootcause.responsetime.entity", "term", TRACE, "a part on the slowest path"),
  word("account.id", "string", TRACE, "AWS account of any part"),
  word("availabilityzone", "string", SEGMENT, "zone of the EC2 instance"),
  word("instance.id", "string", SEGMENT, "id of the EC2 instance"),
  word("resource.arn", "string", SEGMENT, "ARN of what ran the code"),
  word("group.arn", "term", TRACE, "the group's expression holds"),
  word("metadata", "any", TRACE, "value in the metadata, by its path"),
  word("name", "string", ["service", "element"], "name of it"),
  word("type", "string", ["service", "element"], "type of the service"),
  word("message", "string", ELEMENT, "message of the exception"),
  word("first", "boolean", ELEMENT, "the first of its path"),
  word("last", "boolean", ELEMENT, "the last of its path"),
  word("index", "number", ELEMENT, "position in its path, from 0"),
  word("remote", "boolean", ["edge", "element"], "a call to another service"),
  word("coverage", "number", ELEMENT, "share of the response time, 0 to 1"),
];

const BY_NAME = new Map(KEYWORDS.map((one) => [one.name, one]));

/** Any case; an annotation or metadata with its key counts as such. */
export function keyword(name: string): Keyword | undefined {
  const lower = name.toLowerCase();
  if (lower.startsWith("annotation.")) return BY_NAME.get("annotation");
  if (lower.startsWith("metadata.")) return BY_NAME.get("metadata");
  return BY_NAME.get(lower);
}

/** What it may be compared by, in the order in which they are offered, with what they mean. */
export const OPERATORS: Readonly<Record<Kind, readonly (readonly [sign: string, meaning: string])[]>> = {
  boolean: [
    ["= true", "is so"],
    ["= false", "is not so"],
  ],
  number: [
    [">", "greater than"],
    [">=", "at least"],
    ["<", "less than"],
    ["<=", "at most"],
    ["=", "equals"],
    ["!=", "is another"],
    ["IN", "one of several"],
  ],
  string: [
    ["=", "equals"],
    ["!=", "is another"],
    ["CONTAINS", "has within it"],
    ["BEGINSWITH", "begins with"],
    ["ENDSWITH", "ends with"],
    ["MATCHES", "fits a regular expression"],
    ["IN", "one of several"],
  ],
  any: [
    ["=", "equals"],
    ["!=", "is another"],
    [">", "greater than"],
    ["<", "less than"],
    ["CONTAINS", "has within it"],
    ["BEGINSWITH", "begins with"],
    ["MATCHES", "fits a regular expression"],
    ["IN", "one of several"],
  ],
  term: [
    ["=", "is"],
    ["!=", "is not"],
  ],
};
