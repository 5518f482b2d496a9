/** Says that the traces counted stand for more than themselves, and turns that off and on. */
import type { TraceSummary } from "../api/index.ts";
import { count, plural } from "../format/index.ts";
import { scaled } from "./scaled.ts";
import { areWeighted, standFor } from "./weights.ts";

/** `rows` as they were loaded. */
export function ScaledNote({ rows }: { rows: readonly TraceSummary[] }) {
  if (!areWeighted(rows)) return null;
  const kept = plural(rows.length, "kept trace");
  return (
    <button
      type="button"
      class="scaled-note"
      aria-pressed={scaled.value}
      data-tip={
        scaled.value
          ? "Keep policies kept a share of some traces: counts are scaled to all that came. Click to count the kept ones alone."
          : "Counts are of the traces that keep policies kept. Click to scale them to all that came."
      }
      onClick={() => scaled.set(!scaled.value)}
    >
      {scaled.value ? `Scaled: ${kept} stand for ${count(standFor(rows))}` : `Not scaled: ${kept}`}
    </button>
  );
}
