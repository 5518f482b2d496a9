/** Do we meet our SLA: of each service, the share of requests that was answered in time and well, against the goal. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { askSla, useQuery } from "../../api/index.ts";
import {
  group,
  hasPage,
  href,
  optionalNumber,
  param,
  preference,
  range,
  rangeKey,
  setParams,
  timeLabel,
} from "../../app/index.ts";
import { count, duration, percent, plural } from "../../format/index.ts";
import { CopyButton, EmptyState, ErrorState, QueryTime, Skeleton } from "../../ui/index.ts";
import { Answer } from "./answer.tsx";
import {
  goalText,
  type Level,
  levels,
  levelsTold,
  type Objective,
  readGoal,
  readTarget,
  reasons,
  targetText,
  USUAL,
} from "./objectives.ts";

const target = param("target", optionalNumber, null);
const goal = param("goal", optionalNumber, null);

/** What was promised for each group, kept in this browser; "" is all traces. */
const kept = preference<Record<string, Objective>>("analytics.objectives", {}, isObjectives);

function isObjectives(value: unknown): value is Record<string, Objective> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((one) => isShare(one?.goal) && typeof one?.target === "number" && one.target > 0)
  );
}

function isShare(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value <= 1;
}

/** The address says it, or this browser remembers it, or it is what most people begin with. */
function objectiveNow(): Objective {
  const remembered = kept.value[group.value] ?? USUAL;
  const [asked, share] = [target.value, goal.value];
  return {
    target: asked !== null && asked > 0 ? asked : remembered.target,
    goal: isShare(share) ? share : remembered.goal,
  };
}

function keep(next: Objective): void {
  kept.value = { ...kept.value, [group.value]: next };
  setParams([target.to(next.target), goal.to(next.goal)], { push: true });
}

export function SlaView() {
  // Another group has a promise of its own; what the address says is for the group it was made for.
  const name = group.value;
  const before = useRef(name);
  useEffect(() => {
    if (before.current === name) return;
    before.current = name;
    setParams([target.to(null), goal.to(null)]);
  }, [name]);
  const objective = objectiveNow();
  const sla = useQuery(["sla", rangeKey.value, group.value, objective.target], (signal) =>
    askSla(range.peek(), group.value, objective.target, signal),
  );
  const data = sla.data;
  const found = useMemo(() => (data ? levels(data.nodes, objective) : []), [data, objective.target, objective.goal]);
  const promise = <Pledge objective={objective} onChange={keep} />;
  if (sla.error && !data) {
    return (
      <div class="stack">
        {promise}
        <ErrorState error={sla.error} onRetry={sla.again} />
      </div>
    );
  }
  if (!data) {
    return (
      <div class="stack">
        {promise}
        <Skeleton lines={8} />
      </div>
    );
  }
  if (found.length === 0) {
    return (
      <div class="stack">
        {promise}
        <EmptyState icon="check" title="Nothing was asked in this time">
          <p>Choose a longer time range above, or another group.</p>
        </EmptyState>
      </div>
    );
  }
  const told = levelsTold(found, objective);
  const requests = found.reduce((sum, one) => sum + one.node.total, 0);
  return (
    <div class={`stack dimmable${sla.stale ? " stale" : ""}`}>
      {promise}
      <Answer tone={told.met ? "ok" : "fault"} headline={told.headline} detail={told.detail} />
      <div class="row wrap">
        <h2 class="grow">Services, the lowest share first</h2>
        <span class="row small muted analytics-sla-legend">
          <Legend kind="within" words="in time" />
          <Legend kind="late" words="too slow" />
          <Legend kind="failed" words="failed" />
        </span>
        <QueryTime what={plural(requests, "request")} tookMs={sla.tookMs} />
      </div>
      <Bars found={found} objective={objective} />
      <p class="faint small">
        {timeLabel.value}. Every request is counted, in exact milliseconds; chips and filters do not apply. In time:
        answered within the target, without fault and without throttling. Errors (4xx) count as answered.
      </p>
    </div>
  );
}

function Legend({ kind, words }: { kind: string; words: string }) {
  return (
    <span class="row analytics-legend">
      <span class={`analytics-swatch ${kind}`} />
      {words}
    </span>
  );
}

