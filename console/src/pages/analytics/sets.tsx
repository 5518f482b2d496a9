/** The two sets: what is in them, as chips, figures and a sentence; and what can be done with them. */
import { chooseBetween, hasPage, href } from "../../app/index.ts";
import { expression, isBetween, stretchOf, type Term, turned, writeTerm } from "../../filter/terms.ts";
import { Button, copyText, Icon, IconButton, Menu, toast } from "../../ui/index.ts";
import { Chip } from "./chip.tsx";
import { compared, type Figures, part, told } from "./figures.ts";
import {
  activate,
  active,
  base,
  compare,
  comparing,
  narrowTo,
  type SetName,
  setTerms,
  stopComparing,
  termsOf,
} from "./state.ts";

export function Sets({ a, b, all }: { a: Figures; b: Figures | null; all: number }) {
  return (
    <section class="stack" aria-label="Sets of traces">
      <div class={`analytics-sets${b ? " two" : ""}`}>
        <SetCard which="a" figures={a} all={all} />
        {b ? (
          <SetCard which="b" figures={b} all={all} />
        ) : (
          <Button
            class="analytics-compare"
            icon="compare"
            onClick={compare}
            data-tip="Adds set B, at first a copy of A"
            data-tip-keys="c"
          >
            Compare
          </Button>
        )}
      </div>
      {b && (
        <p class="analytics-compared" aria-live="polite">
          {compared(a, b)}
        </p>
      )}
    </section>
  );
}

/** Copies the expression, and says what it leaves out. */
export async function copyExpression(which: SetName): Promise<void> {
  const terms = termsOf(which);
  const found = expression(terms, base.value);
  const name = comparing.value ? `Set ${which.toUpperCase()}` : "The set";
  if (found === "") {
    toast(`${name} has every trace: there is no filter to copy.`);
  } else if (await copyText(found)) {
    const timed = terms.some((term) => term.of === "time");
    toast(timed ? "Copied. The time is not part of it: filters have no word for time." : "Copied.");
  } else toast("The browser does not allow copying here.", "fault");
}

/** The list of a set's traces. */
export function tracesHref(which: SetName): string | null {
  if (!hasPage("/traces")) return null;
  const terms = termsOf(which);
  const filter = expression(terms, base.value);
  const time = stretchOf(terms, "time");
  return time
    ? href("/traces", { filter }, { kind: "between", from: time[0], to: time[1] })
    : href("/traces", { filter });
}

/** Loads this set's traces alone. */
export function narrow(which: SetName): void {
  const terms = termsOf(which);
  const time = stretchOf(terms, "time");
  narrowTo(expression(terms, base.value));
  if (time) chooseBetween(time[0], time[1]);
}

function SetCard({ which, figures, all }: { which: SetName; figures: Figures; all: number }) {
  const terms = termsOf(which);
  const two = comparing.value;
  const isActive = active.value === which;
  const name = `Set ${which.toUpperCase()}`;
  const traces = tracesHref(which);
  const turn = (term: Term) => (term.of === "time" ? undefined : () => setTerms(which, turned(terms, term)));
  return (
    <section class={`card analytics-set${two && isActive ? " active" : ""}`} aria-label={name}>
      <header class="row">
        {two ? (
          <button
            type="button"
            class="analytics-set-name"
            aria-pressed={isActive}
            data-tip={isActive ? "What you click goes to this set" : "Let clicks go to this set"}
            data-tip-keys={isActive ? undefined : "s"}
            onClick={() => activate(which)}
          >
            <span class={`analytics-line ${which}`} />
            {name}
            {isActive && <span class="analytics-active">clicks go here</span>}
          </button>
        ) : (
          <h2 class="analytics-set-name">
            <span class="analytics-line a" />
            {name}
          </h2>
        )}
        <span class="muted cut grow">{part(figures.traces, all)}</span>
        {traces && (
          <a class="button plain" href={traces}>
            <Icon name="traces" size={14} />
            <span class="analytics-wide">Open in Traces</span>
            <span class="sr"> {name}</span>
          </a>
        )}
        <IconButton
          icon="copy"
          label={`Copy ${name} as a filter expression`}
          onClick={() => void copyExpression(which)}
        />
        <Menu
          label={name}
          align="end"
          trigger={(props) => <IconButton {...props} icon="more" label={`More for ${name}`} />}
          items={[
            { label: "Load only these traces", icon: "filter", keys: "n", run: () => narrow(which) },
            { label: "Take all chips away", icon: "close", keys: "x", run: () => setTerms(which, []) },
            ...(which === "b"
              ? [null, { label: "Stop comparing", icon: "compare" as const, keys: "c", run: stopComparing }]
              : []),
          ]}
        />
      </header>
      {terms.length === 0 ? (
        <p class="faint small analytics-hint">
          Every trace. Click a value below, or drag over a chart, to choose some.
        </p>
      ) : (
        <ul class="bare analytics-chips" aria-label={`Filters of ${name}`}>
          {terms.map((term) => {
            const onTurn = isBetween(term) && term.of === "time" ? undefined : turn(term);
            return (
              <Chip
                key={writeTerm(term)}
                term={term}
                {...(onTurn ? { onTurn } : {})}
                onDrop={() =>
                  setTerms(
                    which,
                    terms.filter((one) => one !== term),
                  )
                }
              />
            );
          })}
        </ul>
      )}
      <p class="muted small">{told(figures)}</p>
    </section>
  );
}
