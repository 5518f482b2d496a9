/** Which of the app's own windows is open. */
import { signal } from "@preact/signals";

export const paletteOpen = signal(false);
export const helpOpen = signal(false);
