/** The edges of the map, in one picture below the nodes. */
import type { MapEdge, MapNode } from "../../api/index.ts";
import { duration, percent, rate } from "../../format/index.ts";
import { curve, type Laid, shortName, worst } from "../../graph/index.ts";
import { OUTCOME_NAMES, OUTCOME_SHAPES } from "../../ui/index.ts";
import { trouble } from "./figures.ts";
import { CELL_HEIGHT, CELL_WIDTH, RING_ROOM } from "./node.tsx";

type Point = readonly [x: number, y: number];

/** Edges end at rings, not at cells; the rings' middles lie higher than the cells'. */
const RISE = (CELL_HEIGHT - RING_ROOM) / 2;
const GAP = 3;

/**
 * The points of an edge from ring to ring; where layers lie below each other it leaves below the words.
 *
 * @param radii of its ends.
 */
export function between(
  points: readonly Point[],
  [source, target]: readonly [source: number, target: number],
  isTall = false,
): Point[] {
  const first = points[0] ?? [0, 0];
  const last = points.at(-1) ?? first;
  return points.map(([x, y], at): Point => {
    const isEnd = at === 0 || at === points.length - 1;
    const radius = at === 0 ? source : target;
    // Which way it goes tells which side of its cell it comes from.
    const side = (at === 0 ? 1 : -1) * (isTall ? Math.sign(last[1] - first[1]) : Math.sign(last[0] - first[0]));
    if (isTall) return [x, isEnd && side < 0 ? y + RING_ROOM / 2 - radius - GAP : y];
    return [isEnd ? x - side * (CELL_WIDTH / 2 - radius - GAP) : x, y - RISE];
  });
}

function middle(points: readonly Point[]): Point {
  const at = Math.max(1, Math.floor(points.length / 2));
  const [a, b] = [points[at - 1], points[at]];
  return a && b ? [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] : [0, 0];
}

export function edgeSentence(edge: MapEdge, source: MapNode | undefined, target: MapNode | undefined): string {
  const bad = trouble(edge.stats);
  const from = source?.kind === "client" ? "Clients" : shortName(source?.name ?? "");
  return [
    `${from} → ${shortName(target?.name ?? "")}`,
    `${rate(edge.stats.per_minute)}, ${duration(edge.stats.mean)} ${edge.kind === "link" ? "old on average" : "on average"}`,
    bad === null ? "" : `${percent(bad.share)} ${OUTCOME_NAMES[bad.outcome].toLowerCase()}`,
  ]
    .filter((piece) => piece !== "")
    .join(", ");
}

export function Edges({
  edges,
  nodes,
  layout,
  radius,
  widthOf,
  isTall,
  chosen,
  isDim,
  isNew,
  absent,
  hasLabels,
  onSelect,
}: {
  edges: readonly MapEdge[];
  nodes: ReadonlyMap<string, MapNode>;
  layout: Laid;
  radius: (id: string) => number;
  /** Of the line, px. */
  widthOf: (edge: MapEdge) => number;
  /** Layers lie below each other. */
  isTall: boolean;
  chosen: string;
  isDim: (id: string) => boolean;
  isNew: (id: string) => boolean;
  absent: ReadonlySet<string>;
  hasLabels: boolean;
  onSelect: (id: string) => void;
}) {
  const drawn = edges.flatMap((edge) => {
    const points = layout.edges.get(edge.id);
    return points ? [{ edge, points: between(points, [radius(edge.source), radius(edge.target)], isTall) }] : [];
  });
  // What is chosen, then what has trouble, lies above the others.
  const rank = (edge: MapEdge): number => (edge.id === chosen ? 2 : worst(edge.stats) === "ok" ? 0 : 1);
  drawn.sort((a, b) => rank(a.edge) - rank(b.edge));
  return (
    <svg class="map-edges" width={layout.width} height={layout.height} aria-hidden="true">
      <defs>
        {["ok", "error", "throttle", "fault", "accent"].map((tone) => (
          <marker
            key={tone}
            id={`map-arrow-${tone}`}
            class={`map-arrow ${tone}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="9"
            markerHeight="9"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0.8 7 4 0 7.2Z" />
          </marker>
        ))}
      </defs>
      {drawn.map(({ edge, points }) => {
        const outcome = worst(edge.stats);
        const path = curve(points, isTall);
        const [x, y] = middle(points);
        const isChosen = edge.id === chosen;
        const tone = isChosen ? "accent" : outcome;
        return (
          <g
            key={edge.id}
            class={`map-edge ${edge.kind} ${outcome}${isChosen ? " chosen" : ""}${isDim(edge.id) ? " dim" : ""}${absent.has(edge.id) ? " absent" : ""}${isNew(edge.id) ? " new" : ""}`}
          >
            <path class="map-line-path" d={path} stroke-width={widthOf(edge)} marker-end={`url(#map-arrow-${tone})`} />
            {outcome !== "ok" && (
              <path class="map-edge-mark" d={OUTCOME_SHAPES[outcome]} transform={`translate(${x - 6} ${y - 6})`} />
            )}
            {(hasLabels || isChosen) && !absent.has(edge.id) && edge.stats.total > 0 && (
              <text class="map-edge-label" x={x} y={y - 9}>
                {isNew(edge.id) ? "new · " : ""}
                {duration(edge.stats.mean)} · {rate(edge.stats.per_minute)}
              </text>
            )}
            {/* A wider one that can be hit. */}
            <path
              class="map-hit"
              d={path}
              data-edge={edge.id}
              data-tip={edgeSentence(edge, nodes.get(edge.source), nodes.get(edge.target))}
              onClick={() => onSelect(edge.id)}
            />
          </g>
        );
      })}
    </svg>
  );
}
