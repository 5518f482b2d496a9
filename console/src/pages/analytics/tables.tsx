/** A table per attribute: what the traces of the sets have, and how often. A click on a value is a filter. */

import { useState } from "preact/hooks";
import type { Outcome } from "../../api/index.ts";
import { isStrings, preference, zone } from "../../app/index.ts";
import { isBetween, same, type Term, writeTerm } from "../../filter/terms.ts";
import { count, percent, plural } from "../../format/index.ts";
import { Button, Icon, IconButton, OutcomeMark, Popover, Toggle } from "../../ui/index.ts";
import type { Facet, FacetRow } from "./facets.ts";
import { points } from "./figures.ts";
import { activeTerms, comparing, order, toggle } from "./state.ts";
import { words } from "./words.ts";

/** Tables that a person does not want to see. */
const hidden = preference<string[]>("analytics.hidden", [], isStrings);
const FEW = 6;
/** So many at most are drawn; the frequent ones are first. */
const MOST = 200;

export function Tables({ facets }: { facets: readonly Facet[] }) {
  const shown = facets.filter((one) => !hidden.value.includes(one.attribute.id));
  return (
    <section class="stack" aria-label="What the traces have in common">
      <div class="row wrap">
        <h2 class="grow">What they have in common</h2>
        {comparing.value && (
          <Toggle
            label="Order"
            value={order.value}
            options={[
              { value: "count", label: "Most frequent", tip: "The most frequent values first" },
              { value: "difference", label: "Most different", tip: "What differs most between A and B first" },
            ]}
            onChange={(next) => order.set(next)}
          />
        )}
        <Chooser facets={facets} />
      </div>
      {shown.length === 0 ? (
        <p class="muted">No table is chosen, or no trace is in the set.</p>
      ) : (
        <div class="analytics-tables">
          {shown.map((facet) => (
            <FacetTable key={facet.attribute.id} facet={facet} />
          ))}
        </div>
      )}
    </section>
  );
}

function Chooser({ facets }: { facets: readonly Facet[] }) {
  const away = facets.filter((one) => hidden.value.includes(one.attribute.id)).length;
  return (
    <Popover
      label="Tables"
      align="end"
      trigger={(props) => (
        <Button {...props} icon="columns" kind="plain">
          Tables{away > 0 && <span class="faint">{away} hidden</span>}
        </Button>
      )}
    >
      {() => (
        <div class="stack chooser">
          {facets.map(({ attribute }) => (
            <label key={attribute.id} class="check">
              <input
                type="checkbox"
                checked={!hidden.value.includes(attribute.id)}
                onChange={(event) => {
                  const others = hidden.value.filter((one) => one !== attribute.id);
                  hidden.value = event.currentTarget.checked ? others : [...others, attribute.id];
                }}
              />
              <span class="cut">{attribute.label}</span>
            </label>
          ))}
          <button
            type="button"
            class="menu-item muted"
            onClick={() => {
              hidden.value = [];
            }}
          >
            Show all
          </button>
        </div>
      )}
    </Popover>
  );
}

function FacetTable({ facet }: { facet: Facet }) {
  const [open, setOpen] = useState(false);
  const { attribute, rows, unique } = facet;
  const two = comparing.value;
  const isAnnotation = attribute.id.startsWith("annotation.");
  const terms = activeTerms.value;
  const few = unique ? 0 : FEW;
  const drawn = open ? rows.slice(0, MOST) : rows.slice(0, few);
  return (
    <section class="card analytics-facet" aria-label={attribute.label}>
      <table>
        <caption>
          <span class="row">
            <span class="cut analytics-facet-name">{attribute.label}</span>
            {isAnnotation && <span class="faint small">annotation</span>}
            <span class="faint small end nowrap">{plural(rows.length, "value")}</span>
          </span>
        </caption>
        <thead class={drawn.length === 0 ? "sr" : undefined}>
          <tr>
            <th scope="col">Value</th>
            <th scope="col" class="num">
              {two ? "A" : "Traces"}
            </th>
            {two && (
              <th scope="col" class="num">
                B
              </th>
            )}
            <th scope="col" class="num">
              {two ? <span data-tip="B's share less A's, in percentage points">Difference</span> : "Share"}
            </th>
            <th scope="col">
              <span class="sr">Exclude</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {drawn.map((row) => (
            <Value key={writeTerm(row.term)} row={row} two={two} terms={terms} />
          ))}
        </tbody>
      </table>
      {unique && !open && <p class="faint small analytics-facet-note">Nearly every trace has a value of its own.</p>}
      {rows.length > few && (
        <button type="button" class="analytics-more" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? "up" : "down"} size={12} />
          {open ? "Fewer" : unique ? "Show some" : `${count(rows.length - few)} more`}
          {open && rows.length > MOST && <span class="faint">the first {count(MOST)} are shown</span>}
        </button>
      )}
    </section>
  );
}

function Value({ row, two, terms }: { row: FacetRow; two: boolean; terms: readonly Term[] }) {
  const { term } = row;
  const { of, value, hint, full } = words(term, zone.value);
  const isChosen = terms.some((one) => same(one, term));
  const opposite = { ...term, not: true };
  const isExcluded = terms.some((one) => same(one, opposite));
  const outcome = term.of === "outcome" && !isBetween(term) ? (term.is as Outcome) : null;
  return (
    <tr class={isChosen ? "chosen" : isExcluded ? "excluded" : undefined}>
      <th scope="row">
        <button
          type="button"
          class="analytics-value"
          aria-pressed={isChosen}
          data-tip={full.length > 24 || hint ? full : undefined}
          onClick={() => toggle(term)}
        >
          {isChosen && <Icon name="check" size={12} />}
          {outcome ? <OutcomeMark outcome={outcome} /> : <span class="cut">{value}</span>}
          {hint && <span class="faint small cut analytics-value-hint">{hint}</span>}
        </button>
        <span class="analytics-bars" aria-hidden="true">
          <span class="a" style={{ width: `${row.shareA * 100}%` }} />
          {two && <span class="b" style={{ width: `${row.shareB * 100}%` }} />}
        </span>
      </th>
      <td class="num" data-tip={two ? plural(row.a, "trace") : undefined}>
        {two ? percent(row.shareA) : count(row.a)}
      </td>
      {two && (
        <td class="num" data-tip={plural(row.b, "trace")}>
          {percent(row.shareB)}
        </td>
      )}
      <td class={`num${two && Math.abs(row.difference) >= 0.05 ? " analytics-apart" : ""}`}>
        {two ? points(row.difference) : percent(row.shareA)}
      </td>
      <td class="analytics-value-out">
        <IconButton
          icon="minus"
          size={12}
          label={isExcluded ? `Stop excluding ${of} ${value}` : `Exclude ${of} ${value}`}
          aria-pressed={isExcluded}
          onClick={() => toggle(opposite)}
        />
      </td>
    </tr>
  );
}
