/** Two traces beside each other: what only one of them did, and what took longer. */
import "./style.css";
import type { ComponentChildren } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { askTrace, type Query, type TraceAnswer, useQuery } from "../../api/index.ts";
import {
  flag,
  href,
  list,
  navigate,
  oneOf,
  param,
  traceHref,
  traceId,
  useKeys,
  useTitle,
  zone,
} from "../../app/index.ts";
import { dateTime, duration, percent, plural } from "../../format/index.ts";
import { asked, TracePicker, treeOf, useWindow, whatWasAsked } from "../../trace/index.ts";
import { Button, EmptyState, ErrorState, Icon, OUTCOME_NAMES, OutcomeMark, Skeleton, Toggle } from "../../ui/index.ts";
import type { PageProps } from "../registry.ts";
import { bySelf, compared, type Entry, flat, isAlike, kindOf, mainReason, type Side, tally } from "./diff.ts";

const order = param<"calls" | "change">("order", oneOf("calls", "change"), "calls");
const differences = param("differences", flag, false);
const folded = param("fold", list, []);

const ROW = 30;
const OVERSCAN = 8;

export default function ComparePage({ params }: PageProps) {
  const [a, b] = [traceId(params.a ?? ""), traceId(params.b ?? "")];
  useTitle("Compare");
  if (a === null || b === null) {
    return (
      <EmptyState icon="compare" title="Two traces are needed">
        <p>
          One of these is no trace id: <code class="break">{a === null ? params.a : params.b}</code>
        </p>
        {(a ?? b) !== null && (
          <TracePicker
            label="Compare with"
            except={[a ?? b ?? ""]}
            align="start"
            trigger={(props) => (
              <Button {...props} kind="primary">
                Choose the other trace
              </Button>
            )}
            onChoose={(id) => navigate(href(`/compare/${a ?? id}/${b ?? id}`))}
          />
        )}
      </EmptyState>
    );
  }
  return <Both key={`${a} ${b}`} a={a} b={b} />;
}

function Both({ a, b }: { a: string; b: string }) {
  const first = useQuery(["trace", a], (signal) => askTrace(a, signal), { still: true });
  const second = useQuery(["trace", b], (signal) => askTrace(b, signal), { still: true });
  const swap = (): void => navigate(href(`/compare/${b}/${a}`));
  useKeys("Compare", [
    { keys: "x", does: "Exchange the two", run: swap },
    { keys: "1", does: "In the order of calls", run: () => order.set("calls") },
    { keys: "2", does: "The largest differences first", run: () => order.set("change") },
    { keys: "d", does: "Only differences", run: () => differences.set(!differences.signal.peek()) },
  ]);
  const ready = first.data !== undefined && second.data !== undefined;
  return (
    <div class="fill compare-page">
      <div class="compare-heads">
        <TraceCard which="A" id={a} query={first} onChoose={(id) => navigate(href(`/compare/${id}/${b}`))} other={b} />
        <button
          type="button"
          class="icon-button compare-swap"
          aria-label="Exchange the two"
          data-tip="Exchange the two"
          data-tip-keys="x"
          onClick={swap}
        >
          <Icon name="refresh" size={15} />
        </button>
        <TraceCard which="B" id={b} query={second} onChoose={(id) => navigate(href(`/compare/${a}/${id}`))} other={a} />
      </div>
      {ready && first.data && second.data ? (
        <Differences a={first.data} b={second.data} />
      ) : first.error || second.error ? null : (
        <div class="compare-waiting">
          <Skeleton lines={10} />
        </div>
      )}
    </div>
  );
}

