/** What this Radiograph is: asked once when the app starts, and again when the server was away. */
import { signal } from "@preact/signals";
import { getJson } from "./client.ts";
import type { About } from "./types.ts";

export const about = signal<About | null>(null);

/** Asks; keeps what is known when that fails. */
export async function askAbout(): Promise<About | null> {
  try {
    about.value = await getJson<About>("/api/v1/about");
  } catch {
    // The banner says that the server does not answer; there is nothing else to do here.
  }
  return about.peek();
}
