/** The drawing: nodes are buttons over one picture of edges; wheel, pinch and drag move it, arrow keys walk it. */
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { MapEdge, MapNode, Stats } from "../../api/index.ts";
import { useKeys } from "../../app/index.ts";
import { useSize } from "../../charts/index.ts";
import { type Laid, type Look, laid, turned, worst } from "../../graph/index.ts";
import { IconButton, OUTCOME_MEANINGS, OUTCOMES, OutcomeMark } from "../../ui/index.ts";
import type { Clustered } from "./clusters.ts";
import { Edges } from "./edges.tsx";
import { fits, neighbourhood, weight } from "./figures.ts";
import { Minimap } from "./minimap.tsx";
import { CELL_HEIGHT, CELL_WIDTH, NodeBody, nodeSentence, radiusOf } from "./node.tsx";
import { alone, expanded, find, inside, onlyProblems, selected, show, sizeBy, wideEdges } from "./state.ts";
import { fitted, moved, overflows, revealing, type Viewport, zoomed } from "./viewport.ts";

const LOOK: Look = {
  width: () => CELL_WIDTH,
  height: CELL_HEIGHT,
  across: 84,
  between: 14,
  lane: 26,
  clientsFirst: true,
};
/** From top to bottom, for windows that are narrow: the axes change places. */
const TALL_LOOK: Look = { ...LOOK, width: () => CELL_HEIGHT, height: CELL_WIDTH, across: 44, between: 6 };
const NARROW = 560;
/** Smaller than this, words cannot be read and are left out. */
const READABLE_SCALE = 0.42;
const STEP = 1.3;
/** A drag begins after so many px; less is a click. */
const DRAG = 4;
/** With more edges their figures are told on hover and in the panel. */
const MOST_LABELS = 24;

export interface GraphViewProps {
  readonly map: Clustered;
  readonly absent: ReadonlySet<string>;
  readonly fresh: ReadonlySet<string>;
}

