/** Sampling rules: read as sentences, filled in, matched against a request, put in order. Pure. */
import type { SamplingClient, SamplingCounts, SamplingRule } from "../../api/index.ts";
import { count, percent } from "../../format/index.ts";

/** What a rule can match by, in the order in which a request is described. */
export const MATCHERS = [
  { field: "http_method", member: "HTTPMethod", label: "HTTP method", example: "GET", longest: 10 },
  { field: "url_path", member: "URLPath", label: "URL path", example: "/api/*", longest: 128 },
  { field: "host", member: "Host", label: "Host", example: "*.example.com", longest: 64 },
  { field: "service_name", member: "ServiceName", label: "Service name", example: "shop", longest: 64 },
  { field: "service_type", member: "ServiceType", label: "Service type", example: "AWS::ECS::Container", longest: 64 },
] as const;

export type Matcher = (typeof MATCHERS)[number]["field"];
type Matching = Pick<SamplingRule, Matcher>;

/** How much a rule takes: `The first 5 requests each second, then 10% of the rest`. */
export function takes(rule: Pick<SamplingRule, "reservoir" | "per_minute" | "fixed_rate">): string {
  const { reservoir, per_minute: perMinute, fixed_rate: rate } = rule;
  const amount = perMinute || reservoir;
  const first =
    amount === 0
      ? ""
      : `The first ${amount === 1 ? "request" : `${count(amount)} requests`} each ${perMinute ? "minute" : "second"}`;
  if (first === "")
    return rate === 0 ? "No request" : rate === 1 ? "Every request" : `${percent(rate)} of the requests`;
  return rate === 0 ? first : rate === 1 ? "Every request" : `${first}, then ${percent(rate)} of the rest`;
}

/** Which requests a rule is about: `GET /api/* on *.example.com, of shop`. */
export function about(rule: Matching & Pick<SamplingRule, "attributes" | "resource_arn">): string {
  const parts: string[] = [];
  const { http_method: method, url_path: path, host } = rule;
  if (method !== "*" || path !== "*") {
    parts.push(
      [method === "*" ? "" : method || "no method", path === "*" ? "requests" : path || "no path"].join(" ").trim(),
    );
  }
  if (host !== "*") parts.push(`on host ${host || "(none)"}`);
  if (rule.service_name !== "*") parts.push(`of service ${rule.service_name || "(none)"}`);
  if (rule.service_type !== "*") parts.push(`of type ${rule.service_type || "(none)"}`);
  for (const [key, value] of Object.entries(rule.attributes)) parts.push(`with ${key} = ${value}`);
  if (rule.resource_arn !== "*") parts.push(`on ${rule.resource_arn}`);
  return parts.length === 0 ? "any request" : parts.join(", ");
}

/** Whether a text matches a pattern: `*` is any run of characters, `?` one; case does not matter. */
export function matches(pattern: string, text: string): boolean {
  const wanted = [...pattern.toLowerCase()];
  const given = [...text.toLowerCase()];
  let at = 0;
  let position = 0;
  let star = -1;
  let taken = 0;
  while (position < given.length) {
    if (wanted[at] === "*") {
      star = at;
      taken = position;
      at += 1;
    } else if (at < wanted.length && (wanted[at] === "?" || wanted[at] === given[position])) {
      at += 1;
      position += 1;
    } else if (star >= 0) {
      taken += 1;
      at = star + 1;
      position = taken;
    } else return false;
  }
  return wanted.slice(at).every((character) => character === "*");
}

export type Request = Readonly<Record<Matcher, string>>;

export interface Tried {
  readonly rule: SamplingRule;
  readonly decides: boolean;
  /** Why it does not. */
  readonly because: string;
}

/** The rules that are tried for a request, the one that decides last. What is left empty is not known, and matches. */
export function tried(rules: readonly SamplingRule[], request: Request): Tried[] {
  const found: Tried[] = [];
  for (const rule of rules) {
    const because = rule.ignored ?? mismatch(rule, request);
    found.push({ rule, decides: because === "", because });
    if (because === "") break;
  }
  return found;
}

