/** Home: who calls whom, how fast, and where it fails. */
import "./style.css";
import { useMemo } from "preact/hooks";
import { about, askMap, type MapAnswer, type MapNode, useQuery } from "../../api/index.ts";
import { chooseTime, group, hasPage, href, longest, range, rangeKey, timeChoice, useKeys } from "../../app/index.ts";
import { percent, plural } from "../../format/index.ts";
import { shortName } from "../../graph/index.ts";
import {
  Button,
  ButtonLink,
  EmptyState,
  ErrorState,
  IconButton,
  Menu,
  OUTCOME_NAMES,
  OutcomeMark,
  QueryTime,
  Skeleton,
  Toggle,
} from "../../ui/index.ts";
import { type Clustered, clustered, MANY } from "./clusters.ts";
import { added, trouble, union } from "./figures.ts";
import { GraphView } from "./graph-view.tsx";
import { ListView } from "./list-view.tsx";
import { MapPanel } from "./panel.tsx";
import { Scrubber } from "./scrubber.tsx";
import {
  alone,
  expanded,
  find,
  inside,
  onlyProblems,
  selected,
  show,
  shown,
  shownKey,
  sizeBy,
  stretch,
  view,
  whatIsNew,
  wideEdges,
} from "./state.ts";

const NOTHING: ReadonlySet<string> = new Set();

export default function MapPage() {
  const isPart = stretch.value !== null;
  const now = useQuery(["map", shownKey.value], (signal) => askMap(shown.peek(), group.value, signal));
  // While a part is shown, the whole range says where everything stands, so that nothing jumps.
  const all = useQuery(["map", isPart, rangeKey.value, group.value], (signal) =>
    isPart ? askMap(range.peek(), group.value, signal) : Promise.resolve(null),
  );
  const before = useQuery(["map before", whatIsNew.value, shownKey.value], (signal) => {
    if (!whatIsNew.value) return Promise.resolve(null);
    const { start, end } = shown.peek();
    return askMap({ start: start - (end - start), end: start }, group.value, signal);
  });
  useKeys("Map", [
    { keys: "p", does: "Only what has problems", run: () => onlyProblems.set(!onlyProblems.value) },
    { keys: "n", does: "Only what leads to and from the selection", run: () => alone.set(!alone.value) },
    { keys: "v", does: "Map or list", run: () => view.set(view.value === "map" ? "list" : "map", { push: true }) },
    { keys: "x", does: "Mark what is new", run: () => whatIsNew.set(!whatIsNew.value) },
    { keys: "s", does: "Find a service", run: () => document.getElementById("map-find")?.focus() },
  ]);

  const answer = now.data;
  const joined = useMemo(() => {
    if (!answer) return null;
    return isPart && all.data ? union(all.data, answer) : { ...answer, absent: NOTHING };
  }, [answer, all.data, isPart]);
  const drawn = useMemo(() => joined && clustered(joined, expanded.value), [joined, expanded.value]);
  const fresh = useMemo(
    () => (whatIsNew.value && answer && before.data ? added(answer, before.data) : NOTHING),
    [answer, before.data, whatIsNew.value],
  );

  if (now.error && !answer) return <ErrorState error={now.error} onRetry={now.again} />;
  if (!answer || !drawn || !joined) {
    return (
      <div class="page" role="status" aria-label="Loading the map">
        <Skeleton lines={8} />
      </div>
    );
  }
  const isEmpty = joined.nodes.length === 0;
  return (
    <div class="fill map-page">
      <Toolbar map={answer} drawn={drawn} fresh={fresh} took={now} />
      <div class="split">
        <div class={`grow map-main dimmable${now.stale && !isPart ? " stale" : ""}`}>
          {isEmpty ? (
            <Nothing />
          ) : view.value === "list" ? (
            <ListView map={answer} />
          ) : (
            <GraphView map={drawn} absent={joined.absent} fresh={fresh} />
          )}
        </div>
        {selected.value !== "" && !isEmpty && <MapPanel map={answer} onClose={() => show("")} />}
      </div>
      {!isEmpty && <Scrubber waiting={now.fetching} />}
    </div>
  );
}

