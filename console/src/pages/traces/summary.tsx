/** Above and below the table: outcomes, what is ticked, how the search goes, how to go on. */
import { useMemo } from "preact/hooks";
import type { TraceSummary } from "../../api/index.ts";
import { liveMode, timeLabel, zone } from "../../app/index.ts";
import { attribute, valueLabel } from "../../filter/attributes.ts";
import { added } from "../../filter/expression.ts";
import { expression, type Term, turned, writeTerm } from "../../filter/terms.ts";
import { clockTime, count, plural } from "../../format/index.ts";
import { Button, Icon, OUTCOME_MEANINGS, OUTCOMES, OutcomeMark, QueryTime } from "../../ui/index.ts";
import { type Loaded, type Loader, MOST_LIVE, STEP } from "./load.ts";
import { fits, outcomes, without } from "./rows.ts";
import { ask, filter, paused, setTerms, toggle } from "./state.ts";

/** How many of each outcome; a click ticks it. */
export function OutcomeChips({ rows, chosen }: { rows: readonly TraceSummary[]; chosen: readonly Term[] }) {
  const counts = useMemo(() => {
    const others = without(chosen, "outcome");
    return outcomes(others.length === 0 ? rows : rows.filter((row) => fits(row, others)));
  }, [rows, chosen]);
  return (
    <div class="row wrap traces-outcomes" role="group" aria-label="Outcomes">
      {OUTCOMES.map((outcome) => {
        const term: Term = { of: "outcome", not: false, is: outcome };
        const isOn = chosen.some((one) => writeTerm(one) === writeTerm(term));
        return (
          <button
            key={outcome}
            type="button"
            class={`traces-outcome tone-${outcome}${counts[outcome] === 0 && !isOn ? " none" : ""}`}
            aria-pressed={isOn}
            data-tip={OUTCOME_MEANINGS[outcome]}
            onClick={() => toggle(term)}
          >
            {isOn ? <Icon name="check" size={12} /> : null}
            <OutcomeMark outcome={outcome} />
            <span class="num">{count(counts[outcome])}</span>
            <span class="sr">{counts[outcome] === 1 ? "trace" : "traces"}</span>
          </button>
        );
      })}
    </div>
  );
}

/** What is ticked, and how it becomes a part of the question. */
export function Ticked({ chosen, shown, all }: { chosen: readonly Term[]; shown: number; all: number }) {
  const found = expression(chosen);
  return (
    <div class="traces-ticked row wrap" role="group" aria-label="What is ticked">
      <span class="small">
        <strong class="num">{count(shown)}</strong> <span class="muted">of {count(all)} loaded</span>
      </span>
      {chosen.map((term) => (
        <TermChip key={writeTerm(term)} term={term} chosen={chosen} />
      ))}
      {found !== "" && (
        <>
          <Button
            kind="primary"
            icon="plus"
            data-tip={`Search the whole range for: ${added(filter.value, found)}`}
            onClick={() => ask(added(filter.value, found))}
          >
            {filter.value === "" ? "Make it the query" : "Add to query"}
          </Button>
          {filter.value !== "" && (
            <Button data-tip={added(filter.value, found, "OR")} onClick={() => ask(added(filter.value, found, "OR"))}>
              Add with OR
            </Button>
          )}
        </>
      )}
      <Button kind="plain" onClick={() => setTerms([])}>
        Clear
      </Button>
    </div>
  );
}

function TermChip({ term, chosen }: { term: Term; chosen: readonly Term[] }) {
  const name = attribute(term.of).label;
  const value = "is" in term ? valueLabel(term.of, term.is).label : `${term.low} – ${term.high}`;
  const says = `${name} ${term.not ? "is not" : "is"} ${value}`;
  return (
    <span class={`traces-chip${term.not ? " not" : ""}`}>
      <button
        type="button"
        class="cut"
        data-tip={`${says}. Click to turn it around.`}
        onClick={() => setTerms(turned(chosen, term))}
      >
        <span class="faint">{name}</span> {term.not ? "≠" : "="} {value}
      </button>
      <button type="button" aria-label={`Untick ${says}`} onClick={() => toggle(term)}>
        <Icon name="close" size={10} />
      </button>
    </span>
  );
}

/** How the search goes: how many were found, looked at, how far back. */
export function ScanNote({ loader, loaded, shown }: { loader: Loader; loaded: Loaded; shown: number }) {
  const found = loaded.rows.length;
  if (loader.busy.value) {
    const { start, end } = loaded.range;
    const done = (end - Math.max(start, Math.min(end, loaded.reached))) / Math.max(1, end - start);
    return (
      <span class="row traces-scan small" role="status">
        <span class="traces-progress" aria-hidden="true">
          <span style={{ width: `${Math.round(done * 100)}%` }} />
        </span>
        <span class="muted nowrap">
          {count(found)} found, {count(loaded.examined)} examined, back to{" "}
          {clockTime(Math.max(start, loaded.reached), zone.value)}
        </span>
        <Button kind="plain" onClick={loader.cancel}>
          Cancel
        </Button>
      </span>
    );
  }
  const what =
    found === 0
      ? "No traces"
      : loaded.finished
        ? `All ${plural(found, "trace")}`
        : `The newest ${plural(found, "trace")}`;
  return (
    <span class="row small traces-scan" role="status">
      {liveMode.value && !paused.value && <span class="traces-live">Live</span>}
      <QueryTime what={shown === found ? what : `${count(shown)} of ${count(found)} traces`} tookMs={loaded.tookMs} />
    </span>
  );
}

/** The end of what was loaded, and how to go on. */
export function Foot({ loader, loaded }: { loader: Loader; loaded: Loaded }) {
  if (loader.skipped.value) {
    return <p class="traces-foot small muted">More came at once than can be shown: the newest are here.</p>;
  }
  if (loaded.finished || loader.busy.value) return null;
  const back = clockTime(Math.max(loaded.range.start, loaded.reached), zone.value);
  const full = liveMode.value && loaded.rows.length >= MOST_LIVE;
  return (
    <div class="traces-foot row wrap small">
      <span class="muted">
        {loader.cancelled.value ? "Stopped. " : ""}The newest {plural(loaded.rows.length, "trace")}, back to {back}
        <span class="traces-foot-more">
          {" "}
          of {timeLabel.value}; {count(loaded.examined)} examined
        </span>
      </span>
      {!full && <Button onClick={loader.more}>{loader.cancelled.value ? "Go on" : `Load ${count(STEP)} more`}</Button>}
    </div>
  );
}
