/** Whether the server answers. Whoever talks to it reports here; the banner shows it and asks again until it does. */
import { signal } from "@preact/signals";

/** Since when nothing answers, milliseconds of the browser's clock; null while all is well. */
export const unreachableSince = signal<number | null>(null);

/** Reports that nothing answered. */
export function unreachable(): void {
  unreachableSince.value ??= Date.now();
}

/** Reports an answer, whichever. */
export function reached(): void {
  if (unreachableSince.peek() !== null) unreachableSince.value = null;
}
