/** What other rules, or policies, would have kept of the stored traces: tried before they are saved. */
import { useRef, useState } from "preact/hooks";
import { ApiError, type Asked, type RehearsalAnswer, type RehearsalFigures } from "../../api/index.ts";
import { serverNow } from "../../app/index.ts";
import { count, percent, plural } from "../../format/index.ts";
import { Button, ErrorState, Select } from "../../ui/index.ts";

const SPANS = [
  { value: "900", label: "15 minutes" },
  { value: "3600", label: "hour" },
  { value: "21600", label: "6 hours" },
] as const;
type Span = (typeof SPANS)[number]["value"];

/** In the words of the page, what of what is kept. */
const KINDS = [
  { label: "Requests", of: "requests", kept: "kept" },
  { label: "Errors", of: "errors", kept: "errors_kept" },
  { label: "Slowest 1%", of: "slow", kept: "slow_kept" },
  { label: "Users", of: "users", kept: "users_kept" },
  { label: "Documents", of: "documents", kept: "documents_kept" },
] as const;
const MOST_SERVICES = 12;

export function Rehearsal({
  ask,
  of = "rules",
  ready = true,
}: {
  /** What a draft would keep of a range. */
  ask: (range: Asked, signal: AbortSignal) => Promise<RehearsalAnswer>;
  of?: "rules" | "policies";
  ready?: boolean;
}) {
  const [span, setSpan] = useState<Span>("3600");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [answer, setAnswer] = useState<RehearsalAnswer | null>(null);
  const controller = useRef<AbortController | null>(null);

  const run = async (): Promise<void> => {
    controller.current?.abort();
    const own = new AbortController();
    controller.current = own;
    setBusy(true);
    setProblem(null);
    try {
      const end = serverNow();
      const found = await ask({ start: end - Number(span), end }, own.signal);
      if (!own.signal.aborted) setAnswer(found);
    } catch (error) {
      if (!own.signal.aborted) {
        setProblem(error instanceof ApiError ? error : new ApiError(String(error), "ConsoleError", -1));
      }
    }
    if (!own.signal.aborted) setBusy(false);
  };

  return (
    <section class="sampling-rehearsal" aria-label="Try it first">
      <div class="row">
        <Button icon="play" disabled={busy || !ready} onClick={() => void run()}>
          {busy ? "Replaying …" : "Try it"}
        </Button>
        <span class="muted small">on the traces of the last</span>
        <Select label="Traces of the last" value={span} options={SPANS} onChange={setSpan} />
      </div>
      {problem && <ErrorState error={problem} small />}
      <div aria-live="polite">{answer && <Result answer={answer} of={of} />}</div>
    </section>
  );
}

function Result({ answer, of: what }: { answer: RehearsalAnswer; of: "rules" | "policies" }) {
  if (answer.traces === 0) {
    return <p class="muted">There are no traces in this time: nothing to replay. Choose a longer one.</p>;
  }
  const services = answer.services.slice(0, MOST_SERVICES);
  const policies = what === "policies";
  const looked = answer.share ?? 1;
  return (
    <div class="stack">
      <p>
        Of {plural(answer.traces, "stored trace")}
        {looked < 1 && `, ${percent(looked)} of those there are`}, today's {what} keep{" "}
        <strong>{share(answer.total.now, "kept", "requests")}</strong>, these would keep{" "}
        <strong>{share(answer.total.draft, "kept", "requests")}</strong>.
      </p>
      <table class="sampling-compare">
        <caption class="sr">Kept today and with the draft</caption>
        <thead>
          <tr>
            <th scope="col">Kept of</th>
            <th scope="col" class="num">
              Today
            </th>
            <th scope="col" class="num">
              Draft
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {KINDS.filter(({ of }) => policies || of !== "documents").map(({ label, of, kept }) => (
            <Row
              key={label}
              label={`${label} (${count(answer.total.now[of])})`}
              sides={answer.total}
              kept={kept}
              of={of}
            />
          ))}
        </tbody>
        {policies && (
          <tbody>
            <tr>
              <th scope="rowgroup" colSpan={4} class="small muted">
                Traces by the policy of the draft that decides
              </th>
            </tr>
            {answer.rules.map(({ name, draft }) => draft && <PolicyRow key={name} name={name} draft={draft} />)}
          </tbody>
        )}
        {services.length > 1 && (
          <tbody>
            <tr>
              <th scope="rowgroup" colSpan={4} class="small muted">
                Requests by service
              </th>
            </tr>
            {services.map((service) => (
              <Row
                key={`${service.type} ${service.name}`}
                label={`${service.name} (${count(service.now.requests)})`}
                sides={service}
                kept="kept"
                of="requests"
              />
            ))}
          </tbody>
        )}
      </table>
      {answer.services.length > services.length && (
        <p class="faint small">
          The {services.length} busiest of {count(answer.services.length)} services are shown.
        </p>
      )}
      <p class="faint small">
        {policies
          ? "A trace that was kept before stands for those that were dropped then."
          : "What today's rules left out is not stored, and cannot be replayed."}
      </p>
      {answer.problem && <p class="field-problem break">{answer.problem}</p>}
    </div>
  );
}

type Kept = (typeof KINDS)[number]["kept"];
type Of = (typeof KINDS)[number]["of"];

function part(figures: RehearsalFigures, kept: Kept, of: Of): number | null {
  return figures[of] === 0 ? null : figures[kept] / figures[of];
}

function share(figures: RehearsalFigures, kept: Kept, of: Of): string {
  const found = part(figures, kept, of);
  return found === null ? "–" : percent(found);
}

function Row({
  label,
  sides,
  kept,
  of,
}: {
  label: string;
  sides: { readonly now: RehearsalFigures; readonly draft: RehearsalFigures };
  kept: Kept;
  of: Of;
}) {
  const width = (figures: RehearsalFigures): string => `${(part(figures, kept, of) ?? 0) * 100}%`;
  return (
    <tr>
      <th scope="row" class="break">
        {label}
      </th>
      <td class="num">{share(sides.now, kept, of)}</td>
      <td class="num">{share(sides.draft, kept, of)}</td>
      <td class="sampling-bars" aria-hidden="true">
        <i style={{ width: width(sides.now) }} />
        <i class="draft" style={{ width: width(sides.draft) }} />
      </td>
    </tr>
  );
}

/** What a policy of the draft decides about; today others may. */
function PolicyRow({ name, draft }: { name: string; draft: RehearsalFigures }) {
  return (
    <tr>
      <th scope="row" class="break">
        {name} ({count(draft.requests)})
      </th>
      <td />
      <td class="num">{share(draft, "kept", "requests")}</td>
      <td class="sampling-bars" aria-hidden="true">
        <i class="draft" style={{ width: `${(part(draft, "kept", "requests") ?? 0) * 100}%` }} />
      </td>
    </tr>
  );
}
