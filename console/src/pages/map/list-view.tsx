/** The map as two tables: the same numbers, sortable, and for those who cannot see a picture. */
import type { MapEdge, MapNode, ServiceMap } from "../../api/index.ts";
import { oneOf, text, useParam } from "../../app/index.ts";
import { count, duration, percent, rate } from "../../format/index.ts";
import { iconOf, shortName, worst } from "../../graph/index.ts";
import { typeName } from "../../trace/index.ts";
import { type Column, EmptyState, Icon, Table, Toggle } from "../../ui/index.ts";
import { fits } from "./figures.ts";
import { find, onlyProblems, selected, show } from "./state.ts";

interface EdgeRow {
  readonly edge: MapEdge;
  readonly source: string;
  readonly target: string;
}

type Counted = { readonly stats: MapNode["stats"] };

function share(part: number, total: number): number | null {
  return total === 0 ? null : part / total;
}

/** The figures that nodes and edges both have. */
function figures<Row>(of: (row: Row) => Counted): Column<Row>[] {
  const outcome = (name: "fault" | "error" | "throttle", label: string, from: number): Column<Row> => ({
    id: name,
    label,
    width: "80px",
    align: "end",
    from,
    sort: (row) => share(of(row).stats[name], of(row).stats.total),
    cell: (row) => {
      const found = share(of(row).stats[name], of(row).stats.total);
      return found === null || found === 0 ? (
        <span class="faint">–</span>
      ) : (
        <span class={`status-${name}`}>{percent(found)}</span>
      );
    },
  });
  const time = (
    name: "mean" | "p50" | "p90" | "p95" | "p99",
    label: string,
    hidden: boolean,
    from = 0,
  ): Column<Row> => ({
    id: name,
    label,
    width: "84px",
    align: "end",
    hidden,
    from,
    sort: (row) => of(row).stats[name],
    cell: (row) => duration(of(row).stats[name]),
  });
  return [
    {
      id: "requests",
      label: "Requests",
      width: "90px",
      align: "end",
      from: 560,
      sort: (row) => of(row).stats.total,
      cell: (row) => count(of(row).stats.total),
    },
    {
      id: "rate",
      label: "Per minute",
      width: "96px",
      align: "end",
      sort: (row) => of(row).stats.per_minute,
      cell: (row) => rate(of(row).stats.per_minute),
    },
    outcome("fault", "Faults", 0),
    outcome("error", "Errors", 640),
    outcome("throttle", "Throttles", 700),
    time("mean", "Average", false),
    time("p50", "p50", true),
    time("p90", "p90", true),
    time("p95", "p95", false, 760),
    time("p99", "p99", false, 820),
  ];
}

const NODES: readonly Column<MapNode>[] = [
  {
    id: "name",
    label: "Name",
    width: "minmax(120px, 2fr)",
    fixed: true,
    sort: (node) => node.name,
    cell: (node) => (
      <span class="map-cell">
        <Icon name={iconOf(node)} size={14} />
        <span class="cut">{node.kind === "client" ? "Clients" : node.name}</span>
      </span>
    ),
  },
  {
    id: "type",
    label: "Type",
    width: "minmax(90px, 1fr)",
    from: 620,
    sort: (node) => node.type,
    cell: (node) => <span class="cut muted">{node.kind === "client" ? "" : typeName(node.type)}</span>,
  },
  ...figures<MapNode>((node) => node),
];

const EDGES: readonly Column<EdgeRow>[] = [
  {
    id: "source",
    label: "From",
    width: "minmax(90px, 1fr)",
    fixed: true,
    sort: (row) => row.source,
    cell: (row) => <span class="cut">{row.source}</span>,
  },
  {
    id: "target",
    label: "To",
    width: "minmax(90px, 1fr)",
    fixed: true,
    sort: (row) => row.target,
    cell: (row) => <span class="cut">{row.target}</span>,
  },
  ...figures<EdgeRow>((row) => row.edge),
];

export function ListView({ map }: { map: ServiceMap }) {
  const of = useParam("of", oneOf("services", "calls"), "services");
  const sort = useParam("sort", text, "-requests");
  const nodes = new Map(map.nodes.map((node) => [node.id, node]));
  const words = find.value.trim();
  const isWanted = (node: MapNode | undefined): boolean => words === "" || (node !== undefined && fits(node, words));
  const services = map.nodes.filter(
    (node) => node.kind !== "client" && isWanted(node) && (!onlyProblems.value || worst(node.stats) !== "ok"),
  );
  const calls = map.edges
    .filter(
      (edge) =>
        (isWanted(nodes.get(edge.source)) || isWanted(nodes.get(edge.target))) &&
        (!onlyProblems.value || worst(edge.stats) !== "ok"),
    )
    .map((edge): EdgeRow => {
      const name = (id: string): string => {
        const node = nodes.get(id);
        return node?.kind === "client" ? "Clients" : shortName(node?.name ?? "");
      };
      return { edge, source: name(edge.source), target: name(edge.target) };
    });
  const open = show;
  const empty = (
    <EmptyState title="Nothing fits">
      <p>
        No {of.value === "services" ? "service" : "call"} has these words{onlyProblems.value ? " and a problem" : ""}.
      </p>
    </EmptyState>
  );
  return (
    <div class="map-list">
      <Toggle
        label="What is listed"
        value={of.value}
        options={[
          { value: "services", label: `Services (${services.length})` },
          { value: "calls", label: `Calls (${calls.length})` },
        ]}
        onChange={(next) => of.set(next)}
      />
      {of.value === "services" ? (
        <Table
          label="Services"
          name="map.services"
          rows={services}
          columns={NODES}
          rowKey={(node) => node.id}
          rowTone={(node) => toneOf(node)}
          sort={sort.value}
          onSort={(next) => sort.set(next)}
          selected={selected.value || null}
          onOpen={(node) => open(node.id)}
          empty={empty}
        />
      ) : (
        <Table
          label="Calls"
          name="map.calls"
          rows={calls}
          columns={EDGES}
          rowKey={(row) => row.edge.id}
          rowTone={(row) => toneOf(row.edge)}
          sort={sort.value}
          onSort={(next) => sort.set(next)}
          selected={selected.value || null}
          onOpen={(row) => open(row.edge.id)}
          empty={empty}
        />
      )}
    </div>
  );
}

function toneOf(one: Counted): "error" | "throttle" | "fault" | null {
  const outcome = worst(one.stats);
  return outcome === "ok" ? null : outcome;
}
