/** The page that the address names. */
import { computed } from "@preact/signals";
import { pages } from "../pages/index.ts";
import { path } from "./location.ts";
import { match } from "./match.ts";

/** The page shown. */
export const current = computed(() => match(pages, path.value));

/** Whether a path leads to a page: links to pages that this build does not have are left out. */
export function hasPage(wanted: string): boolean {
  return match(pages, wanted) !== null;
}