function TraceCard({
  which,
  id,
  query,
  other,
  onChoose,
}: {
  which: "A" | "B";
  id: string;
  query: Query<TraceAnswer>;
  other: string;
  onChoose: (id: string) => void;
}) {
  const trace = query.data;
  const choose = (
    <TracePicker
      label={`Trace ${which}`}
      except={[id, other]}
      align={which === "A" ? "start" : "end"}
      trigger={(props) => (
        <Button {...props} kind="plain" iconAfter="down">
          Another
        </Button>
      )}
      onChoose={onChoose}
    />
  );
  if (!trace) {
    return (
      <section class="card compare-card" aria-label={`Trace ${which}`}>
        <div class="row">
          <span class="compare-letter">{which}</span>
          <span class="mono cut grow">{id}</span>
          {query.error && choose}
        </div>
        {query.error ? (
          query.error.status === 404 ? (
            <p class="muted">
              This trace is not here: it has not come, was not sampled, or is older than what is kept.
            </p>
          ) : (
            <ErrorState small error={query.error} onRetry={query.again} />
          )
        ) : (
          <Skeleton lines={2} />
        )}
      </section>
    );
  }
  return (
    <section class="card compare-card" aria-label={`Trace ${which}`}>
      <div class="row">
        <span class="compare-letter">{which}</span>
        <OutcomeMark outcome={trace.outcome} size={11} />
        {trace.summary.status !== null && <strong class={`status-${trace.outcome}`}>{trace.summary.status}</strong>}
        <a class="cut grow compare-asked" href={traceHref(trace.id)} title={whatWasAsked(trace.summary)}>
          {asked(trace.summary)}
        </a>
        {choose}
      </div>
      <div class="compare-facts">
        <strong class="compare-took">{duration(trace.duration)}</strong>
        <span>{dateTime(trace.start, zone.value)}</span>
        {trace.summary.users.length > 0 && <span>{trace.summary.users.join(", ")}</span>}
        <span>{plural(trace.summary.services.length, "service")}</span>
        <span>{plural(trace.entities.length, "part")}</span>
      </div>
      <p class="compare-verdict muted">{trace.verdict.headline}</p>
    </section>
  );
}

