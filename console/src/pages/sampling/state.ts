/** What is open, in the address; and the draft of keep policies. */
import { signal } from "@preact/signals";
import type { KeepPolicy } from "../../api/index.ts";
import { flag, oneOf, param, setParams, text } from "../../app/index.ts";
import { MATCHERS, type Request } from "./rules.ts";

export type Doing = "" | "new" | "edit" | "copy" | "delete";

export const VIEWS = ["rules", "keep"] as const;
/** Which decision is looked at. */
export const view = param<(typeof VIEWS)[number]>("view", oneOf(...VIEWS), "rules");

/** The other decision: what was open of this one is closed. */
export function go(next: (typeof VIEWS)[number]): void {
  setParams([view.to(next), open.to(""), doing.to("")], { push: true });
}

/** The rule or the policy whose panel is open. */
export const open = param("rule", text, "");
/** What is being done to it; "new" is done to none. */
export const doing = param<Doing>("do", oneOf("", "new", "edit", "copy", "delete"), "");

/** Keep policies that are not in force yet; null while there is no draft. It outlives a look at another page. */
export const draftPolicies = signal<readonly KeepPolicy[] | null>(null);

export const testing = param("test", flag, false);

/** The request that is tried. */
export const asked = Object.fromEntries(MATCHERS.map(({ field }) => [field, param(field, text, "")])) as {
  readonly [Name in keyof Request]: ReturnType<typeof param<string>>;
};

export function show(name: string): void {
  setParams([open.to(name), doing.to("")], { push: true });
}

export function begin(what: Doing, name = ""): void {
  setParams([open.to(name), doing.to(what)], { push: true });
}

/** Back from what is being done to the rule itself, or to the list. */
export function stop(name = ""): void {
  setParams([open.to(name), doing.to("")]);
}
