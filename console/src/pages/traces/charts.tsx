/** Response time over time, and its distribution, of the traces shown. Dragging over either asks for that piece. */
import { useMemo } from "preact/hooks";
import type { TraceSummary } from "../../api/index.ts";
import { HeatMap, Histogram } from "../../charts/index.ts";
import { responseOf } from "../../filter/expression.ts";
import { duration } from "../../format/index.ts";
import { Icon, OUTCOME_NAMES, OUTCOMES } from "../../ui/index.ts";
import type { Loaded } from "./load.ts";
import { bins, heat, periodOf } from "./rows.ts";
import { filter, narrow, narrowResponse } from "./state.ts";

export function Charts({ loaded, rows }: { loaded: Loaded; rows: readonly TraceSummary[] }) {
  const { range, finished, reached } = loaded;
  // What was not searched has nothing to show.
  const start = finished ? range.start : Math.max(range.start, Math.min(Math.floor(reached), range.end - 1));
  const period = periodOf(start, range.end);
  const columns = useMemo(() => heat(rows, start, period), [rows, start, period]);
  const series = useMemo(
    () =>
      OUTCOMES.map((outcome) => ({
        id: outcome,
        label: OUTCOME_NAMES[outcome],
        tone: outcome,
        bins: bins(rows.filter((row) => row.outcome === outcome)),
      })),
    [rows],
  );
  const asked = responseOf(filter.value);
  return (
    <div class="traces-charts">
      <section class="traces-chart" aria-label="Response time over time">
        <h2 class="traces-chart-title">
          Response time over time <span class="faint">drag to look closer</span>
        </h2>
        <HeatMap
          label="Response time over time"
          columns={columns}
          period={period}
          start={start}
          end={range.end}
          selection={null}
          onSelect={(patch) => patch && narrow(patch.from, patch.to, patch.low, patch.high)}
          height={144}
        />
      </section>
      <section class="traces-chart traces-distribution" aria-label="Response time distribution">
        <div class="row traces-chart-title">
          <h2 class="grow cut">Distribution</h2>
          {asked && (
            <button
              type="button"
              class="traces-asked"
              aria-label="Take the response time out of the query"
              data-tip="Take it out of the query"
              onClick={() => narrowResponse(null)}
            >
              {duration(asked[0])} – {duration(asked[1])}
              <Icon name="close" size={10} />
            </button>
          )}
        </div>
        <Histogram
          label="Response time"
          series={series}
          mode="count"
          axis="log"
          selection={null}
          onSelect={(stretch) => stretch && narrowResponse(stretch)}
          height={144}
        />
      </section>
    </div>
  );
}
