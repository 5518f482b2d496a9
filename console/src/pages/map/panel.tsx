/**
 * A node or an edge in depth: how its requests ended, how long they took and when. Ticking outcomes and dragging over the
 * histogram make the filter that "View traces" opens.
 */
import "./panel.css";
import type { ComponentChildren } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import {
  askEdge,
  askNode,
  type Bin,
  type MapAnswer,
  type MapEdge,
  type MapNode,
  type NamedEdge,
  type Query,
  type Series,
  type Stats,
  useQuery,
} from "../../api/index.ts";
import {
  chooseBetween,
  group,
  hasPage,
  href,
  interval,
  list,
  oneOf,
  param,
  path,
  query,
  range,
  setParams,
} from "../../app/index.ts";
import { Histogram, TimeSeries } from "../../charts/index.ts";
import { count, duration, percent, plural, rate } from "../../format/index.ts";
import { iconOf, shortName } from "../../graph/index.ts";
import { typeName } from "../../trace/index.ts";
import {
  Button,
  ButtonLink,
  Code,
  CopyButton,
  EmptyState,
  ErrorState,
  Icon,
  type IconName,
  OUTCOME_MEANINGS,
  OUTCOMES,
  OutcomeMark,
  SidePanel,
  Skeleton,
  Toggle,
} from "../../ui/index.ts";
import { trouble } from "./figures.ts";
import { type Chosen, type Measure, NOTHING_CHOSEN, panelFilter, readOutcomes, tidyStretch } from "./panel-filter.ts";
import { alone, selected, show, shown, shownKey, stretch } from "./state.ts";

/** The outcomes that are ticked. */
const outcomes = param("outcome", list, []);
/** The stretch of the histogram that was dragged over, seconds. */
const response = param("response", interval, null);
const measure = param<Measure>("time", oneOf("response", "duration"), "response");

const MEASURES = [
  { value: "response", label: "Response time", tip: "Until the answer was sent" },
  { value: "duration", label: "Duration", tip: "Until all work was done, also after the answer" },
] as const;

function chosen(): Chosen {
  return { outcomes: readOutcomes(outcomes.value), stretch: response.value, measure: measure.value };
}

/** Who is selected, with what an edge lies between. */
type Subject =
  | { readonly kind: "node"; readonly node: MapNode }
  | { readonly kind: "edge"; readonly edge: MapEdge; readonly source: MapNode; readonly target: MapNode };

function subjectOf(map: MapAnswer, id: string): Subject | null {
  const node = map.nodes.find((one) => one.id === id);
  if (node) return { kind: "node", node };
  const edge = map.edges.find((one) => one.id === id);
  const source = map.nodes.find((one) => one.id === edge?.source);
  const target = map.nodes.find((one) => one.id === edge?.target);
  return edge && source && target ? { kind: "edge", edge, source, target } : null;
}

export function MapPanel({ map, onClose }: { map: MapAnswer; onClose: () => void }) {
  const id = selected.value;
  const subject = useMemo(() => subjectOf(map, id), [map, id]);
  // While the window moves on, what was there a moment ago keeps its name.
  const known = useRef<{ id: string; subject: Subject } | null>(null);
  if (subject) known.current = { id, subject };
  const named = subject ?? (known.current?.id === id ? known.current.subject : null);
  const { title, label, subtitle, icon } = headOf(named);
  return (
    <SidePanel
      name="map"
      label={label}
      title={
        <span class="map-panel-title">
          <Icon name={icon} />
          <span class="cut" data-tip={title}>
            {title}
          </span>
        </span>
      }
      subtitle={subtitle}
      actions={<CopyButton text={linkToThis} label="Copy a link to this, at this time" />}
      onClose={onClose}
    >
      {!subject ? (
        <Absent />
      ) : subject.kind === "node" ? (
        <NodeBody key={id} node={subject.node} map={map} />
      ) : (
        <EdgeBody key={id} {...subject} />
      )}
    </SidePanel>
  );
}

