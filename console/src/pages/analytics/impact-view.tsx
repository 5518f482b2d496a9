/** Who is impacted: users, or client addresses, and what failed for them. */
import { useMemo } from "preact/hooks";
import { chooseTime, hasPage, href, oneOf, param, serverNow, text, traceHref, useKeys, zone } from "../../app/index.ts";
import { quoted } from "../../filter/expression.ts";
import { expression, turned, writeTerm } from "../../filter/terms.ts";
import { ago, count, dateTime, percent } from "../../format/index.ts";
import { type Column, EmptyState, OutcomeMark, Table, Toggle } from "../../ui/index.ts";
import { Answer } from "./answer.tsx";
import { Chip } from "./chip.tsx";
import { corpus, members, rowsOf } from "./corpus.ts";
import { type By, type Impacted, impacted, impactTold } from "./impact.ts";
import type { Loaded } from "./load.ts";
import { base, setTerms, termsA } from "./state.ts";

const by = param<By>("by", oneOf("user", "client"), "user");
const sort = param("users", text, "-failed");

export function ImpactView({ loaded, stale }: { loaded: Loaded; stale: boolean }) {
  const terms = termsA.value;
  const rows = useMemo(() => {
    if (terms.length === 0) return loaded.rows;
    const of = corpus(loaded.rows);
    return rowsOf(of, members(of, terms));
  }, [loaded, terms]);
  const found = useMemo(() => impacted(rows, by.value), [rows, by.value]);
  const told = impactTold(found, by.value);
  const hit = found.some((one) => one.failed > 0);
  const fault = found.some((one) => one.fault > 0);
  const columns = useMemo(
    () => columnsFor(by.value, terms.length > 0 ? expression(terms, base.value) : base.value),
    [by.value, terms, base.value],
  );
  useKeys("Who is impacted", [
    {
      keys: "b",
      does: "By user, or by client address",
      run: () => by.set(by.value === "user" ? "client" : "user"),
    },
  ]);
  if (loaded.rows.length === 0 && loaded.finished) {
    return (
      <EmptyState icon="person" title="No traces in this time">
        <p>Choose a longer time range above, or another group.</p>
        <p>
          <button type="button" class="button" onClick={() => chooseTime({ kind: "last", seconds: 6 * 3600 })}>
            The last 6 hours
          </button>
        </p>
      </EmptyState>
    );
  }
  return (
    <div class={`stack dimmable${stale ? " stale" : ""}`}>
      <Answer tone={!hit ? "ok" : fault ? "fault" : "throttle"} headline={told.headline} detail={told.detail} />
      {terms.length > 0 && (
        <div class="row wrap">
          <span class="muted small">Of set A only:</span>
          <ul class="bare analytics-chips">
            {terms.map((term) => (
              <Chip
                key={writeTerm(term)}
                term={term}
                {...(term.of === "time" ? {} : { onTurn: () => setTerms("a", turned(terms, term)) })}
                onDrop={() =>
                  setTerms(
                    "a",
                    terms.filter((one) => one !== term),
                  )
                }
              />
            ))}
          </ul>
        </div>
      )}
      <div class="row wrap">
        <h2 class="grow">{by.value === "user" ? "Users" : "Client addresses"}</h2>
        <Toggle
          label="Whom to list"
          value={by.value}
          options={[
            { value: "user", label: "Users" },
            { value: "client", label: "Client addresses" },
          ]}
          onChange={(next) => by.set(next)}
        />
      </div>
      <div
        class="card analytics-table"
        style={{ height: `${Math.min(560, 34 + 32 * Math.max(3, found.length) + 2)}px` }}
      >
        <Table
          label="Who is impacted"
          name="analytics.impact"
          rows={found}
          columns={columns}
          rowKey={(row) => row.who ?? ""}
          sort={sort.value}
          onSort={(next) => sort.set(next)}
        />
      </div>
      <p class="faint small">
        A failure is a request that ended in a fault (5xx or an exception) or was throttled (429). Errors (4xx) are the
        caller's mistake and do not count.
      </p>
    </div>
  );
}

function columnsFor(kind: By, within: string): Column<Impacted>[] {
  const traces = hasPage("/traces");
  const trace = hasPage("/traces/x");
  const now = serverNow();
  const filterOf = (row: Impacted): string => {
    const word = kind === "user" ? "user" : "http.clientip";
    const who = row.who === null ? `!${word}` : `${word} = ${quoted(row.who)}`;
    return `${within === "" ? "" : `(${within}) AND `}${who} AND (fault OR service() { root AND throttle })`;
  };
  const figure = (id: keyof Impacted & string, label: string, from: number): Column<Impacted> => ({
    id,
    label,
    width: "84px",
    align: "end",
    from,
    sort: (row) => row[id] as number,
    cell: (row) => (row[id] === 0 ? <span class="faint">0</span> : count(row[id] as number)),
  });
  return [
    {
      id: "who",
      label: kind === "user" ? "User" : "Client address",
      width: "minmax(96px, 2fr)",
      fixed: true,
      sort: (row) => row.who,
      cell: (row) =>
        row.who === null ? (
          <span class="faint">{kind === "user" ? "no user named" : "no address known"}</span>
        ) : (
          row.who
        ),
    },
    {
      id: "failed",
      label: "Failures",
      width: "96px",
      align: "end",
      sort: (row) => row.failed,
      cell: (row) => (row.failed === 0 ? <span class="faint">0</span> : <strong>{count(row.failed)}</strong>),
    },
    {
      id: "share",
      label: "Of their requests",
      width: "minmax(116px, 1fr)",
      sort: (row) => row.share,
      cell: (row) => (
        <span class="row">
          <span class="analytics-meter" aria-hidden="true">
            <span class={row.fault > 0 ? "fault" : "throttle"} style={{ width: `${row.share * 100}%` }} />
          </span>
          <span>{percent(row.share)}</span>
        </span>
      ),
    },
    figure("fault", "Faults", 640),
    figure("throttle", "Throttled", 640),
    figure("error", "Errors", 760),
    figure("requests", "Requests", 560),
    {
      id: "last",
      label: "Last failure",
      width: "150px",
      from: 480,
      sort: (row) => row.last?.at ?? null,
      cell: (row) => {
        if (!row.last) return <span class="faint">none</span>;
        const when = (
          <span class="row" data-tip={dateTime(row.last.at, zone.value)}>
            <OutcomeMark outcome={row.last.outcome} bare />
            {ago(row.last.at, now)}
          </span>
        );
        return trace ? <a href={traceHref(row.last.id)}>{when}</a> : when;
      },
    },
    ...(traces
      ? [
          {
            id: "traces",
            label: "Traces",
            width: "72px",
            cell: (row: Impacted) =>
              row.failed === 0 ? (
                <span class="faint">–</span>
              ) : (
                <a href={href("/traces", { filter: filterOf(row) })}>
                  View<span class="sr"> the failures of {row.who ?? "nobody named"}</span>
                </a>
              ),
          },
        ]
      : []),
  ];
}
