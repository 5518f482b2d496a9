/** The names of the range in force, for completion; asked once in a while. */
import { askWords } from "../api/index.ts";
import { range, rangeKey } from "../app/index.ts";
import { NO_WORDS, type Words } from "./complete.ts";

const FRESH_MS = 60_000;
let kept: { readonly key: string; readonly at: number; readonly words: Promise<Words> } | null = null;

/** Never fails: without names, the words of the language are completed alone. */
export function wordsOf(): Promise<Words> {
  const key = rangeKey.peek();
  if (kept?.key === key && performance.now() - kept.at < FRESH_MS) return kept.words;
  const words = askWords(range.peek()).catch((): Words => {
    kept = null;
    return NO_WORDS;
  });
  kept = { key, at: performance.now(), words };
  return words;
}
