/**
 * Response time over time: how many requests took how long, when. A rectangle is chosen by dragging, or by keyboard: Enter
 * makes one, arrow keys move it, with Shift they resize it, Escape clears.
 */
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import type { HeatColumn } from "../api/types.ts";
import { zone } from "../app/prefs.ts";
import { clockTime, count, duration, plural } from "../format/index.ts";
import { clamp } from "./brush.tsx";
import { Canvas, type Colours, crisp, useSize } from "./canvas.tsx";
import { linear, log, logTicks, timeTickLabel, timeTicks } from "./scales.ts";
import { ChartTip } from "./tip.tsx";

/** A piece of the heat map: from when to when, from which response time to which. */
export interface Patch {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

const LEFT = 52;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 20;
const LEAST_ROWS = 12;
const LEAST_PX = 4;

/** Below a millisecond everything is one row. The bounds are rounded, hence the hundredth of a row. */
function rowOf(value: number): number {
  return value < 0.001 ? -31 : Math.floor(Math.log10(value) * 10 + 0.01);
}

interface Cells {
  readonly columns: number;
  readonly rows: number;
  readonly counts: Float64Array;
  readonly most: number;
}

export function HeatMap({
  label,
  columns,
  period,
  start,
  end,
  selection,
  onSelect,
  height = 220,
}: {
  label: string;
  columns: readonly HeatColumn[];
  /** Seconds of a column. */
  period: number;
  start: number;
  end: number;
  selection: Patch | null;
  onSelect?: (selection: Patch | null) => void;
  height?: number;
}) {
  const [box, size] = useSize();
  const area = useRef<HTMLDivElement>(null);
  const [draft, setDraft] = useState<Patch | null>(null);
  const [pointer, setPointer] = useState<{ x: number; y: number } | null>(null);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const inZone = zone.value;
  const foot = height - BOTTOM;
  const right = Math.max(LEFT + 10, size.width - RIGHT);

  // The grid of the server: ten rows to a factor of ten. What took no time is in the row below the first.
  const grid = useMemo(() => {
    let first = Number.POSITIVE_INFINITY;
    let last = Number.NEGATIVE_INFINITY;
    for (const [, bins] of columns) {
      for (const [value] of bins) {
        const row = rowOf(value);
        if (row < first) first = row;
        if (row > last) last = row;
      }
    }
    if (first > last) return { first: -30, last: -1 };
    // A few rows are drawn as such, not blown up to the whole height.
    const missing = Math.max(0, LEAST_ROWS - (last - first + 1));
    return { first: first - Math.floor(missing / 2), last: last + Math.ceil(missing / 2) };
  }, [columns]);
  const domain = useMemo(() => [10 ** (grid.first / 10), 10 ** ((grid.last + 1) / 10)] as const, [grid]);
  const across = useMemo(() => linear([start, end], [LEFT, right]), [start, end, right]);
  // Upward: the slow above.
  const upward = useMemo(() => log(domain, [foot, TOP]), [domain, foot]);

  const cells = useMemo((): Cells => {
    const periods = Math.max(1, Math.round((end - start) / period));
    const columnsWanted = Math.max(1, Math.min(periods, Math.floor((right - LEFT) / 4)));
    const rows = grid.last - grid.first + 1;
    const counts = new Float64Array(columnsWanted * rows);
    let most = 0;
    for (const [at, bins] of columns) {
      const column = Math.floor(((at + period / 2 - start) / (end - start)) * columnsWanted);
      if (column < 0 || column >= columnsWanted) continue;
      for (const [value, number] of bins) {
        const row = clamp(rowOf(value) - grid.first, 0, rows - 1);
        const index = column * rows + row;
        const next = (counts[index] ?? 0) + number;
        counts[index] = next;
        if (next > most) most = next;
      }
    }
    return { columns: columnsWanted, rows, counts, most };
  }, [columns, period, start, end, right, grid]);

  const draw = useCallback(
    (context: CanvasRenderingContext2D, colour: Colours) => {
      const wide = (right - LEFT) / cells.columns;
      const tall = (foot - TOP) / cells.rows;
      context.fillStyle = colour.accent;
      for (let column = 0; column < cells.columns; column += 1) {
        for (let row = 0; row < cells.rows; row += 1) {
          const number = cells.counts[column * cells.rows + row] ?? 0;
          if (number === 0) continue;
          // One request must be seen beside a thousand: by the logarithm.
          context.globalAlpha = 0.16 + 0.84 * (Math.log1p(number) / Math.log1p(Math.max(2, cells.most)));
          const gap = wide > 5 ? 1 : 0;
          context.fillRect(
            LEFT + column * wide,
            foot - (row + 1) * tall,
            Math.max(1, wide - gap),
            Math.max(1, tall - (tall > 4 ? 1 : 0)),
          );
        }
      }
      context.globalAlpha = 1;
      context.textBaseline = "middle";
      context.textAlign = "right";
      for (const tick of logTicks(domain[0], domain[1], Math.max(2, Math.floor((foot - TOP) / 28)))) {
        const y = crisp(upward.to(tick));
        context.strokeStyle = colour.line;
        context.beginPath();
        context.moveTo(LEFT - 4, y);
        context.lineTo(LEFT, y);
        context.stroke();
        context.fillStyle = colour.text3;
        context.fillText(duration(tick), LEFT - 7, y);
      }
      context.strokeStyle = colour.lineStrong;
      context.beginPath();
      context.moveTo(LEFT, crisp(foot));
      context.lineTo(right, crisp(foot));
      context.stroke();
      context.textBaseline = "alphabetic";
      context.textAlign = "center";
      context.fillStyle = colour.text3;
      const places = timeTicks(start, end, Math.max(2, Math.floor((right - LEFT) / 70)), inZone);
      const step = (places[1] ?? 0) - (places[0] ?? 0);
      for (const tick of places) {
        const x = across.to(tick);
        context.fillRect(Math.round(x), foot, 1, 4);
        const text = timeTickLabel(tick, step, inZone);
        const half = context.measureText(text).width / 2;
        context.fillText(text, clamp(x, LEFT + half - 8, right - half + 8), height - 4);
      }
    },
    [cells, right, foot, upward, across, domain, start, end, inZone, height],
  );

  const at = (event: PointerEvent): { x: number; y: number } => {
    const rectangle = area.current?.getBoundingClientRect();
    return {
      x: clamp(LEFT + event.clientX - (rectangle?.left ?? 0), LEFT, right),
      y: clamp(TOP + event.clientY - (rectangle?.top ?? 0), TOP, foot),
    };
  };
  const patch = (a: { x: number; y: number }, b: { x: number; y: number }): Patch => ({
    from: across.from(Math.min(a.x, b.x)),
    to: across.from(Math.max(a.x, b.x)),
    low: upward.from(Math.max(a.y, b.y)),
    high: upward.from(Math.min(a.y, b.y)),
  });
  const finish = (next: Patch | null): void => {
    setDraft(null);
    onSelect?.(next);
  };

  const keys = (event: KeyboardEvent): void => {
    if (!onSelect) return;
    const now = draft ?? selection;
    if (event.key === "Enter") {
      event.preventDefault();
      if (draft) finish(draft);
      else if (!selection) {
        const w = right - LEFT;
        const h = foot - TOP;
        setDraft(patch({ x: LEFT + w / 3, y: TOP + h / 4 }, { x: LEFT + (2 * w) / 3, y: TOP + h / 2 }));
      }
      return;
    }
    if (!now) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      finish(null);
      return;
    }
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [-8, 0],
      ArrowRight: [8, 0],
      ArrowUp: [0, -8],
      ArrowDown: [0, 8],
    };
    const by = steps[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const a = { x: across.to(now.from), y: upward.to(now.high) };
    const b = { x: across.to(now.to), y: upward.to(now.low) };
    if (event.shiftKey) {
      setDraft(patch(a, { x: clamp(b.x + by[0], a.x + 4, right), y: clamp(b.y + by[1], a.y + 4, foot) }));
    } else {
      const dx = clamp(by[0], LEFT - a.x, right - b.x);
      const dy = clamp(by[1], TOP - a.y, foot - b.y);
      setDraft(patch({ x: a.x + dx, y: a.y + dy }, { x: b.x + dx, y: b.y + dy }));
    }
  };

