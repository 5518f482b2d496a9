/** The trace as X-Ray gives it, its documents opened up. A search leaves the documents in which every word occurs. */
import { useMemo } from "preact/hooks";
import type { Json, Query } from "../../api/index.ts";
import { ErrorState, JsonTree, Skeleton } from "../../ui/index.ts";
import { asXRay, withWords } from "./search.ts";

export function Raw({ query, typed }: { query: Query<Json>; typed: string }) {
  const raw = query.data;
  const shown = useMemo(() => (raw === undefined ? undefined : withWords(asXRay(raw), typed)), [raw, typed]);
  if (query.error && raw === undefined) return <ErrorState small error={query.error} onRetry={query.again} />;
  return (
    <div class="trace-raw">
      {/* Another search begins with a tree that is open again. */}
      {shown === undefined ? (
        <Skeleton lines={8} />
      ) : (
        <JsonTree key={typed} value={shown} label="Copy the trace" open={4} />
      )}
    </div>
  );
}
