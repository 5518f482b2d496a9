/**
 * The flame graph: the same parts as blocks, below what called them. A click zooms to a block, a second click opens its panel.
 * By keyboard: arrow keys move along the tree, Enter zooms, then opens.
 */
import type { RefObject } from "preact";
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import { Canvas, ChartTip, type Colours, useSize } from "../../charts/index.ts";
import { duration } from "../../format/index.ts";
import { type Part, type TraceTree, useWindow } from "../../trace/index.ts";
import { OutcomeMark } from "../../ui/index.ts";
import { flameOf, partAt } from "./flame-layout.ts";
import { share, type Tick, type View } from "./viewport.ts";

const LANE = 22;
const LEAST = 2;
/** A canvas is so much taller than what is seen, px on each side. */
const MARGIN = 400;

export function Flame({
  scroller,
  tree,
  view,
  ticks,
  matches,
  searching,
  active,
  gridRef,
  onZoom,
  onOpen,
  onActive,
}: {
  scroller: RefObject<HTMLElement | null>;
  tree: TraceTree;
  view: View;
  ticks: readonly Tick[];
  matches: ReadonlySet<string>;
  searching: boolean;
  active: string | null;
  gridRef: RefObject<HTMLDivElement | null>;
  onZoom: (part: Part) => void;
  onOpen: (id: string) => void;
  onActive: (id: string) => void;
}) {
  const [box, size] = useSize();
  const seen = useWindow(scroller, gridRef);
  const flame = useMemo(() => flameOf(tree), [tree]);
  const [hover, setHover] = useState<{ part: Part; x: number; y: number } | null>(null);
  const zoomedTo = useRef<string | null>(null);
  const full = flame.count * LANE + 8;
  // In steps, so that scrolling does not draw for every pixel.
  const top = Math.max(0, Math.floor((seen.top - MARGIN) / 200) * 200);
  const height = Math.min(full - top, seen.height + 2 * MARGIN + 200);

  const draw = useCallback(
    (context: CanvasRenderingContext2D, colours: Colours) => {
      const { width } = size;
      context.strokeStyle = colours.line;
      context.beginPath();
      for (const tick of ticks) {
        const x = Math.round(tick.at * width) + 0.5;
        context.moveTo(x, 0);
        context.lineTo(x, height);
      }
      context.stroke();
      context.textBaseline = "middle";
      for (const part of tree.parts) {
        const lane = flame.lanes[part.index] ?? 0;
        const y = lane * LANE + 4 - top;
        if (y + LANE < 0 || y > height) continue;
        const from = share(view, part.entity.start) * width;
        const to = share(view, part.end) * width;
        if (to < 0 || from > width) continue;
        const left = Math.max(from, -2);
        const wide = Math.max(LEAST, Math.min(to, width + 2) - left);
        block(
          context,
          colours,
          part,
          left,
          y,
          wide,
          searching && !matches.has(part.entity.id),
          matches.has(part.entity.id),
        );
        if (part.entity.id === active) {
          context.strokeStyle = colours.accent;
          context.lineWidth = 2;
          context.strokeRect(left + 1, y + 1, Math.max(wide - 2, 1), LANE - 4);
          context.lineWidth = 1;
        }
      }
    },
    [tree, flame, size, view, ticks, active, matches, searching, top, height],
  );

  const find = (event: { offsetX: number; offsetY: number }): Part | null => {
    const lane = Math.floor((event.offsetY + top - 4) / LANE);
    const seconds = view[0] + (event.offsetX / Math.max(1, size.width)) * (view[1] - view[0]);
    return partAt(tree, flame, lane, seconds, ((view[1] - view[0]) / Math.max(1, size.width)) * 3);
  };
  const choose = (part: Part): void => {
    if (zoomedTo.current === part.entity.id) onOpen(part.entity.id);
    else onZoom(part);
    zoomedTo.current = part.entity.id;
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const part = active === null ? null : (tree.byId.get(active) ?? null);
    const siblings = part ? (part.parent?.children ?? tree.roots) : tree.roots;
    const at = part ? siblings.indexOf(part) : -1;
    const to: Record<string, Part | null | undefined> = {
      ArrowDown: part ? part.children[0] : tree.roots[0],
      ArrowUp: part?.parent,
      ArrowRight: siblings[at + 1],
      ArrowLeft: siblings[at - 1],
      Home: tree.roots[0],
    };
    if (event.key === "Enter" && part) choose(part);
    else if (event.key in to) {
      const next = to[event.key];
      if (next) onActive(next.entity.id);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const now = active === null ? undefined : tree.byId.get(active);
  return (
    <div
      ref={gridRef}
      class="trace-flame"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys are told by its name
      tabIndex={0}
      aria-label={`Flame graph of ${tree.parts.length} parts. Arrow keys move, Enter zooms and then opens.`}
      style={{ height: `${full}px` }}
      onKeyDown={keys}
    >
      <div
        ref={box}
        class="trace-flame-box"
        style={{ top: `${top}px`, height: `${height}px` }}
        onPointerMove={(event) => {
          const part = find(event);
          setHover(part ? { part, x: event.offsetX, y: event.offsetY } : null);
        }}
        onPointerLeave={() => setHover(null)}
        onClick={(event) => {
          const part = find(event);
          if (part) choose(part);
        }}
      >
        <Canvas size={size} draw={draw} label="Flame graph" />
        {hover && (
          <ChartTip x={hover.x} y={hover.y + 12} width={size.width}>
            <FlameTip part={hover.part} again={zoomedTo.current === hover.part.entity.id} />
          </ChartTip>
        )}
      </div>
      <span class="sr" role="status">
        {now ? `${now.entity.name}, ${duration(now.end - now.entity.start)}` : ""}
      </span>
    </div>
  );
}

function FlameTip({ part, again }: { part: Part; again: boolean }) {
  const { entity } = part;
  return (
    <div class="trace-flame-tip">
      <strong class="row">
        <OutcomeMark outcome={entity.outcome} bare size={9} />
        <span class="cut">{entity.name.replace(/^## /, "")}</span>
      </strong>
      {entity.title && <div class="muted cut">{entity.title}</div>}
      <div>
        {entity.end === null ? "in progress" : duration(entity.end - entity.start)}
        <span class="muted"> · itself {duration(part.self)}</span>
      </div>
      <div class="faint">{again ? "Click again for details" : "Click to zoom"}</div>
    </div>
  );
}

function block(
  context: CanvasRenderingContext2D,
  colours: Colours,
  part: Part,
  x: number,
  y: number,
  width: number,
  dim: boolean,
  marked: boolean,
): void {
  const { entity } = part;
  const high = LANE - 2;
  const ok = entity.outcome === "ok";
  const colour = ok ? colours.text3 : colours[entity.outcome];
  const base = entity.kind === "segment" ? 0.42 : entity.kind === "inferred" ? 0.14 : 0.26;
  context.globalAlpha = dim ? 0.1 : ok ? base : base + 0.14;
  context.fillStyle = colour;
  context.fillRect(x, y, Math.max(LEAST, width - 1), high);
  context.globalAlpha = dim ? 0.3 : 1;
  // A bar at the left in the full colour, so that a failure is seen in any width.
  if (!ok || width > 5) context.fillRect(x, y, ok ? 1 : 3, high);
  if (entity.kind === "inferred" && width > 6) {
    context.save();
    context.beginPath();
    context.rect(x, y, width - 1, high);
    context.clip();
    context.globalAlpha = dim ? 0.1 : 0.35;
    context.strokeStyle = colour;
    context.beginPath();
    for (let at = x - high; at < x + width; at += 6) {
      context.moveTo(at, y + high);
      context.lineTo(at + high, y);
    }
    context.stroke();
    context.restore();
  }
  if (marked) {
    context.globalAlpha = 1;
    context.strokeStyle = colours.text;
    context.strokeRect(x + 0.5, y + 0.5, Math.max(1, width - 2), high - 1);
  }
  context.globalAlpha = dim ? 0.5 : 1;
  if (width > 34) {
    const inset = ok ? 6 : 20;
    if (!ok) mark(context, entity.outcome, x + 8, y + high / 2, colour);
    context.fillStyle = colours.text;
    const text = entity.name.replace(/^## /, "");
    const took = width > 130 ? duration(part.end - entity.start) : "";
    const room = width - inset - 6 - (took === "" ? 0 : 56);
    context.fillText(fitted(context, text, room), x + inset, y + high / 2 + 0.5);
    if (took !== "") {
      context.fillStyle = colours.text2;
      context.textAlign = "right";
      context.fillText(took, x + width - 7, y + high / 2 + 0.5);
      context.textAlign = "left";
    }
  }
  context.globalAlpha = 1;
}

/** Triangle, diamond, square: as OutcomeMark draws them. */
function mark(context: CanvasRenderingContext2D, outcome: string, x: number, y: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  if (outcome === "fault") context.rect(x - 1, y - 3.5, 7, 7);
  else if (outcome === "throttle") {
    context.moveTo(x + 2.5, y - 4.5);
    context.lineTo(x + 7, y);
    context.lineTo(x + 2.5, y + 4.5);
    context.lineTo(x - 2, y);
  } else {
    context.moveTo(x + 2.5, y - 4);
    context.lineTo(x + 7, y + 3.5);
    context.lineTo(x - 2, y + 3.5);
  }
  context.fill();
}

/** As much of a text as there is room for. Letters are measured on average: thousands of blocks are drawn at once. */
function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  const letters = Math.floor(room / 6);
  if (letters < 2) return "";
  if (text.length <= letters || (text.length < letters * 1.3 && context.measureText(text).width <= room)) return text;
  return `${text.slice(0, letters - 1)}…`;
}
