/**
 * A trace in the browser, for every page that shows one: its parts as a tree with the figures that follow from it, the
 * names of types, and what this browser remembers of traces seen. Pages that list traces call `keepTraceList` so that a
 * trace opened from there knows the next and the one before.
 */
export { keepTraceList, listHref, neighbours, remember, type Visited, visited } from "./remembered.ts";
export { scaled } from "./scaled.ts";
export { ScaledNote } from "./scaled-note.tsx";
export { TracePicker } from "./trace-picker.tsx";
export { type Part, partEnd, type TraceTree, treeOf } from "./tree.ts";
export { typeName } from "./type-name.ts";
export { useWindow, type Window } from "./use-window.ts";
export { areWeighted, counting, rank, responses, standFor, times, type Weighted } from "./weights.ts";
export { asked, whatWasAsked } from "./words.ts";
