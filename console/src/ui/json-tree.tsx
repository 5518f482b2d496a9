/** JSON as a tree that opens and closes. Nothing in it is taken for anything but text. */
import { useState } from "preact/hooks";
import type { Json } from "../api/types.ts";
import { CopyButton } from "./copy.tsx";
import { Icon } from "./icon.tsx";

/** So many members are drawn at first. */
const MANY = 100;

export function JsonTree({ value, open = 2, label = "Copy the JSON" }: { value: Json; open?: number; label?: string }) {
  return (
    <div class="json">
      <CopyButton text={() => JSON.stringify(value, null, 2)} label={label} />
      <Value value={value} open={open} />
    </div>
  );
}

function Value({ name, value, open }: { name?: string; value: Json; open: number }) {
  const [isOpen, setOpen] = useState(open > 0);
  const [all, setAll] = useState(false);
  const key = name === undefined ? null : <span class="json-key">{name}</span>;
  if (value === null || typeof value !== "object") {
    return (
      <div class="json-line">
        {key}
        <span class={`json-${value === null ? "null" : typeof value}`}>
          {typeof value === "string" ? value : String(value)}
        </span>
      </div>
    );
  }
  const isList = Array.isArray(value);
  const members: [string, Json][] = isList
    ? (value as readonly Json[]).map((entry, index) => [String(index), entry])
    : Object.entries(value as { readonly [key: string]: Json });
  const size = isList ? `[${members.length}]` : `{${members.length}}`;
  if (members.length === 0) {
    return (
      <div class="json-line">
        {key}
        <span class="json-null">{isList ? "[]" : "{}"}</span>
      </div>
    );
  }
  const shown = all ? members : members.slice(0, MANY);
  return (
    <div>
      <button type="button" class="json-line json-fold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon name={isOpen ? "down" : "right"} size={10} />
        {key}
        <span class="json-null">{size}</span>
      </button>
      {isOpen && (
        <div class="json-members">
          {shown.map(([member, entry]) => (
            <Value key={member} name={member} value={entry} open={open - 1} />
          ))}
          {members.length > shown.length && (
            <button type="button" class="json-line json-more" onClick={() => setAll(true)}>
              {members.length - shown.length} more
            </button>
          )}
        </div>
      )}
    </div>
  );
}