export function GraphView({ map, absent, fresh }: GraphViewProps) {
  const [box, size] = useSize();
  const canvas = useRef<HTMLDivElement>(null);
  const isTall = size.width > 0 && size.width < NARROW && size.height > size.width;
  const layout = useLayout(map, isTall);
  const nodes = useMemo(() => new Map(map.nodes.map((node) => [node.id, node])), [map.nodes]);
  const at = useSignal<Viewport>({ x: 0, y: 0, k: 1 });
  const isSmall = useComputed(() => at.value.k < READABLE_SCALE);
  /** The person has moved it: from then on it stays where they put it. */
  const isTheirs = useRef(false);
  const latest = useRef({ layout, size });
  latest.current = { layout, size };

  const fit = (): void => {
    isTheirs.current = false;
    at.value = fitted(latest.current.layout, latest.current.size);
  };
  const zoom = (factor: number, x = size.width / 2, y = size.height / 2): void => {
    isTheirs.current = true;
    at.value = zoomed(at.peek(), factor, x, y);
  };
  const put = (x: number, y: number): void => {
    isTheirs.current = true;
    at.value = moved(at.peek(), x, y, latest.current.layout, latest.current.size);
  };

  useLayoutEffect(() => {
    if (!isTheirs.current) at.value = fitted(layout, size);
  }, [layout, size, at]);
  // Moving is not drawing: the browser only shifts what it has.
  useSignalEffect(() => {
    const { x, y, k } = at.value;
    if (canvas.current) canvas.current.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
  });
  useGestures(box, at, put, zoom);

  const reveal = (id: string): void => {
    const place = layout.nodes.get(id);
    if (!place) return;
    const next = revealing(at.peek(), { ...place, width: CELL_WIDTH, height: CELL_HEIGHT }, size);
    if (next.x !== at.peek().x || next.y !== at.peek().y) {
      isTheirs.current = true;
      at.value = next;
    }
  };
  const focus = (id: string): void => {
    reveal(id);
    box.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
  };
  useKeys("Map", [
    { keys: "f", does: "Fit the whole map", run: fit },
    { keys: "z", does: "Zoom in", run: () => zoom(STEP) },
    { keys: "shift+z", does: "Zoom out", run: () => zoom(1 / STEP) },
    {
      keys: "m",
      does: "Into the map; then arrow keys walk along calls, Enter opens",
      run: () => focus(nodes.has(selected.value) ? selected.value : (firstOf(map, layout)?.id ?? "")),
    },
  ]);

  const near = useMemo(
    () => (alone.value && selected.value !== "" ? neighbourhood(map, selected.value) : null),
    [alone.value, selected.value, map],
  );
  const bad = useMemo(() => withProblems(map.nodes, map.edges), [map]);
  const words = find.value.trim();
  const isDim = (id: string): boolean => {
    if (near !== null && !near.has(id)) return true;
    if (onlyProblems.value && !bad.has(id)) return true;
    const node = nodes.get(id);
    return words !== "" && (node === undefined || !fits(node, words));
  };

  const sized = sizeBy.value;
  const value = (stats: Stats): number => (sized === "problems" ? stats.total - stats.ok : stats.per_minute);
  const most = useMemo(
    () => map.nodes.reduce((found, node) => Math.max(found, value(node.stats)), 0),
    [map.nodes, sized],
  );
  const radius = (id: string): number => {
    const node = nodes.get(id);
    return radiusOf(sized === "same" || !node ? null : weight(value(node.stats), most));
  };
  const mostEdge = useMemo(
    () => map.edges.reduce((found, edge) => Math.max(found, edge.stats.per_minute), 0),
    [map.edges],
  );
  const select = (id: string): void => {
    const cluster = map.clusters.get(id);
    if (cluster) {
      expanded.set([...expanded.value, cluster.name], { push: true });
      return;
    }
    // Clusters and their edges have no panel.
    if (id.includes("\n")) return;
    show(id === selected.value ? "" : id);
  };
  const walk = (event: KeyboardEvent, id: string): void => {
    const next = neighbour(map, isTall ? turned(layout) : layout, id, isTall ? turnedKey(event.key) : event.key);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (next !== null) focus(next);
  };
  const stop = nodes.has(selected.value) ? selected.value : firstOf(map, layout)?.id;
  const isDrawn = layout.width > 0 && size.width > 0;

  return (
    <div ref={box} class={`map-box${isSmall.value ? " small" : ""}`} role="group" aria-label="Service map">
      <div ref={canvas} class="map-canvas" style={{ width: `${layout.width}px`, height: `${layout.height}px` }}>
        {isDrawn && (
          <>
            <Edges
              edges={map.edges}
              nodes={nodes}
              layout={layout}
              radius={radius}
              widthOf={(edge) => (wideEdges.value ? 1 + 6 * weight(edge.stats.per_minute, mostEdge) : 1.6)}
              isTall={isTall}
              chosen={selected.value}
              isDim={(id) => dimEdge(id, near, onlyProblems.value ? bad : null, words !== "")}
              isNew={(id) => fresh.has(id)}
              absent={absent}
              hasLabels={!isTall && map.edges.length <= MOST_LABELS}
              onSelect={select}
            />
            {map.nodes.map((node) => {
              const place = layout.nodes.get(node.id);
              if (!place) return null;
              const members = map.clusters.get(node.id)?.members.length ?? null;
              const isAbsent = absent.has(node.id);
              const sentence = nodeSentence(node, members);
              return (
                <button
                  key={node.id}
                  type="button"
                  class={`map-node ${node.kind}${members === null ? "" : " cluster"} ${worst(node.stats)}${isDim(node.id) ? " dim" : ""}${isAbsent ? " absent" : ""}`}
                  style={{
                    width: `${CELL_WIDTH}px`,
                    height: `${CELL_HEIGHT}px`,
                    transform: `translate(${place.x}px, ${place.y}px)`,
                  }}
                  data-node={node.id}
                  data-tip={isAbsent ? `${node.name}: no requests in what is shown` : sentence}
                  aria-pressed={node.id === selected.value}
                  tabIndex={node.id === stop ? 0 : -1}
                  onClick={() => select(node.id)}
                  onFocus={(event) => {
                    // A click has what it clicks on in sight.
                    if (event.currentTarget.matches(":focus-visible")) reveal(node.id);
                  }}
                  onKeyDown={(event) => walk(event, node.id)}
                >
                  <span class="sr">
                    {sentence}
                    {fresh.has(node.id) ? ", new" : ""}
                    {isAbsent ? ", not in what is shown" : ""}
                  </span>
                  <NodeBody
                    node={node}
                    radius={radius(node.id)}
                    showsKind={inside.value === "kind"}
                    isNew={fresh.has(node.id)}
                    members={members}
                  />
                </button>
              );
            })}
          </>
        )}
      </div>
      <Legend hasLinks={map.edges.some((edge) => edge.kind === "link")} />
      <div class="map-corner">
        {isDrawn && <MinimapWhenLarge layout={layout} nodes={map.nodes} at={at} size={size} onMove={put} />}
        <div class="map-zoom" role="group" aria-label="Zoom">
          <IconButton icon="zoomIn" label="Zoom in" keys="z" onClick={() => zoom(STEP)} />
          <IconButton icon="zoomOut" label="Zoom out" keys="shift+z" onClick={() => zoom(1 / STEP)} />
          <IconButton icon="fit" label="Fit the whole map" keys="f" onClick={fit} />
        </div>
      </div>
    </div>
  );
}

