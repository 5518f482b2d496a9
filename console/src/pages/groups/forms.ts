/** What a person fills in for a group, what is wrong with it, and the requests to X-Ray's API that it makes. Pure. */
import type { Group } from "../../api/index.ts";

/** A group as GetGroups tells it, whole. */
export interface FullGroup extends Group {
  readonly InsightsConfiguration?: { readonly InsightsEnabled?: boolean; readonly NotificationsEnabled?: boolean };
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface Form {
  readonly name: string;
  readonly filter: string;
  readonly insights: boolean;
  readonly notifications: boolean;
  readonly tags: readonly Tag[];
}

/** X-Ray's group of all traces: it has no filter, and stays. */
export const DEFAULT = "Default";
const LONGEST_NAME = 32;
const MOST_TAGS = 50;

export const EMPTY: Form = { name: "", filter: "", insights: false, notifications: false, tags: [] };

export function formOf(group: FullGroup, tags: readonly Tag[] = []): Form {
  return {
    name: group.GroupName,
    filter: group.FilterExpression ?? "",
    insights: group.InsightsConfiguration?.InsightsEnabled === true,
    notifications: group.InsightsConfiguration?.NotificationsEnabled === true,
    tags,
  };
}

/** Why a new name cannot be; null when it can. */
export function nameProblem(name: string, taken: readonly string[]): string | null {
  if (name === "") return "A group needs a name.";
  if (!/^[A-Za-z0-9_-]+$/.test(name)) return "Letters (A-Z, a-z), digits, hyphens and underscores only.";
  if (name.length > LONGEST_NAME) return `At most ${LONGEST_NAME} characters.`;
  if (taken.includes(name)) return `There is a group ${name} already.`;
  return null;
}

/** `slow-clone`, `slow-clone-2`, ...: free, and not too long. */
export function cloneName(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const end = number === 1 ? "-clone" : `-clone-${number}`;
    const found = name.slice(0, LONGEST_NAME - end.length) + end;
    if (!taken.includes(found)) return found;
  }
}

/** Why tags cannot be; null when they can. Rows without key and value are nothing. */
export function tagProblem(tags: readonly Tag[]): string | null {
  const used = filled(tags);
  const keys = used.map((tag) => tag.Key);
  if (keys.includes("")) return "A tag needs a key.";
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) return `The tag ${twice} is there twice.`;
  const reserved = keys.find((key) => key.toLowerCase().startsWith("aws:"));
  if (reserved !== undefined) return "Keys that begin with aws: are reserved.";
  return used.length > MOST_TAGS ? `At most ${MOST_TAGS} tags.` : null;
}

export function filled(tags: readonly Tag[]): Tag[] {
  return tags
    .map(({ Key, Value }) => ({ Key: Key.trim(), Value: Value.trim() }))
    .filter((tag) => tag.Key !== "" || tag.Value !== "");
}

function insightsOf({ insights, notifications }: Form) {
  // The second without the first is refused.
  return { InsightsEnabled: insights, NotificationsEnabled: insights && notifications };
}

/** For CreateGroup. */
export function createRequest(form: Form): Record<string, unknown> {
  const tags = filled(form.tags);
  return {
    GroupName: form.name,
    ...(form.filter.trim() === "" ? {} : { FilterExpression: form.filter.trim() }),
    InsightsConfiguration: insightsOf(form),
    ...(tags.length === 0 ? {} : { Tags: tags }),
  };
}

/** For UpdateGroup: a filter that was not touched is not sent, so that it does not count as changed. */
export function updateRequest(form: Form, before: FullGroup): Record<string, unknown> {
  const filter = form.filter.trim();
  return {
    GroupName: before.GroupName,
    ...(filter === (before.FilterExpression ?? "") ? {} : { FilterExpression: filter }),
    InsightsConfiguration: insightsOf(form),
  };
}

/** What to call TagResource and UntagResource with. */
export function tagChanges(
  before: readonly Tag[],
  after: readonly Tag[],
): { readonly put: Tag[]; readonly forget: string[] } {
  const wanted = filled(after);
  const old = new Map(before.map((tag) => [tag.Key, tag.Value]));
  return {
    put: wanted.filter((tag) => old.get(tag.Key) !== tag.Value),
    forget: before.map((tag) => tag.Key).filter((key) => !wanted.some((tag) => tag.Key === key)),
  };
}