function mismatch(rule: Matching, request: Request): string {
  for (const { field, label } of MATCHERS) {
    const given = request[field].trim();
    if (given !== "" && !matches(rule[field], given)) return `${label} ${given} is not ${rule[field] || "empty"}`;
  }
  return "";
}

/** Why a rule never decides, or may not be what its author thinks; each a sentence. */
export function warnings(rule: SamplingRule): string[] {
  const found: string[] = [];
  if (rule.covered_by !== null) {
    found.push(`Never decides: ${rule.covered_by} is tried before it and matches everything that it matches.`);
  }
  if (rule.ignored !== null) found.push(rule.ignored);
  return found;
}

/** What a person fills in. Figures are text until they are sent. */
export interface Form extends Request {
  readonly name: string;
  readonly priority: string;
  readonly per: "second" | "minute";
  readonly reservoir: string;
  /** Percent. */
  readonly rate: string;
  readonly resource_arn: string;
  readonly attributes: readonly (readonly [key: string, value: string])[];
  readonly boosts: boolean;
  /** Percent. */
  readonly boostRate: string;
  readonly boostCooldown: string;
}

const DEFAULT = "Default";
const LONGEST_NAME = 32;
const MOST_ATTRIBUTES = 5;
const LONGEST_ATTRIBUTE = 32;
const FIRST = 1;
const LAST = 9_999;

/** A share as a person types it: 0.05 is 5, without the dust of binary fractions. */
export function percentText(share: number): string {
  return String(Number((share * 100).toPrecision(12)));
}

/** `5` is 0.05. */
export function share(text: string): number {
  return Number((Number(text) / 100).toPrecision(12));
}

export function formOf(rule: SamplingRule): Form {
  return {
    name: rule.name,
    priority: String(rule.priority),
    per: rule.per_minute ? "minute" : "second",
    reservoir: String(rule.per_minute || rule.reservoir),
    rate: percentText(rule.fixed_rate),
    http_method: rule.http_method,
    url_path: rule.url_path,
    host: rule.host,
    service_name: rule.service_name,
    service_type: rule.service_type,
    resource_arn: rule.resource_arn,
    attributes: Object.entries(rule.attributes),
    boosts: rule.boost !== null,
    boostRate: percentText(rule.boost?.max_rate ?? 1),
    boostCooldown: String(rule.boost?.cooldown_minutes ?? 10),
  };
}

/** A new rule, tried before all others. */
export function newForm(rules: readonly SamplingRule[]): Form {
  const least = Math.min(...rules.filter((rule) => !rule.is_default).map((rule) => rule.priority), 110);
  return {
    name: "",
    priority: String(Math.max(FIRST, least - 10)),
    per: "second",
    reservoir: "1",
    rate: "5",
    http_method: "*",
    url_path: "*",
    host: "*",
    service_name: "*",
    service_type: "*",
    resource_arn: "*",
    attributes: [],
    boosts: false,
    boostRate: "100",
    boostCooldown: "10",
  };
}

/** `api-copy`, `api-copy-2`, ...: free, and not too long. */
export function copyName(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const end = number === 1 ? "-copy" : `-copy-${number}`;
    const found = name.slice(0, LONGEST_NAME - end.length) + end;
    if (!taken.includes(found)) return found;
  }
}

export type Field = Exclude<keyof Form, "per" | "boosts">;

function whole(text: string, least: number, most: number, what: string): string | null {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value)) return `${what} is a whole number.`;
  if (value < least || value > most) return `${what} is from ${count(least)} to ${count(most)}.`;
  return null;
}

export function percentage(text: string): string | null {
  const value = Number(text);
  return text.trim() === "" || !Number.isFinite(value) || value < 0 || value > 100 ? "From 0 to 100 percent." : null;
}

