/** The table of traces, and its keys. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { TraceSummary } from "../../api/index.ts";
import { navigate, traceHref, useKeys } from "../../app/index.ts";
import { areWeighted, keepTraceList } from "../../trace/index.ts";
import { Button, EmptyState, sorted, Table } from "../../ui/index.ts";
import { columnsOf } from "./cells.tsx";
import { toggledColumn, USUAL } from "./columns.ts";
import type { Loader } from "./load.ts";
import { columns, filter, isPhone, open, setTerms, sort, terms } from "./state.ts";

export function List({ loader, rows }: { loader: Loader; rows: readonly TraceSummary[] }) {
  const box = useRef<HTMLDivElement>(null);
  const cursor = useRef<string | null>(null);
  const weighted = areWeighted(rows);
  // Who chose columns has chosen.
  const names = useMemo(
    () => (weighted && columns.value === USUAL ? toggledColumn(USUAL, "weight") : columns.value),
    [weighted, columns.value],
  );
  const narrow = isPhone.value;
  const slowest = useMemo(() => rows.reduce((most, row) => Math.max(most, row.response ?? 0), 0), [rows]);
  const shown = useMemo(() => columnsOf(names, slowest, narrow), [names, slowest, narrow]);
  const order = sort.value;
  const search = JSON.stringify([filter.value, order]);
  const ids = useMemo(() => sorted(rows, shown, order).map((row) => row.id), [rows, shown, order]);

  // The page of a trace knows the next and the one before.
  useEffect(() => keepTraceList(ids, location.pathname + location.search), [ids, search, terms.value, open.value]);

  // From anywhere on the page, into the table.
  const press = (key: string) => (): void => {
    const grid = box.current?.querySelector<HTMLElement>("[role=grid]");
    if (!grid) return;
    grid.focus();
    grid.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  };
  const goTo = (): void => {
    const id = cursor.current ?? (open.value || ids[0]);
    if (id) navigate(traceHref(id));
  };
  useKeys("Table of traces", [
    { keys: "j", does: "Next trace", run: press("j") },
    { keys: "k", does: "Trace before", run: press("k") },
    { keys: "v", does: "Look at it at the side", run: press(" ") },
    // Listed alone: the table takes it. Enter on a button must stay the button's.
    { keys: "↵", does: "Open it", run: goTo },
  ]);

  return (
    <div
      ref={box}
      class="traces-table"
      onKeyDownCapture={(event) => {
        if (event.key !== "Enter" || !(event.target instanceof Element) || event.target.getAttribute("role") !== "grid")
          return;
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        event.stopPropagation();
        goTo();
      }}
    >
      <Table
        label="Traces"
        name="traces"
        rows={rows}
        columns={shown}
        rowKey={(row) => row.id}
        sort={order}
        onSort={(next) => sort.set(next)}
        selected={open.value || null}
        onMove={(row) => {
          cursor.current = row.id;
          if (open.value !== "") open.set(row.id);
        }}
        onOpen={(row) => {
          cursor.current = row.id;
          open.set(row.id, { push: open.value === "" });
        }}
        rowTone={(row) => (row.outcome === "ok" ? null : row.outcome)}
        empty={
          loader.busy.value ? (
            <p class="muted">Searching …</p>
          ) : terms.value.length === 0 ? (
            <EmptyState title="Nothing found so far">
              <p>The search was stopped; below it can go on.</p>
            </EmptyState>
          ) : (
            <EmptyState title="Nothing that is loaded fits what is ticked">
              <p>
                <Button onClick={() => setTerms([])}>Untick everything</Button>
              </p>
            </EmptyState>
          )
        }
      />
    </div>
  );
}
