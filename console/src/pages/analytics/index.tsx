/** Analytics: two sets of traces beside each other, what sets slow ones apart, and three questions with their answers. */
import "./style.css";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ApiError } from "../../api/index.ts";
import { group, rangeKey, useKeys, zone } from "../../app/index.ts";
import { clockTime, count, percent } from "../../format/index.ts";
import { counting, ScaledNote, scaled } from "../../trace/index.ts";
import { EmptyState, ErrorState, QueryTime, Skeleton, Tabs } from "../../ui/index.ts";
import { CompareView } from "./compare-view.tsx";
import { ImpactView } from "./impact-view.tsx";
import { type Loaded, type Loader, useLoader, useTraces } from "./load.ts";
import { MOST, oneIn } from "./sample.ts";
import { SlaView } from "./sla-view.tsx";
import { base, narrowTo, TABS, type TabName, tab } from "./state.ts";
import { ThrottlesView } from "./throttles-view.tsx";

const NAMES: Readonly<Record<TabName, string>> = {
  compare: "Compare traces",
  impact: "Who is impacted?",
  throttles: "Where am I throttled?",
  sla: "Do we meet our SLA?",
};

export default function AnalyticsPage() {
  const shown = tab.value;
  const go = (next: TabName): void => tab.set(next, { push: true });
  useKeys(
    "Analytics: questions",
    TABS.map((name, index) => ({ keys: String(index + 1), does: NAMES[name], run: () => go(name) })),
  );
  const loader = useLoader();
  const page = useRef<HTMLDivElement>(null);
  // On a phone not all tabs fit.
  useLayoutEffect(() => {
    page.current
      ?.querySelector("[role=tab][aria-selected=true]")
      ?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [shown]);
  return (
    <div ref={page} class="analytics-page">
      <Tabs label="Questions" tabs={TABS.map((name) => ({ id: name, label: NAMES[name] }))} value={shown} onChange={go}>
        {shown === "throttles" ? (
          <ThrottlesView />
        ) : shown === "sla" ? (
          <SlaView />
        ) : (
          <Traced shown={shown} loader={loader} />
        )}
      </Tabs>
    </div>
  );
}

/** The two views that look at single traces; they share what was loaded. */
function Traced({ shown, loader }: { shown: "compare" | "impact"; loader: Loader }) {
  const question = { group: group.value, filter: base.value };
  const traces = useTraces(loader, JSON.stringify([rangeKey.value, question]), question);
  const found = traces.loaded.value;
  const isScaled = scaled.value;
  const loaded = useMemo(() => found && { ...found, rows: counting(found.rows, isScaled) }, [found, isScaled]);
  const error = traces.error.value;
  const wrong = error !== null && error.position !== null ? error : null;
  return (
    <div class="stack">
      <div class="row wrap analytics-asked">
        <FilterField key={base.value} problem={wrong} />
        {loaded && <SampleNote loaded={loaded} busy={traces.busy.value} />}
        {found && <ScaledNote rows={found.rows} />}
      </div>
      {error && !wrong && <ErrorState error={error} onRetry={traces.again} small={loaded !== null} />}
      {wrong && <Misread filter={base.value} problem={wrong} />}
      {loaded && !wrong ? (
        shown === "compare" ? (
          <CompareView loaded={loaded} stale={traces.stale.value} />
        ) : (
          <ImpactView loaded={loaded} stale={traces.stale.value} />
        )
      ) : (
        !error && <Waiting />
      )}
    </div>
  );
}

function Waiting() {
  return (
    <div class="stack" role="status" aria-label="Loading traces">
      <div class="card analytics-set">
        <Skeleton lines={3} />
      </div>
      <div class="analytics-charts">
        <div class="card analytics-chart analytics-wait" />
        <div class="card analytics-chart analytics-wait" />
      </div>
      <div class="card analytics-chart analytics-wait tall" />
    </div>
  );
}

/** A filter that cannot be read, with the place where it goes wrong. */
function Misread({ filter, problem }: { filter: string; problem: ApiError }) {
  const at = Math.min(problem.position ?? 0, filter.length);
  return (
    <EmptyState icon="filter" title="This filter cannot be read">
      <p class="mono break analytics-misread">
        {filter.slice(0, at)}
        <mark>{filter.slice(at) || "…"}</mark>
      </p>
      <p>Mend it above and press Enter, or load all traces and choose with clicks: that makes an expression too.</p>
    </EmptyState>
  );
}

/** Narrows what is loaded, in the filter language. */
function FilterField({ problem }: { problem: ApiError | null }) {
  const [typed, setTyped] = useState(base.value);
  const changed = typed.trim() !== base.value;
  return (
    <form
      class="analytics-filter"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (changed) narrowTo(typed.trim());
      }}
    >
      <input
        class="input mono"
        aria-label="Filter expression: only traces that match are loaded"
        aria-invalid={problem !== null && !changed}
        aria-describedby="analytics-filter-problem"
        placeholder="All traces. A filter expression loads fewer: service(&quot;orders&quot;) { fault }"
        spellcheck={false}
        autocomplete="off"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && changed) {
            event.preventDefault();
            event.stopPropagation();
            setTyped(base.value);
          }
        }}
      />
      <button type="submit" class="button" disabled={!changed}>
        Load
      </button>
      {base.value !== "" && (
        <button type="button" class="button plain" onClick={() => narrowTo("")}>
          All traces
        </button>
      )}
      <span id="analytics-filter-problem" class="field-problem break" role="alert">
        {problem !== null && !changed ? problem.message : ""}
      </span>
    </form>
  );
}

/** What is looked at: everything, or which part of it. */
function SampleNote({ loaded, busy }: { loaded: Loaded; busy: boolean }) {
  const { rows, share, all, cut, finished, range, reached } = loaded;
  const many = rows.length;
  if (busy && !finished && !cut) {
    const done = (range.end - Math.max(range.start, Math.min(range.end, reached))) / (range.end - range.start);
    return (
      <span class="muted small nowrap analytics-note" role="status">
        <span class="analytics-progress" aria-hidden="true">
          <span style={{ width: `${Math.round(done * 100)}%` }} />
        </span>
        {count(many)} traces so far, back to {clockTime(Math.max(range.start, reached), zone.value)}
      </span>
    );
  }
  if (cut) {
    return (
      <span class="small analytics-note" role="status">
        <strong>The newest {count(many)} only</strong>{" "}
        <span class="muted">
          (back to {clockTime(reached, zone.value)}): more than {count(MOST)} are not loaded. Shorten the time for the
          rest.
        </span>
      </span>
    );
  }
  if (share < 1) {
    return (
      <span class="small analytics-note" role="status">
        <strong>A sample: {oneIn(share)}</strong>{" "}
        <span class="muted">
          ({count(many)} of about {count(all ?? Math.round(many / share))} traces, {percent(share)}). Shares hold for
          all; counts are those of the sample.
        </span>
      </span>
    );
  }
  return (
    <span class="analytics-note" role="status">
      <QueryTime
        what={many === 0 ? "No traces" : many === 1 ? "The 1 trace there is" : `All ${count(many)} traces`}
        tookMs={loaded.tookMs}
      />
    </span>
  );
}
