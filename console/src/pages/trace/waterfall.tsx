/**
 * The waterfall: a row for every part, its bar on one axis of time. Only the rows in sight are drawn. It is one stop of the
 * Tab key; arrow keys, Page, Home and End move in it, left and right fold, Enter opens the panel.
 */
import type { HTMLAttributes, RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useKeys } from "../../app/index.ts";
import { duration, plural } from "../../format/index.ts";
import { type Part, partEnd, typeName, useWindow } from "../../trace/index.ts";
import { Icon, OUTCOME_NAMES, OutcomeMark } from "../../ui/index.ts";
import { canFold, partType, type Row } from "./rows.ts";
import { share, type Tick, type View } from "./viewport.ts";

export const ROW = 28;
const OVERSCAN = 8;

export interface WaterfallProps {
  scroller: RefObject<HTMLElement | null>;
  rows: readonly Row[];
  byService: boolean;
  view: View;
  ticks: readonly Tick[];
  critical: boolean;
  /** Ids that were searched for. */
  matches: ReadonlySet<string>;
  active: string | null;
  open: string;
  /** So much of the scrolling box is covered by what sticks to its top, px. */
  covered: number;
  /** Changes when the active row is to come into sight, though it was active before. */
  revealed: number;
  gridRef: RefObject<HTMLDivElement | null>;
  onActive: (key: string) => void;
  onOpen: (id: string) => void;
  onFold: (key: string) => void;
}

export function Waterfall(props: WaterfallProps) {
  const { rows, active, gridRef, scroller, covered, revealed } = props;
  const seen = useWindow(scroller, gridRef);
  const [focused, setFocused] = useState(false);
  const at = useMemo(() => rows.findIndex((row) => row.key === active), [rows, active]);
  const first = Math.max(0, Math.floor(seen.top / ROW) - OVERSCAN);
  const end = Math.min(rows.length, Math.ceil((seen.top + seen.height) / ROW) + OVERSCAN);

  // What became active elsewhere comes into sight.
  const shown = useRef("");
  useEffect(() => {
    const wanted = `${revealed} ${active}`;
    if (active === null || at < 0 || shown.current === wanted) return;
    shown.current = wanted;
    const [box, grid] = [scroller.current, gridRef.current];
    if (!box || !grid) return;
    const top = grid.getBoundingClientRect().top - box.getBoundingClientRect().top + at * ROW;
    if (top < covered) box.scrollTop += top - covered - ROW;
    else if (top + ROW > box.clientHeight) {
      // From far away into the middle, from nearby just into sight.
      const by = top + ROW - box.clientHeight;
      box.scrollTop += by > 3 * ROW ? by + box.clientHeight / 3 : by + ROW;
    }
  }, [active, at, covered, revealed]);

  const move = (to: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (row) props.onActive(row.key);
  };
  const row = rows[at];
  const keys = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey)
      return;
    const page = Math.max(1, Math.floor((seen.height - covered) / ROW) - 2);
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    };
    const next = steps[event.key];
    if (next !== undefined) move(next);
    else if (row && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      const foldable = canFold(row, props.byService) && row.kind !== "missing";
      const isFolded = row.kind !== "missing" && row.folded;
      if (foldable && isFolded === (event.key === "ArrowRight")) props.onFold(row.key);
      else if (event.key === "ArrowRight") move(at + 1);
      else {
        const level = levelOf(row);
        const above = rows.findLastIndex((other, index) => index < at && levelOf(other) < level);
        if (above >= 0) move(above);
      }
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  useKeys(
    "Waterfall",
    focused ? [{ keys: "Enter", does: "Open the row", run: () => row?.kind === "part" && props.onOpen(row.key) }] : [],
  );

  return (
    <div
      ref={gridRef}
      class={`trace-rows${props.critical ? " with-critical" : ""}${props.matches.size > 0 ? " searching" : ""}`}
      role="treegrid"
      tabIndex={0}
      aria-label="Waterfall"
      aria-rowcount={rows.length}
      aria-activedescendant={at >= first && at < end ? `trace-row-${at}` : undefined}
      style={{ height: `${rows.length * ROW}px` }}
      onKeyDown={keys}
      onFocus={(event) => setFocused(event.target === event.currentTarget)}
      onBlur={() => setFocused(false)}
    >
      {rows.slice(first, end).map((one, offset) => (
        <RowLine key={one.key} {...props} row={one} index={first + offset} isActive={first + offset === at} />
      ))}
    </div>
  );
}

