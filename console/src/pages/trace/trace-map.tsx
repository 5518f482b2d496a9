/** The map of this trace alone: who called whom, how it went, and the traces before and after. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { MapNode, Outcome, TraceAnswer, TraceLink } from "../../api/index.ts";
import { traceHref } from "../../app/index.ts";
import { useSize } from "../../charts/index.ts";
import { duration } from "../../format/index.ts";
import { curve, iconOf, type Look, laid, shortName, worst } from "../../graph/index.ts";
import { type TraceTree, typeName } from "../../trace/index.ts";
import { worse } from "../../trace/tree.ts";
import { Button, Icon, Menu, OUTCOME_NAMES, OutcomeMark } from "../../ui/index.ts";

const NODE_WIDTH = 148;
const NODE_HEIGHT = 44;
/** Who asked has no name to show. */
const CLIENT_WIDTH = 40;
const nodeWidth = (node: Pick<MapNode, "kind">): number => (node.kind === "client" ? CLIENT_WIDTH : NODE_WIDTH);
const LOOK: Look = { width: nodeWidth, height: NODE_HEIGHT, across: 44, between: 14, lane: 10 };
const PAD = 14;
/** Smaller it cannot be read; then it scrolls. */
const LEAST_SCALE = 0.78;
const MANY = 80;
/** Of the whole card, px. */
const LEAST_HEIGHT = 200;
const MOST_HEIGHT = 340;

export function TraceMap({
  trace,
  tree,
  chosen,
  onJump,
}: {
  trace: TraceAnswer;
  tree: TraceTree;
  /** The node of the active part. */
  chosen: string | null;
  onJump: (id: string) => void;
}) {
  const { nodes, edges } = trace.map;
  const [box, size] = useSize();
  const layout = useMemo(() => laid(nodes, edges, LOOK), [nodes, edges]);
  const firsts = useMemo(() => firstParts(tree), [tree]);
  const upstream = trace.links.filter((link) => link.direction === "upstream");
  const downstream = trace.links.filter((link) => link.direction === "downstream");
  // It grows with what is in it, and becomes smaller or scrolls where that is too much.
  const scale = Math.max(
    LEAST_SCALE,
    Math.min(1, (size.width - 2 * PAD) / layout.width, (MOST_HEIGHT - 2 * PAD) / layout.height),
  );
  const [width, height] = [layout.width * scale, layout.height * scale];
  // In the middle where there is room; where there is none it begins at the left.
  const left = Math.max(PAD, (size.width - width) / 2);
  const top = Math.max(PAD, (size.height - height) / 2);
  // A tall map begins where the trace does.
  const begin = layout.nodes.get(nodes.find((node) => node.root)?.id ?? nodes[0]?.id ?? "");
  const placed = size.height > 0;
  useEffect(() => {
    const element = box.current;
    if (!element || !begin || !placed) return;
    element.scrollTop = top + (begin.y + NODE_HEIGHT / 2) * scale - element.clientHeight / 2;
  }, [begin, placed]);
  const chosenButton = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const button = chosenButton.current;
    const element = box.current;
    if (!button || !element) return;
    // Not scrollIntoView: that would scroll the page as well.
    const place = button.getBoundingClientRect();
    const outer = element.getBoundingClientRect();
    if (place.right > outer.right) element.scrollLeft += place.right - outer.right + PAD;
    if (place.left < outer.left) element.scrollLeft -= outer.left - place.left + PAD;
    if (place.bottom > outer.bottom) element.scrollTop += place.bottom - outer.bottom + PAD;
    if (place.top < outer.top) element.scrollTop -= outer.top - place.top + PAD;
  }, [chosen, box]);

  if (nodes.length > MANY) {
    return (
      <section class="card trace-map" aria-label="Map of this trace">
        <p class="trace-map-note muted">
          {nodes.length} services took part: too many for a small map. The waterfall below has them all.
        </p>
      </section>
    );
  }
  return (
    <section
      class="card trace-map"
      aria-label="Map of this trace"
      style={{ minHeight: `${Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, Math.ceil(height) + 2 * PAD + 2))}px` }}
    >
      <Linked links={upstream} title="Sent by" tree={tree} />
      <div ref={box} class="trace-map-box" tabIndex={width > size.width || height > size.height ? 0 : undefined}>
        <div class="trace-map-size" style={{ width: `${left + width + PAD}px`, height: `${top + height + PAD}px` }}>
          <div
            class="trace-map-inner"
            style={{
              width: `${layout.width}px`,
              height: `${layout.height}px`,
              transform: `translate(${left}px, ${top}px) scale(${scale})`,
            }}
          >
            <svg class="trace-edges" width={layout.width} height={layout.height} aria-hidden="true">
              <defs>
                <marker
                  id="trace-arrow"
                  viewBox="0 0 8 8"
                  refX="7"
                  refY="4"
                  markerWidth="7"
                  markerHeight="7"
                  orient="auto"
                >
                  <path d="M0 0.8 7 4 0 7.2Z" />
                </marker>
              </defs>
              {edges.map((edge) => (
                <path
                  key={edge.id}
                  class={`trace-edge ${edge.kind} ${worst(edge.stats) === "ok" ? "" : `bad ${worst(edge.stats)}`}`}
                  d={curve(layout.edges.get(edge.id) ?? [])}
                  marker-end="url(#trace-arrow)"
                />
              ))}
            </svg>
            {nodes.map((node) => {
              const at = layout.nodes.get(node.id) ?? { x: 0, y: 0 };
              const part = firsts.get(node.id);
              const outcome = worst(node.stats);
              const place = {
                left: `${at.x}px`,
                top: `${at.y}px`,
                width: `${nodeWidth(node)}px`,
                height: `${NODE_HEIGHT}px`,
              };
              const mark = node.stats.total > 0 && outcome !== "ok" && <OutcomeMark outcome={outcome} bare size={9} />;
              const inside =
                node.kind === "client" ? (
                  <>
                    <Icon name="person" size={16} />
                    <span class="sr">Client</span>
                    {mark}
                  </>
                ) : (
                  <>
                    <span class="trace-node-icon">
                      <Icon name={iconOf(node)} size={15} />
                    </span>
                    <span class="trace-node-words">
                      <span class="trace-node-name cut">{shortName(node.name)}</span>
                      <span class="trace-node-line">
                        {mark}
                        <span>{duration(node.stats.mean)}</span>
                        {node.stats.total > 1 && <span>×{node.stats.total}</span>}
                        <span class="cut faint">{typeName(node.type)}</span>
                      </span>
                    </span>
                  </>
                );
              return part ? (
                <button
                  key={node.id}
                  ref={node.id === chosen ? chosenButton : null}
                  type="button"
                  class={`trace-node ${node.kind} ${outcome}`}
                  style={place}
                  aria-pressed={node.id === chosen}
                  data-tip={nodeText(node)}
                  onClick={() => onJump(part)}
                >
                  {inside}
                </button>
              ) : (
                <div key={node.id} class={`trace-node ${node.kind} ${outcome}`} style={place} data-tip={nodeText(node)}>
                  {inside}
                </div>
              );
            })}
          </div>
        </div>
      </div>
      <Linked links={downstream} title="Received by" tree={tree} />
    </section>
  );
}

