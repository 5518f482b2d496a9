/** The sets, their charts, the heat map with what sets the marked apart, the tables, some traces. */
import { useMemo } from "preact/hooks";
import { navigate, useKeys } from "../../app/index.ts";
import { HeatMap, type Patch } from "../../charts/index.ts";
import { brushed, stretchOf } from "../../filter/terms.ts";
import { plural } from "../../format/index.ts";
import { rank, responses, standFor } from "../../trace/weights.ts";
import { EmptyState } from "../../ui/index.ts";
import { corpus, type Members, members, rowsOf, size, without } from "./corpus.ts";
import { facets } from "./facets.ts";
import { figures, heat, periodFor, responseBins, startBins } from "./figures.ts";
import type { Loaded } from "./load.ts";
import { Marked } from "./marked.tsx";
import { setsApart } from "./outliers.ts";
import { copyExpression, narrow, Sets, tracesHref } from "./sets.tsx";
import { type Line, SetsChart } from "./sets-chart.tsx";
import {
  activate,
  active,
  activeTerms,
  base,
  compare,
  comparing,
  narrowTo,
  order,
  patch,
  setPatch,
  setTerms,
  stopComparing,
  termsA,
  termsB,
} from "./state.ts";
import { Tables } from "./tables.tsx";
import { TraceList } from "./trace-list.tsx";

export function CompareView({ loaded, stale }: { loaded: Loaded; stale: boolean }) {
  const { start, end } = loaded.range;
  const of = useMemo(() => corpus(loaded.rows), [loaded]);
  const two = comparing.value;
  const [listA, listB] = [termsA.value, termsB.value];
  const inA = useMemo(() => members(of, listA), [of, listA]);
  const inB = useMemo(() => (two ? members(of, listB) : null), [of, listB, two]);
  const rowsA = useMemo(() => rowsOf(of, inA), [of, inA]);
  const rowsB = useMemo(() => (inB ? rowsOf(of, inB) : null), [of, inB]);
  const figuresA = useMemo(() => figures(rowsA), [rowsA]);
  const figuresB = useMemo(() => rowsB && figures(rowsB), [rowsB]);
  const found = useMemo(() => facets(of, inA, inB, order.value), [of, inA, inB, order.value]);
  const isB = active.value === "b" && inB !== null && rowsB !== null;
  const [mine, rows] = isB ? [inB, rowsB] : [inA, rowsA];
  const terms = activeTerms.value;

  const all = useMemo(
    () => ({ response: responseBins(of.rows), time: startBins(of.rows, start, end) }),
    [of, start, end],
  );
  const lines = useMemo(() => {
    const make = (bins: (rows: typeof rowsA) => Line["bins"], whole: Line["bins"]): Line[] => [
      // All traces are a line of their own only where no set is just that.
      ...(listA.length > 0 && (!two || listB.length > 0) ? [{ id: "all" as const, label: "All", bins: whole }] : []),
      { id: "a" as const, label: "Set A", bins: bins(rowsA) },
      ...(rowsB ? [{ id: "b" as const, label: "Set B", bins: bins(rowsB) }] : []),
    ];
    return {
      response: make(responseBins, all.response),
      time: make((some) => startBins(some, start, end), all.time),
    };
  }, [all, rowsA, rowsB, two, listA, listB, start, end]);
  const responseAxis = useMemo(() => ({ kind: "response" as const, bins: all.response }), [all]);
  const timeAxis = useMemo(
    () => ({ kind: "time" as const, start, end, period: periodFor(start, end, 60) }),
    [start, end],
  );
  const period = periodFor(start, end, 90);
  const columns = useMemo(() => heat(rows, start, end, period), [rows, start, end, period]);

  const piece = patch.value;
  const marked = useMemo(() => {
    if (!piece) return null;
    const inside: Members = mine.map((one, row) => {
      const trace = of.rows[row];
      return one === 1 && trace && isWithin(piece, trace.start, trace.response, start, end) ? 1 : 0;
    });
    const outside = without(mine, inside);
    return { inside: size(of, inside), outside: size(of, outside), found: setsApart(of, inside, outside) };
  }, [of, mine, piece, start, end]);

  const choose = (name: string, stretch: readonly [number, number] | null): void => {
    const tidy = stretch && (name === "time" ? tidyTime(stretch) : tidyResponse(stretch));
    setTerms(active.peek(), brushed(terms, name, tidy));
  };
  const slowest = (): void => {
    const ordered = responses(rows);
    const from = rank(ordered, 0.95);
    const last = ordered.at(-1)?.[0];
    if (from === null || last === undefined) return;
    setPatch({ from: start, to: end, low: Math.max(from, 0.000_01), high: Math.max(last, 0.000_01) * 1.001 });
  };
  const take = (): void => {
    if (!piece) return;
    const timed = piece.from > start || piece.to < end;
    const next = brushed(terms, "response", tidyResponse([piece.low, piece.high]));
    setTerms(active.peek(), timed ? brushed(next, "time", tidyTime([piece.from, piece.to])) : next);
  };

  useKeys("Analytics", [
    { keys: "c", does: two ? "Stop comparing" : "Compare: add set B", run: () => (two ? stopComparing() : compare()) },
    { keys: "s", does: "Let clicks go to the other set", run: () => activate(active.peek() === "a" ? "b" : "a") },
    { keys: "x", does: "Take all chips of the set away", run: () => setTerms(active.peek(), []) },
    { keys: "y", does: "Copy the set as a filter expression", run: () => void copyExpression(active.peek()) },
    {
      keys: "v",
      does: "Open the set in Traces",
      run: () => {
        const traces = tracesHref(active.peek());
        if (traces) navigate(traces);
      },
    },
    { keys: "n", does: "Load only the traces of the set", run: () => narrow(active.peek()) },
    {
      keys: "w",
      does: piece ? "Unmark" : "Mark the slowest 5%",
      run: () => (piece ? setPatch(null) : slowest()),
    },
  ]);

  if (loaded.rows.length === 0 && loaded.finished) {
    return (
      <EmptyState icon="analytics" title={base.value === "" ? "No traces in this time" : "No trace matches the filter"}>
        {base.value === "" ? (
          <p>Choose a longer time range above, or another group.</p>
        ) : (
          <p>
            Choose a longer time range, or{" "}
            <button type="button" class="analytics-link" onClick={() => narrowTo("")}>
              take the filter away
            </button>
            .
          </p>
        )}
      </EmptyState>
    );
  }

  const name = two ? ` of set ${active.value.toUpperCase()}` : "";
  return (
    <div class={`stack analytics-compare-view dimmable${stale ? " stale" : ""}`}>
      <Sets a={figuresA} b={figuresB} all={standFor(of.rows)} />
      <div class="analytics-charts">
        <section class="card analytics-chart" aria-label="Response time distribution">
          <div class="row">
            <h2 class="grow">How long they took</h2>
            <Legend lines={lines.response} />
          </div>
          <SetsChart
            label="Response time, share of each set"
            lines={lines.response}
            axis={responseAxis}
            mode="percent"
            selection={stretchOf(terms, "response")}
            onSelect={(next) => choose("response", next)}
          />
        </section>
        <section class="card analytics-chart" aria-label="Traces over time">
          <div class="row">
            <h2 class="grow">When they were asked</h2>
            <Legend lines={lines.time} />
          </div>
          <SetsChart
            label="Traces over time"
            lines={lines.time}
            axis={timeAxis}
            mode="count"
            selection={stretchOf(terms, "time")}
            onSelect={(next) => choose("time", next)}
          />
        </section>
      </div>
      <section class="card analytics-chart analytics-outliers" aria-label="What sets slow traces apart">
        <div class="analytics-heat">
          <div class="row">
            <h2 class="grow">Response time over time{name}</h2>
            <span class="faint small">{plural(standFor(rows), "trace")}</span>
          </div>
          <HeatMap
            label={`Response time over time${name}`}
            columns={columns}
            period={period}
            start={start}
            end={end}
            selection={piece}
            onSelect={setPatch}
            height={300}
          />
        </div>
        <Marked
          found={marked?.found ?? null}
          inside={marked?.inside ?? 0}
          outside={marked?.outside ?? 0}
          onSlowest={slowest}
          onClear={() => setPatch(null)}
          onTake={take}
        />
      </section>
      <Tables facets={found} />
      <TraceList rows={rows} />
    </div>
  );
}

