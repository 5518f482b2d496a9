/**
 * Choosing a stretch of an axis, with mouse, touch and keyboard. Lies over a plot. Drag on what is free draws a stretch, drag
 * inside it moves it, its ends can be dragged; a click elsewhere clears. By keyboard: Enter makes one, arrow keys move the
 * end that has the focus, Escape clears.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../ui/icon.tsx";
import type { Scale } from "./scales.ts";

export type Stretch = readonly [low: number, high: number];

const GRIP = 8;
const LEAST_PX = 3;

interface Drag {
  readonly what: "new" | "move" | "low" | "high";
  readonly startPx: number;
  readonly low: number;
  readonly high: number;
  moved: boolean;
}

export function Brush({
  label,
  scale,
  top,
  height,
  selection,
  format,
  onChange,
  onDone,
  onHover,
  idle = false,
}: {
  /** What is chosen, such as "Response time". */
  label: string;
  /** Of the axis, horizontal, in px of the plot's box. */
  scale: Scale;
  top: number;
  height: number;
  selection: Stretch | null;
  format: (value: number) => string;
  /** While it is drawn. */
  onChange: (selection: Stretch | null) => void;
  /** When the person has finished. */
  onDone?: (selection: Stretch | null) => void;
  onHover?: (px: number | null) => void;
  /** Nothing can be chosen: only `onHover` is of use. */
  idle?: boolean;
}) {
  const area = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag | null>(null);
  const latest = useRef<Stretch | null>(selection);
  latest.current = selection;
  const [left, right] = scale.span;
  const [low, high] = selection
    ? [clamp(scale.to(selection[0]), left, right), clamp(scale.to(selection[1]), left, right)]
    : [0, 0];
  const [handle, setHandle] = useState<"low" | "high" | null>(null);
  const handles = useRef<{ low: HTMLDivElement | null; high: HTMLDivElement | null }>({ low: null, high: null });

  useEffect(() => {
    if (handle && selection) handles.current[handle]?.focus();
    setHandle(null);
  }, [handle, selection]);

  const place = (event: PointerEvent): number => {
    const box = area.current?.getBoundingClientRect();
    return clamp(left + event.clientX - (box?.left ?? 0), left, right);
  };

  const change = (a: number, b: number): void => {
    const next: Stretch = [scale.from(Math.min(a, b)), scale.from(Math.max(a, b))];
    latest.current = next;
    onChange(next);
  };

  const down = (event: PointerEvent): void => {
    if (event.button !== 0 || idle) return;
    const at = place(event);
    const what: Drag["what"] =
      selection === null
        ? "new"
        : Math.abs(at - low) <= GRIP && (at <= low || high - low > 2 * GRIP)
          ? "low"
          : Math.abs(at - high) <= GRIP && (at >= high || high - low > 2 * GRIP)
            ? "high"
            : at > low && at < high
              ? "move"
              : "new";
    drag.current = { what, startPx: at, low, high, moved: false };
    area.current?.setPointerCapture(event.pointerId);
    event.preventDefault();
    area.current?.focus({ preventScroll: true });
  };

  const move = (event: PointerEvent): void => {
    const at = place(event);
    onHover?.(at);
    const now = drag.current;
    if (!now) return;
    if (!now.moved && Math.abs(at - now.startPx) < LEAST_PX) return;
    now.moved = true;
    if (now.what === "new") change(now.startPx, at);
    else if (now.what === "low") change(at, now.high);
    else if (now.what === "high") change(now.low, at);
    else {
      const by = clamp(at - now.startPx, left - now.low, right - now.high);
      change(now.low + by, now.high + by);
    }
  };

  const up = (): void => {
    const now = drag.current;
    drag.current = null;
    if (!now) return;
    if (now.moved) onDone?.(latest.current);
    else if (now.what === "new" && selection) {
      onChange(null);
      onDone?.(null);
    }
  };

  const areaKeys = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    if (event.key === "Enter" && !selection) {
      event.preventDefault();
      change(left + (right - left) / 3, left + ((right - left) * 2) / 3);
      setHandle("low");
    } else if (event.key === "Escape" && selection) {
      event.preventDefault();
      event.stopPropagation();
      onChange(null);
      onDone?.(null);
    }
  };

  const handleKeys = (end: "low" | "high") => (event: KeyboardEvent) => {
    if (!selection) return;
    const step = event.shiftKey ? 20 : 4;
    const by = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step }[event.key];
    if (event.key === "Escape" || event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      event.stopPropagation();
      onChange(null);
      onDone?.(null);
      area.current?.focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      onDone?.(latest.current);
    } else if (by !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      if (end === "low") change(clamp(low + by, left, high - 1), high);
      else change(low, clamp(high + by, low + 1, right));
    }
  };

  const grip = (end: "low" | "high", px: number, value: number, least: number, most: number) => (
    <div
      ref={(element) => {
        handles.current[end] = element;
      }}
      class="brush-grip"
      role="slider"
      tabIndex={0}
      aria-label={`${label}, ${end === "low" ? "from" : "to"}`}
      aria-orientation="horizontal"
      aria-valuemin={least}
      aria-valuemax={most}
      aria-valuenow={value}
      aria-valuetext={format(value)}
      style={{ left: `${px - left}px` }}
      onKeyDown={handleKeys(end)}
    />
  );

  return (
    <div
      ref={area}
      class={`brush${idle ? " idle" : ""}`}
      role={idle ? undefined : "group"}
      tabIndex={idle ? undefined : 0}
      aria-label={
        idle
          ? undefined
          : selection
            ? `${label}: ${format(selection[0])} to ${format(selection[1])} is chosen. Enter applies, Escape clears.`
            : `${label}: drag, or press Enter and use the arrow keys, to choose a stretch`
      }
      style={{ left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${height}px` }}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onPointerLeave={() => onHover?.(null)}
      onKeyDown={areaKeys}
    >
      {selection && (
        <>
          <div class="brush-stretch" style={{ left: `${low - left}px`, width: `${Math.max(1, high - low)}px` }} />
          {grip("low", low, selection[0], scale.domain[0], selection[1])}
          {grip("high", high, selection[1], selection[0], scale.domain[1])}
        </>
      )}
    </div>
  );
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** What stands at the corner of a chart. */
export function ChartAction({
  icon,
  label,
  onClick,
}: {
  icon: "zoomIn" | "zoomOut" | "close";
  label: string;
  onClick: () => void;
}) {
  return (
    <button type="button" class="chart-action" onClick={onClick}>
      <Icon name={icon} size={12} />
      {label}
    </button>
  );
}