function nodeText(node: MapNode): string {
  const { stats } = node;
  const bad = (["fault", "throttle", "error"] as const)
    .filter((outcome) => stats[outcome] > 0)
    .map((outcome) => `${stats[outcome]} × ${OUTCOME_NAMES[outcome]}`);
  const kind =
    node.kind === "inferred" ? "sends nothing itself; known by calls to it" : node.kind === "client" ? "client" : "";
  return [node.name, kind, ...bad].filter((piece) => piece !== "").join(" · ");
}

/** Of each node the part to show: the one that went worst, of those the first. */
function firstParts(tree: TraceTree): ReadonlyMap<string, string> {
  const found = new Map<string, { id: string; outcome: Outcome }>();
  for (const { entity } of tree.parts) {
    if (entity.node === null || entity.kind === "subsegment") continue;
    const before = found.get(entity.node);
    if (!before || (before.outcome !== entity.outcome && worse(before.outcome, entity.outcome) === entity.outcome)) {
      found.set(entity.node, { id: entity.id, outcome: entity.outcome });
    }
  }
  return new Map([...found].map(([node, { id }]) => [node, id]));
}

/** The traces at one side; one is shown, the others are behind a menu. */
function Linked({ links, title, tree }: { links: readonly TraceLink[]; title: string; tree: TraceTree }) {
  const [at, setAt] = useState(0);
  const link = links[at];
  if (!link) return null;
  const part = link.entity === null ? undefined : tree.byId.get(link.entity);
  return (
    <div class={`trace-linked ${link.direction}`}>
      <div class="faint small">{title}</div>
      <a class="mono trace-linked-id" href={traceHref(link.trace_id, { entity: link.other })}>
        …{link.trace_id.slice(-8)}
      </a>
      {part && <div class="small muted cut">at {part.entity.name}</div>}
      {links.length > 1 && (
        <Menu
          label="Select a trace"
          trigger={(props) => (
            <Button {...props} kind="plain" iconAfter="down">
              {at + 1} of {links.length}
            </Button>
          )}
          items={links.map((other, index) => ({
            label: other.trace_id,
            checked: index === at,
            run: () => setAt(index),
          }))}
        />
      )}
    </div>
  );
}
