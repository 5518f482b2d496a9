/** What sets the traces of the marked piece of the heat map apart from the others, ranked. */

import { useState } from "preact/hooks";
import { zone } from "../../app/index.ts";
import { same, type Term, termExpression, writeTerm } from "../../filter/terms.ts";
import { count, percent, plural } from "../../format/index.ts";
import { Button, CopyButton, Icon } from "../../ui/index.ts";
import { points } from "./figures.ts";
import { type Apart, LEAST_COUNT, LEAST_DIFFERENCE, LEAST_SHARE } from "./outliers.ts";
import { activeTerms, toggle } from "./state.ts";
import { words } from "./words.ts";

const FEW = 8;

export function Marked({
  found,
  inside,
  outside,
  onSlowest,
  onClear,
  onTake,
}: {
  /** Null while nothing is marked. */
  found: readonly Apart[] | null;
  inside: number;
  outside: number;
  onSlowest: () => void;
  onClear: () => void;
  /** Takes the marked piece itself into the set. */
  onTake: () => void;
}) {
  const [open, setOpen] = useState(false);
  if (found === null) {
    return (
      <div class="analytics-marked-none">
        <p>
          <strong>What makes some traces slow?</strong> Drag over them in the picture. Here you will read what sets them
          apart from all the others: which users, URLs, services and annotations.
        </p>
        <Button icon="search" onClick={onSlowest} data-tip-keys="w" data-tip="Marks the slowest twentieth">
          Mark the slowest 5%
        </Button>
      </div>
    );
  }
  const more = found.filter((one) => one.difference > 0);
  const less = found.filter((one) => one.difference < 0);
  const shown = open ? more : more.slice(0, FEW);
  return (
    <div class="stack analytics-marked">
      <div class="row wrap">
        <p class="analytics-marked-head">
          <strong>{plural(inside, "trace")} marked.</strong>{" "}
          <span class="muted">
            {outside === 0 ? "There are no others." : `Compared with the ${count(outside)} others of the set.`}
          </span>
        </p>
        <span class="row">
          <Button icon="filter" onClick={onTake} data-tip="Makes the marked piece a filter of the set">
            Filter by it
          </Button>
          <Button kind="plain" icon="close" onClick={onClear} data-tip="Unmark" data-tip-keys="w">
            Unmark
          </Button>
        </span>
      </div>
      {more.length === 0 && less.length === 0 ? (
        <p class="muted">
          {inside < LEAST_COUNT
            ? "Too few traces are marked to say anything about them."
            : "Nothing sets them apart: no value is much more common among them than among the others."}
        </p>
      ) : (
        <>
          <List title="More common among them than elsewhere" found={shown} />
          {more.length > FEW && (
            <button type="button" class="analytics-more" aria-expanded={open} onClick={() => setOpen(!open)}>
              <Icon name={open ? "up" : "down"} size={12} />
              {open ? "Fewer" : `${count(more.length - FEW)} more`}
            </button>
          )}
          {less.length > 0 && (
            <details>
              <summary>{plural(less.length, "value is", "values are")} rarer among them</summary>
              <List title="Rarer among them than elsewhere" found={less.slice(0, 30)} />
            </details>
          )}
          <p class="faint small">
            Ranked by the difference between the two shares, in percentage points. Left out: values in fewer than{" "}
            {percent(LEAST_SHARE)} (at least {LEAST_COUNT}) of the traces on their side, differences below{" "}
            {points(LEAST_DIFFERENCE).slice(1)} points, and what may be chance.
          </p>
        </>
      )}
    </div>
  );
}

function List({ title, found }: { title: string; found: readonly Apart[] }) {
  return (
    <table class="analytics-apart-list">
      <caption class="sr">{title}</caption>
      <thead>
        <tr>
          <th scope="col">Value</th>
          <th scope="col" class="num">
            Marked
          </th>
          <th scope="col" class="num">
            Others
          </th>
          <th scope="col" class="num">
            Points
          </th>
          <th scope="col">
            <span class="sr">Filter</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {found.map((one) => (
          <Row key={writeTerm(one.term)} one={one} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ one }: { one: Apart }) {
  const terms = activeTerms.value;
  const { of, value, hint, full } = words(one.term, zone.value);
  const isChosen = terms.some((each) => same(each, one.term));
  const also = one.also.map((term) => said(term));
  return (
    <tr>
      <th scope="row">
        <button
          type="button"
          class="analytics-value analytics-value-of"
          aria-pressed={isChosen}
          data-tip={full.length > 24 || hint ? full : undefined}
          onClick={() => toggle(one.term)}
        >
          {isChosen && <Icon name="check" size={12} />}
          <span class="faint nowrap">{of}</span> <span class="cut">{value}</span>
        </button>
        {also.length > 0 && (
          <div class="faint small cut analytics-also" data-tip={also.join("; ")}>
            the same traces: {also.slice(0, 2).join("; ")}
            {also.length > 2 && `; ${count(also.length - 2)} more`}
          </div>
        )}
        <span class="analytics-bars" aria-hidden="true">
          <span class="a" style={{ width: `${one.shareInside * 100}%` }} />
          <span class="b" style={{ width: `${one.shareOutside * 100}%` }} />
        </span>
      </th>
      <td class="num" data-tip={plural(one.inside, "trace")}>
        {percent(one.shareInside)}
      </td>
      <td class="num" data-tip={plural(one.outside, "trace")}>
        {percent(one.shareOutside)}
      </td>
      <td class="num analytics-apart">{points(one.difference)}</td>
      <td>
        <CopyButton text={termExpression(one.term) ?? ""} label={`Copy the filter expression of ${of} ${value}`} />
      </td>
    </tr>
  );
}

function said(term: Term): string {
  const { of, value } = words(term, zone.value);
  return `${of} ${value}`;
}