/** The address, with the time pinned and without live mode. */
function linkToThis(): string {
  const { last: _last, from: _from, to: _to, live: _live, ...parameters } = Object.fromEntries(query.peek());
  const { start, end } = range.peek();
  return window.location.origin + href(path.peek(), parameters, { kind: "between", from: start, to: end });
}

function nameOf(node: Pick<MapNode, "kind" | "name">): string {
  return node.kind === "client" ? `Clients of ${shortName(node.name)}` : shortName(node.name);
}

const EDGE_KINDS: Readonly<Record<MapEdge["kind"], string>> = {
  call: "Calls",
  client: "Requests of clients",
  link: "Events through a queue",
};

function headOf(subject: Subject | null): { title: string; label: string; subtitle: string; icon: IconName } {
  if (!subject) return { title: "Not in this range", label: "Details", subtitle: "", icon: "map" };
  if (subject.kind === "node") {
    const { node } = subject;
    const type = node.kind === "client" ? "who calls it" : typeName(node.type) || "service";
    const subtitle = node.account === "" ? type : `${type} · account ${node.account}`;
    return { title: nameOf(node), label: nameOf(node), subtitle, icon: iconOf(node) };
  }
  const { edge, source, target } = subject;
  const from = source.kind === "client" ? "Clients" : shortName(source.name);
  const to = shortName(target.name);
  return {
    title: `${from} → ${to}`,
    label: `${EDGE_KINDS[edge.kind]}: ${from} to ${to}`,
    subtitle: EDGE_KINDS[edge.kind],
    icon: "arrowRight",
  };
}

/** It took no part in what is shown. */
function Absent() {
  return (
    <EmptyState icon="clock" title="It was not there in this range">
      <p>No request of the time shown passed through it.</p>
      {stretch.value !== null && <Button onClick={() => stretch.set(null, { push: true })}>The whole range</Button>}
    </EmptyState>
  );
}

function NodeBody({ node, map }: { node: MapNode; map: MapAnswer }) {
  const asking = useQuery(["map node", node.id, shownKey.value], (signal) =>
    askNode(shown.peek(), group.value, node, signal),
  );
  const answer = asking.data;
  const isClient = node.kind === "client";
  const kinds = useMemo(() => new Map(map.nodes.map((one) => [one.id, one])), [map]);
  return (
    <Body
      asking={asking}
      name={nameOf(node)}
      stats={answer?.node.stats ?? node.stats}
      view={
        node.kind === "service" ? (
          <>
            As <b>{shortName(node.name)}</b> sees it: from receiving a request to{" "}
            {measure.value === "response" ? "answering it" : "the end of all work for it, also after the answer"}.
          </>
        ) : isClient ? (
          <>
            Clients send no segments. The times are as <b>{shortName(node.name)}</b> sees their requests: from receiving
            one to answering it.
          </>
        ) : (
          <>
            <b>{shortName(node.name)}</b> sends no segments itself. The times are as its callers see it, network
            included.
          </>
        )
      }
      durations={node.kind === "service" ? answer?.duration_histogram : undefined}
    >
      {answer && !isClient && <Neighbours title="Callers" edges={answer.incoming} end="source" nodes={kinds} />}
      {answer && (
        <Neighbours title={isClient ? "Calls" : "Callees"} edges={answer.outgoing} end="target" nodes={kinds} />
      )}
    </Body>
  );
}

