/** Live mode: while it is on and the range ends now, what is on screen is asked again when there is something new. */
import { effect } from "@preact/signals";
import { lastTick, listen, live } from "../api/live.ts";
import { chooseTime, isRelative, range, refresh } from "./time.ts";
import { flag, param } from "./url-state.ts";

/** `?live=1`. */
export const liveMode = param("live", flag, false);

/** Asking more often than this is restless, and no better. */
const LEAST_MS = 2_000;
/** Without the stream, the clock says when. */
const WITHOUT_STREAM_MS = 5_000;

/** Turns it on or off; on also makes the range end now. */
export function toggleLive(): void {
  const on = !liveMode.value;
  if (on && !isRelative.peek()) {
    const { start, end } = range.peek();
    chooseTime({ kind: "last", seconds: Math.max(60, Math.round((end - start) / 60) * 60) });
  }
  liveMode.set(on);
  if (on) refresh();
}

/** Runs the mode for as long as the app lives. */
export function runLiveMode(): () => void {
  let stopListening: (() => void) | null = null;
  let committed = -1;
  let last = 0;
  let clock: ReturnType<typeof setInterval> | undefined;
  const stop = effect(() => {
    const on = liveMode.value && isRelative.value;
    if (on && !stopListening) {
      stopListening = listen();
      clock = setInterval(() => {
        if (!live.peek() && document.visibilityState === "visible") refresh();
      }, WITHOUT_STREAM_MS);
    } else if (!on && stopListening) {
      stopListening();
      stopListening = null;
      clearInterval(clock);
    }
  });
  const stopFollowing = effect(() => {
    const tick = lastTick.value;
    if (!tick || !liveMode.value || !isRelative.value) return;
    const now = performance.now();
    // Time goes on without anything new as well: now and then, so that old things leave the picture.
    const due = tick.committed !== committed ? LEAST_MS : 5 * LEAST_MS;
    if (now - last < due - 100) return;
    committed = tick.committed;
    last = now;
    queueMicrotask(refresh);
  });
  return () => {
    stop();
    stopFollowing();
    stopListening?.();
    clearInterval(clock);
  };
}
