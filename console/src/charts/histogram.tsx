/**
 * Response times: how many requests took how long. Dragging chooses a range, which can be zoomed into. The axis is logarithmic
 * when a few slow requests would press all others against it (p99 over 20 times p50), unless told otherwise.
 */
import { useCallback, useMemo, useState } from "preact/hooks";
import type { Bin } from "../api/types.ts";
import { compact, count, duration, percent } from "../format/index.ts";
import { bars, durationDomain, durationScale, merged, percentile, total, wantsLog, within } from "./bins.ts";
import { Brush, ChartAction, type Stretch } from "./brush.tsx";
import { Canvas, type Colours, crisp, type Tone, useSize } from "./canvas.tsx";
import { logTicks, ticks } from "./scales.ts";
import { ChartTip } from "./tip.tsx";

export interface HistogramSeries {
  readonly id: string;
  readonly label: string;
  readonly tone: Tone;
  readonly bins: readonly Bin[];
}

const LEFT = 40;
const RIGHT = 8;
const TOP = 14;
const BOTTOM = 20;
const BAR = 7;

export function Histogram({
  label,
  series,
  mode = "percent",
  axis = "auto",
  selection,
  onSelect,
  marks = true,
  height = 148,
}: {
  /** Of what: "Response time of orders". */
  label: string;
  /** Stacked from the bottom in this order. */
  series: readonly HistogramSeries[];
  /** What the vertical axis says. */
  mode?: "percent" | "count";
  axis?: "auto" | "linear" | "log";
  /** Seconds. */
  selection: Stretch | null;
  /** Called when the person has finished choosing; null clears. Left out: nothing can be chosen. */
  onSelect?: (selection: Stretch | null) => void;
  /** Lines at p50, p95 and p99. */
  marks?: boolean;
  height?: number;
}) {
  const [box, size] = useSize();
  const [zoom, setZoom] = useState<Stretch | null>(null);
  const [draft, setDraft] = useState<Stretch | null | undefined>(undefined);
  const [hover, setHover] = useState<number | null>(null);
  const all = useMemo(() => merged(series.map((one) => one.bins)), [series]);
  const sum = useMemo(() => total(all), [all]);
  const isLog = axis === "log" || (axis === "auto" && wantsLog(all));
  const shown = draft === undefined ? selection : draft;

  const scale = useMemo(
    () => durationScale(zoom ?? durationDomain(all, isLog), [LEFT, Math.max(LEFT + 10, size.width - RIGHT)], isLog),
    [all, isLog, zoom, size.width],
  );
  const number = Math.max(8, Math.min(80, Math.floor((scale.span[1] - scale.span[0]) / BAR)));
  const stacked = useMemo(
    () =>
      bars(
        series.map((one) => one.bins),
        scale,
        number,
      ),
    [series, scale, number],
  );
  const most = Math.max(mode === "percent" ? 0.001 : 1, stacked.highest / (mode === "percent" ? Math.max(1, sum) : 1));
  const foot = height - BOTTOM;
  const step = (scale.span[1] - scale.span[0]) / number;

  const draw = useCallback(
    (context: CanvasRenderingContext2D, colour: Colours) => {
      const [left, right] = scale.span;
      const up = (value: number): number => foot - (value / most) * (foot - TOP);
      context.textBaseline = "middle";
      context.textAlign = "right";
      for (const tick of ticks(0, most, 3)) {
        if (tick === 0) continue;
        const y = crisp(up(tick));
        context.strokeStyle = colour.line;
        context.beginPath();
        context.moveTo(left, y);
        context.lineTo(right, y);
        context.stroke();
        context.fillStyle = colour.text3;
        context.fillText(mode === "percent" ? percent(tick) : compact(tick), left - 6, y);
      }
      const outside = (index: number): boolean =>
        shown !== null && ((stacked.edges[index + 1] ?? 0) <= shown[0] || (stacked.edges[index] ?? 0) >= shown[1]);
      for (let index = 0; index < number; index += 1) {
        let base = 0;
        series.forEach((one, at) => {
          const value = (stacked.counts[at]?.[index] ?? 0) / (mode === "percent" ? Math.max(1, sum) : 1);
          if (value === 0) return;
          const y = up(base + value);
          // Something must be seen of what is rare.
          const tall = Math.max(1.5, up(base) - y);
          context.globalAlpha = (outside(index) ? 0.3 : 1) * (one.tone === "ok" ? 0.7 : 1);
          context.fillStyle = colour[one.tone];
          context.fillRect(left + index * step + 0.5, up(base) - tall, Math.max(1, step - 1), tall);
          base += value;
        });
      }
      context.globalAlpha = 1;
      context.strokeStyle = colour.lineStrong;
      context.beginPath();
      context.moveTo(left, crisp(foot));
      context.lineTo(right, crisp(foot));
      context.stroke();
      context.textBaseline = "alphabetic";
      context.textAlign = "center";
      const many = Math.max(2, Math.floor((right - left) / 64));
      const places = isLog
        ? logTicks(scale.domain[0], scale.domain[1], many)
        : ticks(scale.domain[0], scale.domain[1], many);
      context.fillStyle = colour.text3;
      for (const tick of places) {
        const x = scale.to(tick);
        context.fillRect(Math.round(x), foot, 1, 4);
        const text = duration(tick);
        const half = context.measureText(text).width / 2;
        context.fillText(text, Math.min(right - half, Math.max(left - 20 + half, x)), height - 4);
      }
      if (marks) drawMarks(context, colour, all, scale.to, left, right, foot);
    },
    [scale, stacked, series, most, mode, shown, sum, isLog, number, step, foot, height, marks, all],
  );

  const finish = (next: Stretch | null): void => {
    setDraft(undefined);
    onSelect?.(next);
  };
  const at = hover === null ? null : Math.min(number - 1, Math.max(0, Math.floor((hover - scale.span[0]) / step)));

  return (
    <figure class="chart">
      <div ref={box} class="chart-box" style={{ height: `${height}px` }}>
        <Canvas size={size} draw={draw} label={described(label, all, sum)} />
        {onSelect && size.width > 0 && (
          <Brush
            label={label}
            scale={scale}
            top={0}
            height={foot}
            selection={shown}
            format={duration}
            onChange={setDraft}
            onDone={finish}
            onHover={setHover}
          />
        )}
        {at !== null && hover !== null && (
          <ChartTip x={hover} y={TOP} width={size.width}>
            <div class="chart-tip-head">
              {duration(stacked.edges[at])} – {duration(stacked.edges[at + 1])}
            </div>
            {series.map((one, index) => {
              const here = stacked.counts[index]?.[at] ?? 0;
              if (here === 0 && series.length > 1) return null;
              return (
                <div key={one.id} class="chart-tip-row">
                  <span class={`swatch ${one.tone}`} />
                  <span class="grow">{one.label}</span>
                  <span>{count(here)}</span>
                  <span class="faint">{percent(sum === 0 ? 0 : here / sum)}</span>
                </div>
              );
            })}
          </ChartTip>
        )}
        <div class="chart-actions">
          {shown && draft === undefined && (
            <>
              <ChartAction icon="zoomIn" label="Zoom" onClick={() => setZoom(shown)} />
              <ChartAction icon="close" label="Clear" onClick={() => finish(null)} />
            </>
          )}
          {zoom && <ChartAction icon="zoomOut" label="Whole range" onClick={() => setZoom(null)} />}
        </div>
      </div>
      {shown && (
        <figcaption class="chart-caption" aria-live="polite">
          {duration(shown[0])} – {duration(shown[1])} · {count(within(all, shown[0], shown[1]))} of {count(sum)}{" "}
          requests ({percent(sum === 0 ? 0 : within(all, shown[0], shown[1]) / sum)})
        </figcaption>
      )}
      <table class="sr">
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">Response time</th>
            {series.map((one) => (
              <th key={one.id} scope="col">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: number }, (_, index) => index)
            .filter((index) => stacked.counts.some((row) => (row[index] ?? 0) > 0))
            .map((index) => (
              <tr key={index}>
                <th scope="row">
                  {duration(stacked.edges[index])} to {duration(stacked.edges[index + 1])}
                </th>
                {series.map((one, row) => (
                  <td key={one.id}>{count(stacked.counts[row]?.[index] ?? 0)}</td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </figure>
  );
}

function described(label: string, all: readonly Bin[], sum: number): string {
  if (sum === 0) return `${label}: no requests`;
  return `${label}: ${count(sum)} requests, p50 ${duration(percentile(all, 0.5))}, p95 ${duration(percentile(all, 0.95))}, p99 ${duration(percentile(all, 0.99))}`;
}

function drawMarks(
  context: CanvasRenderingContext2D,
  colour: Colours,
  all: readonly Bin[],
  to: (value: number) => number,
  left: number,
  right: number,
  foot: number,
): void {
  let last = Number.NEGATIVE_INFINITY;
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const [name, share] of [
    ["p50", 0.5],
    ["p95", 0.95],
    ["p99", 0.99],
  ] as const) {
    const value = percentile(all, share);
    const x = value === null ? Number.NaN : to(value);
    if (!(x >= left && x <= right)) continue;
    context.strokeStyle = colour.text3;
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(crisp(x), 13);
    context.lineTo(crisp(x), foot);
    context.stroke();
    context.setLineDash([]);
    // Names that would lie upon each other are left out; the lines say enough.
    if (x - last < 26) continue;
    context.fillStyle = colour.text2;
    context.fillText(name, Math.min(right - 10, Math.max(left + 10, x)), 0);
    last = x;
  }
}
