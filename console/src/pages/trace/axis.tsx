/** The head of the waterfall: names of its columns, and the axis of time. Dragging on the axis zooms. */
import { useRef, useState } from "preact/hooks";
import type { Tick, View } from "./viewport.ts";

const LEAST = 4;

export function Axis({
  view,
  ticks,
  width,
  withColumns,
  onView,
}: {
  view: View;
  ticks: readonly Tick[];
  /** Of the axis, px. */
  width: number;
  /** The columns beside the bars. */
  withColumns: boolean;
  onView: (view: View, done: boolean) => void;
}) {
  const lane = useRef<HTMLDivElement>(null);
  const from = useRef<number | null>(null);
  const [drawn, setDrawn] = useState<readonly [number, number] | null>(null);
  const place = (event: PointerEvent): number => {
    const box = lane.current?.getBoundingClientRect();
    return box ? Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) : 0;
  };
  const up = (): void => {
    if (drawn && (drawn[1] - drawn[0]) * width >= LEAST) {
      const size = view[1] - view[0];
      onView([view[0] + drawn[0] * size, view[0] + drawn[1] * size], true);
    }
    from.current = null;
    setDrawn(null);
  };
  return (
    <div class={`trace-axis${withColumns ? "" : " alone"}`}>
      {withColumns && (
        <>
          <div class="trace-name">Name</div>
          <div class="trace-status">Status</div>
          <div class="trace-took num">Time</div>
        </>
      )}
      <div
        ref={lane}
        class="trace-axis-lane"
        data-tip="Drag to zoom"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          from.current = place(event);
          event.currentTarget.setPointerCapture(event.pointerId);
          event.preventDefault();
        }}
        onPointerMove={(event) => {
          if (from.current === null) return;
          const at = place(event);
          setDrawn([Math.min(from.current, at), Math.max(from.current, at)]);
        }}
        onPointerUp={up}
        onPointerCancel={up}
      >
        {ticks.map((tick) => (
          <span
            key={tick.label}
            class={`trace-tick-label${tick.at * width > width - 54 ? " last" : ""}`}
            style={{ left: `${tick.at * 100}%` }}
          >
            {tick.label}
          </span>
        ))}
        {drawn && (
          <span class="trace-drawn" style={{ left: `${drawn[0] * 100}%`, width: `${(drawn[1] - drawn[0]) * 100}%` }} />
        )}
      </div>
    </div>
  );
}
