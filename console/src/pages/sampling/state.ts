/** What is open, in the address. */
import { flag, oneOf, param, setParams, text } from "../../app/index.ts";
import { MATCHERS, type Request } from "./rules.ts";

export type Doing = "" | "new" | "edit" | "copy" | "delete";

/** The rule whose panel is open. */
export const open = param("rule", text, "");
/** What is being done to it; "new" is done to none. */
export const doing = param<Doing>("do", oneOf("", "new", "edit", "copy", "delete"), "");

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
