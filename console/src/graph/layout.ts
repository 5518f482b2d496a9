/** A layered layout: from left to right along the calls. Pure, and quick: some milliseconds for hundreds of nodes. */
import type { MapEdge, MapNode } from "../api/index.ts";

/** What nodes look like, px. */
export interface Look {
  readonly width: (node: Pick<MapNode, "kind">) => number;
  readonly height: number;
  /** Between two layers. */
  readonly across: number;
  /** Between two nodes of a layer. */
  readonly between: number;
  /** An edge that passes a layer needs so much of it. */
  readonly lane: number;
  /** Clients stand at the far left alone, and services without callers beside those that are called by clients. */
  readonly clientsFirst?: boolean;
}

const SWEEPS = 6;
/** Where edges pass more layers than so many for each node, they are drawn straight through: nobody could follow them. */
const MOST_LANES = 5;

export interface Laid {
  readonly width: number;
  readonly height: number;
  /** Left upper corners. */
  readonly nodes: ReadonlyMap<string, { readonly x: number; readonly y: number }>;
  /** The points that each edge goes through, by its id. */
  readonly edges: ReadonlyMap<string, readonly (readonly [x: number, y: number])[]>;
}

/** A node, or the place where an edge passes a layer. */
interface Place {
  readonly id: string;
  readonly layer: number;
  readonly width: number;
  readonly height: number;
  order: number;
  y: number;
  /** What it is connected with in the layers at its sides. */
  readonly left: Place[];
  readonly right: Place[];
}

type Edge = Pick<MapEdge, "id" | "source" | "target">;
type Node = Pick<MapNode, "id" | "kind">;

/** The layer of each node: one further than what calls it. Edges that close a circle do not count. */
function layersOf(nodes: readonly Node[], edges: readonly Edge[], clientsFirst: boolean): Map<string, number> {
  const out = new Map<string, string[]>(nodes.map((node) => [node.id, []]));
  for (const { source, target } of edges) if (source !== target && out.has(target)) out.get(source)?.push(target);
  const state = new Map<string, "open" | "done">();
  const order: string[] = [];
  const forward = new Set<string>();
  const visit = (id: string): void => {
    state.set(id, "open");
    for (const next of out.get(id) ?? []) {
      if (state.get(next) === "open") continue;
      forward.add(`${id}\n${next}`);
      if (!state.has(next)) visit(next);
    }
    state.set(id, "done");
    order.push(id);
  };
  const called = new Set(edges.filter((edge) => edge.source !== edge.target).map((edge) => edge.target));
  for (const node of nodes) if (!called.has(node.id) && !state.has(node.id)) visit(node.id);
  for (const node of nodes) if (!state.has(node.id)) visit(node.id);
  const second = clientsFirst && nodes.some((node) => node.kind === "client") ? 1 : 0;
  const layers = new Map<string, number>(nodes.map((node) => [node.id, node.kind === "client" ? 0 : second]));
  for (const id of order.reverse()) {
    for (const next of out.get(id) ?? []) {
      if (!forward.has(`${id}\n${next}`)) continue;
      layers.set(next, Math.max(layers.get(next) ?? 0, (layers.get(id) ?? 0) + 1));
    }
  }
  return layers;
}

/**
 * @param look of the nodes.
 * @param before how high nodes stood in the layout before, so that they keep their order.
 */