function Legend({ lines }: { lines: readonly Line[] }) {
  if (lines.length < 2) return null;
  return (
    <span class="row small muted" aria-hidden="true">
      {lines.map((line) => (
        <span key={line.id} class="row analytics-legend">
          <span class={`analytics-line ${line.id}`} />
          {line.label}
        </span>
      ))}
    </span>
  );
}

/** Those that began before the range stand at its start in the picture, and count there. */
function isWithin(piece: Patch, began: number, response: number | null, start: number, end: number): boolean {
  const shown = Math.min(Math.max(began, start), end);
  return (
    response !== null && shown >= piece.from && shown <= piece.to && response >= piece.low && response <= piece.high
  );
}

function tidyTime([from, to]: readonly [number, number]): readonly [number, number] {
  return [Math.floor(from), Math.max(Math.ceil(to), Math.floor(from) + 1)];
}

/** To three digits, outwards, so that what was marked stays in. */
function tidyResponse([low, high]: readonly [number, number]): readonly [number, number] {
  const power = 10 ** (2 - Math.floor(Math.log10(Math.max(high, 1e-6))));
  const [from, to] = [Math.floor(low * power) / power, Math.ceil(high * power) / power];
  return [Number(Math.max(0, from).toPrecision(6)), Number(Math.max(to, from + 1 / power).toPrecision(6))];
}
