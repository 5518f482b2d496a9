/** The group whose traces are shown; empty for all traces (X-Ray's group "Default"). */
import { param, text } from "./url-state.ts";

export const group = param("group", text, "");
