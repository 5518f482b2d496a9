/** The parts as a table: for sorting by what they took themselves. */
import { useMemo } from "preact/hooks";
import { duration, percent } from "../../format/index.ts";
import type { Part, TraceTree } from "../../trace/index.ts";
import { type Column, OUTCOME_NAMES, OutcomeMark, Table } from "../../ui/index.ts";
import { sort } from "./state.ts";

const BADNESS = { ok: 0, error: 1, throttle: 2, fault: 3 } as const;
const KINDS = { segment: "Segment", subsegment: "Part", inferred: "Inferred" } as const;

function columnsOf(tree: TraceTree): Column<Part>[] {
  const whole = tree.extent[1] - tree.extent[0];
  return [
    {
      id: "name",
      label: "Name",
      width: "minmax(170px, 2fr)",
      fixed: true,
      sort: ({ entity }) => entity.name,
      cell: ({ entity }) => entity.name.replace(/^## /, ""),
    },
    {
      id: "service",
      label: "Service",
      width: "minmax(110px, 1fr)",
      from: 620,
      sort: ({ service }) => service?.name ?? null,
      cell: ({ service }) => <span class="muted">{service?.name ?? "–"}</span>,
    },
    {
      id: "title",
      label: "What",
      width: "minmax(140px, 2fr)",
      from: 900,
      sort: ({ entity }) => entity.title || null,
      cell: ({ entity }) => <span class="muted">{entity.title}</span>,
    },
    {
      id: "kind",
      label: "Kind",
      width: "90px",
      hidden: true,
      sort: ({ entity }) => entity.kind,
      cell: ({ entity }) => KINDS[entity.kind],
    },
    {
      id: "status",
      label: "Status",
      width: "96px",
      sort: ({ entity }) => BADNESS[entity.outcome] * 1000 + (entity.status ?? 0),
      cell: ({ entity }) => (
        <span class="row">
          <OutcomeMark outcome={entity.outcome} bare size={9} />
          {entity.in_progress ? "Open" : (entity.status ?? OUTCOME_NAMES[entity.outcome])}
        </span>
      ),
    },
    {
      id: "start",
      label: "Start",
      width: "86px",
      align: "end",
      from: 520,
      sort: ({ entity }) => entity.start,
      cell: ({ entity }) => duration(entity.start),
    },
    {
      id: "time",
      label: "Time",
      width: "86px",
      align: "end",
      sort: (part) => (part.entity.end === null ? null : part.end - part.entity.start),
      cell: (part) => (part.entity.end === null ? "…" : duration(part.end - part.entity.start)),
    },
    {
      id: "self",
      label: "Itself",
      width: "minmax(110px, 150px)",
      align: "end",
      sort: (part) => part.self,
      cell: (part) => (
        <span class="trace-self">
          <span class="trace-self-bar" aria-hidden="true">
            <span style={{ width: `${Math.min(100, (part.self / whole) * 100)}%` }} />
          </span>
          {duration(part.self)}
        </span>
      ),
    },
    {
      id: "share",
      label: "Of all",
      width: "76px",
      align: "end",
      from: 760,
      sort: (part) => part.self,
      cell: (part) => <span class="muted">{percent(part.self / whole)}</span>,
    },
    {
      id: "waited",
      label: "Waited for",
      width: "100px",
      align: "end",
      from: 700,
      sort: ({ entity }) => (entity.critical ? entity.waited : null),
      cell: ({ entity }) => (entity.critical ? duration(entity.waited) : ""),
    },
  ];
}

export function Spans({
  tree,
  matches,
  searching,
  open,
  covered,
  onOpen,
}: {
  tree: TraceTree;
  matches: ReadonlySet<string>;
  searching: boolean;
  open: string;
  covered: number;
  onOpen: (id: string) => void;
}) {
  const columns = useMemo(() => columnsOf(tree), [tree]);
  const rows = useMemo(
    () => (searching ? tree.parts.filter((part) => matches.has(part.entity.id)) : tree.parts),
    [tree, matches, searching],
  );
  return (
    <div class="trace-table" style={{ height: `calc(100% - ${covered}px)` }}>
      <Table
        label="Parts of the trace"
        name="trace.parts"
        rows={rows}
        columns={columns}
        rowKey={(part) => part.entity.id}
        sort={sort.value}
        onSort={(next) => sort.set(next)}
        selected={open === "" ? null : open}
        onOpen={(part) => onOpen(part.entity.id)}
        rowTone={({ entity }) => (entity.outcome === "ok" ? null : entity.outcome)}
        empty={<p class="muted">No part matches the search.</p>}
      />
    </div>
  );
}
