/** The traces shown, put together by the values of one attribute: how many, how slow, how often they failed. */
import { useMemo } from "preact/hooks";
import type { TraceSummary } from "../../api/index.ts";
import { valueLabel } from "../../filter/attributes.ts";
import { count, duration, percent } from "../../format/index.ts";
import { type Column, EmptyState, OutcomeMark, Select, Table } from "../../ui/index.ts";
import { facetsOf, type ValueRow, valuesOf } from "./rows.ts";
import { groupedBy, groupSort, look } from "./state.ts";

export function GroupedView({ rows }: { rows: readonly TraceSummary[] }) {
  const of = groupedBy.value;
  const values = useMemo(() => valuesOf(rows, of), [rows, of]);
  const columns = useMemo(() => columnsOf(of), [of]);
  return (
    <div class="traces-table traces-grouped">
      <Table
        label={`Traces by ${of}`}
        name="traces-groups"
        rows={values}
        columns={columns}
        rowKey={(row) => row.term.is}
        sort={groupSort.value}
        onSort={(next) => groupSort.set(next)}
        onOpen={(row) => look(row.term)}
        rowTone={(row) => (row.faults > 0 ? "fault" : null)}
        empty={
          <EmptyState title="No trace has a value here">
            <p>Group by something else.</p>
          </EmptyState>
        }
      />
    </div>
  );
}

/** What to group by: what occurs. */
export function GroupBy({ rows }: { rows: readonly TraceSummary[] }) {
  const facets = useMemo(() => facetsOf(rows), [rows]);
  const of = groupedBy.value;
  const options = facets.map(({ attribute }) => ({
    value: attribute.id,
    label: attribute.id.startsWith("annotation.") ? `Annotation ${attribute.label}` : attribute.label,
  }));
  if (!options.some((one) => one.value === of))
    options.unshift({ value: of, label: of.replace(/^annotation\./, "Annotation ") });
  return (
    <Select label="Group by" value={of} options={options} onChange={(next) => groupedBy.set(next, { push: true })} />
  );
}

function columnsOf(of: string): Column<ValueRow>[] {
  return [
    {
      id: "value",
      label: "Value",
      width: "minmax(140px, 3fr)",
      fixed: true,
      sort: (row) => valueLabel(of, row.term.is).label,
      cell: (row) => {
        const { label, hint } = valueLabel(of, row.term.is);
        return (
          <span title={row.term.is}>
            {label} {hint && <span class="faint small">{hint}</span>}
          </span>
        );
      },
    },
    {
      id: "count",
      label: "Traces",
      width: "80px",
      align: "end",
      sort: (row) => row.count,
      cell: (row) => count(row.count),
    },
    {
      id: "share",
      label: "Share",
      width: "minmax(90px, 160px)",
      sort: (row) => row.share,
      from: 560,
      cell: (row) => (
        <span class="traces-response">
          <span class="traces-bar start" aria-hidden="true">
            <span style={{ width: `${Math.max(1, Math.round(row.share * 100))}%` }} />
          </span>
          <span class="traces-percent">{percent(row.share)}</span>
        </span>
      ),
    },
    {
      id: "failed",
      label: "Not OK",
      width: "110px",
      align: "end",
      sort: (row) => row.failed / row.count,
      cell: (row) =>
        row.failed === 0 ? (
          <span class="faint">none</span>
        ) : (
          <span class="traces-failed" data-tip={`${count(row.failed)} of ${count(row.count)}`}>
            <OutcomeMark outcome={row.faults > 0 ? "fault" : "error"} bare />
            {percent(row.failed / row.count)}
          </span>
        ),
    },
    {
      id: "mean",
      label: "Average",
      width: "92px",
      align: "end",
      sort: (row) => row.mean,
      from: 480,
      cell: (row) => duration(row.mean),
    },
    {
      id: "p95",
      label: "p95",
      width: "92px",
      align: "end",
      sort: (row) => row.p95,
      from: 560,
      cell: (row) => duration(row.p95),
    },
  ];
}
