/** A filter expression: checked while it is typed, with how many traces of the last 15 minutes match. */
import "./filter.css";
import { useEffect, useId, useState } from "preact/hooks";
import { askCheck, askSeries, askTraces, type CheckAnswer, useQuery } from "../api/index.ts";
import { hasPage, href, serverNow } from "../app/index.ts";
import { type Preview, previewTold } from "./preview.ts";

const SPAN = 900;
const CHECK_MS = 200;
const COUNT_MS = 500;

/** What a value was when it last rested for so long. */
function useRested<T>(value: T, milliseconds: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return rested;
}

export function ExpressionField({
  value,
  onChange,
  onCheck,
  whenEmpty = "Every trace, when it stays empty.",
  rows = 4,
}: {
  value: string;
  onChange: (value: string) => void;
  /** Whether it can be read, as far as known. */
  onCheck: (ok: boolean) => void;
  /** What is said while it is empty. */
  whenEmpty?: string;
  rows?: number;
}) {
  const id = useId();
  const typed = value.trim();
  const checkable = useRested(typed, CHECK_MS);
  const check = useQuery(["check", checkable], (signal) => askCheck(checkable, signal), { still: true });
  const said: CheckAnswer | undefined = check.stale || checkable !== typed ? undefined : check.data;
  const problem = said && !said.ok ? said : null;
  const ok = said?.ok === true;
  useEffect(() => {
    if (said) onCheck(said.ok);
  }, [said]);

  const countable = useRested(ok ? typed : null, COUNT_MS);
  const preview = useQuery(
    countable === null ? null : ["preview", countable],
    (signal) => previewOf(countable ?? "", signal),
    { still: true },
  );
  const shown = countable === typed && !preview.stale ? preview.data : undefined;

  return (
    <div class="field">
      <label class="field-label" for={id}>
        Filter expression
      </label>
      <textarea
        id={id}
        class="input mono filter-text"
        rows={rows}
        spellcheck={false}
        placeholder={'service("orders") { fault } AND annotation.tier = "gold"'}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-said`}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <div id={`${id}-said`} class="filter-told" aria-live="polite">
        {problem ? (
          <>
            <p class="mono break filter-wrong" aria-hidden="true">
              {typed.slice(0, problem.position)}
              <mark>{typed.slice(problem.position) || "…"}</mark>
            </p>
            <p class="field-problem break">{problem.message}</p>
          </>
        ) : check.error ? (
          <p class="field-problem break">{check.error.message}</p>
        ) : shown ? (
          <p class="small">
            {previewTold(shown)}{" "}
            {hasPage("/traces") && shown.found > 0 && (
              <a href={href("/traces", { filter: typed, group: null }, { kind: "last", seconds: SPAN })}>
                Look at them
              </a>
            )}
          </p>
        ) : preview.error && ok ? (
          <p class="small muted break">How many match is not known: {preview.error.message}</p>
        ) : (
          <p class="small faint">{typed === "" ? whenEmpty : "Counting …"}</p>
        )}
      </div>
    </div>
  );
}

async function previewOf(filter: string, signal: AbortSignal): Promise<Preview> {
  const end = Math.ceil(serverNow());
  const start = end - SPAN;
  const [series, page] = await Promise.all([
    askSeries({ start, end }, "", 60, signal),
    askTraces({ start, end }, { filter, limit: 1_000 }, signal),
  ]);
  const all = series.buckets.reduce((sum, [, ok, error, throttle, fault]) => sum + ok + error + throttle + fault, 0);
  const found = page.traces.reduce((sum, trace) => sum + trace.weight, 0);
  return { found, finished: page.finished, reached: page.reached, start, end, all };
}
