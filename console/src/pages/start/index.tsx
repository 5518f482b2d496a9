/** Nothing has arrived yet, or somebody wants to add a service: what to do, and whether it worked. */
import "./style.css";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { about, askAbout, lastTick, listen, postJson } from "../../api/index.ts";
import { hasPage, href, oneOf, serverNow, traceHref, useParam } from "../../app/index.ts";
import { count, plural } from "../../format/index.ts";
import { Button, ButtonLink, Code, CopyButton, Icon, Select, Skeleton, toast } from "../../ui/index.ts";
import { type Guide, guides } from "./guides.ts";

const IDS = [
  "python",
  "node",
  "java",
  "go",
  "dotnet",
  "container",
  "lambda",
  "shell",
  "cli",
  "daemon",
  "otel",
] as const;
const SECTIONS = ["Languages", "Where it runs", "Others"] as const;

export default function StartPage() {
  const chosen = useParam("for", oneOf(...IDS), "python");
  const here = about.value;
  useEffect(listen, []);
  if (!here) {
    return (
      <div class="page">
        <Skeleton lines={6} />
      </div>
    );
  }
  const list = guides(here.addresses);
  const guide = list.find((one) => one.id === chosen.value) ?? list[0];
  return (
    <div class="page start-page">
      <Arrival wasEmpty={here.empty} />
      <dl class="start-addresses">
        <Address name="X-Ray daemon" hint="UDP and TCP; the SDKs send here" value={here.addresses.daemon} />
        <Address name="X-Ray API" hint="AWS SDKs and CLI" value={`http://${here.addresses.http}`} />
      </dl>
      <div class="start-guides">
        <nav class="start-list" aria-label="How the application is traced">
          {SECTIONS.map((section) => (
            <div key={section}>
              <h3>{section}</h3>
              <ul class="bare">
                {list
                  .filter((one) => one.section === section)
                  .map((one) => (
                    <li key={one.id}>
                      <button
                        type="button"
                        class="nav-link"
                        aria-current={one.id === guide?.id ? "true" : undefined}
                        onClick={() => chosen.set(one.id as (typeof IDS)[number])}
                      >
                        {one.label}
                      </button>
                    </li>
                  ))}
              </ul>
            </div>
          ))}
        </nav>
        <div class="start-choice">
          <Select
            label="How the application is traced"
            showLabel
            value={chosen.value}
            options={list.map((one) => ({ value: one.id as (typeof IDS)[number], label: one.label }))}
            onChange={(value) => chosen.set(value)}
          />
        </div>
        {guide && <Steps guide={guide} />}
      </div>
    </div>
  );
}

/** Waits for the first trace, and says when it is there. */
function Arrival({ wasEmpty }: { wasEmpty: boolean }) {
  const tick = lastTick.value;
  const [first, setFirst] = useState<{ committed: number; refused: number } | null>(null);
  useEffect(() => {
    if (tick && first === null) setFirst({ committed: tick.committed, refused: tick.refused });
  }, [tick, first]);

  const came = tick && first ? Math.max(0, tick.committed - first.committed) : 0;
  const refused = tick && first ? Math.max(0, tick.refused - first.refused) : 0;
  // Somebody else may have been the first: then the server knows before the stream says so.
  useEffect(() => {
    if (came > 0 && wasEmpty) void askAbout();
  }, [came, wasEmpty]);

  const waiting = wasEmpty && came === 0;

  return (
    <section class={`card start-arrival${waiting ? "" : " arrived"}`} aria-live="polite">
      <span class={`state-icon ${waiting ? "waiting" : "status-ok"}`}>
        {waiting ? <span class="start-pulse" /> : <Icon name="check" size={20} />}
      </span>
      <div class="grow">
        <h2>
          {waiting
            ? "Waiting for the first trace"
            : came > 0
              ? `${plural(came, "document")} arrived while you were here`
              : "Radiograph has traces"}
        </h2>
        <p class="muted">
          {waiting
            ? "Point an application at the addresses below. This page notices by itself."
            : came > 0
              ? "It works. Everything that was sent is stored and can be searched."
              : "To add a service, point it at the addresses below. This page says when something arrives."}
        </p>
        {refused > 0 && (
          <p class="status-error">
            {count(refused)} refused meanwhile: <a href={href("/status")}>the reason, with an example</a>
          </p>
        )}
      </div>
      <div class="row wrap start-actions">
        <TestTrace />
        {!waiting && hasPage("/map") && (
          <ButtonLink kind="primary" icon="map" href={href("/map")}>
            See the map
          </ButtonLink>
        )}
      </div>
    </section>
  );
}

