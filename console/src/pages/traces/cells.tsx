/** What the table shows of a trace. Everything in it is text that somebody sent. */
import type { TraceSummary } from "../../api/index.ts";
import { traceHref, zone } from "../../app/index.ts";
import { ago, clockTime, dateTime, duration } from "../../format/index.ts";
import { times, whatWasAsked } from "../../trace/index.ts";
import { type Column, Icon, OUTCOMES, OutcomeMark } from "../../ui/index.ts";
import { COLUMN_LABELS, type ColumnName } from "./columns.ts";
import { causeOf } from "./rows.ts";
import { now } from "./state.ts";

type Cell = Omit<Column<TraceSummary>, "id" | "label" | "fixed">;

const nothing = <span class="faint">–</span>;

function words(values: readonly string[]) {
  return values.length === 0 ? nothing : <span title={values.join(", ")}>{values.join(", ")}</span>;
}

/** The address without the host, which is the same in most rows; all of it on hovering. */
export function pathOf(url: string): string {
  const found = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*([/?#].*)$/i.exec(url);
  return found?.[1] ?? url;
}

export function annotationsOf(row: TraceSummary): string[] {
  return Object.entries(row.annotations).map(([key, values]) => `${key}=${values.join("|")}`);
}

const CELLS: Readonly<Record<ColumnName, Cell>> = {
  time: {
    width: "132px",
    sort: (row) => row.start,
    cell: (row) => (
      <span class="traces-time" data-tip={dateTime(row.start, zone.value, "ms")}>
        {clockTime(row.start, zone.value)}
        <span class="faint traces-age">{ago(row.start, now.value)}</span>
      </span>
    ),
  },
  outcome: {
    width: "92px",
    sort: (row) => OUTCOMES.indexOf(row.outcome),
    cell: (row) => (
      <>
        <OutcomeMark outcome={row.outcome} />
        {row.partial && (
          <span class="traces-partial" data-tip="Parts are missing or still in progress">
            <Icon name="clock" size={12} />
            <span class="sr">Incomplete</span>
          </span>
        )}
      </>
    ),
  },
  status: {
    width: "64px",
    align: "end",
    sort: (row) => row.status,
    from: 560,
    cell: (row) => row.status ?? nothing,
  },
  method: {
    width: "72px",
    sort: (row) => row.method,
    from: 720,
    cell: (row) => row.method ?? nothing,
  },
  url: {
    width: "minmax(140px, 1.3fr)",
    sort: (row) => row.url,
    cell: (row) => (
      <a class="traces-link" href={traceHref(row.id)} tabIndex={-1} title={whatWasAsked(row)}>
        {row.url === null ? (row.entry?.name ?? row.id) : pathOf(row.url)}
      </a>
    ),
  },
  // The bar needs to know the slowest: columnsOf puts the cell in.
  response: { width: "124px", align: "end", sort: (row) => row.response, cell: () => null },
  duration: {
    width: "92px",
    align: "end",
    sort: (row) => row.duration,
    from: 720,
    cell: (row) => duration(row.duration),
  },
  user: {
    width: "minmax(72px, 0.6fr)",
    sort: (row) => row.users[0] ?? null,
    from: 720,
    cell: (row) => words(row.users),
  },
  entry: {
    width: "minmax(80px, 0.8fr)",
    sort: (row) => row.entry?.name ?? null,
    from: 720,
    cell: (row) => (row.entry ? <span title={row.entry.type}>{row.entry.name}</span> : nothing),
  },
  services: {
    width: "minmax(96px, 1.3fr)",
    sort: (row) => row.services.length,
    from: 860,
    cell: (row) => words(row.services.map((one) => one.name)),
  },
  annotations: {
    width: "minmax(120px, 1.4fr)",
    from: 860,
    cell: (row) => words(annotationsOf(row)),
  },
  cause: {
    width: "minmax(96px, 1.6fr)",
    sort: (row) => causeOf(row).text || null,
    from: 720,
    cell: (row) => {
      const { kind, text } = causeOf(row);
      if (kind === "none") return nothing;
      return kind === "failed" ? (
        <span title={text}>{text}</span>
      ) : (
        <span class="faint" title={`Most of the time: ${text}`}>
          mostly {text}
        </span>
      );
    },
  },
  weight: {
    width: "60px",
    align: "end",
    sort: (row) => row.weight,
    from: 560,
    cell: (row) =>
      row.weight === 1 ? (
        <span class="faint">1</span>
      ) : (
        <span
          data-tip={`Stands for ${Number(row.weight.toPrecision(3))} traces: a keep policy kept a share of its like`}
        >
          {times(row.weight)}
        </span>
      ),
  },
  id: {
    width: "300px",
    from: 720,
    cell: (row) => (
      <a class="traces-link mono small" href={traceHref(row.id)} tabIndex={-1}>
        {row.id}
      </a>
    ),
  },
};

const NARROW: Partial<Record<ColumnName, string>> = {
  time: "82px",
  outcome: "88px",
  url: "minmax(72px, 1fr)",
  response: "84px",
};

/**
 * The columns that are shown.
 *
 * @param slowest the longest response time there is, for the bars.
 * @param narrow on a phone the age and the bars are left out.
 */
export function columnsOf(names: readonly ColumnName[], slowest: number, narrow: boolean): Column<TraceSummary>[] {
  return names.map((id) => {
    const usual: Column<TraceSummary> = { id, label: COLUMN_LABELS[id], fixed: true, ...CELLS[id] };
    const width = narrow ? NARROW[id] : undefined;
    const label = narrow && id === "response" ? "Response" : usual.label;
    const column = { ...usual, label, width: width ?? usual.width };
    return id === "response" ? { ...column, cell: (row) => <Response row={row} slowest={slowest} /> } : column;
  });
}

function Response({ row, slowest }: { row: TraceSummary; slowest: number }) {
  if (row.response === null) return <span class="faint">in progress</span>;
  // By the logarithm, from a thousandth of the slowest: beside one of a minute all others would be nothing.
  const share = slowest <= 0 ? 0 : Math.max(0.02, 1 + Math.log10(Math.max(row.response, slowest / 1e3) / slowest) / 3);
  return (
    <span class="traces-response">
      <span class="traces-bar" aria-hidden="true">
        <span style={{ width: `${Math.round(share * 100)}%` }} />
      </span>
      {duration(row.response)}
    </span>
  );
}
