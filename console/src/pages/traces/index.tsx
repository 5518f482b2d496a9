/** Traces: what was asked for, as a heat map, a table, and what the traces have in common. */
import "./style.css";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { TraceSummary } from "../../api/index.ts";
import { group, liveMode, navigate, rangeKey, traceHref, useKeys } from "../../app/index.ts";
import { FilterBox } from "../../filter/filter-box.tsx";
import { counting, ScaledNote, scaled } from "../../trace/index.ts";
import { Button, ErrorState, IconButton } from "../../ui/index.ts";
import { Charts } from "./charts.tsx";
import { Misread, Nothing, Waiting } from "./empty.tsx";
import { GroupedView } from "./groups-view.tsx";
import { List } from "./list.tsx";
import { type Loaded, type Loader, useLoader } from "./load.ts";
import { Preview } from "./preview.tsx";
import { Refine } from "./refine.tsx";
import { fits } from "./rows.ts";
import {
  filter,
  flipRefine,
  lookAtTheClock,
  open,
  paused,
  run,
  showsCharts,
  showsRefine,
  startTail,
  tellColumns,
  terms,
  view,
} from "./state.ts";
import { Foot, OutcomeChips, ScanNote, Ticked } from "./summary.tsx";
import { resume, Toolbar } from "./toolbar.tsx";

const CLOCK_MS = 5_000;
const NONE: readonly TraceSummary[] = [];

export default function TracesPage() {
  const question = { group: group.value, filter: filter.value };
  const loader = useLoader(JSON.stringify([rangeKey.value, question]), question);
  const [wanted, setWanted] = useState(0);
  useEffect(tellColumns, []);
  const loaded = loader.loaded.value;
  useEffect(() => {
    lookAtTheClock();
    const timer = setInterval(lookAtTheClock, CLOCK_MS);
    return () => clearInterval(timer);
  }, [loaded]);
  const error = loader.error.value;
  const stale = loader.stale.value;
  const chosen = terms.value;
  const rows = loaded?.rows ?? NONE;
  const shown = useMemo(() => (chosen.length === 0 ? rows : rows.filter((row) => fits(row, chosen))), [rows, chosen]);
  const counted = counting(rows, scaled.value);
  const misread =
    error !== null && error.position !== null ? { position: error.position, message: error.message } : null;
  useKeys("Traces", [
    { keys: "f", does: "Edit the filter", run: () => setWanted((before) => before + 1) },
    { keys: "e", does: "Refine: show or hide", run: flipRefine },
    { keys: "c", does: "Charts: show or hide", run: () => (showsCharts.value = !showsCharts.value) },
    {
      keys: "p",
      does: "Live tail: start, pause, go on",
      run: () => (!liveMode.value ? startTail() : paused.value ? resume(loader) : paused.set(true)),
    },
  ]);

  return (
    <div class="fill traces-page">
      <div class="traces-head">
        <FilterBox
          value={filter.value}
          onRun={run}
          onTrace={(id) => navigate(traceHref(id))}
          problem={misread}
          wanted={wanted}
        />
        <div class="traces-summary row wrap">
          {rows.length > 0 && !misread && <OutcomeChips rows={counted} chosen={chosen} />}
          {!misread && <ScaledNote rows={rows} />}
          <span class="grow" />
          {loaded && !misread && <ScanNote loader={loader} loaded={loaded} shown={shown.length} />}
          {rows.length > 0 && !misread && (
            <>
              <IconButton
                icon="analytics"
                label={showsCharts.value ? "Hide the charts" : "Show the charts"}
                keys="c"
                aria-pressed={showsCharts.value}
                onClick={() => {
                  showsCharts.value = !showsCharts.value;
                }}
              />
              <IconButton
                icon="panel"
                label={showsRefine.value ? "Hide refining" : "Show refining"}
                keys="e"
                aria-pressed={showsRefine.value}
                onClick={flipRefine}
              />
            </>
          )}
        </div>
        {chosen.length > 0 && loaded && !misread && <Ticked chosen={chosen} shown={shown.length} all={rows.length} />}
      </div>
      {error && !misread && loaded && <ErrorState error={error} onRetry={loader.again} small />}
      {misread ? (
        <Misread />
      ) : loaded ? (
        <Found loader={loader} loaded={loaded} rows={shown} stale={stale} />
      ) : error ? (
        <ErrorState error={error} onRetry={loader.again} />
      ) : (
        <Waiting />
      )}
    </div>
  );
}

function Found({
  loader,
  loaded,
  rows,
  stale,
}: {
  loader: Loader;
  loaded: Loaded;
  rows: readonly TraceSummary[];
  stale: boolean;
}) {
  const nothing = loaded.rows.length === 0;
  const busy = loader.busy.value;
  const counted = counting(rows, scaled.value);
  if (nothing && loaded.finished) return <Nothing loaded={loaded} />;
  if (nothing && busy) return <Waiting />;
  return (
    <div class={`split traces-split dimmable${stale ? " stale" : ""}`}>
      {showsRefine.value && (
        <nav class="traces-refine" aria-label="Refine">
          <div class="traces-refine-head row">
            <h2 class="grow">Refine</h2>
            <span class="faint small" data-tip="Traces and their average response time, among those loaded">
              traces · average
            </span>
            <Button class="traces-refine-done" onClick={flipRefine}>
              Done
            </Button>
          </div>
          <Refine rows={counting(loaded.rows, scaled.value)} />
        </nav>
      )}
      <div class="traces-main grow">
        {showsCharts.value && <Charts loaded={loaded} rows={counted} />}
        <Toolbar loader={loader} rows={rows} />
        {view.value === "groups" ? <GroupedView rows={counted} /> : <List loader={loader} rows={rows} />}
        <Foot loader={loader} loaded={loaded} />
      </div>
      {open.value !== "" && <Preview id={open.value} row={loaded.rows.find((row) => row.id === open.value)} />}
    </div>
  );
}