function dimEdge(
  id: string,
  near: ReadonlySet<string> | null,
  bad: ReadonlySet<string> | null,
  isSearch: boolean,
): boolean {
  return isSearch || (near !== null && !near.has(id)) || (bad !== null && !bad.has(id));
}

/** Ids of nodes and edges with anything but OK, and of the clients and callers at the ends of such edges. */
function withProblems(nodes: readonly MapNode[], edges: readonly MapEdge[]): ReadonlySet<string> {
  const found = new Set([...nodes, ...edges].filter((one) => worst(one.stats) !== "ok").map((one) => one.id));
  for (const edge of edges) {
    if (!found.has(edge.id)) continue;
    found.add(edge.source);
    found.add(edge.target);
  }
  return found;
}

/** The layout, which changes only when nodes or edges come or go; those that stay keep their order. */
function useLayout(map: Clustered, isTall: boolean): Laid {
  const shape = [...map.nodes, ...map.edges]
    .map((one) => one.id)
    .sort()
    .join(" ");
  const before = useRef<Laid | null>(null);
  return useMemo(() => {
    const nodes = [...map.nodes].sort(byId);
    const edges = [...map.edges].sort(byId);
    const began = performance.now();
    const layout = laid(nodes, edges, isTall ? TALL_LOOK : LOOK, before.current?.nodes);
    // For the browser's timeline, and for the benchmark.
    performance.measure("map layout", { start: began });
    before.current = layout;
    return isTall ? turned(layout) : layout;
    // The shape stands for the map
  }, [shape, isTall]);
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Where walking begins: the highest of the leftmost. */
function firstOf(map: Clustered, layout: Laid): MapNode | undefined {
  let best: MapNode | undefined;
  const key = (node: MapNode): number => {
    const place = layout.nodes.get(node.id);
    return place ? place.x * 1e6 + place.y : Number.POSITIVE_INFINITY;
  };
  for (const node of map.nodes) if (!best || key(node) < key(best)) best = node;
  return best;
}

const TURNED: Readonly<Record<string, string>> = {
  ArrowDown: "ArrowRight",
  ArrowUp: "ArrowLeft",
  ArrowRight: "ArrowDown",
  ArrowLeft: "ArrowUp",
};

/** What a key means where calls go from top to bottom. */
function turnedKey(key: string): string {
  return TURNED[key] ?? key;
}

/**
 * Where an arrow key leads from a node: right to what it calls, left to who calls it, up and down in its column.
 *
 * @returns null where there is nothing that way, undefined for other keys.
 */
export function neighbour(
  map: Pick<Clustered, "nodes" | "edges">,
  layout: Laid,
  id: string,
  key: string,
): string | null | undefined {
  const here = layout.nodes.get(id);
  if (!here) return undefined;
  let candidates: string[];
  if (key === "ArrowRight") candidates = map.edges.filter((edge) => edge.source === id).map((edge) => edge.target);
  else if (key === "ArrowLeft") candidates = map.edges.filter((edge) => edge.target === id).map((edge) => edge.source);
  else if (key === "ArrowUp" || key === "ArrowDown") {
    const below = key === "ArrowDown";
    candidates = map.nodes
      .map((node) => node.id)
      .filter((other) => {
        const place = layout.nodes.get(other);
        return (
          place !== undefined &&
          Math.abs(place.x - here.x) < CELL_HEIGHT &&
          (below ? place.y > here.y : place.y < here.y)
        );
      });
  } else return undefined;
  let best: string | null = null;
  let distance = Number.POSITIVE_INFINITY;
  for (const other of candidates) {
    const place = layout.nodes.get(other);
    if (!place || other === id) continue;
    const apart = Math.abs(place.y - here.y);
    if (apart < distance) [best, distance] = [other, apart];
  }
  return best;
}

/** Wheel and pinch zoom, dragging pans; a click stays a click. */
function useGestures(
  box: { current: HTMLDivElement | null },
  at: { peek: () => Viewport },
  put: (x: number, y: number) => void,
  zoom: (factor: number, x: number, y: number) => void,
): void {
  const acts = useRef({ put, zoom });
  acts.current = { put, zoom };
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const pointers = new Map<number, { x: number; y: number }>();
    let begun: { x: number; y: number; view: Viewport } | null = null;
    let isDragging = false;
    const local = (event: { clientX: number; clientY: number }): { x: number; y: number } => {
      const outer = element.getBoundingClientRect();
      return { x: event.clientX - outer.left, y: event.clientY - outer.top };
    };
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { x, y } = local(event);
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      // A pinch on a touchpad comes as a wheel with Ctrl, in small steps.
      acts.current.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015)), x, y);
    };
    const down = (event: PointerEvent): void => {
      if (event.button !== 0 || (event.target instanceof Element && event.target.closest(".map-corner"))) return;
      pointers.set(event.pointerId, local(event));
      isDragging = pointers.size > 1;
      begun = { ...local(event), view: at.peek() };
    };
    const move = (event: PointerEvent): void => {
      const before = pointers.get(event.pointerId);
      if (!before || !begun) return;
      const now = local(event);
      if (pointers.size === 2) {
        const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
        if (other) {
          const apart = Math.hypot(before.x - other.x, before.y - other.y);
          const next = Math.hypot(now.x - other.x, now.y - other.y);
          if (apart > 0) acts.current.zoom(next / apart, (now.x + other.x) / 2, (now.y + other.y) / 2);
        }
      } else if (isDragging || Math.hypot(now.x - begun.x, now.y - begun.y) > DRAG) {
        if (!isDragging) {
          isDragging = true;
          element.setPointerCapture(event.pointerId);
          element.classList.add("dragging");
        }
        acts.current.put(begun.view.x + now.x - begun.x, begun.view.y + now.y - begun.y);
      }
      pointers.set(event.pointerId, now);
    };
    const up = (event: PointerEvent): void => {
      pointers.delete(event.pointerId);
      element.classList.remove("dragging");
      const [rest] = pointers.values();
      begun = rest ? { ...rest, view: at.peek() } : null;
    };
    /** The click that ends a drag is none. */
    const click = (event: MouseEvent): void => {
      if (!isDragging) return;
      isDragging = false;
      event.preventDefault();
      event.stopPropagation();
    };
    element.addEventListener("wheel", wheel, { passive: false });
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", up);
    element.addEventListener("click", click, { capture: true });
    return () => {
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", up);
      element.removeEventListener("click", click, { capture: true });
    };
  }, [box, at]);
}