function hex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

/** Sends one trace through the X-Ray API, as a client would: tells whether the way to the store is open. */
function TestTrace() {
  const [sending, setSending] = useState(false);
  const [sent, setSent] = useState<string | null>(null);
  const send = async (): Promise<void> => {
    setSending(true);
    const end = serverNow();
    const start = end - 0.12;
    const trace = `1-${Math.floor(start).toString(16).padStart(8, "0")}-${hex(12)}`;
    const document = {
      trace_id: trace,
      id: hex(8),
      name: "test-trace",
      start_time: start,
      end_time: end,
      annotations: { sent_from: "console" },
      subsegments: [{ id: hex(8), name: "work", start_time: start + 0.02, end_time: end - 0.01 }],
    };
    try {
      const answer = await postJson<{ UnprocessedTraceSegments?: { Message?: string }[] }>("/TraceSegments", {
        TraceSegmentDocuments: [JSON.stringify(document)],
      });
      const refusal = answer.UnprocessedTraceSegments?.[0];
      if (refusal) toast(refusal.Message ?? "The test trace was refused.", "fault");
      else {
        setSent(trace);
        toast("The test trace is stored.");
        void askAbout();
      }
    } catch (problem) {
      toast(problem instanceof ApiError ? problem.message : String(problem), "fault");
    } finally {
      setSending(false);
    }
  };
  return (
    <>
      {sent && hasPage(`/traces/${sent}`) && (
        <ButtonLink icon="traces" href={traceHref(sent)}>
          Open it
        </ButtonLink>
      )}
      <Button
        disabled={sending}
        onClick={() => void send()}
        data-tip="One trace of a service called test-trace, through the X-Ray API"
      >
        {sent ? "Send another test trace" : "Send a test trace"}
      </Button>
    </>
  );
}

function Address({ name, hint, value }: { name: string; hint: string; value: string }) {
  return (
    <div class="card start-address">
      <dt>
        {name} <span class="faint small">{hint}</span>
      </dt>
      <dd class="row">
        <span class="mono cut grow">{value}</span>
        <CopyButton text={value} label={`Copy the address of the ${name}`} />
      </dd>
    </div>
  );
}

function Steps({ guide }: { guide: Guide }) {
  return (
    <section class="start-steps" aria-label={guide.label}>
      <h2>{guide.label}</h2>
      <ol class="bare">
        {guide.steps.map((step, index) => (
          <li key={`${guide.id} ${step.say}`} class="start-step">
            {guide.steps.length > 1 && (
              <span class="start-number" aria-hidden="true">
                {index + 1}
              </span>
            )}
            <div class="stack grow">
              <p class="start-say">
                <Said text={step.say} />
              </p>
              {step.code && <Code text={step.code} title={step.where} label="Copy the code" />}
            </div>
          </li>
        ))}
      </ol>
      {guide.notes?.map((note) => (
        <p key={note} class="start-note muted">
          <Icon name="info" size={14} />
          <span>
            <Said text={note} />
          </span>
        </p>
      ))}
    </section>
  );
}

/** Sets what is between backticks as code. */
function Said({ text }: { text: string }) {
  return <>{text.split("`").map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part))}</>;
}