function EdgeBody({ edge, source, target }: { edge: MapEdge; source: MapNode; target: MapNode }) {
  const asking = useQuery(["map edge", edge.id, shownKey.value], (signal) =>
    askEdge(shown.peek(), group.value, source, target, edge.kind, signal),
  );
  const answer = asking.data;
  const [from, to] = [shortName(source.name), shortName(target.name)];
  return (
    <Body
      asking={asking}
      name={source.kind === "client" ? `the requests to ${to}` : `${from} to ${to}`}
      stats={answer?.edge.stats ?? edge.stats}
      isLink={edge.kind === "link"}
      view={
        edge.kind === "link" ? (
          <>
            Age of the events when <b>{to}</b> received them.
          </>
        ) : edge.kind === "client" ? (
          <>
            As <b>{to}</b> sees the requests of its clients: from receiving one to answering it.
          </>
        ) : (
          <>
            As <b>{from}</b> sees its calls to <b>{to}</b>, network included.
            {target.kind === "inferred" && ` ${to} sends no segments itself.`}
          </>
        )
      }
    >
      <section class="map-panel-section">
        <Heading title="Between">
          <span class="num">Requests</span>
          <span class="num">Mean</span>
        </Heading>
        <ul class="bare">
          {[answer?.source ?? source, answer?.target ?? target].map((node, at) => (
            <Row
              key={`${at} ${node.id}`}
              icon={iconOf(node)}
              name={nameOf(node)}
              hint={node.kind === "inferred" ? NO_SEGMENTS : ""}
              stats={node.stats}
              onClick={() => show(node.id)}
            />
          ))}
        </ul>
      </section>
    </Body>
  );
}

interface InDepth {
  readonly histogram: readonly Bin[];
  readonly series: Series;
  readonly view_filter: string;
}

function Body({
  asking,
  name,
  stats,
  view,
  durations,
  isLink = false,
  children,
}: {
  asking: Query<InDepth>;
  name: string;
  stats: Stats;
  /** Whose view the times are. */
  view: ComponentChildren;
  /** A node has two histograms. */
  durations?: readonly Bin[] | undefined;
  /** Ages of events: filters know nothing of them, nor of how one ended. */
  isLink?: boolean;
  children: ComponentChildren;
}) {
  if (asking.error?.status === 404) return <Absent />;
  if (asking.error && !asking.data) return <ErrorState small error={asking.error} onRetry={asking.again} />;
  const answer = asking.data;
  const asked = isLink ? NOTHING_CHOSEN : chosen();
  const filter = answer && panelFilter(answer.view_filter, asked);
  return (
    <div class="map-panel-body">
      <div class="map-panel-tools">
        {filter === undefined ? (
          <Button kind="primary" icon="traces" disabled>
            View traces
          </Button>
        ) : (
          <ButtonLink kind="primary" icon="traces" href={pageHref("/traces", filter)}>
            View traces
          </ButtonLink>
        )}
        <Button
          icon="filter"
          aria-pressed={alone.value}
          data-tip="Dims what neither leads here nor follows from here"
          data-tip-keys="n"
          onClick={() => alone.set(!alone.value)}
        >
          Only its neighbourhood
        </Button>
      </div>
      <p class="muted">{view}</p>
      {!isLink && <Outcomes stats={stats} />}
      <Figures stats={stats} isLink={isLink} />
      {answer ? (
        <div class={`map-panel-body dimmable${asking.stale ? " stale" : ""}`}>
          <Times name={name} answer={answer} durations={durations} isLink={isLink} />
          <OverTime name={name} series={answer.series} isLink={isLink} />
          <FilterBuilt filter={filter ?? ""} isNarrowed={filter !== answer.view_filter} isLink={isLink} />
        </div>
      ) : (
        <div class="map-panel-body" role="status" aria-label="Loading">
          <Skeleton lines={6} />
          <Skeleton lines={6} />
        </div>
      )}
      {children}
    </div>
  );
}

/** A page that asks for these traces, in the time that the map shows. */
function pageHref(page: string, filter: string): string {
  const { start, end } = shown.value;
  return stretch.value === null
    ? href(page, { filter })
    : href(page, { filter }, { kind: "between", from: start, to: end });
}

