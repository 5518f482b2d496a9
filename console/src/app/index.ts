/** What pages may use of the app. `main.tsx` is where it begins, `frame.tsx` what is around every page. */
export { serverNow } from "./clock.ts";
export { group } from "./group.ts";
export { groups, reloadGroups } from "./groups.ts";
export { type Key, useKeys } from "./keys.ts";
export { href, traceHref } from "./links.ts";
export { liveMode } from "./live-mode.ts";
export { navigate, path, query } from "./location.ts";
export { isBoolean, isNumber, isStrings, preference, zone } from "./prefs.ts";
export { hasPage } from "./router.ts";
export { theme } from "./theme.ts";
export {
  chooseBetween,
  chooseTime,
  isRelative,
  longest,
  type Range,
  range,
  rangeKey,
  refresh,
  refreshes,
  type TimeChoice,
  timeChoice,
  timeLabel,
} from "./time.ts";
export { useTitle } from "./title.ts";
export { traceId } from "./trace-id.ts";
export {
  type Change,
  type Codec,
  flag,
  interval,
  list,
  number,
  oneOf,
  optionalNumber,
  type Param,
  param,
  setParams,
  text,
  useParam,
} from "./url-state.ts";
