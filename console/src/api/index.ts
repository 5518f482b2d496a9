/**
 * Talking to the server: `/api/v1` (docs of the routes: types.ts), the X-Ray API for groups and what is changed, and the
 * stream of live events. Pages use `useQuery` and the functions of `routes.ts`; nothing else here needs `fetch`.
 */
export { about, askAbout } from "./about.ts";
export { ApiError, getJson, postJson } from "./client.ts";
export { unreachableSince } from "./connection.ts";
export { lastTick, listen, live } from "./live.ts";
export * from "./routes.ts";
export { HISTORY_SECONDS, lookAtStatus, rates, statusHistory } from "./status-history.ts";
export type * from "./types.ts";
export { type Query, useQuery } from "./use-query.ts";