function Differences({ a, b }: { a: TraceAnswer; b: TraceAnswer }) {
  const scroller = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const entries = useMemo(() => compared(treeOf(a), treeOf(b)), [a, b]);
  const counts = useMemo(() => tally(entries), [entries]);
  const shut = new Set(folded.value);
  const byChange = order.value === "change";
  const rows = useMemo(() => {
    const all = byChange ? bySelf(entries) : flat(entries, (entry) => shut.has(short(entry.path)));
    if (!differences.value) return all;
    // In the tree what leads to a difference stays.
    return all.filter(
      (entry) => !isAlike(entry) || (!byChange && flat(entry.children).some((below) => !isAlike(below))),
    );
  }, [entries, byChange, folded.value, differences.value]);
  const most = useMemo(
    () => Math.max(1e-9, ...flat(entries).map((entry) => Math.abs(byChange ? entry.changeOfSelf : entry.change))),
    [entries, byChange],
  );
  const seen = useWindow(scroller, grid);
  const first = Math.max(0, Math.floor(seen.top / ROW) - OVERSCAN);
  const end = Math.min(rows.length, Math.ceil((seen.top + seen.height) / ROW) + OVERSCAN);
  const [active, setActive] = useState(0);
  const toggle = (entry: Entry): void => {
    const name = short(entry.path);
    const others = folded.signal.peek().filter((one) => one !== name);
    folded.set(others.length === folded.signal.peek().length ? [...others, name] : others);
  };
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setActive(next);
    grid.current?.focus({ preventScroll: true });
    const box = scroller.current;
    if (!box || !grid.current) return;
    const top = grid.current.offsetTop + next * ROW;
    if (top - 2 * ROW < box.scrollTop) box.scrollTop = top - 2 * ROW;
    else if (top + ROW > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW - box.clientHeight;
  };
  useKeys("Compare", [
    { keys: "j", does: "Next row", run: () => move(active + 1) },
    { keys: "k", does: "Row before", run: () => move(active - 1) },
  ]);
  const keys = (event: KeyboardEvent): void => {
    const row = rows[active];
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const isShut = row !== undefined && shut.has(short(row.path));
    if (event.key === "ArrowDown") move(active + 1);
    else if (event.key === "ArrowUp") move(active - 1);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(rows.length - 1);
    else if (row && !byChange && row.children.length > 0 && event.key === (isShut ? "ArrowRight" : "ArrowLeft"))
      toggle(row);
    else if (row && event.key === "Enter") navigate(whereTo(row, a.id, b.id));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={scroller} class="grow compare-scroll">
      <Sentence a={a} b={b} entries={entries} />
      <div class="compare-bar">
        <Toggle
          label="Order"
          value={order.value}
          options={[
            { value: "calls", label: "In the order of calls" },
            { value: "change", label: "Largest differences", tip: "By the time that each part took itself" },
          ]}
          onChange={(next) => order.set(next, { push: true })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={differences.value}
            onChange={(event) => differences.set(event.currentTarget.checked)}
          />
          Only differences
        </label>
        <ul class="bare row compare-tally">
          <Count mark="A" n={counts.onlyA}>
            only in A
          </Count>
          <Count mark="B" n={counts.onlyB}>
            only in B
          </Count>
          <Count mark="≠" n={counts.changed}>
            different
          </Count>
          <Count mark="=" n={counts.alike}>
            alike
          </Count>
        </ul>
      </div>
      <div class="compare-row compare-titles" aria-hidden="true">
        <span>Part</span>
        <span class="num">A</span>
        <span class="num">B</span>
        <span class="num">{byChange ? "Itself, B − A" : "B − A"}</span>
        <span class="compare-sides">
          <span>← shorter in B</span>
          <span>longer in B →</span>
        </span>
      </div>
      {rows.length === 0 && <p class="muted compare-none">No part differs by more than a tenth.</p>}
      <div
        ref={grid}
        class="compare-rows"
        role="treegrid"
        tabIndex={0}
        aria-label="Differences"
        aria-rowcount={rows.length}
        aria-activedescendant={active >= first && active < end ? `compare-row-${active}` : undefined}
        style={{ height: `${rows.length * ROW}px` }}
        onKeyDown={keys}
      >
        {rows.slice(first, end).map((entry, offset) => (
          <Row
            key={entry.path}
            entry={entry}
            index={first + offset}
            active={first + offset === active}
            most={most}
            byChange={byChange}
            shut={shut.has(short(entry.path))}
            href={whereTo(entry, a.id, b.id)}
            onFold={() => toggle(entry)}
            onActive={() => setActive(first + offset)}
          />
        ))}
      </div>
    </div>
  );
}

/** The entry in the trace that has it; in B where both have it. */
function whereTo(entry: Entry, a: string, b: string): string {
  if (entry.b) return traceHref(b, { entity: entry.b.first.entity.id });
  return traceHref(a, { entity: entry.a?.first.entity.id ?? null });
}

/** A path as a short word for the address. */
function short(path: string): string {
  let hash = 5381;
  for (let at = 0; at < path.length; at += 1) hash = (hash * 33 + path.charCodeAt(at)) >>> 0;
  return hash.toString(36);
}

function Count({ mark, n, children }: { mark: string; n: number; children: ComponentChildren }) {
  return (
    <li class="row">
      <span class="compare-mark" aria-hidden="true">
        {mark}
      </span>
      <strong>{n}</strong> {children}
    </li>
  );
}

/** The difference in one sentence. */
function Sentence({ a, b, entries }: { a: TraceAnswer; b: TraceAnswer; entries: readonly Entry[] }) {
  const difference = b.duration - a.duration;
  const reason = mainReason(entries, difference);
  const alike = Math.abs(difference) <= Math.max(0.000_5, Math.max(a.duration, b.duration) * 0.1);
  const longer = difference > 0 ? "longer" : "shorter";
  const how = alike
    ? "Both took about the same time"
    : `B took ${duration(Math.abs(difference))} ${longer} than A${a.duration > 0 && difference > 0 ? ` (${times(b.duration / a.duration)})` : ""}`;
  const why =
    alike || !reason
      ? ""
      : `, above all in ${reason.name} (${reason.changeOfSelf > 0 ? "+" : ""}${duration(reason.changeOfSelf)})${kindOf(reason) === "b" ? ", which A did not have" : kindOf(reason) === "a" ? ", which B did not have" : ""}`;
  const outcome =
    a.outcome === b.outcome ? "" : ` A ended with ${OUTCOME_NAMES[a.outcome]}, B with ${OUTCOME_NAMES[b.outcome]}.`;
  return (
    <p class="compare-sentence">
      {how}
      {why}.{outcome}
    </p>
  );
}

function times(factor: number): string {
  return factor < 1.95 ? `${percent(factor - 1)} more` : `${Number(factor.toPrecision(2))} times as long`;
}

function Row({
  entry,
  index,
  active,
  most,
  byChange,
  shut,
  href: to,
  onFold,
  onActive,
}: {
  entry: Entry;
  index: number;
  active: boolean;
  most: number;
  byChange: boolean;
  shut: boolean;
  href: string;
  onFold: () => void;
  onActive: () => void;
}) {
  const kind = kindOf(entry);
  const change = byChange ? entry.changeOfSelf : entry.change;
  const size = Math.min(1, Math.abs(change) / most);
  const alike = isAlike(entry);
  const level = byChange ? 0 : entry.depth;
  return (
    <div
      id={`compare-row-${index}`}
      class={`compare-row ${kind}${alike ? " alike" : ""}`}
      role="row"
      aria-rowindex={index + 1}
      aria-level={level + 1}
      aria-expanded={!byChange && entry.children.length > 0 ? !shut : undefined}
      data-active={active ? "" : undefined}
      style={{ transform: `translateY(${index * ROW}px)` }}
      onClick={onActive}
    >
      <span class="compare-name" role="gridcell">
        {level > 0 && <span class="compare-guides" style={{ width: `calc(${level} * var(--compare-indent))` }} />}
        {!byChange && entry.children.length > 0 ? (
          <button
            type="button"
            class="compare-fold"
            tabIndex={-1}
            aria-label={shut ? `Expand ${entry.name}` : `Collapse ${entry.name}`}
            onClick={onFold}
          >
            <Icon name={shut ? "right" : "down"} size={10} />
          </button>
        ) : (
          <span class="compare-fold" />
        )}
        <span class="compare-mark" data-tip={SAID[kind]}>
          {kind === "both" ? (alike ? "=" : "≠") : kind.toUpperCase()}
          <span class="sr">{SAID[kind]}</span>
        </span>
        <a class="cut" tabIndex={-1} href={to}>
          {entry.name}
        </a>
        {entry.a?.first.entity.kind === "inferred" || entry.b?.first.entity.kind === "inferred" ? (
          <span class="faint small">inferred</span>
        ) : null}
      </span>
      <Half side={entry.a} self={byChange} />
      <Half side={entry.b} self={byChange} />
      <span class="num compare-change" role="gridcell">
        {Math.abs(change) < 5e-7 ? "0" : `${change > 0 ? "+" : ""}${duration(change)}`}
      </span>
      <span class="compare-lane" role="gridcell">
        <span
          class={`compare-delta ${change > 0 ? "longer" : "shorter"}`}
          style={change > 0 ? { left: "50%", width: `${size * 50}%` } : { right: "50%", width: `${size * 50}%` }}
        />
      </span>
    </div>
  );
}

const SAID = { both: "In both traces", a: "Only in A", b: "Only in B" } as const;

function Half({ side, self }: { side: Side | null; self: boolean }) {
  return (
    <span class="num compare-half" role="gridcell">
      {side === null ? (
        <span class="faint">–</span>
      ) : (
        <>
          {side.outcome !== "ok" && <OutcomeMark outcome={side.outcome} bare size={9} />}
          {side.count > 1 && <span class="faint">×{side.count}</span>}
          {duration(self ? side.self : side.total)}
        </>
      )}
    </span>
  );
}