/** What is wrong with a form, by field. `taken` are the names of the other rules. */
export function problems(form: Form, taken: readonly string[], isDefault = false): Partial<Record<Field, string>> {
  const found: Partial<Record<Field, string>> = {};
  const put = (field: Field, problem: string | null): void => {
    if (problem !== null) found[field] = problem;
  };
  put("reservoir", whole(form.reservoir, 0, 2 ** 31 - 1, "This"));
  put("rate", percentage(form.rate));
  if (isDefault) return found;
  const name = form.name.trim();
  if (name === "") put("name", "A rule needs a name.");
  else if (name.length > LONGEST_NAME) put("name", `At most ${LONGEST_NAME} characters.`);
  else if (name === DEFAULT || taken.includes(name)) put("name", `There is a rule ${name} already.`);
  put("priority", whole(form.priority, FIRST, LAST, "The priority"));
  for (const { field, longest } of MATCHERS) {
    if (form[field].length > longest) put(field, `At most ${longest} characters.`);
  }
  const pairs = filled(form.attributes);
  if (pairs.length > MOST_ATTRIBUTES) put("attributes", `At most ${MOST_ATTRIBUTES} attributes.`);
  else if (pairs.some(([key, value]) => !fits(key) || !fits(value))) {
    put("attributes", `Key and value have 1 to ${LONGEST_ATTRIBUTE} characters.`);
  } else if (new Set(pairs.map(([key]) => key)).size < pairs.length) put("attributes", "A key is there twice.");
  if (form.boosts) {
    put("boostCooldown", whole(form.boostCooldown, 0, 2 ** 31 - 1, "The pause"));
    put("boostRate", percentage(form.boostRate));
    if (!found.boostRate && !found.rate && Number(form.boostRate) < Number(form.rate)) {
      put("boostRate", "At least as much as without a boost.");
    }
  }
  return found;
}

function fits(text: string): boolean {
  return text.length >= 1 && text.length <= LONGEST_ATTRIBUTE;
}

function filled(attributes: Form["attributes"]): (readonly [string, string])[] {
  return attributes
    .map(([key, value]) => [key.trim(), value.trim()] as const)
    .filter(([key, value]) => key !== "" || value !== "");
}

type Members = Readonly<Record<string, unknown>>;

/** The members of AWS's SamplingRule that a form says. */
function members(form: Form): Members {
  const amount = Number(form.reservoir);
  return {
    ResourceARN: form.resource_arn.trim() || "*",
    Priority: Number(form.priority),
    FixedRate: share(form.rate),
    ReservoirSize: form.per === "second" ? amount : 0,
    ...(form.per === "minute" ? { PerMinute: amount } : {}),
    ...Object.fromEntries(MATCHERS.map(({ field, member }) => [member, form[field].trim()])),
    Attributes: Object.fromEntries(filled(form.attributes)),
    ...(form.boosts
      ? { SamplingRateBoost: { MaxRate: share(form.boostRate), CooldownWindowMinutes: Number(form.boostCooldown) } }
      : {}),
  };
}

/** For CreateSamplingRule. */
export function createRequest(form: Form): Members {
  return { SamplingRule: { RuleName: form.name.trim(), ...members(form), Version: 1 } };
}

/** What UpdateSamplingRule takes for none, of the members that a rule may not have. */
const NONE: Members = { PerMinute: 0, SamplingRateBoost: { MaxRate: 0, CooldownWindowMinutes: 0 } };

/** For UpdateSamplingRule: only what changes. */
export function updateRequest(form: Form, before: SamplingRule): Members {
  const old = members(formOf(before));
  const next = members(form);
  const changed = Object.entries(next).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name]));
  const ended = Object.entries(NONE).filter(([name]) => name in old && !(name in next));
  return { SamplingRuleUpdate: { RuleName: before.name, ...Object.fromEntries([...changed, ...ended]) } };
}

