/** Where callers are throttled. Counted by the server over all requests, not over a sample. */
import { useMemo } from "preact/hooks";
import { askMap, useQuery } from "../../api/index.ts";
import { group, hasPage, href, param, range, rangeKey, text } from "../../app/index.ts";
import { count, percent, plural } from "../../format/index.ts";
import { Badge, type Column, CopyButton, ErrorState, QueryTime, Skeleton, Table } from "../../ui/index.ts";
import { Answer } from "./answer.tsx";
import { callerName, sources, type Throttled, throttled, throttlesTold } from "./throttles.ts";

const sort = param("calls", text, "-throttled");

export function ThrottlesView() {
  const map = useQuery(["map", rangeKey.value, group.value], (signal) => askMap(range.peek(), group.value, signal));
  const data = map.data;
  const found = useMemo(() => (data ? throttled(data) : []), [data]);
  const columns = useMemo(() => columnsFor(new Set(sources(found).map((one) => one.id))), [found]);
  if (map.error && !data) return <ErrorState error={map.error} onRetry={map.again} />;
  if (!data) return <Skeleton lines={8} />;
  const told = throttlesTold(found);
  const calls = data.edges.reduce((sum, edge) => sum + (edge.kind === "link" ? 0 : edge.stats.total), 0);
  return (
    <div class={`stack dimmable${map.stale ? " stale" : ""}`}>
      <Answer tone={found.length === 0 ? "ok" : "throttle"} headline={told.headline} detail={told.detail} />
      {found.length > 0 && (
        <>
          <div class="row wrap">
            <h2 class="grow">Callers and resources</h2>
            <QueryTime what={plural(calls, "call")} tookMs={map.tookMs} />
          </div>
          <div
            class="card analytics-table"
            style={{ height: `${Math.min(560, 34 + 32 * Math.max(2, found.length) + 2)}px` }}
          >
            <Table
              label="Where callers are throttled"
              name="analytics.throttles"
              rows={found}
              columns={columns}
              rowKey={(row) => row.id}
              sort={sort.value}
              onSort={(next) => sort.set(next)}
            />
          </div>
        </>
      )}
      <p class="faint small">
        Every call of the group in this time is counted, as its caller saw it; chips and filters do not apply. A caller
        that is throttled often hands the refusal on to its own callers: only the resource marked as source refused by
        itself.
      </p>
    </div>
  );
}

function columnsFor(origins: ReadonlySet<string>): Column<Throttled>[] {
  const traces = hasPage("/traces");
  return [
    {
      id: "resource",
      label: "Resource",
      width: "minmax(136px, 2fr)",
      fixed: true,
      sort: (row) => row.resource.name,
      cell: (row) => (
        <span class="row" data-tip={row.resource.type || undefined}>
          <span class="cut">{row.resource.name}</span>
          {origins.has(row.id) && <Badge tone="throttle">source</Badge>}
        </span>
      ),
    },
    {
      id: "caller",
      label: "Caller",
      width: "minmax(70px, 1fr)",
      sort: (row) => callerName(row),
      cell: (row) => callerName(row),
    },
    {
      id: "throttled",
      label: "Throttled",
      width: "104px",
      align: "end",
      sort: (row) => row.throttled,
      cell: (row) => <strong>{count(row.throttled)}</strong>,
    },
    {
      id: "share",
      label: "Of the calls",
      width: "minmax(110px, 1fr)",
      from: 460,
      sort: (row) => row.share,
      cell: (row) => (
        <span class="row">
          <span class="analytics-meter" aria-hidden="true">
            <span class="throttle" style={{ width: `${row.share * 100}%` }} />
          </span>
          <span>{percent(row.share)}</span>
        </span>
      ),
    },
    {
      id: "calls",
      label: "Calls",
      width: "84px",
      align: "end",
      from: 560,
      sort: (row) => row.calls,
      cell: (row) => count(row.calls),
    },
    {
      id: "traces",
      label: traces ? "Traces" : "Filter",
      width: "72px",
      cell: (row) =>
        traces ? (
          <a href={href("/traces", { filter: row.filter })}>
            View
            <span class="sr">
              {" "}
              calls of {callerName(row)} that {row.resource.name} throttled
            </span>
          </a>
        ) : (
          <CopyButton text={row.filter} label="Copy the filter expression" />
        ),
    },
  ];
}
