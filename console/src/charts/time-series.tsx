/** Requests over time: stacked outcomes as bars, response time as a line. Dragging chooses a time range. */
import { useCallback, useMemo, useState } from "preact/hooks";
import type { Bucket } from "../api/types.ts";
import { zone } from "../app/prefs.ts";
import { clockTime, compact, count, duration } from "../format/index.ts";
import { Brush, type Stretch } from "./brush.tsx";
import { Canvas, type Colours, crisp, type Tone, useSize } from "./canvas.tsx";
import { linear, ticks, timeTickLabel, timeTicks } from "./scales.ts";
import { ChartTip } from "./tip.tsx";

const LEFT = 40;
const TOP = 10;
const BOTTOM = 20;

/** From the bottom: what is wrong stands on the axis, where its height can be compared. */
const STACK: readonly { readonly at: 1 | 2 | 3 | 4; readonly tone: Tone; readonly label: string }[] = [
  { at: 4, tone: "fault", label: "Fault" },
  { at: 3, tone: "throttle", label: "Throttle" },
  { at: 2, tone: "error", label: "Error" },
  { at: 1, tone: "ok", label: "OK" },
];

const LINES = { mean: 5, p95: 6 } as const;

export function TimeSeries({
  label,
  buckets,
  period,
  start,
  end,
  line = "p95",
  show = ["ok", "error", "throttle", "fault"],
  onSelect,
  height = 148,
}: {
  label: string;
  buckets: readonly Bucket[];
  /** Seconds of a bucket. */
  period: number;
  /** What the axis shows, epoch seconds. */
  start: number;
  end: number;
  /** Which response time is drawn, on an axis of its own at the right. */
  line?: "mean" | "p95" | null;
  /** Outcomes that are drawn. */
  show?: readonly ("ok" | "error" | "throttle" | "fault")[];
  /** Called when the person has chosen a range; see `chooseBetween`. */
  onSelect?: (start: number, end: number) => void;
  height?: number;
}) {
  const [box, size] = useSize();
  const [draft, setDraft] = useState<Stretch | null>(null);
  const [hover, setHover] = useState<number | null>(null);
  const inZone = zone.value;
  const stack = useMemo(() => STACK.filter((part) => show.includes(part.tone as "ok")), [show]);
  const slowest = useMemo(
    () => (line === null ? 0 : Math.max(0, ...buckets.map((bucket) => bucket[LINES[line]] ?? 0))),
    [buckets, line],
  );
  const right = line !== null && slowest > 0 ? 48 : 8;
  const highest = useMemo(
    () => Math.max(1, ...buckets.map((bucket) => stack.reduce((sum, part) => sum + bucket[part.at], 0))),
    [buckets, stack],
  );
  const scale = useMemo(
    () => linear([start, end], [LEFT, Math.max(LEFT + 10, size.width - right)]),
    [start, end, size.width, right],
  );
  const foot = height - BOTTOM;

  const draw = useCallback(
    (context: CanvasRenderingContext2D, colour: Colours) => {
      const [from, to] = scale.span;
      const up = (value: number): number => foot - (value / highest) * (foot - TOP);
      context.textBaseline = "middle";
      context.textAlign = "right";
      for (const tick of ticks(0, highest, 3)) {
        if (tick === 0 || !Number.isInteger(tick)) continue;
        const y = crisp(up(tick));
        context.strokeStyle = colour.line;
        context.beginPath();
        context.moveTo(from, y);
        context.lineTo(to, y);
        context.stroke();
        context.fillStyle = colour.text3;
        context.fillText(compact(tick), from - 6, y);
      }
      const wide = Math.max(1, scale.to(start + period) - scale.to(start));
      const gap = wide > 4 ? 1 : 0;
      context.save();
      context.beginPath();
      context.rect(from, 0, to - from, foot);
      context.clip();
      for (const bucket of buckets) {
        let base = 0;
        for (const part of stack) {
          const value = bucket[part.at];
          if (value === 0) continue;
          const tall = Math.max(1.5, up(base) - up(base + value));
          context.globalAlpha = part.tone === "ok" ? 0.55 : 1;
          context.fillStyle = colour[part.tone];
          context.fillRect(scale.to(bucket[0]) + gap / 2, up(base) - tall, Math.max(1, wide - gap), tall);
          base += value;
        }
      }
      context.globalAlpha = 1;
      if (line !== null && slowest > 0) {
        const rise = (value: number): number => foot - (value / (slowest * 1.1)) * (foot - TOP);
        context.strokeStyle = colour.text;
        context.lineWidth = 1.25;
        context.lineJoin = "round";
        context.beginPath();
        let drawing = false;
        let before = Number.NEGATIVE_INFINITY;
        for (const bucket of buckets) {
          const value = bucket[LINES[line]];
          if (value === null) {
            drawing = false;
            continue;
          }
          // A gap in the data is a gap in the line.
          if (bucket[0] - before > period * 1.5) drawing = false;
          before = bucket[0];
          const x = scale.to(bucket[0] + period / 2);
          if (drawing) context.lineTo(x, rise(value));
          else {
            context.moveTo(x - 1, rise(value));
            context.lineTo(x + 1, rise(value));
          }
          drawing = true;
        }
        context.stroke();
        context.lineWidth = 1;
        context.restore();
        context.save();
        context.textAlign = "left";
        context.textBaseline = "middle";
        context.fillStyle = colour.text2;
        for (const tick of ticks(0, slowest * 1.1, 3))
          if (tick > 0) context.fillText(duration(tick), to + 6, rise(tick));
      }
      context.restore();
      context.strokeStyle = colour.lineStrong;
      context.beginPath();
      context.moveTo(from, crisp(foot));
      context.lineTo(to, crisp(foot));
      context.stroke();
      context.textBaseline = "alphabetic";
      context.textAlign = "center";
      context.fillStyle = colour.text3;
      const places = timeTicks(start, end, Math.max(2, Math.floor((to - from) / 70)), inZone);
      const step = (places[1] ?? 0) - (places[0] ?? 0);
      for (const tick of places) {
        const x = scale.to(tick);
        context.fillRect(Math.round(x), foot, 1, 4);
        const text = timeTickLabel(tick, step, inZone);
        const half = context.measureText(text).width / 2;
        context.fillText(text, Math.min(to - half + 8, Math.max(from + half - 8, x)), height - 4);
      }
    },
    [scale, buckets, period, stack, highest, slowest, line, start, end, inZone, foot, height],
  );

  const bucket =
    hover === null
      ? undefined
      : buckets.find((one) => scale.from(hover) >= one[0] && scale.from(hover) < one[0] + period);
  const sums = useMemo(
    () => stack.map((part) => buckets.reduce((sum, one) => sum + one[part.at], 0)),
    [buckets, stack],
  );
  const described = `${label}: ${stack.map((part, index) => `${part.label} ${count(sums[index] ?? 0)}`).join(", ")}`;

  return (
    <figure class="chart">
      <div ref={box} class="chart-box" style={{ height: `${height}px` }}>
        <Canvas size={size} draw={draw} label={described} />
        {size.width > 0 && (
          <Brush
            label={label}
            scale={scale}
            top={0}
            height={foot}
            idle={!onSelect}
            selection={draft}
            format={(at) => clockTime(at, inZone)}
            onChange={setDraft}
            onDone={(chosen) => {
              setDraft(null);
              if (chosen && onSelect) onSelect(chosen[0], chosen[1]);
            }}
            onHover={setHover}
          />
        )}
        {bucket && hover !== null && (
          <ChartTip x={hover} y={TOP} width={size.width}>
            <div class="chart-tip-head">
              {clockTime(bucket[0], inZone)} – {clockTime(bucket[0] + period, inZone)}
            </div>
            {[...stack].reverse().map((part) => (
              <div key={part.label} class="chart-tip-row">
                <span class={`swatch ${part.tone}`} />
                <span class="grow">{part.label}</span>
                <span>{count(bucket[part.at])}</span>
              </div>
            ))}
            {bucket[5] !== null && (
              <div class="chart-tip-row faint">
                <span class="grow">mean {duration(bucket[5])}</span>
                <span>p95 {duration(bucket[6])}</span>
              </div>
            )}
          </ChartTip>
        )}
      </div>
      <TimeTable label={label} buckets={buckets} period={period} />
    </figure>
  );
}

/** So many rows are read out at most; buckets are added up to fit. */
const ROWS = 30;

function TimeTable({ label, buckets, period }: { label: string; buckets: readonly Bucket[]; period: number }) {
  const together = Math.max(1, Math.ceil(buckets.length / ROWS));
  const rows = useMemo(() => {
    const found: { start: number; sums: number[] }[] = [];
    buckets.forEach((bucket, index) => {
      if (index % together === 0) found.push({ start: bucket[0], sums: [0, 0, 0, 0] });
      const row = found.at(-1);
      if (row) row.sums = row.sums.map((sum, at) => sum + (bucket[(at + 1) as 1 | 2 | 3 | 4] ?? 0));
    });
    return found;
  }, [buckets, together]);
  const inZone = zone.value;
  return (
    <table class="sr">
      <caption>
        {label}, per {duration(period * together)}
      </caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">OK</th>
          <th scope="col">Error</th>
          <th scope="col">Throttle</th>
          <th scope="col">Fault</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.start}>
            <th scope="row">{clockTime(row.start, inZone)}</th>
            {row.sums.map((sum, index) => (
              <td key={index}>{count(sum)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
