/**
 * A table of any length: only the rows in sight are drawn. Columns sort, and which are shown is the person's choice, kept in
 * this browser. The table is one stop of the Tab key; arrow keys, Page, Home and End move in it, Enter opens.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { isStrings, preference } from "../app/prefs.ts";
import { IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { Popover } from "./popover.tsx";
import { type Column, sorted } from "./sorted.ts";

export interface TableProps<Row> {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  /** The id of a column, with `-` in front for descending; empty leaves the rows as they came. */
  sort: string;
  onSort: (sort: string) => void;
  /** Enter, or a click on a row. */
  onOpen?: (row: Row) => void;
  /** The key of the row that is open elsewhere, such as in a side panel. */
  selected?: string | null;
  /** Called as the person moves. */
  onMove?: (row: Row) => void;
  /** Columns are remembered under this name. */
  name: string;
  /** Stands where there are no rows. */
  empty?: ComponentChildren;
  rowHeight?: number;
  /** A tone in front of the row. */
  rowTone?: (row: Row) => "error" | "throttle" | "fault" | null;
}

const OVERSCAN = 10;
/** Of the column chooser, px. */
const CHOOSER = 36;
/** A column that only has a share of the width is not pressed below this, px. */
const LEAST = 80;

/** The least that a width allows: 120 of `minmax(120px, 1fr)`. */
function leastOf(width: string): number {
  const px = /(\d+)px/.exec(width)?.[1];
  return px === undefined ? LEAST : Number(px);
}

export function Table<Row>({
  label,
  rows,
  columns,
  rowKey,
  sort,
  onSort,
  onOpen,
  selected = null,
  onMove,
  name,
  empty,
  rowHeight = 32,
  rowTone,
}: TableProps<Row>) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600, width: 1200 });
  const [active, setActive] = useState<string | null>(null);
  const usual = columns.filter((column) => !column.hidden).map((column) => column.id);
  const chosen = useMemo(() => preference<string[]>(`table.${name}`, [], isStrings), [name]);

  const wanted = chosen.value.length === 0 ? usual : chosen.value;
  const shown = columns.filter(
    (column) => (column.fixed || wanted.includes(column.id)) && view.width >= (column.from ?? 0),
  );
  const ordered = useMemo(() => sorted(rows, columns, sort), [rows, columns, sort]);
  const at = useMemo(() => {
    const key = active ?? selected;
    return key === null ? -1 : ordered.findIndex((row) => rowKey(row) === key);
  }, [ordered, active, selected, rowKey]);

  // What was moved to follows what is open elsewhere.
  useEffect(() => setActive(selected), [selected]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = (): void =>
      setView({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);

  const reveal = (index: number): void => {
    const element = scroller.current;
    if (!element) return;
    // The head sticks to the top and covers a row's height.
    const top = index * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + 2 * rowHeight > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + 2 * rowHeight - element.clientHeight;
    }
  };

  const keys = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || ordered.length === 0) return;
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 2);
    const last = ordered.length - 1;
    const steps: Record<string, number> = {
      ArrowDown: Math.min(last, at + 1),
      j: Math.min(last, at + 1),
      ArrowUp: Math.max(0, at - 1),
      k: Math.max(0, at - 1),
      PageDown: Math.min(last, at + page),
      PageUp: Math.max(0, at - page),
      Home: 0,
      End: last,
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = ordered[at];
    const next = steps[event.key];
    if (next !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      const moved = ordered[next];
      if (!moved) return;
      setActive(rowKey(moved));
      reveal(next);
      onMove?.(moved);
    } else if ((event.key === "Enter" || event.key === " ") && row && onOpen) {
      event.preventDefault();
      event.stopPropagation();
      onOpen(row);
    }
  };

  const first = Math.max(0, Math.floor(view.top / rowHeight) - OVERSCAN);
  const end = Math.min(ordered.length, Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN);
  const template = `${shown.map((column) => column.width).join(" ")} ${CHOOSER}px`;
  // All rows must agree on it: narrower than this, the table scrolls to the side.
  const least = `${shown.reduce((sum, column) => sum + leastOf(column.width), CHOOSER + 8)}px`;
  const drawn = ordered.slice(first, end);

  return (
    <div
      ref={scroller}
      class="table"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={ordered.length + 1}
      aria-colcount={shown.length}
      aria-activedescendant={at >= first && at < end ? `${id}-${at}` : undefined}
      onKeyDown={keys}
    >
      <div
        class="table-head table-row"
        role="row"
        aria-rowindex={1}
        style={{ gridTemplateColumns: template, minWidth: least }}
      >
        {shown.map((column) => (
          <HeadCell key={column.id} column={column} sort={sort} onSort={onSort} />
        ))}
        <div class="table-cell table-chooser" role="columnheader" aria-label="Columns">
          <ColumnChooser
            columns={columns}
            wanted={wanted}
            onChange={(next) => {
              chosen.value = next;
            }}
          />
        </div>
      </div>
      {ordered.length === 0 ? (
        <div role="row">
          <div role="gridcell" class="table-empty">
            {empty ?? <p class="muted">Nothing to show.</p>}
          </div>
        </div>
      ) : (
        <div class="table-rows" role="rowgroup" style={{ height: `${ordered.length * rowHeight}px`, minWidth: least }}>
          {drawn.map((row, offset) => {
            const index = first + offset;
            const key = rowKey(row);
            const tone = rowTone?.(row);
            return (
              <div
                key={key}
                id={`${id}-${index}`}
                class={`table-row${onOpen ? " can-open" : ""}${tone ? ` tone-${tone}` : ""}`}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={key === selected}
                data-active={index === at ? "" : undefined}
                style={{
                  gridTemplateColumns: template,
                  height: `${rowHeight}px`,
                  transform: `translateY(${index * rowHeight}px)`,
                }}
                onClick={(event) => {
                  // A link in a cell is a way of its own.
                  if ((event.target as Element).closest("a, button")) return;
                  // Who marks text does not mean to open.
                  if (window.getSelection()?.isCollapsed === false) return;
                  setActive(key);
                  onOpen?.(row);
                }}
              >
                {shown.map((column) => (
                  <div key={column.id} role="gridcell" class={`table-cell${column.align === "end" ? " num" : ""}`}>
                    {column.cell(row)}
                  </div>
                ))}
                <div role="gridcell" />
              </div>
            );
          })}
        </div>
      )}
    </div>
  );
}

