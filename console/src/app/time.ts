/** The time range that everything on screen is about: `?last=15m`, or `?from=...&to=...` in epoch seconds. */
import { computed, signal } from "@preact/signals";
import { about } from "../api/about.ts";
import { clockTime, day, zoneName } from "../format/times.ts";
import { serverNow } from "./clock.ts";
import { optionalNumber, span, spanText } from "./codecs.ts";
import { zone } from "./prefs.ts";
import { type Change, param, setParams } from "./url-state.ts";

/** What was chosen. */
export type TimeChoice =
  | { readonly kind: "last"; readonly seconds: number }
  | { readonly kind: "between"; readonly from: number; readonly to: number };

/** What that means now, epoch seconds; `end` is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export const DEFAULT_SPAN = 900;

const last = param("last", span, DEFAULT_SPAN);
const from = param("from", optionalNumber, null);
const to = param("to", optionalNumber, null);

/** When the question was last put; refreshing moves it. */
export const askedAt = signal(serverNow());

/** How often the person or the live mode asked anew. Queries follow it. */
export const refreshes = signal(0);

export const timeChoice = computed<TimeChoice>(() => {
  const start = from.value;
  const end = to.value;
  if (start !== null && end !== null && start < end) return { kind: "between", from: start, to: end };
  return { kind: "last", seconds: Math.min(last.value, longest.value) };
});

/** The longest range that the server answers, seconds. */
export const longest = computed(() => (about.value?.query_hours ?? 6) * 3600);

/** The range in force. Relative ranges end now, where now is the last refresh. */
export const range = computed<Range>(() => {
  const choice = timeChoice.value;
  if (choice.kind === "between") return { start: choice.from, end: choice.to };
  // Whole seconds, so that addresses and caches are tidy; up, so that the last second is in it.
  const end = Math.ceil(askedAt.value);
  return { start: end - choice.seconds, end };
});

/** Names the choice, for the keys of queries: stays the same while "the last 15 minutes" move on. */
export const rangeKey = computed(() => {
  const choice = timeChoice.value;
  return choice.kind === "last" ? `last ${choice.seconds}` : `${choice.from} ${choice.to}`;
});

/** Whether the range ends now; live mode makes no sense otherwise. */
export const isRelative = computed(() => timeChoice.value.kind === "last");

/** What changes in the address for a choice; for links. */
export function timeChanges(choice: TimeChoice): Change[] {
  return choice.kind === "last"
    ? [last.to(choice.seconds), from.to(null), to.to(null)]
    : [last.to(DEFAULT_SPAN), from.to(tidy(choice.from)), to.to(tidy(choice.to))];
}

function tidy(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Chooses a range; a step for the back button. */
export function chooseTime(choice: TimeChoice): void {
  askedAt.value = serverNow();
  setParams(timeChanges(choice), { push: true });
}

/** Chooses the range between two moments, such as a brush gives. At least a second long. */
export function chooseBetween(start: number, end: number): void {
  chooseTime({ kind: "between", from: Math.floor(start), to: Math.max(Math.ceil(end), Math.floor(start) + 1) });
}

/** Moves the range by its own length: -1 earlier, 1 later. Never past now. */
export function stepTime(direction: -1 | 1): void {
  const { start, end } = range.peek();
  const length = end - start;
  const now = Math.ceil(serverNow());
  const moved = Math.min(end + direction * length, now);
  chooseTime({ kind: "between", from: moved - length, to: moved });
}

/** Twice as long around the same middle, within what the server answers and never past now. */
export function zoomOut(): void {
  const choice = timeChoice.peek();
  if (choice.kind === "last") {
    chooseTime({ kind: "last", seconds: Math.min(choice.seconds * 2, longest.peek()) });
    return;
  }
  const { start, end } = range.peek();
  const length = Math.min((end - start) * 2, longest.peek());
  const right = Math.min((start + end) / 2 + length / 2, Math.max(end, serverNow()));
  chooseBetween(right - length, right);
}

/** Puts every question on screen again. */
export function refresh(): void {
  askedAt.value = serverNow();
  refreshes.value += 1;
}

export { spanText };

/** How the choice reads: `Last 15m`, or `25 Nov 14:00 – 14:30 UTC`. */
export const timeLabel = computed(() => {
  const choice = timeChoice.value;
  if (choice.kind === "last") return `Last ${spanText(choice.seconds)}`;
  const inZone = zone.value;
  const precision = choice.to - choice.from < 300 ? "second" : "minute";
  const days = [day(choice.from, inZone), day(choice.to, inZone)];
  const left = `${days[0]} ${clockTime(choice.from, inZone, precision)}`;
  const right = clockTime(choice.to, inZone, precision);
  return `${left} – ${days[0] === days[1] ? right : `${days[1]} ${right}`} ${zoneName(choice.from, inZone)}`;
});