/** The two figures of the promise, editable in its sentence. */
function Pledge({ objective, onChange }: { objective: Objective; onChange: (next: Objective) => void }) {
  const [goalTyped, setGoal] = useState(goalText(objective.goal));
  const [targetTyped, setTarget] = useState(targetText(objective.target));
  // Chosen elsewhere: the back button, another group.
  useEffect(() => {
    setGoal(goalText(objective.goal));
    setTarget(targetText(objective.target));
  }, [objective.goal, objective.target]);
  const [nextGoal, nextTarget] = [readGoal(goalTyped), readTarget(targetTyped)];
  const changed = nextGoal !== objective.goal || nextTarget !== objective.target;
  const apply = (): void => {
    if (nextGoal !== null && nextTarget !== null && changed) onChange({ target: nextTarget, goal: nextGoal });
  };
  return (
    <form
      class="card analytics-promise"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
      onFocusOut={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) apply();
      }}
    >
      <span>We promise that</span>
      <input
        class="input"
        aria-label="Share of the requests, percent"
        aria-invalid={nextGoal === null}
        inputMode="decimal"
        value={goalTyped}
        onInput={(event) => setGoal(event.currentTarget.value)}
      />
      <span>of the requests are answered within</span>
      <input
        class="input"
        aria-label="Response time"
        aria-invalid={nextTarget === null}
        value={targetTyped}
        onInput={(event) => setTarget(event.currentTarget.value)}
      />
      {/* Enter applies; a button says so while there is something to apply. */}
      <button type="submit" class="button" disabled={!changed || nextGoal === null || nextTarget === null}>
        Apply
      </button>
      <span class="field-problem" role="status">
        {nextGoal === null
          ? "A share is above 0% and at most 100%, such as 99.9%."
          : nextTarget === null
            ? "A time is such as 500 ms or 1.5 s."
            : ""}
      </span>
      <span class="faint small analytics-promise-note">
        Kept in this browser for {group.value === "" ? "all traces" : `group ${group.value}`}
      </span>
    </form>
  );
}

function Bars({ found, objective }: { found: readonly Level[]; objective: Objective }) {
  const traces = hasPage("/traces");
  return (
    <div class="card analytics-sla">
      <table>
        <caption class="sr">Share of requests within {duration(objective.target)}, by service</caption>
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">
              <span class="analytics-goal-head">
                <span style={{ insetInlineStart: `${objective.goal * 100}%` }}>goal {goalText(objective.goal)}</span>
                <span class="sr">Share in time</span>
              </span>
            </th>
            <th scope="col" class="num">
              Share
            </th>
            <th scope="col">Goal</th>
            <th scope="col" class="num analytics-wide-cell">
              Missed / allowed
            </th>
            <th scope="col" class="num analytics-wide-cell">
              Requests
            </th>
            <th scope="col" class="analytics-wide-cell">
              {traces ? "Misses" : "Filter"}
            </th>
          </tr>
        </thead>
        <tbody>
          {found.map((level) => (
            <Bar
              key={`${level.node.name} ${level.node.type} ${level.node.account}`}
              level={level}
              goal={objective.goal}
              traces={traces}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Bar({ level, goal: wanted, traces }: { level: Level; goal: number; traces: boolean }) {
  const { node } = level;
  const width = (some: number): string => `${(some / node.total) * 100}%`;
  return (
    <tr>
      <th scope="row" data-tip={node.type ? `${node.name} (${node.type})` : node.name}>
        <span class="cut">{node.name}</span>
        {node.kind === "inferred" && <span class="faint small cut">as its callers saw it</span>}
      </th>
      <td>
        <span class="analytics-sla-bar" data-tip={`${percent(node.share)} in time; ${reasons(level)}`}>
          <span class="within" style={{ width: width(node.within) }} />
          <span class="late" style={{ width: width(level.late) }} />
          <span class="failed" style={{ width: width(level.failed) }} />
          <span class="goal" style={{ insetInlineStart: `${wanted * 100}%` }} />
        </span>
      </td>
      <td class="num">
        <strong>{percent(node.share)}</strong>
      </td>
      <td class="nowrap">
        <Verdict met={level.met} />
      </td>
      <td class="num analytics-wide-cell" data-tip={reasons(level)}>
        {count(level.missed)} / {count(level.allowed)}
      </td>
      <td class="num analytics-wide-cell">{count(node.total)}</td>
      <td class="analytics-wide-cell">
        {level.missed === 0 ? (
          <span class="faint">none</span>
        ) : traces ? (
          <a href={href("/traces", { filter: level.filter })}>
            View<span class="sr"> the misses of {node.name}</span>
          </a>
        ) : (
          <CopyButton text={level.filter} label={`Copy the filter that finds the misses of ${node.name}`} />
        )}
      </td>
    </tr>
  );
}

/** Shape and word, not colour alone. */
function Verdict({ met }: { met: boolean }) {
  return (
    <span class={`outcome status-${met ? "ok" : "fault"}`}>
      <svg width="10" height="10" viewBox="0 0 12 12" aria-hidden="true">
        <path d={met ? "M2 6a4 4 0 1 0 8 0 4 4 0 1 0-8 0Z" : "M1.8 1.8h8.4v8.4H1.8Z"} fill="currentColor" />
      </svg>
      <span class="outcome-word">{met ? "met" : "missed"}</span>
    </span>
  );
}
