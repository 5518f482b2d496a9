/**
 * A panel at the side of what it is about. It can be resized (pointer or arrow keys) and keeps its width; Escape closes. On
 * a phone it is a sheet. It stands in a row: `<div class="split"><div class="grow">...</div><SidePanel .../></div>`.
 */
import type { ComponentChildren } from "preact";
import { useId, useMemo, useRef } from "preact/hooks";
import { useKeys } from "../app/keys.ts";
import { isNumber, preference } from "../app/prefs.ts";
import { IconButton } from "./button.tsx";

const LEAST = 320;
const STEP = 24;

/** Leaves something of the page to see. */
function most(): number {
  return Math.max(LEAST, window.innerWidth - 420);
}

export function SidePanel({
  title,
  subtitle,
  label,
  name,
  width: usual = 440,
  actions,
  onClose,
  children,
}: {
  title: ComponentChildren;
  subtitle?: ComponentChildren;
  /** Its name for screen readers, where the title is no plain text. */
  label?: string;
  /** It remembers its width under this name. */
  name: string;
  width?: number;
  /** Buttons beside the closing one. */
  actions?: ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const id = useId();
  const kept = useMemo(() => preference(`panel.${name}`, usual, isNumber), [name, usual]);
  const width = Math.round(Math.min(most(), Math.max(LEAST, kept.value)));
  const drag = useRef<{ x: number; width: number } | null>(null);
  useKeys("Panel", [{ keys: "Escape", does: "Close the panel", run: onClose }]);

  const resize = (next: number): void => {
    kept.value = Math.round(Math.min(most(), Math.max(LEAST, next)));
  };

  return (
    <aside
      class="panel"
      style={{ width: `${width}px` }}
      aria-label={label}
      aria-labelledby={label === undefined ? id : undefined}
    >
      <div
        class="panel-edge"
        role="separator"
        tabIndex={0}
        aria-label="Width of the panel"
        aria-orientation="vertical"
        aria-valuemin={LEAST}
        aria-valuemax={most()}
        aria-valuenow={width}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, width };
          event.preventDefault();
        }}
        onPointerMove={(event) => {
          if (drag.current) resize(drag.current.width + drag.current.x - event.clientX);
        }}
        onPointerUp={() => {
          drag.current = null;
        }}
        onPointerCancel={() => {
          drag.current = null;
        }}
        onDblClick={() => resize(usual)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
          event.preventDefault();
          event.stopPropagation();
          resize(width + (event.key === "ArrowLeft" ? STEP : -STEP));
        }}
      />
      <header class="panel-head">
        <div class="grow">
          <h2 id={id} class="panel-title cut">
            {title}
          </h2>
          {subtitle && <div class="panel-subtitle cut">{subtitle}</div>}
        </div>
        {actions}
        <IconButton icon="close" label="Close" keys="Escape" onClick={onClose} />
      </header>
      <div class="panel-body">{children}</div>
    </aside>
  );
}
