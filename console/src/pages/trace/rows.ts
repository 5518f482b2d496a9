/** Which rows the waterfall has. Pure. */
import type { MapNode, TraceAnswer } from "../../api/index.ts";
import type { Part, TraceTree } from "../../trace/tree.ts";
import { typeName } from "../../trace/type-name.ts";
import { type Fold, isFolded } from "./fold.ts";

export type Row =
  | {
      readonly kind: "part";
      readonly key: string;
      readonly part: Part;
      readonly level: number;
      readonly folded: boolean;
    }
  | {
      readonly kind: "service";
      readonly key: string;
      readonly node: MapNode | null;
      readonly parts: readonly Part[];
      readonly folded: boolean;
    }
  | { readonly kind: "missing"; readonly key: string; readonly why: string; readonly level: number };

/** A service's row is folded by this name. */
export const serviceKey = (node: string | null): string => `s.${node ?? "none"}`;

type Missing = TraceAnswer["missing"];

/** What never came, by the part that shows it. Ends that are open are told by the part's own row. */
function warnings(missing: Missing): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { id, of, why } of missing) {
    if (of !== null && id !== of) found.set(of, [...(found.get(of) ?? []), why]);
  }
  return found;
}

function missingRows(whys: readonly string[] | undefined, id: string, level: number): Row[] {
  return (whys ?? []).map((why, index) => ({ kind: "missing", key: `m.${id}.${index}`, why, level }));
}

/** Rows in the order of calls: below a call what it led to. */
export function rowsByCall(tree: TraceTree, fold: Fold, missing: Missing): Row[] {
  const whys = warnings(missing);
  const rows: Row[] = [];
  // Traces may be deeper than the stack.
  const waiting = [...tree.roots].reverse();
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    const { id, depth } = part.entity;
    const folded = isFolded(part, fold);
    const lost = part.parent === null ? missingRows(whys.get(id), id, 0) : [];
    const owed = part.parent === null ? [] : missingRows(whys.get(id), id, depth + 1);
    rows.push(...lost, { kind: "part", key: id, part, level: depth, folded }, ...owed);
    if (!folded) for (let at = part.children.length - 1; at >= 0; at -= 1) waiting.push(part.children[at] as Part);
  }
  return rows;
}

/** Rows service by service, in the order in which they were first asked; below each its segments with their own parts. */
export function rowsByService(tree: TraceTree, fold: Fold, missing: Missing): Row[] {
  const whys = warnings(missing);
  const services = new Map<string | null, Part[]>();
  for (const part of tree.parts) {
    const node = part.entity.node;
    if (part.entity.kind === "subsegment" && part.parent && part.parent.entity.node === node) continue;
    const found = services.get(node);
    if (found) found.push(part);
    else services.set(node, [part]);
  }
  const rows: Row[] = [];
  for (const [node, parts] of services) {
    const key = serviceKey(node);
    const folded = fold.except.has(key) !== (fold.from === 0);
    rows.push({ kind: "service", key, node: parts[0]?.service ?? null, parts, folded });
    if (folded) continue;
    const waiting = parts.map((part) => ({ part, level: 1 })).reverse();
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { part, level } = next;
      const own = part.children.filter((child) => child.entity.kind === "subsegment" && child.entity.node === node);
      const isShut = own.length > 0 && fold.from !== 0 && isFolded(part, fold);
      const { id } = part.entity;
      rows.push(...(part.parent === null ? missingRows(whys.get(id), id, level) : []));
      rows.push({ kind: "part", key: id, part, level, folded: isShut });
      rows.push(...(part.parent === null ? [] : missingRows(whys.get(id), id, level + 1)));
      if (!isShut) for (const child of own.reverse()) waiting.push({ part: child, level: level + 1 });
    }
  }
  return rows;
}

/** What stands behind the name of a part: the type of its service. */
export function partType(part: Part): string {
  const { kind, origin } = part.entity;
  if (kind === "subsegment") return "";
  return typeName(origin || part.service?.type || "");
}

/** Whether a row has something below that can be folded. */
export function canFold(row: Row, byService: boolean): boolean {
  if (row.kind === "service") return true;
  if (row.kind === "missing") return false;
  if (!byService) return row.part.children.length > 0;
  return row.part.children.some(
    (child) => child.entity.kind === "subsegment" && child.entity.node === row.part.entity.node,
  );
}