function HeadCell<Row>({
  column,
  sort,
  onSort,
}: {
  column: Column<Row>;
  sort: string;
  onSort: (sort: string) => void;
}) {
  const direction = sort === column.id ? "ascending" : sort === `-${column.id}` ? "descending" : undefined;
  const end = column.align === "end" ? " num" : "";
  if (!column.sort) {
    return (
      <div role="columnheader" class={`table-cell cut${end}`}>
        {column.label}
      </div>
    );
  }
  return (
    <div role="columnheader" class={`table-cell${end}`} aria-sort={direction ?? "none"}>
      <button
        type="button"
        class="table-sort"
        // The large and the new first: that is what people look for.
        onClick={() => onSort(direction === "descending" ? column.id : `-${column.id}`)}
      >
        <span class="cut">{column.label}</span>
        {direction && <Icon name={direction === "ascending" ? "arrowUp" : "arrowDown"} size={12} />}
      </button>
    </div>
  );
}

function ColumnChooser<Row>({
  columns,
  wanted,
  onChange,
}: {
  columns: readonly Column<Row>[];
  wanted: readonly string[];
  onChange: (next: string[]) => void;
}) {
  return (
    <Popover
      label="Columns"
      align="end"
      trigger={(props) => <IconButton {...props} icon="columns" label="Columns" size={14} />}
    >
      {() => (
        <div class="stack chooser">
          {columns.map((column) => (
            <label key={column.id} class="check">
              <input
                type="checkbox"
                checked={column.fixed === true || wanted.includes(column.id)}
                disabled={column.fixed === true}
                onChange={(event) => {
                  const others = wanted.filter((one) => one !== column.id);
                  onChange(event.currentTarget.checked ? [...others, column.id] : others);
                }}
              />
              {column.label}
            </label>
          ))}
          <button type="button" class="menu-item muted" onClick={() => onChange([])}>
            As at first
          </button>
        </div>
      )}
    </Popover>
  );
}
