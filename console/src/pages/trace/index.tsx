/** A trace: what was asked and what came of it, why, where, and when each part was at work. */
import "./style.css";
import { useEffect, useMemo } from "preact/hooks";
import { about, askTrace, useQuery } from "../../api/index.ts";
import { traceId, useTitle } from "../../app/index.ts";
import { asked, remember, treeOf } from "../../trace/index.ts";
import { ErrorState, Skeleton } from "../../ui/index.ts";
import type { PageProps } from "../registry.ts";
import { NoSuchTrace, NoTraceId } from "./not-found.tsx";
import { Shown } from "./shown.tsx";

/** While a trace is incomplete, the page looks again: so often, and no longer than this after its beginning. */
const AGAIN_MS = 3_000;
const AGAIN_UNTIL_SECONDS = 300;

export default function TracePage({ params }: PageProps) {
  const given = params.id ?? "";
  const id = traceId(given);
  // Each trace begins anew.
  return id === null ? <NoTraceId given={given} /> : <TraceOf key={id} id={id} />;
}

function TraceOf({ id }: { id: string }) {
  const query = useQuery(["trace", id], (signal) => askTrace(id, signal), { still: true });
  const trace = query.data;
  const tree = useMemo(() => (trace ? treeOf(trace) : null), [trace]);
  useTitle(trace ? asked(trace.summary) : "Trace");

  useEffect(() => {
    if (!trace) return;
    remember({
      id: trace.id,
      asked: asked(trace.summary),
      outcome: trace.outcome,
      duration: trace.duration,
      start: trace.start,
    });
  }, [trace]);

  const growing = trace?.partial === true && trace.now - trace.start < AGAIN_UNTIL_SECONDS;
  useEffect(() => {
    if (!growing) return;
    const timer = setTimeout(() => {
      if (document.visibilityState === "visible") query.again();
    }, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [growing, trace, query]);

  if (!trace || !tree) {
    if (query.error?.status === 404) {
      return <NoSuchTrace id={id} retentionDays={about.value?.retention_days ?? null} onRetry={query.again} />;
    }
    if (query.error) return <ErrorState error={query.error} onRetry={query.again} />;
    return <Waiting />;
  }
  return <Shown trace={trace} tree={tree} growing={growing} onAgain={query.again} />;
}

/** The shape of the page before its answer. */
function Waiting() {
  return (
    <div class="trace-waiting" aria-busy="true">
      <span class="sr" role="status">
        Loading the trace
      </span>
      <Skeleton lines={2} />
      <div class="trace-waiting-cards">
        <Skeleton lines={5} class="card" />
        <Skeleton lines={5} class="card" />
      </div>
      <Skeleton lines={12} />
    </div>
  );
}
