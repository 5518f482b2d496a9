/**
 * Two sets in one chart, as shares or counts: A as an area, B as a dashed line, all traces as a thin grey one. They are told
 * apart by how they are drawn; colour here means no status. Dragging chooses a stretch of the axis.
 */
import { useCallback, useMemo, useState } from "preact/hooks";
import type { Bin } from "../../api/index.ts";
import { zone } from "../../app/index.ts";
// The brush and the bins are the charts' own; they have no chart for lines of several sets.
import { bars, durationDomain, durationScale, total, wantsLog } from "../../charts/bins.ts";
import { Brush, ChartAction } from "../../charts/brush.tsx";
import {
  Canvas,
  ChartTip,
  type Colours,
  crisp,
  linear,
  logTicks,
  type Stretch,
  ticks,
  timeTickLabel,
  timeTicks,
  useSize,
} from "../../charts/index.ts";
import { clockTime, compact, count, duration, percent } from "../../format/index.ts";

export interface Line {
  readonly id: "a" | "b" | "all";
  readonly label: string;
  readonly bins: readonly Bin[];
}

const LEFT = 40;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 20;
const ROWS = 30;

export function SetsChart({
  label,
  lines,
  axis,
  mode,
  selection,
  onSelect,
  height = 168,
}: {
  label: string;
  lines: readonly Line[];
  /** Response times, with bins of all traces that say what is shown; or a time range with its period. */
  axis:
    | { readonly kind: "response"; readonly bins: readonly Bin[] }
    | { readonly kind: "time"; readonly start: number; readonly end: number; readonly period: number };
  mode: "percent" | "count";
  selection: Stretch | null;
  onSelect: (selection: Stretch | null) => void;
  height?: number;
}) {
  const [box, size] = useSize();
  const [draft, setDraft] = useState<Stretch | null | undefined>(undefined);
  const [hover, setHover] = useState<number | null>(null);
  const inZone = zone.value;
  const shown = draft === undefined ? selection : draft;
  const foot = height - BOTTOM;
  const right = Math.max(LEFT + 10, size.width - RIGHT);
  const isLog = axis.kind === "response" && wantsLog(axis.bins);

  const scale = useMemo(
    () =>
      axis.kind === "response"
        ? durationScale(durationDomain(axis.bins, isLog), [LEFT, right], isLog)
        : linear([axis.start, axis.end], [LEFT, right]),
    [axis, right, isLog],
  );
  const number =
    axis.kind === "response"
      ? Math.max(12, Math.min(64, Math.floor((right - LEFT) / 9)))
      : Math.max(1, Math.round((axis.end - axis.start) / axis.period));
  const drawn = useMemo(
    () =>
      lines.map((line) => {
        const sum = mode === "percent" ? Math.max(1, total(line.bins)) : 1;
        const found = bars([line.bins], scale, number);
        return {
          ...line,
          edges: found.edges,
          counts: found.counts[0] ?? [],
          values: (found.counts[0] ?? []).map((n) => n / sum),
        };
      }),
    [lines, scale, number, mode],
  );
  const most = Math.max(mode === "percent" ? 0.01 : 1, ...drawn.flatMap((line) => line.values));
  const step = (right - LEFT) / number;
  const format = axis.kind === "response" ? duration : (value: number) => clockTime(value, inZone);

  const draw = useCallback(
    (context: CanvasRenderingContext2D, colour: Colours) => {
      const up = (value: number): number => foot - (value / most) * (foot - TOP);
      context.textBaseline = "middle";
      context.textAlign = "right";
      for (const tick of ticks(0, most, 3)) {
        if (tick === 0 || (mode === "count" && !Number.isInteger(tick))) continue;
        const y = crisp(up(tick));
        context.strokeStyle = colour.line;
        context.beginPath();
        context.moveTo(LEFT, y);
        context.lineTo(right, y);
        context.stroke();
        context.fillStyle = colour.text3;
        context.fillText(mode === "percent" ? percent(tick) : compact(tick), LEFT - 6, y);
      }
      for (const line of drawn) {
        const path = (): void => {
          context.beginPath();
          context.moveTo(LEFT, foot);
          line.values.forEach((value, index) => {
            context.lineTo(LEFT + index * step, up(value));
            context.lineTo(LEFT + (index + 1) * step, up(value));
          });
          context.lineTo(right, foot);
        };
        path();
        if (line.id === "a") {
          context.globalAlpha = 0.22;
          context.fillStyle = colour.accent;
          context.fill();
          context.globalAlpha = 1;
        }
        context.lineJoin = "round";
        context.lineWidth = line.id === "all" ? 1 : 1.5;
        context.strokeStyle = line.id === "a" ? colour.accent : line.id === "b" ? colour.text : colour.text3;
        context.setLineDash(line.id === "b" ? [4, 3] : []);
        context.stroke();
        context.setLineDash([]);
      }
      context.lineWidth = 1;
      context.strokeStyle = colour.lineStrong;
      context.beginPath();
      context.moveTo(LEFT, crisp(foot));
      context.lineTo(right, crisp(foot));
      context.stroke();
      context.textBaseline = "alphabetic";
      context.textAlign = "center";
      context.fillStyle = colour.text3;
      const many = Math.max(2, Math.floor((right - LEFT) / 68));
      const [low, high] = scale.domain;
      const places =
        axis.kind === "time"
          ? timeTicks(low, high, many, inZone)
          : isLog
            ? logTicks(low, high, many)
            : ticks(low, high, many);
      const apart = (places[1] ?? 0) - (places[0] ?? 0);
      for (const tick of places) {
        const x = scale.to(tick);
        context.fillRect(Math.round(x), foot, 1, 4);
        const words = axis.kind === "time" ? timeTickLabel(tick, apart, inZone) : duration(tick);
        const half = context.measureText(words).width / 2;
        context.fillText(words, Math.min(right - half, Math.max(LEFT - 20 + half, x)), height - 4);
      }
    },
    [drawn, most, mode, foot, right, step, scale, axis, isLog, inZone, height],
  );

  const finish = (next: Stretch | null): void => {
    setDraft(undefined);
    onSelect(next);
  };
  const at = hover === null ? null : Math.min(number - 1, Math.max(0, Math.floor((hover - LEFT) / step)));
  const edges = drawn[0]?.edges ?? [];
  const together = Math.max(1, Math.ceil(number / ROWS));
  const from = (index: number): string => format(edges[index] ?? 0);

  return (
    <figure class="chart">
      <div ref={box} class="chart-box" style={{ height: `${height}px` }}>
        <Canvas
          size={size}
          draw={draw}
          label={`${label}: ${drawn.map((line) => `${line.label}, ${count(total(line.bins))} traces`).join("; ")}`}
        />
        {size.width > 0 && (
          <Brush
            label={label}
            scale={scale}
            top={0}
            height={foot}
            selection={shown}
            format={format}
            onChange={setDraft}
            onDone={finish}
            onHover={setHover}
          />
        )}
        {at !== null && hover !== null && (
          <ChartTip x={hover} y={TOP} width={size.width}>
            <div class="chart-tip-head">
              {from(at)} – {from(at + 1)}
            </div>
            {drawn.map((line) => (
              <div key={line.id} class="chart-tip-row">
                <span class={`analytics-line ${line.id}`} />
                <span class="grow">{line.label}</span>
                <span>{count(line.counts[at] ?? 0)}</span>
                {mode === "percent" && <span class="faint">{percent(line.values[at] ?? 0)}</span>}
              </div>
            ))}
          </ChartTip>
        )}
        <div class="chart-actions">
          {shown && draft === undefined && <ChartAction icon="close" label="Clear" onClick={() => finish(null)} />}
        </div>
      </div>
      <table class="sr">
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            {drawn.map((line) => (
              <th key={line.id} scope="col">
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: Math.ceil(number / together) }, (_, index) => index * together).map((index) => (
            <tr key={index}>
              <th scope="row">{from(index)}</th>
              {drawn.map((line) => (
                <td key={line.id}>
                  {count(line.counts.slice(index, index + together).reduce((sum, value) => sum + value, 0))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
