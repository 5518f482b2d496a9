/** A trace in the side panel: what it was, why it was so, where its time went. */
import { askTrace, type TraceAnswer, type TraceSummary, useQuery } from "../../api/index.ts";
import { href, traceHref, zone } from "../../app/index.ts";
import { dateTime, duration, percent } from "../../format/index.ts";
import { asked, whatWasAsked } from "../../trace/index.ts";
import { ButtonLink, CopyButton, ErrorState, OutcomeMark, SidePanel, Skeleton } from "../../ui/index.ts";
import { annotationsOf } from "./cells.tsx";
import { open } from "./state.ts";

export function Preview({ id, row }: { id: string; row: TraceSummary | undefined }) {
  const trace = useQuery(["trace", id], (signal) => askTrace(id, signal), { still: true });
  const answer = trace.stale ? undefined : trace.data;
  const summary = answer?.summary ?? row;
  return (
    <SidePanel
      name="traces"
      width={400}
      label="The chosen trace"
      title={summary ? asked(summary) : "Trace"}
      subtitle={summary && dateTime(summary.start, zone.value, "ms")}
      onClose={() => open.set("")}
    >
      <div class="stack traces-preview">
        {summary && (
          <div class="row wrap">
            <OutcomeMark outcome={summary.outcome} />
            {summary.status !== null && <span class="num">{summary.status}</span>}
            <strong class="num">{summary.response === null ? "in progress" : duration(summary.response)}</strong>
            {summary.partial && <span class="muted">incomplete</span>}
            <span class="end" />
            <ButtonLink href={traceHref(id)} kind="primary" icon="traces">
              Open the trace
            </ButtonLink>
          </div>
        )}
        {answer && <Verdict answer={answer} />}
        {!answer && trace.error && <ErrorState error={trace.error} onRetry={trace.again} small />}
        {!answer && !trace.error && <Skeleton lines={4} />}
        {answer && <Waited answer={answer} />}
        {summary && <Facts summary={summary} id={id} />}
      </div>
    </SidePanel>
  );
}

function Verdict({ answer }: { answer: TraceAnswer }) {
  const { tone, headline, details } = answer.verdict;
  return (
    <section class={`traces-verdict tone-${tone}`} aria-label="Verdict">
      <p class="break">
        <strong>{headline}</strong>
      </p>
      {details.map((sentence) => (
        <p key={sentence} class="break muted">
          {sentence}
        </p>
      ))}
    </section>
  );
}

const MOST = 6;

/** The parts that the answer was waiting for. */
function Waited({ answer }: { answer: TraceAnswer }) {
  const waited = [...answer.entities].filter((one) => one.waited > 0).sort((a, b) => b.waited - a.waited);
  const whole = waited.reduce((sum, one) => sum + one.waited, 0);
  if (waited.length < 2 || whole <= 0) return null;
  return (
    <section aria-label="Where the time went">
      <h3 class="traces-preview-head">Where the time went</h3>
      <ul class="bare traces-waited">
        {waited.slice(0, MOST).map((one) => (
          <li key={one.id}>
            <span class="cut grow" title={one.title ? `${one.name}: ${one.title}` : one.name}>
              {one.outcome !== "ok" && <OutcomeMark outcome={one.outcome} bare size={9} />} {one.name}
              {one.title && <span class="faint small"> {one.title}</span>}
            </span>
            <span class="num nowrap">{duration(one.waited)}</span>
            <span class="num small faint">{percent(one.waited / whole)}</span>
            <span class="traces-share" aria-hidden="true">
              <span style={{ width: `${Math.max(1, Math.round((100 * one.waited) / whole))}%` }} />
            </span>
          </li>
        ))}
      </ul>
      {waited.length > MOST && <p class="faint small">and {waited.length - MOST} more</p>}
    </section>
  );
}

function Facts({ summary, id }: { summary: TraceSummary; id: string }) {
  const facts: [string, string][] = [
    ["Asked", whatWasAsked(summary)],
    ["User", summary.users.join(", ")],
    ["Client", [summary.client_ip, summary.user_agent].filter(Boolean).join(", ")],
    ["Services", summary.services.map((one) => one.name).join(", ")],
    ["Annotations", annotationsOf(summary).join(", ")],
    ["Stands for", summary.weight === 1 ? "" : `${Number(summary.weight.toPrecision(3))} traces like it`],
  ];
  return (
    <section aria-label="Facts">
      <h3 class="traces-preview-head">Facts</h3>
      <dl class="traces-facts">
        {facts
          .filter(([, value]) => value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt class="faint">{name}</dt>
              <dd class="break">{value}</dd>
            </div>
          ))}
        <div>
          <dt class="faint">Trace id</dt>
          <dd class="row">
            <a class="mono small cut" href={traceHref(id)}>
              {id}
            </a>
            <CopyButton text={id} label="Copy the trace id" />
            <CopyButton
              text={() => new URL(href(`/traces/${id}`), location.href).href}
              label="Copy a link to the trace"
            />
          </dd>
        </div>
      </dl>
    </section>
  );
}
