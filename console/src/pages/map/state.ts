/** What the address says of the map. */
import { computed } from "@preact/signals";
import type { Outcome } from "../../api/index.ts";
import {
  flag,
  group,
  interval,
  list,
  oneOf,
  param,
  type Range,
  range,
  rangeKey,
  setParams,
  text,
} from "../../app/index.ts";

/** The id of the node or edge that the side panel is about; "" for none. */
export const selected = param("select", text, "");
/** The panel's parameters that are about the selection; they go with it. */
const OF_SELECTION = ["outcome", "response", "time"] as const;

/**
 * Selects a node or edge, "" for none: what was chosen of the one before is not meant for it.
 *
 * @param outcome ticked in its panel; null for none.
 */
export function show(id: string, outcome: Outcome | null = null): void {
  const others = OF_SELECTION.map((name): [string, string | null] => [name, name === "outcome" ? outcome : null]);
  setParams([selected.to(id), ...(id === "" ? [alone.to(false)] : []), ...others], { push: true });
}

/** Greys out what does not have these words in its name or type. */
export const find = param("find", text, "");
/** Greys out what has no errors, throttles or faults. */
export const onlyProblems = param("problems", flag, false);
/** Dims everything but what is up- and downstream of the selected node. */
export const alone = param("alone", flag, false);
export const view = param("view", oneOf("map", "list"), "map");
export const sizeBy = param("size", oneOf("same", "traffic", "problems"), "same");
export const inside = param("inside", oneOf("figures", "kind"), "figures");
/** Edges are as wide as their traffic. */
export const wideEdges = param("wide", flag, false);
/** Names of clusters that are expanded, in a map that is too large to be shown whole. */
export const expanded = param("open", list, []);
/** The part of the range that the map shows; null for all of it. The scrubber moves it. */
export const stretch = param("window", interval, null);
/** Marks what was not there in the stretch of the same length before. */
export const whatIsNew = param("new", flag, false);

/** The range of the map: the stretch, or all. */
export const shown = computed<Range>(() => {
  const all = range.value;
  const part = stretch.value;
  if (part === null) return all;
  const start = Math.max(all.start, part[0]);
  const end = Math.min(all.end, part[1]);
  return start < end ? { start, end } : all;
});

/** For the keys of questions about what is shown. */
export const shownKey = computed(
  () => `${stretch.value === null ? rangeKey.value : stretch.value.join(" ")} ${group.value}`,
);