function Toolbar({
  map,
  drawn,
  fresh,
  took,
}: {
  map: MapAnswer;
  drawn: Clustered;
  fresh: ReadonlySet<string>;
  took: { readonly tookMs: number | undefined };
}) {
  return (
    <div class="map-bar">
      <Headline map={map} />
      <span class="grow" />
      {drawn.clusters.size > 0 || expanded.value.length > 0 ? (
        <span class="muted small" data-tip={`More than ${MANY} services are drawn by namespace; a click expands one`}>
          {plural(map.nodes.length, "service")} in {plural(drawn.nodes.length, "namespace")}
        </span>
      ) : null}
      {expanded.value.length > 0 && (
        <Button kind="plain" onClick={() => expanded.set([])}>
          Collapse
        </Button>
      )}
      {whatIsNew.value && (
        <span class="muted small map-fresh" role="status">
          {fresh.size === 0 ? "Nothing new" : `${plural(fresh.size, "thing")} new`}
        </span>
      )}
      <input
        id="map-find"
        class="input map-find"
        type="search"
        placeholder="Find a service"
        aria-label="Find a service"
        value={find.value}
        onInput={(event) => find.set(event.currentTarget.value)}
      />
      <Button
        aria-pressed={onlyProblems.value}
        icon="warning"
        data-tip="Dims what works"
        data-tip-keys="p"
        onClick={() => onlyProblems.set(!onlyProblems.value)}
      >
        <span class="map-wide-only">Only problems</span>
        <span class="sr map-narrow-only">Only problems</span>
      </Button>
      <Toggle
        label="How it is shown"
        value={view.value}
        options={[
          { value: "map", label: "Map", icon: "map" },
          { value: "list", label: "List", icon: "columns" },
        ]}
        onChange={(next) => view.set(next, { push: true })}
      />
      {view.value === "map" && (
        <Menu
          label="What the map shows"
          align="end"
          trigger={(props) => <IconButton {...props} icon="more" label="What the map shows" />}
          items={[
            {
              label: "Figures inside",
              checked: inside.value === "figures",
              run: () => inside.set("figures"),
            },
            { label: "Kind inside", checked: inside.value === "kind", run: () => inside.set("kind") },
            null,
            { label: "All of one size", checked: sizeBy.value === "same", run: () => sizeBy.set("same") },
            { label: "Size by traffic", checked: sizeBy.value === "traffic", run: () => sizeBy.set("traffic") },
            { label: "Size by problems", checked: sizeBy.value === "problems", run: () => sizeBy.set("problems") },
            null,
            {
              label: "Lines as wide as traffic",
              checked: wideEdges.value,
              run: () => wideEdges.set(!wideEdges.value),
            },
            {
              label: "Mark what is new",
              keys: "x",
              checked: whatIsNew.value,
              run: () => whatIsNew.set(!whatIsNew.value),
            },
          ]}
        />
      )}
      <QueryTime what={plural(map.nodes.length, "node")} tookMs={took.tookMs} />
    </div>
  );
}

/** How everything is, in one sentence; a click leads to the worst, with what is wrong already chosen. */
function Headline({ map }: { map: MapAnswer }) {
  const services = map.nodes.filter((node) => node.kind !== "client" && node.stats.total > 0);
  const bad = services
    .map((node) => ({ node, trouble: trouble(node.stats) }))
    .filter((one): one is { node: MapNode; trouble: NonNullable<ReturnType<typeof trouble>> } => one.trouble !== null)
    .sort((a, b) => rankOf(b.trouble) - rankOf(a.trouble));
  const [worst] = bad;
  if (services.length === 0) return null;
  if (!worst) {
    return (
      <p class="map-headline">
        <OutcomeMark outcome="ok" bare />{" "}
        {services.length === 1 ? "The service answers" : `All ${services.length} services answer`} as they should.
      </p>
    );
  }
  return (
    <p class="map-headline">
      <OutcomeMark outcome={worst.trouble.outcome} bare />
      <span class="cut">
        <button type="button" class="link-button" onClick={() => show(worst.node.id, worst.trouble.outcome)}>
          {shortName(worst.node.name)}
        </button>{" "}
        {SAYS[worst.trouble.outcome]} {percent(worst.trouble.share)} of its requests
        {bad.length > 1 && (
          <span class="muted map-wide-only">; {plural(bad.length - 1, "other has", "others have")} trouble too</span>
        )}
        .
      </span>
      <span class="sr">{OUTCOME_NAMES[worst.trouble.outcome]}</span>
    </p>
  );
}

const SAYS = { fault: "fails", throttle: "throttles", error: "refuses", ok: "answers" } as const;

/** Faults weigh most, then throttles, then the callers' errors. */
function rankOf(one: { outcome: string; share: number }): number {
  return one.share + (one.outcome === "fault" ? 2 : one.outcome === "throttle" ? 1 : 0);
}

function Nothing() {
  if (about.value?.empty && hasPage("/start")) {
    return (
      <EmptyState icon="start" title="Nothing has arrived yet">
        <p>The map draws itself from the traces that your services send.</p>
        <ButtonLink href={href("/start")} kind="primary">
          Send the first trace
        </ButtonLink>
      </EmptyState>
    );
  }
  const choice = timeChoice.value;
  const isLongest = choice.kind === "last" && choice.seconds >= longest.value;
  return (
    <EmptyState
      icon="map"
      title={group.value === "" ? "No requests in this time" : `Nothing of ${group.value} in this time`}
    >
      <p>
        {stretch.value !== null
          ? "Look at the whole range, or at another part of it."
          : isLongest
            ? "Choose another time at the top."
            : "Look further back, or choose another time at the top."}
      </p>
      <div class="row">
        {stretch.value !== null && <Button onClick={() => stretch.set(null)}>The whole range</Button>}
        {!isLongest && (
          <Button kind="primary" onClick={() => chooseTime({ kind: "last", seconds: longest.value })}>
            The last {plural(Math.round(longest.value / 3600), "hour")}
          </Button>
        )}
        {group.value !== "" && <Button onClick={() => group.set("")}>All traces</Button>}
        {hasPage("/start") && <ButtonLink href={href("/start")}>How to send traces</ButtonLink>}
      </div>
    </EmptyState>
  );
}