function levelOf(row: Row): number {
  return row.kind === "service" ? 0 : row.level;
}

type LineProps = WaterfallProps & { row: Row; index: number; isActive: boolean };

function RowLine(props: LineProps) {
  const { row, index } = props;
  const place = { transform: `translateY(${index * ROW}px)` };
  const common = {
    id: `trace-row-${index}`,
    role: "row" as const,
    "aria-rowindex": index + 1,
    "aria-level": levelOf(row) + 1,
    "data-active": props.isActive ? "" : undefined,
    style: place,
  };
  if (row.kind === "missing") {
    return (
      <div {...common} class="trace-row missing" onClick={() => props.onActive(row.key)}>
        <div class="trace-warning" role="gridcell" style={{ paddingInlineStart: `${row.level * 14 + 12}px` }}>
          <Icon name="warning" size={13} />
          <span class="cut">{row.why}</span>
        </div>
      </div>
    );
  }
  if (row.kind === "service") {
    const { node } = row;
    const took = row.parts.reduce((sum, part) => sum + part.end - part.entity.start, 0);
    return (
      <div
        {...common}
        class="trace-row service"
        aria-expanded={!row.folded}
        onClick={() => {
          props.onActive(row.key);
          props.onFold(row.key);
        }}
      >
        <div class="trace-name" role="gridcell">
          <span class="trace-fold">
            <Icon name={row.folded ? "right" : "down"} size={10} />
          </span>
          <strong class="cut">{node?.name ?? "Unknown service"}</strong>
          <span class="trace-type cut">{node ? typeName(node.type) : ""}</span>
        </div>
        <div class="trace-status faint" role="gridcell">
          ×{row.parts.length}
        </div>
        <div class="trace-took num" role="gridcell">
          {duration(took)}
        </div>
        <div class="trace-lane" role="gridcell">
          <Grid ticks={props.ticks} />
          {row.folded &&
            row.parts.map((part) => <Bar key={part.entity.id} part={part} view={props.view} critical={false} quiet />)}
        </div>
      </div>
    );
  }
  return <PartLine {...props} row={row} common={common} />;
}