  const shown = draft ?? selection;
  const sum = (piece: Patch): number => {
    let found = 0;
    for (const [began, bins] of columns) {
      if (began + period <= piece.from || began >= piece.to) continue;
      for (const [value, number] of bins) if (value >= piece.low && value <= piece.high) found += number;
    }
    return found;
  };
  const words = (piece: Patch): string =>
    `${clockTime(piece.from, inZone)} to ${clockTime(piece.to, inZone)}, ${duration(piece.low)} to ${duration(piece.high)}, ${plural(sum(piece), "request")}`;
  const all = useMemo(
    () => columns.reduce((number, [, bins]) => number + bins.reduce((n, bin) => n + bin[1], 0), 0),
    [columns],
  );

  const hovered = ((): { time: number; low: number; high: number; number: number } | null => {
    if (!pointer) return null;
    const column = clamp(Math.floor(((pointer.x - LEFT) / (right - LEFT)) * cells.columns), 0, cells.columns - 1);
    const row = clamp(Math.floor(((foot - pointer.y) / (foot - TOP)) * cells.rows), 0, cells.rows - 1);
    const tall = (foot - TOP) / cells.rows;
    return {
      time: start + ((end - start) * column) / cells.columns,
      low: upward.from(foot - row * tall),
      high: upward.from(foot - (row + 1) * tall),
      number: cells.counts[column * cells.rows + row] ?? 0,
    };
  })();

