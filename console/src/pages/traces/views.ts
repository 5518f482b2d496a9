/** Saved views: a name for a question with its columns and order, kept in this browser. */
import { preference } from "../../app/prefs.ts";
import { type ColumnName, readColumns, USUAL } from "./columns.ts";

export interface View {
  readonly name: string;
  readonly filter: string;
  readonly columns: readonly string[];
  readonly sort: string;
  readonly view: "list" | "groups";
  readonly by: string;
}

function isView(value: unknown): value is View {
  const found = value as Partial<View> | null;
  return (
    typeof found?.name === "string" &&
    typeof found.filter === "string" &&
    Array.isArray(found.columns) &&
    found.columns.every((one) => typeof one === "string") &&
    typeof found.sort === "string" &&
    (found.view === "list" || found.view === "groups") &&
    typeof found.by === "string"
  );
}

export const views = preference<readonly View[]>(
  "traces.views",
  [],
  (value): value is View[] => Array.isArray(value) && value.every(isView),
);

/** With one more; one of the same name is replaced. By name. */
export function withView(all: readonly View[], view: View): View[] {
  return [...all.filter((one) => one.name !== view.name), view].sort((a, b) => a.name.localeCompare(b.name, "en"));
}

/** What a link to it says. */
export function viewParameters(view: View): Record<string, string | null> {
  const columns = readColumns(view.columns);
  return {
    filter: view.filter || null,
    sort: view.sort === "-time" ? null : view.sort,
    columns: sameColumns(columns, USUAL) ? null : columns.join(","),
    view: view.view === "list" ? null : view.view,
    by: view.view === "list" ? null : view.by,
  };
}

function sameColumns(a: readonly ColumnName[], b: readonly ColumnName[]): boolean {
  return a.join() === b.join();
}
