/** What an answer held and how long it took: "120 traces in 38 ms". */
import { duration } from "../format/index.ts";

export function QueryTime({ what, tookMs }: { what: string; tookMs: number | undefined }) {
  return (
    <span class="faint small nowrap">
      {what}
      {tookMs !== undefined && ` in ${duration(tookMs / 1000)}`}
    </span>
  );
}
