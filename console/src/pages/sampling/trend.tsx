/** What matched a rule in the last half an hour, and what of it was sampled, and how. Dragging opens the traces of a time. */
import { useCallback, useMemo, useState } from "preact/hooks";
import type { SamplingAnswer, SamplingRule } from "../../api/index.ts";
import { href, navigate, zone } from "../../app/index.ts";
import {
  Brush,
  Canvas,
  ChartTip,
  type Colours,
  linear,
  type Stretch,
  ticks,
  timeTickLabel,
  timeTicks,
  useSize,
} from "../../charts/index.ts";
import { clockTime, compact, count } from "../../format/index.ts";
import { type Parts, parts } from "./rules.ts";

const LEFT = 40;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 20;
const HEIGHT = 150;

/** From the bottom; no colours of a status, since none of it is good or bad. */
const STACK = [
  { part: "reservoir", label: "By the reservoir", opacity: 1 },
  { part: "fixed", label: "By the rate", opacity: 0.55 },
  { part: "borrowed", label: "Borrowed", opacity: 0.25 },
] as const;

export function Trend({ rule, windows }: { rule: SamplingRule; windows: SamplingAnswer["windows"] }) {
  const [box, size] = useSize();
  const [hover, setHover] = useState<number | null>(null);
  const [draft, setDraft] = useState<Stretch | null>(null);
  const counts = windows.rules[rule.name];
  const columns = useMemo(
    () => windows.start.map((_, at) => parts(counts, at, rule.fixed_rate)),
    [windows, counts, rule.fixed_rate],
  );
  const start = windows.start[0] ?? 0;
  const end = (windows.start.at(-1) ?? 0) + windows.seconds;
  const most = Math.max(1, ...columns.map((column) => column.requests));
  const inZone = zone.value;
  const scale = useMemo(
    () => linear([start, end], [LEFT, Math.max(LEFT + 10, size.width - RIGHT)]),
    [start, end, size.width],
  );
  const foot = HEIGHT - BOTTOM;

  const draw = useCallback(
    (context: CanvasRenderingContext2D, colour: Colours) => {
      const up = (value: number): number => foot - (value / most) * (foot - TOP);
      context.font = colour.font;
      context.textBaseline = "middle";
      context.strokeStyle = colour.line;
      context.fillStyle = colour.text3;
      context.textAlign = "end";
      for (const value of ticks(0, most, 3)) {
        if (!Number.isInteger(value)) continue;
        const y = Math.round(up(value)) + 0.5;
        context.beginPath();
        context.moveTo(LEFT, y);
        context.lineTo(size.width - RIGHT, y);
        context.stroke();
        context.fillText(compact(value), LEFT - 6, y);
      }
      context.textAlign = "center";
      const places = timeTicks(start, end, Math.max(2, Math.floor(size.width / 90)), inZone);
      const step = (places[1] ?? 0) - (places[0] ?? 0);
      for (const at of places) {
        const text = timeTickLabel(at, step, inZone);
        const half = context.measureText(text).width / 2;
        context.fillText(text, Math.min(size.width - half, Math.max(LEFT + half, scale.to(at))), foot + 12);
      }
      const width = Math.max(1, scale.to(start + windows.seconds) - scale.to(start) - 0.5);
      columns.forEach((column, index) => {
        const x = scale.to(start + index * windows.seconds);
        let base = 0;
        for (const { part, opacity } of STACK) {
          const value = column[part];
          if (value <= 0) continue;
          context.globalAlpha = opacity;
          context.fillStyle = colour.accent;
          context.fillRect(x, up(base + value), width, up(base) - up(base + value));
          base += value;
        }
        context.globalAlpha = 1;
        if (index === hover) {
          context.fillStyle = colour.text3;
          context.globalAlpha = 0.18;
          context.fillRect(x, TOP, width, foot - TOP);
          context.globalAlpha = 1;
        }
      });
      // What matched, as a line above what was sampled of it.
      context.beginPath();
      columns.forEach((column, index) => {
        const x = scale.to(start + index * windows.seconds);
        const y = up(column.requests);
        if (index === 0) context.moveTo(x, y);
        else context.lineTo(x, y);
        context.lineTo(x + width, y);
      });
      context.strokeStyle = colour.text2;
      context.lineWidth = 1;
      context.stroke();
    },
    [columns, most, size.width, start, end, hover, inZone, scale],
  );
  const sum = useMemo(() => total(columns), [columns]);
  const at = hover === null ? null : columns[hover];
  return (
    <figure class="sampling-trend">
      <div ref={box} class="sampling-trend-box">
        <Canvas
          size={size}
          draw={draw}
          label={`The last half an hour: ${count(sum.requests)} requests matched, ${count(Math.round(sum.reservoir))} sampled by the reservoir, ${count(Math.round(sum.fixed))} by the rate, ${count(sum.borrowed)} borrowed.`}
        />
        {size.width > 0 && (
          <Brush
            label="Time, to see its traces"
            scale={scale}
            top={0}
            height={foot}
            selection={draft}
            format={(moment) => clockTime(moment, inZone)}
            onChange={setDraft}
            onDone={(chosen) => {
              setDraft(null);
              if (chosen)
                navigate(
                  href("/traces", {}, { kind: "between", from: Math.floor(chosen[0]), to: Math.ceil(chosen[1]) }),
                );
            }}
            onHover={(px) => {
              const index = px === null ? -1 : Math.floor((scale.from(px) - start) / windows.seconds);
              setHover(index >= 0 && index < columns.length ? index : null);
            }}
          />
        )}
        {at && hover !== null && (
          <ChartTip x={scale.to(start + (hover + 0.5) * windows.seconds)} y={TOP} width={size.width}>
            <div class="chart-tip-head">
              {clockTime(start + hover * windows.seconds, inZone)} –{" "}
              {clockTime(start + (hover + 1) * windows.seconds, inZone)}
            </div>
            <div class="chart-tip-row">
              <span>Matched</span>
              <span class="num">{count(at.requests)}</span>
            </div>
            {STACK.map(({ part, label }) => (
              <div key={part} class="chart-tip-row">
                <span>{label}</span>
                <span class="num">{count(Math.round(at[part]))}</span>
              </div>
            ))}
          </ChartTip>
        )}
      </div>
      <figcaption class="sampling-legend small muted">
        <span>
          <i class="sampling-key line" aria-hidden="true" />
          Matched
        </span>
        {STACK.map(({ part, label, opacity }) => (
          <span key={part}>
            <i class="sampling-key" style={{ opacity: String(opacity) }} aria-hidden="true" />
            {label}
          </span>
        ))}
        <span class="faint">per 10 seconds; drag to see the traces of a time</span>
      </figcaption>
    </figure>
  );
}

function total(columns: readonly Parts[]): Parts {
  return columns.reduce(
    (sum, column) => ({
      requests: sum.requests + column.requests,
      borrowed: sum.borrowed + column.borrowed,
      reservoir: sum.reservoir + column.reservoir,
      fixed: sum.fixed + column.fixed,
    }),
    { requests: 0, borrowed: 0, reservoir: 0, fixed: 0 },
  );
}
