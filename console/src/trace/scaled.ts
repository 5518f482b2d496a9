/** Whether counts are scaled to all traces that came, in the address. */
import { flag, param } from "../app/index.ts";

export const scaled = param("scaled", flag, true);
