/** All of the map, small, with what is in sight; dragging moves it. */
import type { ReadonlySignal } from "@preact/signals";
import type { MapNode } from "../../api/index.ts";
import { type Laid, worst } from "../../graph/index.ts";
import { CELL_WIDTH, RING_ROOM } from "./node.tsx";
import type { Box, Viewport } from "./viewport.ts";

const MOST: Box = { width: 168, height: 108 };

export function Minimap({
  layout,
  nodes,
  at,
  window,
  onMove,
}: {
  layout: Laid;
  nodes: readonly MapNode[];
  at: ReadonlySignal<Viewport>;
  window: Box;
  /** The middle of the window in the drawing. */
  onMove: (x: number, y: number) => void;
}) {
  const scale = Math.min(MOST.width / layout.width, MOST.height / layout.height);
  const view = at.value;
  const move = (event: PointerEvent & { currentTarget: Element }): void => {
    const box = event.currentTarget.getBoundingClientRect();
    onMove((event.clientX - box.left) / scale, (event.clientY - box.top) / scale);
  };
  return (
    <svg
      class="map-mini"
      width={layout.width * scale}
      height={layout.height * scale}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        move(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) move(event);
      }}
    >
      {nodes.map((node) => {
        const place = layout.nodes.get(node.id);
        return (
          place && (
            <circle
              key={node.id}
              class={`map-mini-node ${worst(node.stats)}`}
              cx={place.x + CELL_WIDTH / 2}
              cy={place.y + RING_ROOM / 2}
              r={Math.max(30, 2.5 / scale)}
            />
          )
        );
      })}
      <rect
        class="map-mini-view"
        x={-view.x / view.k}
        y={-view.y / view.k}
        width={window.width / view.k}
        height={window.height / view.k}
        stroke-width={1.5 / scale}
      />
    </svg>
  );
}