function MinimapWhenLarge({
  layout,
  nodes,
  at,
  size,
  onMove,
}: {
  layout: Laid;
  nodes: readonly MapNode[];
  at: import("@preact/signals").Signal<Viewport>;
  size: { width: number; height: number };
  onMove: (x: number, y: number) => void;
}) {
  const isLarge = useComputed(() => overflows(at.value, layout, size));
  if (!isLarge.value) return null;
  return (
    <Minimap
      layout={layout}
      nodes={nodes}
      at={at}
      window={size}
      onMove={(x, y) => {
        const { k } = at.peek();
        onMove(size.width / 2 - x * k, size.height / 2 - y * k);
      }}
    />
  );
}

function Legend({ hasLinks }: { hasLinks: boolean }) {
  return (
    <ul class="map-legend bare small" aria-label="Legend">
      {OUTCOMES.map((outcome) => (
        <li key={outcome} data-tip={OUTCOME_MEANINGS[outcome]}>
          <OutcomeMark outcome={outcome} size={9} />
        </li>
      ))}
      <li data-tip="Known by the calls to it alone: it sends no traces of its own">
        <svg width="14" height="10" viewBox="0 0 14 10" aria-hidden="true">
          <circle class="map-legend-thin" cx="7" cy="5" r="4" />
        </svg>
        sends none itself
      </li>
      {hasLinks && (
        <li data-tip="A message that was taken up later, in a trace of its own">
          <svg width="18" height="10" viewBox="0 0 18 10" aria-hidden="true">
            <path class="map-legend-link" d="M0 5H18" />
          </svg>
          message
        </li>
      )}
    </ul>
  );
}
