/** A small line without axes: how a figure went in the last minutes. */
import { useCallback } from "preact/hooks";
import { Canvas, type Colours, type Tone, useSize } from "./canvas.tsx";

export interface Point {
  /** Seconds, by any clock. */
  readonly at: number;
  readonly value: number;
}

export function Sparkline({
  label,
  points,
  start,
  end,
  tone = "accent",
  height = 40,
}: {
  /** What it shows, in words. */
  label: string;
  points: readonly Point[];
  /** What the width is, by the clock of the points. */
  start: number;
  end: number;
  tone?: Tone;
  height?: number;
}) {
  const [box, size] = useSize();
  const draw = useCallback(
    (context: CanvasRenderingContext2D, colour: Colours) => {
      const x = (at: number): number => ((at - start) / (end - start)) * size.width;
      const most = Math.max(...points.map((point) => point.value), 1e-9);
      const y = (value: number): number => height - 1.5 - (value / most) * (height - 5);
      context.strokeStyle = colour.line;
      context.beginPath();
      context.moveTo(0, height - 0.5);
      context.lineTo(size.width, height - 0.5);
      context.stroke();
      const first = points[0];
      const last = points.at(-1);
      if (!first || !last) return;
      context.beginPath();
      context.moveTo(x(first.at), y(first.value));
      for (const point of points) context.lineTo(x(point.at), y(point.value));
      context.strokeStyle = colour[tone];
      context.lineWidth = 1.5;
      context.lineJoin = "round";
      context.stroke();
      context.lineTo(x(last.at), height);
      context.lineTo(x(first.at), height);
      context.closePath();
      context.globalAlpha = 0.12;
      context.fillStyle = colour[tone];
      context.fill();
      context.globalAlpha = 1;
    },
    [points, start, end, tone, size.width, height],
  );
  return (
    <div ref={box} class="sparkline" style={{ height: `${height}px` }}>
      <Canvas size={size} draw={draw} label={label} />
    </div>
  );
}
