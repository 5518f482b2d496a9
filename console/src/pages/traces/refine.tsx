/** What the traces shown have in common: ticking values narrows them at once, and puts them into the query when asked to. */
import { useMemo, useState } from "preact/hooks";
import type { TraceSummary } from "../../api/index.ts";
import { list, useParam } from "../../app/index.ts";
import { valueLabel } from "../../filter/attributes.ts";
import { same, type Term } from "../../filter/terms.ts";
import { compact, count, duration, percent } from "../../format/index.ts";
import { Icon } from "../../ui/index.ts";
import { type Facet, facetsOf, fits, type ValueRow, valuesOf, without } from "./rows.ts";
import { terms, toggle } from "./state.ts";

const FEW = 8;
const MANY = 200;
/** Open until the person says otherwise; what is ticked is open as well. */
const AT_FIRST = ["url", "status", "user", "service"];

export function Refine({ rows }: { rows: readonly TraceSummary[] }) {
  const opened = useParam("facets", list, AT_FIRST);
  const chosen = terms.value;
  const facets = useMemo(() => facetsOf(rows), [rows]);
  const flip = (id: string): void =>
    opened.set(opened.value.includes(id) ? opened.value.filter((one) => one !== id) : [...opened.value, id]);
  const firstAnnotation = facets.findIndex((facet) => facet.attribute.id.startsWith("annotation."));
  return (
    <div class="traces-refine-list">
      {facets.map((facet, index) => (
        <div key={facet.attribute.id}>
          {index === firstAnnotation && <h3 class="traces-refine-section">Annotations</h3>}
          <Attribute
            facet={facet}
            rows={rows}
            chosen={chosen}
            isOpen={opened.value.includes(facet.attribute.id)}
            onFlip={() => flip(facet.attribute.id)}
          />
        </div>
      ))}
    </div>
  );
}

function Attribute({
  facet,
  rows,
  chosen,
  isOpen,
  onFlip,
}: {
  facet: Facet;
  rows: readonly TraceSummary[];
  chosen: readonly Term[];
  isOpen: boolean;
  onFlip: () => void;
}) {
  const { id, label } = facet.attribute;
  const ticked = chosen.filter((term) => term.of === id).length;
  return (
    <section class="traces-facet" aria-label={label}>
      <button type="button" class="traces-facet-head" aria-expanded={isOpen} onClick={onFlip}>
        <Icon name={isOpen ? "down" : "right"} size={12} />
        <span class="cut grow">{label}</span>
        {ticked > 0 ? (
          <span class="badge accent">{ticked}</span>
        ) : (
          <span class="faint small">{count(facet.values)}</span>
        )}
      </button>
      {isOpen && <Values of={id} label={label} rows={rows} chosen={chosen} />}
    </section>
  );
}

function Values({
  of,
  label,
  rows,
  chosen,
}: {
  of: string;
  label: string;
  rows: readonly TraceSummary[];
  chosen: readonly Term[];
}) {
  const [all, setAll] = useState(false);
  const [typed, setTyped] = useState("");
  const values = useMemo(() => {
    const others = without(chosen, of);
    return valuesOf(others.length === 0 ? rows : rows.filter((row) => fits(row, others)), of);
  }, [rows, chosen, of]);
  // What is ticked stays in sight, also when nothing has it any more.
  const absent = chosen.filter(
    (term) => term.of === of && !values.some((one) => same(one.term, { ...term, not: false })),
  );
  const wanted = typed.trim().toLowerCase();
  const found = wanted === "" ? values : values.filter((one) => one.term.is.toLowerCase().includes(wanted));
  const shown = found.slice(0, all ? MANY : FEW);
  return (
    <div class="traces-values">
      {all && values.length > FEW && (
        <input
          class="input"
          aria-label={`Find a value of ${label}`}
          placeholder="Find"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      {shown.map((one) => (
        <Value key={one.term.is} row={one} chosen={chosen} />
      ))}
      {absent.map((term) =>
        "is" in term ? (
          <Value
            key={`absent ${term.is}`}
            row={{ term: { ...term, not: false }, count: 0, share: 0, mean: null, p95: null, failed: 0, faults: 0 }}
            chosen={chosen}
          />
        ) : null,
      )}
      {values.length > FEW && (
        <button type="button" class="traces-more-values" onClick={() => setAll(!all)}>
          {all ? "Fewer" : `All ${count(values.length)}`}
        </button>
      )}
    </div>
  );
}

function Value({ row, chosen }: { row: ValueRow; chosen: readonly Term[] }) {
  const { term } = row;
  const { label, hint } = valueLabel(term.of, term.is);
  const isTicked = chosen.some((one) => same(one, term));
  const isExcluded = chosen.some((one) => same(one, { ...term, not: true }));
  const told = `${count(row.count)} traces, ${percent(row.share)}, ${duration(row.mean)} on average`;
  return (
    <div class={`traces-value${isExcluded ? " excluded" : ""}`}>
      <label class="traces-value-tick" data-tip={hint ? `${label} (${hint}): ${told}` : `${label}: ${told}`}>
        <input type="checkbox" checked={isTicked} onChange={() => toggle(term)} />
        <span class="cut grow">{label}</span>
        <span class="sr">{told}</span>
      </label>
      <button
        type="button"
        class="icon-button traces-exclude"
        aria-pressed={isExcluded}
        aria-label={`${isExcluded ? "No longer exclude" : "Exclude"} ${label}`}
        data-tip={isExcluded ? "No longer exclude" : "Exclude"}
        onClick={() => toggle({ ...term, not: true })}
      >
        <Icon name="minus" size={12} />
      </button>
      <span class="num small" aria-hidden="true">
        {compact(row.count)}
      </span>
      <span class="num small faint" aria-hidden="true">
        {row.mean === null ? "" : duration(row.mean)}
      </span>
      <span class="traces-share" aria-hidden="true">
        <span style={{ width: `${Math.max(row.count > 0 ? 1 : 0, Math.round(row.share * 100))}%` }} />
      </span>
    </div>
  );
}