  return (
    <figure class="chart">
      <div ref={box} class="chart-box" style={{ height: `${height}px` }}>
        <Canvas size={size} draw={draw} label={`${label}: ${plural(all, "request")}`} />
        {size.width > 0 && (
          <div
            ref={area}
            class="brush two"
            role="group"
            tabIndex={onSelect ? 0 : -1}
            aria-label={
              shown
                ? `${label}: ${words(shown)}. Arrow keys move, with Shift resize, Escape clears.`
                : `${label}: drag, or press Enter and use the arrow keys, to choose a piece`
            }
            style={{ left: `${LEFT}px`, top: `${TOP}px`, width: `${right - LEFT}px`, height: `${foot - TOP}px` }}
            onPointerDown={(event) => {
              if (event.button !== 0 || !onSelect) return;
              drag.current = at(event);
              event.currentTarget.setPointerCapture(event.pointerId);
              event.preventDefault();
              event.currentTarget.focus({ preventScroll: true });
            }}
            onPointerMove={(event) => {
              const now = at(event);
              setPointer(now);
              const from = drag.current;
              if (from && Math.hypot(now.x - from.x, now.y - from.y) >= LEAST_PX) setDraft(patch(from, now));
            }}
            onPointerUp={(event) => {
              const from = drag.current;
              drag.current = null;
              if (!from) return;
              const now = at(event);
              if (Math.hypot(now.x - from.x, now.y - from.y) >= LEAST_PX) finish(patch(from, now));
              else if (selection) finish(null);
            }}
            onPointerCancel={() => {
              drag.current = null;
              setDraft(null);
            }}
            onPointerLeave={() => setPointer(null)}
            onKeyDown={keys}
          >
            {pointer && !drag.current && (
              <>
                <div class="cross across" style={{ top: `${pointer.y - TOP}px` }} />
                <div class="cross upward" style={{ left: `${pointer.x - LEFT}px` }} />
              </>
            )}
            {shown && (
              <div
                class="brush-patch"
                style={{
                  left: `${clamp(across.to(shown.from), LEFT, right) - LEFT}px`,
                  width: `${clamp(across.to(shown.to), LEFT, right) - clamp(across.to(shown.from), LEFT, right)}px`,
                  top: `${clamp(upward.to(shown.high), TOP, foot) - TOP}px`,
                  height: `${clamp(upward.to(shown.low), TOP, foot) - clamp(upward.to(shown.high), TOP, foot)}px`,
                }}
              />
            )}
          </div>
        )}
        {hovered && pointer && (
          <ChartTip x={pointer.x} y={Math.max(TOP, Math.min(pointer.y, foot - 56))} width={size.width}>
            <div class="chart-tip-head">{clockTime(hovered.time, inZone)}</div>
            <div class="chart-tip-row">
              <span class="grow">
                {duration(hovered.low)} – {duration(hovered.high)}
              </span>
              <span>{count(hovered.number)}</span>
            </div>
          </ChartTip>
        )}
      </div>
      {shown && (
        <figcaption class="chart-caption" aria-live="polite">
          {words(shown)}
        </figcaption>
      )}
      <HeatTable label={label} columns={columns} />
    </figure>
  );
}

const ROWS = 30;

function HeatTable({ label, columns }: { label: string; columns: readonly HeatColumn[] }) {
  const together = Math.max(1, Math.ceil(columns.length / ROWS));
  const inZone = zone.value;
  const rows: { start: number; number: number; slowest: number }[] = [];
  columns.forEach(([start, bins], index) => {
    if (index % together === 0) rows.push({ start, number: 0, slowest: 0 });
    const row = rows.at(-1);
    if (!row) return;
    for (const [value, number] of bins) {
      row.number += number;
      row.slowest = Math.max(row.slowest, value);
    }
  });
  return (
    <table class="sr">
      <caption>{label}</caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">Requests</th>
          <th scope="col">Slowest</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.start}>
            <th scope="row">{clockTime(row.start, inZone)}</th>
            <td>{count(row.number)}</td>
            <td>{duration(row.slowest)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