/** All rules with a form in the place of one, or beside them, as a rehearsal takes them. */
export function draft(rules: readonly SamplingRule[], form: Form, instead: string | null): Members[] {
  const others = rules
    .filter((rule) => rule.name !== instead && !rule.is_default)
    .map((rule) => ({ RuleName: rule.name, ...members(formOf(rule)) }));
  const amounts = (one: Form): Members => {
    const { FixedRate, ReservoirSize } = members(one) as { FixedRate: number; ReservoirSize: number };
    return { RuleName: DEFAULT, FixedRate, ReservoirSize };
  };
  if (instead === DEFAULT) return [...others, amounts(form)];
  const last = rules.filter((rule) => rule.is_default).map((rule) => amounts(formOf(rule)));
  return [...others, { RuleName: form.name.trim(), ...members(form) }, ...last];
}

/** All rules but one. */
export function without(rules: readonly SamplingRule[], name: string): Members[] {
  return rules
    .filter((rule) => rule.name !== name && !rule.is_default)
    .map((rule) => ({ RuleName: rule.name, ...members(formOf(rule)) }));
}

export interface Moved {
  readonly name: string;
  readonly priority: number;
}

/**
 * The priorities that put a rule one place up (-1) or down (1). One change where there is room between its new neighbours,
 * all in steps of ten where there is not. Nothing when it cannot go further: Default is always the last.
 */
export function moved(rules: readonly SamplingRule[], name: string, by: -1 | 1): Moved[] {
  const own = rules.filter((rule) => !rule.is_default);
  const from = own.findIndex((rule) => rule.name === name);
  const to = from + by;
  const mover = own[from];
  if (!mover || to < 0 || to >= own.length) return [];
  const order = own.filter((rule) => rule !== mover);
  const before = order[to - 1];
  const after = order[to];
  order.splice(to, 0, mover);
  const fitsIn = (priority: number): boolean =>
    priority >= FIRST &&
    priority <= LAST &&
    (!before || before.priority < priority || (before.priority === priority && before.name < name)) &&
    (!after || priority < after.priority || (priority === after.priority && name < after.name));
  const near = [
    after && before ? Math.floor((before.priority + after.priority) / 2) : undefined,
    after ? after.priority - (before ? 1 : 10) : undefined,
    after ? after.priority - 1 : undefined,
    before ? before.priority + 10 : undefined,
    before ? before.priority + 1 : undefined,
    after?.priority,
    before?.priority,
  ].find((priority) => priority !== undefined && fitsIn(priority));
  if (near !== undefined) return [{ name, priority: near }];
  return order
    .map((rule, at) => ({ name: rule.name, priority: (at + 1) * 10, old: rule.priority }))
    .filter((rule) => rule.priority !== rule.old)
    .map(({ name: changed, priority }) => ({ name: changed, priority }));
}

/** How the sampled requests of a window came about; of n requests, s sampled, b of them borrowed. */
export interface Parts {
  readonly requests: number;
  readonly borrowed: number;
  readonly reservoir: number;
  readonly fixed: number;
}

/** The reservoir's part is estimated: r of n leave n - r to the rate, and s = r + rate (n - r). */
export function parts(counts: SamplingCounts | undefined, at: number, rate: number): Parts {
  const requests = counts?.requests[at] ?? 0;
  const sampled = counts?.sampled[at] ?? 0;
  const borrowed = counts?.borrowed[at] ?? 0;
  const taken = rate < 1 ? (sampled - rate * requests) / (1 - rate) : borrowed;
  const bounded = Math.min(Math.max(taken, borrowed), sampled);
  return { requests, borrowed, reservoir: bounded - borrowed, fixed: sampled - bounded };
}

/** What the quota of a client says. */
export function quotaText(client: SamplingClient): string {
  if (client.quota === null) return "borrows";
  return client.quota === 0 ? "rate only" : `${count(client.quota)}/s`;
}
