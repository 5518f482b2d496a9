/** What is selected on the page of a trace, in the address. */
import { flag, oneOf, param, text } from "../../app/index.ts";
import { foldCodec, NOTHING_FOLDED } from "./fold.ts";
import { zoomCodec } from "./viewport.ts";

export const VIEWS = ["waterfall", "flame", "table", "raw"] as const;
export type View = (typeof VIEWS)[number];

export const TABS = ["overview", "resources", "annotations", "metadata", "exceptions", "sql", "links", "raw"] as const;
export type PanelTab = (typeof TABS)[number];

export const view = param<View>("view", oneOf(...VIEWS), "waterfall");
/** The entity whose panel is open. */
export const open = param("entity", text, "");
export const tab = param<PanelTab>("tab", oneOf(...TABS), "overview");
/** What is searched for. */
export const find = param("find", text, "");
/** The stretch of time shown, seconds after the trace's start; nothing: all. */
export const zoom = param("zoom", zoomCodec, null);
/** What is folded in the waterfall. */
export const fold = param("fold", foldCodec, NOTHING_FOLDED);
/** In the order of calls, or each service for itself. */
export const order = param<"calls" | "services">("order", oneOf("calls", "services"), "calls");
/** Whether the critical path is marked. */
export const critical = param("critical", flag, true);
/** Of the table. */
export const sort = param("sort", text, "start");