function Outcomes({ stats }: { stats: Stats }) {
  const ticked = readOutcomes(outcomes.value);
  return (
    <fieldset class="map-panel-outcomes">
      <legend class="sr">Only requests that ended so</legend>
      {OUTCOMES.map((outcome) => {
        const isTicked = ticked.includes(outcome);
        const flip = (): void =>
          outcomes.set(isTicked ? ticked.filter((one) => one !== outcome) : readOutcomes([...ticked, outcome]));
        return (
          <label
            key={outcome}
            class={`map-panel-outcome ${outcome}${isTicked ? " ticked" : ""}${stats[outcome] === 0 ? " none" : ""}`}
            data-tip={OUTCOME_MEANINGS[outcome]}
          >
            <input type="checkbox" checked={isTicked} onChange={flip} />
            <OutcomeMark outcome={outcome} />
            <span class="end">{count(stats[outcome])}</span>
            <span class="map-panel-share">{stats.total === 0 ? "–" : percent(stats[outcome] / stats.total)}</span>
          </label>
        );
      })}
    </fieldset>
  );
}

function Figures({ stats, isLink }: { stats: Stats; isLink: boolean }) {
  const figures: readonly (readonly [label: string, value: string])[] = [
    [isLink ? "Events" : "Requests", count(stats.total)],
    ["Per minute", rate(stats.per_minute).replace("/min", "")],
    [isLink ? "Mean age" : "Mean", duration(stats.mean)],
    ["p50", duration(stats.p50)],
    ["p90", duration(stats.p90)],
    ["p95", duration(stats.p95)],
    ["p99", duration(stats.p99)],
  ];
  return (
    <dl class="map-panel-figures">
      {figures.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Heading({ title, hint, children }: { title: string; hint?: string; children?: ComponentChildren }) {
  return (
    <div class="map-panel-heading">
      <h3 class="grow cut">
        {title} {hint && <span class="faint small">{hint}</span>}
      </h3>
      {children}
    </div>
  );
}

/** The histogram; dragging over it chooses a stretch. */
function Times({
  name,
  answer,
  durations,
  isLink,
}: {
  name: string;
  answer: InDepth;
  durations: readonly Bin[] | undefined;
  isLink: boolean;
}) {
  const shows: Measure = durations ? measure.value : "response";
  const bins = shows === "duration" && durations ? durations : answer.histogram;
  const series = useMemo(() => [{ id: "all", label: "Requests", tone: "accent" as const, bins }], [bins]);
  const what = isLink ? "Age" : shows === "duration" ? "Duration" : "Response time";
  return (
    <section class="map-panel-section" aria-label={what}>
      <Heading title={durations ? "How long" : what} hint={isLink ? "" : "drag to filter"}>
        {durations && (
          <Toggle
            label="Which time"
            value={shows}
            options={MEASURES}
            onChange={(next) => setParams([measure.to(next), response.to(null)])}
          />
        )}
      </Heading>
      {bins.length === 0 ? (
        <p class="faint small">Nothing was finished in this time.</p>
      ) : isLink ? (
        <Histogram label={`${what} of ${name}`} series={series} selection={null} height={132} />
      ) : (
        <Histogram
          key={shows}
          label={`${what} of ${name}`}
          series={series}
          selection={response.value}
          onSelect={(next) => response.set(next && tidyStretch(next))}
          height={132}
        />
      )}
      {!isLink && response.value !== null && readOutcomes(outcomes.value).length > 0 && (
        <p class="faint small">Of every outcome; the filter also asks for those ticked.</p>
      )}
    </section>
  );
}

function OverTime({ name, series, isLink }: { name: string; series: Series; isLink: boolean }) {
  const { start, end } = shown.value;
  const what = isLink ? "Events over time" : "Requests over time";
  return (
    <section class="map-panel-section" aria-label={what}>
      <Heading title={what} hint={`line: p95${isLink ? " of the age" : ""} · drag to choose a time`} />
      <TimeSeries
        label={`${what}, ${name}`}
        buckets={series.buckets}
        period={series.period}
        start={start}
        end={end}
        onSelect={(from, to) => {
          chooseBetween(from, to);
          stretch.set(null);
        }}
        height={132}
      />
    </section>
  );
}

function FilterBuilt({ filter, isNarrowed, isLink }: { filter: string; isNarrowed: boolean; isLink: boolean }) {
  return (
    <section class="map-panel-section" aria-label="Filter">
      <Heading title="Filter" hint={isLink ? "finds the traces that received them" : "finds these traces"}>
        {hasPage("/analytics") && (
          <ButtonLink kind="plain" icon="analytics" href={pageHref("/analytics", filter)}>
            Analyse
          </ButtonLink>
        )}
        {isNarrowed && (
          <Button kind="plain" icon="close" onClick={() => setParams([outcomes.to([]), response.to(null)])}>
            Clear
          </Button>
        )}
      </Heading>
      <Code text={filter} label="Copy the filter" wrap />
    </section>
  );
}

/** Of a node that is known by calls to it alone. */
const NO_SEGMENTS = "no segments";

/** So many are shown at first. */
const FEW = 6;

function Neighbours({
  title,
  edges,
  end,
  nodes,
}: {
  title: string;
  edges: readonly NamedEdge[];
  /** The one that is not the node itself. */
  end: "source" | "target";
  nodes: ReadonlyMap<string, MapNode>;
}) {
  const [all, setAll] = useState(false);
  const sorted = useMemo(() => [...edges].sort((a, b) => b.stats.total - a.stats.total), [edges]);
  const shownEdges = all ? sorted : sorted.slice(0, FEW);
  return (
    <section class="map-panel-section" aria-label={title}>
      <Heading title={title} hint={edges.length === 0 ? "none" : count(edges.length)}>
        {edges.length > 0 && (
          <>
            <span class="num">Requests</span>
            <span class="num">Mean</span>
          </>
        )}
      </Heading>
      {edges.length > 0 && (
        <ul class="bare">
          {shownEdges.map((edge) => {
            const name = end === "source" ? edge.source_name : edge.target_name;
            const type = end === "source" ? edge.source_type : edge.target_type;
            const kind =
              edge.kind === "client" && end === "source" ? "client" : (nodes.get(edge[end])?.kind ?? "service");
            const isLink = edge.kind === "link";
            return (
              <Row
                key={edge.id}
                icon={iconOf({ kind, type })}
                name={kind === "client" ? "Clients" : shortName(name)}
                hint={isLink ? "age of events" : kind === "inferred" ? NO_SEGMENTS : ""}
                stats={edge.stats}
                onClick={() => show(edge.id)}
              />
            );
          })}
        </ul>
      )}
      {sorted.length > FEW && (
        <Button kind="plain" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Fewer" : `All ${plural(sorted.length, title.toLowerCase().replace(/s$/, ""))}`}
        </Button>
      )}
    </section>
  );
}

function Row({
  icon,
  name,
  hint,
  stats,
  onClick,
}: {
  icon: IconName;
  name: string;
  hint: string;
  stats: Stats;
  onClick: () => void;
}) {
  const found = trouble(stats);
  return (
    <li>
      <button type="button" class="map-panel-row" onClick={onClick}>
        <Icon name={icon} size={14} />
        <span class="cut">{name}</span>
        {hint && (
          <span
            class="map-panel-hint cut"
            data-tip={hint === NO_SEGMENTS ? "It sends no segments: it is known by calls to it alone" : undefined}
          >
            {hint}
          </span>
        )}
        {found && (
          <span class={`map-panel-bad status-${found.outcome}`}>
            <OutcomeMark outcome={found.outcome} bare size={8} />
            {percent(found.share)}
          </span>
        )}
        <span class="num end">{count(stats.total)}</span>
        <span class="num">{duration(stats.mean)}</span>
      </button>
    </li>
  );
}
