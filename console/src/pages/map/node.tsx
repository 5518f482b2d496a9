/** A node of the map: a ring of its outcomes, what it does inside, its name and trouble below. */
import type { MapNode } from "../../api/index.ts";
import { compact, duration, percent, rate } from "../../format/index.ts";
import { iconOf, shortName } from "../../graph/index.ts";
import { typeName } from "../../trace/index.ts";
import { Icon, OUTCOME_NAMES, OutcomeMark } from "../../ui/index.ts";
import { ring, trouble } from "./figures.ts";

export const CELL_WIDTH = 140;
/** The ring has the upper part of the cell, the words the lower. */
export const RING_ROOM = 92;
export const CELL_HEIGHT = RING_ROOM + 40;
export const USUAL_RADIUS = 36;
const LEAST_RADIUS = 28;
const MOST_RADIUS = 44;
const RING_WIDTH = 6;

/** Between the smallest and the largest by a weight from 0 to 1. */
export function radiusOf(weight: number | null): number {
  return weight === null ? USUAL_RADIUS : LEAST_RADIUS + (MOST_RADIUS - LEAST_RADIUS) * weight;
}

/** A sentence for whoever does not see the picture. */
export function nodeSentence(node: MapNode, members: number | null): string {
  const { stats } = node;
  const bad = trouble(stats);
  const name = node.kind === "client" ? "Clients" : node.name;
  const kind = members === null ? (node.kind === "client" ? "" : typeName(node.type)) : `${members} services together`;
  return [
    name,
    kind,
    stats.total === 0 ? "no requests" : `${rate(stats.per_minute)}, ${duration(stats.mean)} on average`,
    bad === null ? "" : `${percent(bad.share)} ${OUTCOME_NAMES[bad.outcome].toLowerCase()}`,
  ]
    .filter((piece) => piece !== "")
    .join(", ");
}

export function NodeBody({
  node,
  radius,
  showsKind,
  isNew,
  members,
}: {
  node: MapNode;
  radius: number;
  showsKind: boolean;
  isNew: boolean;
  /** How many nodes it stands for. */
  members: number | null;
}) {
  const { stats } = node;
  const isClient = node.kind === "client";
  // What clients were answered is told at the service that answered.
  const bad = isClient ? null : trouble(stats);
  return (
    // Whoever does not see it is told a sentence instead.
    <span class="map-body" aria-hidden="true">
      <span
        class="map-ring"
        style={{ width: `${2 * radius}px`, height: `${2 * radius}px`, top: `${RING_ROOM / 2 - radius}px` }}
      >
        <Ring node={node} radius={radius} />
        <span class="map-inside">
          {isClient ? (
            <>
              <Icon name="person" size={20} />
              {stats.total > 0 && <span class="map-rate">{rate(stats.per_minute)}</span>}
            </>
          ) : members !== null ? (
            <>
              <span class="map-mean">{members}</span>
              <span class="map-rate">services</span>
            </>
          ) : showsKind ? (
            <Icon name={iconOf(node)} size={22} />
          ) : stats.total === 0 ? (
            <span class="map-rate">idle</span>
          ) : (
            <>
              <span class="map-mean">{duration(stats.mean)}</span>
              <span class="map-rate">{compact(stats.per_minute)}/min</span>
            </>
          )}
        </span>
      </span>
      <span class="map-name">
        {!isClient && !showsKind && members === null && <Icon name={iconOf(node)} size={12} />}
        <span class="cut">{isClient ? "Clients" : shortName(node.name)}</span>
      </span>
      <span class="map-line">
        {bad === null ? (
          <span class="cut faint">{isClient ? "" : members === null ? typeName(node.type) : "expand"}</span>
        ) : (
          <span class={`map-bad status-${bad.outcome}`}>
            <OutcomeMark outcome={bad.outcome} bare size={9} />
            {percent(bad.share)} {OUTCOME_NAMES[bad.outcome].toLowerCase()}
          </span>
        )}
      </span>
      {isNew && <span class="map-new">new</span>}
    </span>
  );
}

function Ring({ node, radius }: { node: MapNode; radius: number }) {
  const r = radius - RING_WIDTH / 2;
  return (
    <svg viewBox={`${-radius} ${-radius} ${2 * radius} ${2 * radius}`} aria-hidden="true" focusable="false">
      <circle class="map-disc" r={radius - RING_WIDTH} />
      <circle class="map-track" r={r} stroke-width={node.kind === "client" ? 1.5 : RING_WIDTH} />
      {node.kind !== "client" &&
        ring(node.stats).map((arc) => (
          <circle
            key={arc.outcome}
            class={`map-arc ${arc.outcome}`}
            r={r}
            stroke-width={RING_WIDTH}
            pathLength={100}
            // A gap between two parts, so that they can be told apart without their colours.
            stroke-dasharray={`${Math.max(0.5, arc.length * 100 - (arc.length < 1 ? 1.2 : 0))} 100`}
            stroke-dashoffset={-arc.from * 100}
            transform="rotate(-90)"
          />
        ))}
    </svg>
  );
}
