/** Keep policies as a person drafts them, and what is wrong with them. Pure. */
import type { KeepPolicy } from "../../api/index.ts";
import { percent } from "../../format/index.ts";
import { percentage, percentText, share } from "./rules.ts";

/** What no other policy matches; always the last. */
export const REST = "Rest";
const LONGEST_NAME = 64;
const MOST = 50;

/** What most people want to keep. */
export const USUAL: readonly KeepPolicy[] = [
  { name: "faults", filter: "service() { fault }", share: 1 },
  { name: "throttled", filter: "service() { throttle }", share: 1 },
  { name: "errors", filter: "error", share: 1 },
  { name: "slow", filter: "responsetime > 2", share: 1 },
  { name: REST, filter: "", share: 0.1 },
];

/** Without the figures. */
export function plain(policies: readonly KeepPolicy[]): KeepPolicy[] {
  return policies.map(({ name, filter, share: kept }) => ({ name, filter, share: kept }));
}

export function keepsAll(policies: readonly KeepPolicy[]): boolean {
  return policies.every((policy) => policy.share >= 1);
}

export function alike(a: readonly KeepPolicy[], b: readonly KeepPolicy[]): boolean {
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

export type Change = "same" | "new" | "changed" | "moved";

/** What became of a policy of the draft. */
export function changeOf(draft: readonly KeepPolicy[], at: number, saved: readonly KeepPolicy[]): Change {
  const policy = draft[at];
  const before = saved.findIndex((one) => one.name === policy?.name);
  const old = saved[before];
  if (!policy || !old) return "new";
  if (policy.filter !== old.filter || policy.share !== old.share) return "changed";
  // Those before it that are in both.
  const known = (list: readonly KeepPolicy[], upTo: number, other: readonly KeepPolicy[]): string =>
    JSON.stringify(
      list
        .slice(0, upTo)
        .map((one) => one.name)
        .filter((name) => other.some((one) => one.name === name))
        .sort(),
    );
  return known(draft, at, saved) === known(saved, before, draft) ? "same" : "moved";
}

/** Names of the policies that the draft has no more. */
export function goneFrom(draft: readonly KeepPolicy[], saved: readonly KeepPolicy[]): string[] {
  return saved.map((one) => one.name).filter((name) => !draft.some((one) => one.name === name));
}

/** With a policy in the place of one, or new, before Rest. */
export function withPolicy(
  policies: readonly KeepPolicy[],
  policy: KeepPolicy,
  instead: string | null,
): readonly KeepPolicy[] {
  if (instead !== null) return policies.map((one) => (one.name === instead ? policy : one));
  return [...policies.slice(0, -1), policy, ...policies.slice(-1)];
}

export function withoutPolicy(policies: readonly KeepPolicy[], name: string): readonly KeepPolicy[] {
  return policies.filter((one) => one.name !== name || one.name === REST);
}

/** One place up (-1) or down (1); Rest stays the last. */
export function movedPolicy(policies: readonly KeepPolicy[], name: string, by: -1 | 1): readonly KeepPolicy[] {
  const from = policies.findIndex((one) => one.name === name);
  const to = from + by;
  const mover = policies[from];
  if (!mover || mover.name === REST || to < 0 || to >= policies.length - 1) return policies;
  const order = policies.filter((one) => one !== mover);
  order.splice(to, 0, mover);
  return order;
}

/** Of a trace that matches: `is kept`, `is dropped`, `one of 10 is kept`. */
export function keeps(kept: number): string {
  return kept >= 1 ? "all" : kept <= 0 ? "none" : percent(kept);
}

export interface PolicyForm {
  readonly name: string;
  readonly filter: string;
  /** Percent. */
  readonly share: string;
}

export const NEW: PolicyForm = { name: "", filter: "", share: "100" };

export function policyForm(policy: KeepPolicy): PolicyForm {
  return { name: policy.name, filter: policy.filter, share: percentText(policy.share) };
}

export function policyOf(form: PolicyForm): KeepPolicy {
  return { name: form.name.trim(), filter: form.filter.trim(), share: share(form.share) };
}

/** What is wrong with a form, by field. `taken` are the names of the other policies. */
export function policyProblems(
  form: PolicyForm,
  taken: readonly string[],
  isRest: boolean,
): Partial<Record<keyof PolicyForm, string>> {
  const found: Partial<Record<keyof PolicyForm, string>> = {};
  const wrong = percentage(form.share);
  if (wrong !== null) found.share = wrong;
  if (isRest) return found;
  const name = form.name.trim();
  if (name === "") found.name = "A policy needs a name.";
  else if (name.length > LONGEST_NAME) found.name = `At most ${LONGEST_NAME} characters.`;
  else if (name === REST || taken.includes(name)) found.name = `There is a policy ${name} already.`;
  else if (taken.length > MOST) found.name = `There are ${MOST} policies already, the most there can be.`;
  if (form.filter.trim() === "") found.filter = "A policy needs a filter; Rest is for all other traces.";
  return found;
}
