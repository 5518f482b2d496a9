/** The groups there are, for the picker and the palette: asked when the app starts and when somebody looks. */
import { signal } from "@preact/signals";
import { ApiError } from "../api/client.ts";
import { askGroups } from "../api/routes.ts";
import type { Group } from "../api/types.ts";

export const groups = signal<readonly Group[]>([]);
export const groupsProblem = signal<ApiError | null>(null);

/** X-Ray's own group of all traces; choosing it means choosing none. */
const ALL = "Default";

/** Asks anew; the old list stays until the answer comes. Pages that change groups call this. */
export async function reloadGroups(): Promise<void> {
  try {
    const found = await askGroups();
    groups.value = found.filter((group) => group.GroupName !== ALL);
    groupsProblem.value = null;
  } catch (problem) {
    groupsProblem.value = problem instanceof ApiError ? problem : new ApiError(String(problem), "ConsoleError", -1);
  }
}