function PartLine({
  row,
  common,
  ...props
}: LineProps & { row: Extract<Row, { kind: "part" }>; common: HTMLAttributes<HTMLDivElement> }) {
  const { part, level, folded } = row;
  const { entity } = part;
  const foldable = canFold(row, props.byService);
  const hidden = folded && part.worstBelow !== "ok" ? part.worstBelow : null;
  const type = partType(part);
  const classes = [
    "trace-row",
    entity.kind,
    entity.critical ? "critical" : "",
    props.matches.has(entity.id) ? "match" : "",
  ].join(" ");
  return (
    <div
      {...common}
      class={classes}
      aria-expanded={foldable ? !folded : undefined}
      aria-selected={entity.id === props.open}
      onClick={() => {
        if (window.getSelection()?.isCollapsed === false) return;
        props.onActive(row.key);
        props.onOpen(entity.id);
      }}
    >
      <div class="trace-name" role="gridcell">
        {level > 0 && (
          <span class="trace-guides" style={{ width: `calc(${level} * var(--trace-indent))` }} aria-hidden="true" />
        )}
        {foldable ? (
          <button
            type="button"
            class="trace-fold"
            tabIndex={-1}
            aria-label={folded ? `Expand ${entity.name}` : `Collapse ${entity.name}`}
            onClick={(event) => {
              event.stopPropagation();
              props.onActive(row.key);
              props.onFold(row.key);
            }}
          >
            <Icon name={folded ? "right" : "down"} size={10} />
          </button>
        ) : (
          <span class="trace-fold" />
        )}
        <span class="trace-label cut">{entity.name.replace(/^## /, "")}</span>
        {type !== "" && <span class="trace-type cut">{type}</span>}
        {folded && <span class="trace-below">{part.below}</span>}
        {hidden && (
          <span class="trace-hidden" data-tip={`${OUTCOME_NAMES[hidden]} below`}>
            <OutcomeMark outcome={hidden} bare size={8} />
          </span>
        )}
        {entity.marks.includes("cause") && (
          <span class="trace-mark status-fault" data-tip="An exception was recorded here">
            <Icon name="warning" size={12} />
            <span class="sr">Exception</span>
          </span>
        )}
      </div>
      <div class="trace-status" role="gridcell">
        {entity.in_progress ? (
          <span class="trace-pending">
            <Icon name="clock" size={11} /> <span>Open</span>
          </span>
        ) : (
          <>
            <OutcomeMark outcome={entity.outcome} bare size={9} />
            <span class={entity.outcome === "ok" ? "faint" : ""}>{entity.status ?? OUTCOME_NAMES[entity.outcome]}</span>
          </>
        )}
      </div>
      <div class="trace-took num" role="gridcell">
        {entity.end === null ? "…" : duration(partEnd(entity, part.end) - entity.start)}
      </div>
      <div class="trace-lane" role="gridcell">
        <Grid ticks={props.ticks} />
        <Bar part={part} view={props.view} critical={props.critical} />
      </div>
    </div>
  );
}

function Grid({ ticks }: { ticks: readonly Tick[] }) {
  return (
    <>
      {ticks.map((tick) => (
        <span key={tick.label} class="trace-tick" style={{ left: `${tick.at * 100}%` }} />
      ))}
    </>
  );
}

/** Whether it only went wrong because something below did. What is inferred is the other end of the same call. */
function passedOn(part: Part): boolean {
  const { outcome } = part.entity;
  return part.children.some(
    (child) => child.worstBelow === outcome || (child.entity.kind !== "inferred" && child.entity.outcome === outcome),
  );
}

/** What a bar says to a pointer and to a screen reader. */
export function barText(part: Part): string {
  const { entity } = part;
  const pieces = [`Starts at ${duration(entity.start)}`];
  if (entity.end === null) pieces.push("has not ended yet");
  else {
    pieces.push(`takes ${duration(entity.end - entity.start)}`);
    if (part.children.length > 0) pieces.push(`${duration(part.self)} of it itself`);
  }
  if (entity.waited > 0) pieces.push(`the answer waited ${duration(entity.waited)} for it`);
  if (part.below > 0) pieces.push(`${plural(part.below, "part")} below`);
  return pieces.join(" · ");
}

function Bar({
  part,
  view,
  critical,
  quiet = false,
}: {
  part: Part;
  view: View;
  critical: boolean;
  /** Without its title. */
  quiet?: boolean;
}) {
  const { entity } = part;
  const from = share(view, entity.start);
  const to = share(view, part.end);
  const title = quiet ? "" : (entity.title ?? "") || "";
  const before = to < 0;
  const after = from > 1;
  // Nothing is clipped but what lies outside of the stretch shown; there an arrow tells where it is.
  const [left, right] = [Math.max(from, 0), Math.min(to, 1)];
  if (before || after) {
    if (quiet) return null;
    return (
      <span class={`trace-away ${before ? "before" : "after"}`}>
        <Icon name={before ? "left" : "right"} size={10} />
        <span class="sr">{barText(part)}</span>
      </span>
    );
  }
  const beside =
    1 - right > 0.34 || 1 - right >= left ? (1 - right > 0.12 ? "right" : "inside") : left > 0.2 ? "left" : "inside";
  const size = Math.max(right - left, 1e-9);
  return (
    <>
      <span
        class={`trace-bar ${entity.outcome} ${entity.kind}${entity.outcome !== "ok" && passedOn(part) ? " passed" : ""}${entity.end === null ? " open" : ""}${from < 0 ? " cut-left" : ""}${to > 1 ? " cut-right" : ""}`}
        style={{ left: `${left * 100}%`, width: `${size * 100}%` }}
        data-tip={quiet ? undefined : barText(part)}
      />
      {critical &&
        part.waits.map(([start, end]) => {
          const [a, b] = [Math.max(share(view, start), 0), Math.min(share(view, end), 1)];
          return b > a ? (
            <span
              key={start}
              class="trace-wait"
              style={{ left: `${a * 100}%`, width: `${(b - a) * 100}%` }}
              aria-hidden="true"
            />
          ) : null;
        })}
      {title !== "" && (
        <span
          class={`trace-beside ${beside}`}
          style={
            beside === "right"
              ? { left: `${right * 100}%`, right: "0" }
              : beside === "left"
                ? { right: `${(1 - left) * 100}%`, left: "0" }
                : { left: `${left * 100}%`, right: "0" }
          }
        >
          <span class="cut">{title}</span>
        </span>
      )}
    </>
  );
}
