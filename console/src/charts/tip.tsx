/** The small table beside the pointer. Pointer only: the same figures are in the chart's text alternative. */
import type { ComponentChildren } from "preact";

export function ChartTip({
  x,
  y,
  width,
  children,
}: {
  x: number;
  y: number;
  width: number;
  children: ComponentChildren;
}) {
  // On the other side where there would be no room.
  const flip = x > width * 0.6;
  return (
    <div
      class={`chart-tip${flip ? " flip" : ""}`}
      style={{ left: `${flip ? x - 10 : x + 10}px`, top: `${y}px` }}
      aria-hidden="true"
    >
      {children}
    </div>
  );
}
