/**
 * The figures of `/api/status` of the last minutes. Radiograph keeps totals, not their past, so the console remembers what it
 * saw: the frame looks every ten seconds, the status page every second.
 */
import { signal } from "@preact/signals";
import { askStatus } from "./routes.ts";
import type { Status } from "./types.ts";

/** So long they are kept, seconds. */
export const HISTORY_SECONDS = 300;

/** Newest last. */
export const statusHistory = signal<readonly Status[]>([]);

/** Looks now, and keeps what it saw. */
export async function lookAtStatus(signal?: AbortSignal): Promise<Status> {
  const found = await askStatus(signal);
  const before = statusHistory.peek();
  const last = before.at(-1);
  // Another process, or the same one with a clock that was put back: its totals have nothing to do with these.
  const same = last !== undefined && last.started === found.started && last.now <= found.now;
  const kept = same ? before.filter((one) => one.now > found.now - HISTORY_SECONDS) : [];
  statusHistory.value = [...kept, found];
  return found;
}

/** How fast a total grew, per second, between one look and the next. */
export function rates(history: readonly Status[], of: (status: Status) => number): { at: number; value: number }[] {
  const found: { at: number; value: number }[] = [];
  for (let index = 1; index < history.length; index += 1) {
    const before = history[index - 1];
    const after = history[index];
    if (!before || !after) continue;
    const seconds = after.now - before.now;
    if (seconds > 0.2) found.push({ at: after.now, value: Math.max(0, of(after) - of(before)) / seconds });
  }
  return found;
}
