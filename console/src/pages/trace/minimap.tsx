/**
 * The whole trace small, with the stretch that is shown. Drag on what is free to choose another, drag the chosen one to move
 * it, drag its ends; a double click shows all. The two ends are sliders for the keyboard.
 */
import { useCallback, useRef, useState } from "preact/hooks";
import type { Outcome } from "../../api/index.ts";
import { Canvas, type Colours, useSize } from "../../charts/index.ts";
import { duration } from "../../format/index.ts";
import type { TraceTree } from "../../trace/index.ts";
import { isWhole, moved, panned, type View, within } from "./viewport.ts";

const HEIGHT = 52;
const GRIP = 8;
const LEAST_DRAG = 3;

export function barColour(outcome: Outcome, colours: Colours): string {
  return outcome === "ok" ? colours.text3 : colours[outcome];
}

export function Minimap({
  tree,
  view,
  onView,
}: {
  tree: TraceTree;
  view: View;
  /** Also while it is dragged; `done` at the end. */
  onView: (view: View, done: boolean) => void;
}) {
  const [box, size] = useSize();
  const drag = useRef<{ what: "new" | "move" | "from" | "to"; x: number; view: View; far: boolean } | null>(null);
  const [drawing, setDrawing] = useState(false);
  const whole = tree.extent;
  const full = isWhole(view, whole);

  const draw = useCallback(
    (context: CanvasRenderingContext2D, colours: Colours) => {
      const { width, height } = { width: size.width, height: size.height };
      const inner = height - 8;
      const count = tree.parts.length;
      const step = Math.min(6, inner / count);
      const thick = Math.max(1, Math.min(3, step - 1));
      const scale = width / (whole[1] - whole[0]);
      // Failures last, so that they are not drawn over.
      for (const outcome of ["ok", "error", "throttle", "fault"] as const) {
        context.fillStyle = barColour(outcome, colours);
        context.globalAlpha = outcome === "ok" ? 0.75 : 1;
        for (const part of tree.parts) {
          if (part.entity.outcome !== outcome) continue;
          const x = (part.entity.start - whole[0]) * scale;
          const wide = Math.max(outcome === "ok" ? 1 : 2, (part.end - part.entity.start) * scale);
          context.fillRect(x, 4 + part.index * step, wide, outcome === "ok" ? thick : Math.max(2, thick));
        }
      }
      context.globalAlpha = 1;
    },
    [tree, size, whole],
  );

  const at = (x: number): number => whole[0] + (x / Math.max(1, size.width)) * (whole[1] - whole[0]);
  const px = (seconds: number): number => ((seconds - whole[0]) / (whole[1] - whole[0])) * size.width;
  const [left, right] = [px(view[0]), px(view[1])];

  const place = (event: PointerEvent): number => {
    const edge = box.current?.getBoundingClientRect().left ?? 0;
    return Math.max(0, Math.min(size.width, event.clientX - edge));
  };

  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const x = place(event);
    const what =
      Math.abs(x - left) <= GRIP
        ? "from"
        : Math.abs(x - right) <= GRIP
          ? "to"
          : !full && x > left && x < right
            ? "move"
            : "new";
    drag.current = { what, x, view, far: false };
    box.current?.setPointerCapture(event.pointerId);
  };

  const move = (event: PointerEvent): void => {
    const now = drag.current;
    if (!now) return;
    const x = place(event);
    if (!now.far && Math.abs(x - now.x) < LEAST_DRAG) return;
    now.far = true;
    setDrawing(true);
    onView(dragged(now, x), false);
  };

  const dragged = (now: { what: string; x: number; view: View }, x: number): View => {
    if (now.what === "new") return within([at(Math.min(x, now.x)), at(Math.max(x, now.x))], whole);
    if (now.what === "move") return within([now.view[0] + at(x) - at(now.x), now.view[1] + at(x) - at(now.x)], whole);
    return moved(now.view, whole, now.what as "from" | "to", at(x));
  };

  const up = (event: PointerEvent): void => {
    const now = drag.current;
    drag.current = null;
    setDrawing(false);
    if (now?.far) onView(dragged(now, place(event)), true);
  };

  const keys = (end: "from" | "to", event: KeyboardEvent): void => {
    const step = (whole[1] - whole[0]) * (event.shiftKey ? 0.1 : 0.01);
    const value = end === "from" ? view[0] : view[1];
    const to: Record<string, number> = {
      ArrowLeft: value - step,
      ArrowDown: value - step,
      ArrowRight: value + step,
      ArrowUp: value + step,
      PageDown: value - 10 * step,
      PageUp: value + 10 * step,
      Home: whole[0],
      End: whole[1],
    };
    const next = to[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    onView(moved(view, whole, end, next), true);
  };

  const handle = (end: "from" | "to") => (
    <div
      class={`trace-handle ${end}`}
      role="slider"
      tabIndex={0}
      aria-label={end === "from" ? "Begin of the stretch shown" : "End of the stretch shown"}
      aria-valuemin={whole[0] * 1000}
      aria-valuemax={whole[1] * 1000}
      aria-valuenow={(end === "from" ? view[0] : view[1]) * 1000}
      aria-valuetext={duration((end === "from" ? view[0] : view[1]) - whole[0])}
      style={{ left: `${end === "from" ? left : right}px` }}
      onKeyDown={(event) => keys(end, event)}
    />
  );

  return (
    <div
      ref={box}
      class={`trace-minimap${drawing ? " drawing" : ""}`}
      style={{ height: `${HEIGHT}px` }}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onDblClick={() => onView(whole, true)}
      onWheel={(event) => {
        if (!event.shiftKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
        event.preventDefault();
        onView(panned(view, whole, Math.sign(event.deltaX || event.deltaY) * 0.1), false);
      }}
    >
      <Canvas
        size={size}
        draw={draw}
        label={`The whole trace of ${tree.parts.length} parts over ${duration(whole[1] - whole[0])}`}
      />
      {!full && (
        <>
          <div class="trace-veil" style={{ left: "0", width: `${left}px` }} />
          <div class="trace-veil" style={{ left: `${right}px`, right: "0" }} />
        </>
      )}
      {handle("from")}
      {handle("to")}
    </div>
  );
}