export function laid(
  nodes: readonly Node[],
  edges: readonly Edge[],
  look: Look,
  before: ReadonlyMap<string, { readonly y: number }> = new Map(),
): Laid {
  const layers = layersOf(nodes, edges, look.clientsFirst ?? false);
  const places = new Map<string, Place>();
  const columns: Place[][] = [];
  const add = (id: string, layer: number, width: number, height: number): Place => {
    for (let missing = columns.length; missing <= layer; missing += 1) columns.push([]);
    const column = columns[layer] as Place[];
    const place: Place = { id, layer, width, height, order: column.length, y: 0, left: [], right: [] };
    column.push(place);
    places.set(id, place);
    return place;
  };
  for (const node of nodes) add(node.id, layers.get(node.id) ?? 0, look.width(node), look.height);

  // An edge over several layers gets a place in each, so that it goes round the nodes there.
  const chains = new Map<string, Place[]>();
  const known = edges.flatMap((edge): [string, Place, Place][] => {
    const from = places.get(edge.source);
    const to = places.get(edge.target);
    // Who calls itself needs no arrow.
    return from && to && from !== to ? [[edge.id, from, to]] : [];
  });
  const passed = known.reduce((sum, [, from, to]) => sum + Math.max(0, Math.abs(to.layer - from.layer) - 1), 0);
  const hasLanes = passed <= MOST_LANES * nodes.length;
  for (const [id, from, to] of known) {
    const chain = [from];
    const step = from.layer < to.layer ? 1 : -1;
    for (let layer = from.layer + step; hasLanes && step * layer < step * to.layer; layer += step) {
      chain.push(add(`${id} ${layer}`, layer, 0, look.lane));
    }
    chain.push(to);
    chains.set(id, chain);
    for (let at = 1; at < chain.length; at += 1) {
      const [one, other] = [chain[at - 1] as Place, chain[at] as Place];
      const [left, right] = one.layer <= other.layer ? [one, other] : [other, one];
      left.right.push(right);
      right.left.push(left);
    }
  }

  const middle = (place: Place): number => place.y + place.height / 2;
  for (const column of columns) {
    column.sort((a, b) => (before.get(a.id)?.y ?? 0) - (before.get(b.id)?.y ?? 0) || a.order - b.order);
    const all = column.reduce((sum, place) => sum + place.height + look.between, -look.between);
    let y = -all / 2;
    column.forEach((place, index) => {
      place.order = index;
      place.y = y;
      y += place.height + look.between;
    });
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forward = sweep % 2 === 0;
    for (const column of forward ? columns : [...columns].reverse()) {
      const wish = new Map<Place, number>();
      for (const place of column) {
        const near = forward ? place.left : place.right;
        wish.set(
          place,
          near.length === 0 ? middle(place) : near.reduce((sum, other) => sum + middle(other), 0) / near.length,
        );
      }
      column.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0) || a.order - b.order);
      column.forEach((place, index) => {
        place.order = index;
      });
      settle(column, wish, look.between);
    }
  }

  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (const place of places.values()) {
    top = Math.min(top, place.y);
    bottom = Math.max(bottom, place.y + place.height);
  }
  if (!(bottom > top)) return { width: 0, height: 0, nodes: new Map(), edges: new Map() };
  const lefts: number[] = [];
  const widths = columns.map((column) => column.reduce((most, place) => Math.max(most, place.width), 0));
  let right = 0;
  for (const width of widths) {
    lefts.push(right);
    right += width + look.across;
  }
  // Narrow ones stand at the right of their column, beside what they call.
  const x = (place: Place): number =>
    (lefts[place.layer] ?? 0) + (place.width === 0 ? 0 : (widths[place.layer] ?? 0) - place.width);
  return {
    width: right - look.across,
    height: bottom - top,
    nodes: new Map(
      nodes.map(({ id }) => {
        const place = places.get(id) as Place;
        return [id, { x: x(place), y: place.y - top }];
      }),
    ),
    edges: new Map(
      [...chains].map(([id, chain]) => [
        id,
        chain.flatMap((place, index): [number, number][] => {
          const y = middle(place) - top;
          // What goes back leaves at the left and comes in at the right.
          const back = (chain[0]?.layer ?? 0) > (chain.at(-1)?.layer ?? 0);
          const ends: [number, number][] = [
            [x(place), y],
            [x(place) + (place.width === 0 ? (widths[place.layer] ?? 0) : place.width), y],
          ];
          if (back) ends.reverse();
          return index === 0 ? ends.slice(1) : index === chain.length - 1 ? ends.slice(0, 1) : ends;
        }),
      ]),
    ),
  };
}

/** Puts each place of a column where it wishes to be, as near as the others allow, in their order. */
function settle(column: readonly Place[], wish: ReadonlyMap<Place, number>, between: number): void {
  // Neighbours that would overlap become a block, which lies where its members wish on average.
  const blocks: { members: Place[]; top: number; height: number }[] = [];
  for (const place of column) {
    let block = {
      members: [place],
      top: (wish.get(place) ?? 0) - place.height / 2,
      height: place.height,
    };
    for (
      let before = blocks.at(-1);
      before && before.top + before.height + between > block.top;
      before = blocks.at(-1)
    ) {
      blocks.pop();
      const members = [...before.members, ...block.members];
      const height = before.height + between + block.height;
      let offset = 0;
      let sum = 0;
      for (const member of members) {
        sum += (wish.get(member) ?? 0) - member.height / 2 - offset;
        offset += member.height + between;
      }
      block = { members, top: sum / members.length, height };
    }
    blocks.push(block);
  }
  for (const block of blocks) {
    let y = block.top;
    for (const member of block.members) {
      member.y = y;
      y += member.height + between;
    }
  }
}

/** The same from top to bottom. */
export function turned(layout: Laid): Laid {
  return {
    width: layout.height,
    height: layout.width,
    nodes: new Map([...layout.nodes].map(([id, { x, y }]) => [id, { x: y, y: x }])),
    edges: new Map([...layout.edges].map(([id, points]) => [id, points.map(([x, y]): [number, number] => [y, x])])),
  };
}

/**
 * The path of an edge as SVG: straight through a layer, curved between two.
 *
 * @param isTall layers lie below each other.
 */
export function curve(points: readonly (readonly [number, number])[], isTall = false): string {
  const [first] = points;
  if (!first) return "";
  let path = `M${round(first[0])} ${round(first[1])}`;
  for (let at = 1; at < points.length; at += 1) {
    const [x0, y0] = points[at - 1] as readonly [number, number];
    const [x1, y1] = points[at] as readonly [number, number];
    const [across, down] = isTall ? [0, (y1 - y0) / 2] : [(x1 - x0) / 2, 0];
    path += ` C${round(x0 + across)} ${round(y0 + down)} ${round(x1 - across)} ${round(y1 - down)} ${round(x1)} ${round(y1)}`;
  }
  return path;
}

const round = (value: number): number => Math.round(value * 10) / 10;
