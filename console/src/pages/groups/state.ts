/** What is open, in the address; and the tags, which this server may not tell. */
import { signal } from "@preact/signals";
import { type ApiError, postJson } from "../../api/index.ts";
import { isBoolean, oneOf, param, preference, setParams, text } from "../../app/index.ts";
import type { FullGroup, Tag } from "./forms.ts";

export type Doing = "" | "new" | "edit" | "clone" | "delete";

/** What is being done ... */
export const doing = param<Doing>("do", oneOf("", "new", "edit", "clone", "delete"), "");
/** ... and to which group. */
export const about = param("name", text, "");
export const sort = param("sort", text, "name");

export function begin(what: Doing, name = ""): void {
  setParams([doing.to(what), about.to(name)], { push: true });
}

export function stop(): void {
  setParams([doing.to(""), about.to("")]);
}

/** Whether the person wants to see tags; they cost a question per group. */
export const showTags = preference("groups.tags", false, isBoolean);
/** By ARN. */
export const tags = signal<ReadonlyMap<string, readonly Tag[]>>(new Map());
/** Why tags cannot be shown, in the server's words: a version without tagging says so. */
export const tagsProblem = signal<ApiError | null>(null);

export async function loadTags(groups: readonly FullGroup[], stopped: AbortSignal): Promise<void> {
  const found = new Map<string, readonly Tag[]>();
  for (const { GroupARN } of groups) {
    const answer = await postJson<{ Tags?: readonly Tag[] }>(
      "/ListTagsForResource",
      { ResourceARN: GroupARN },
      { signal: stopped, again: true },
    );
    found.set(GroupARN, answer.Tags ?? []);
  }
  tags.value = found;
}
