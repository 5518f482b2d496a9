/** How this Radiograph is: what comes in, what is refused and why, what waits, what is stored. */
import "./style.css";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import {
  ApiError,
  HISTORY_SECONDS,
  type Json,
  lookAtStatus,
  rates,
  type Status,
  statusHistory,
  unreachableSince,
} from "../../api/index.ts";
import { zone } from "../../app/index.ts";
import { type Point, Sparkline, type Tone } from "../../charts/index.ts";
import {
  ago,
  bytes,
  clockTime,
  compact,
  count,
  dateTime,
  duration,
  interval,
  percent,
  plural,
} from "../../format/index.ts";
import { Badge, Code, CopyButton, ErrorState, Icon, JsonTree, Skeleton } from "../../ui/index.ts";

const LOOK_MS = 1_000;

export default function StatusPage() {
  const problem = useLooking();
  const history = statusHistory.value;
  const status = history.at(-1);
  if (!status) {
    return (
      <div class="page">
        {problem ? (
          <ErrorState error={problem} onRetry={() => void lookAtStatus().catch(() => undefined)} />
        ) : (
          <Skeleton lines={8} />
        )}
      </div>
    );
  }
  return (
    <div class="page status-page">
      <Headline status={status} />
      <Figures status={status} history={history} />
      <Refusals status={status} />
      <Groups status={status} />
      <Relays status={status} />
      <Facts status={status} />
    </div>
  );
}

/** Looks every second while the tab is seen. */
function useLooking(): ApiError | null {
  const [problem, setProblem] = useState<ApiError | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      if (document.visibilityState === "visible") {
        try {
          await lookAtStatus(controller.signal);
          setProblem(null);
        } catch (error) {
          if (error instanceof ApiError) setProblem(error);
        }
      }
      if (!controller.signal.aborted) timer = setTimeout(look, LOOK_MS);
    };
    void look();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, []);
  return problem;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, one) => all + one, 0);
}

function refused(status: Status): number {
  const entries = [...Object.values(status.ingest.refused), ...Object.values(status.udp.refused)];
  return entries.reduce((all, entry) => all + entry.count, 0);
}

function dropped(status: Status): number {
  return status.udp.dropped_overload + status.udp.dropped_error + (status.udp.kernel_drops ?? 0) + status.writer.lost;
}

function Headline({ status }: { status: Status }) {
  const cannotWrite = status.writer.problem;
  const drops = dropped(status);
  if (unreachableSince.value !== null) {
    return (
      <section class="status-head" aria-label="Health">
        <span class="state-icon status-fault">
          <Icon name="warning" size={20} />
        </span>
        <div class="grow">
          <h2>Radiograph does not answer</h2>
          <p class="muted">
            The figures below are from {clockTime(status.now, zone.value)}. Version {status.version}, which ran since{" "}
            <span class="nowrap">{dateTime(status.started, zone.value)}</span>
          </p>
        </div>
      </section>
    );
  }
  const tone = cannotWrite ? "fault" : drops > 0 || status.maintenance.problem ? "error" : "ok";
  const sentence = cannotWrite
    ? "Traces are not being stored"
    : drops > 0
      ? `Working, but ${plural(drops, "document was", "documents were")} dropped since the start`
      : status.maintenance.problem
        ? "Working, but maintenance fails"
        : "Everything works";
  return (
    <section class={`status-head tone-${tone}`} aria-label="Health">
      <span class={`state-icon status-${tone}`}>
        <Icon name={tone === "ok" ? "check" : "warning"} size={20} />
      </span>
      <div class="grow">
        <h2>{sentence}</h2>
        <p class="muted">
          Version {status.version}, running for {interval(status.now - status.started)}, since{" "}
          <span class="nowrap">{dateTime(status.started, zone.value)}</span>
        </p>
        {cannotWrite && (
          <p class="break">{cannotWrite} What is sent by HTTP is refused until it can be stored again.</p>
        )}
        {status.maintenance.problem && (
          <p class="break muted">Maintenance: {status.maintenance.problem} The next round tries again.</p>
        )}
      </div>
    </section>
  );
}

function Figures({ status, history }: { status: Status; history: readonly Status[] }) {
  const received = rates(history, (one) => sum(one.ingest.received));
  const stored = rates(history, (one) => one.writer.documents);
  const refusals = rates(history, refused);
  const drops = rates(history, dropped);
  const at = (of: (one: Status) => number): Point[] => history.map((one) => ({ at: one.now, value: of(one) }));
  const now = status.now;
  return (
    <section class={`status-figures dimmable${unreachableSince.value !== null ? " stale" : ""}`} aria-label="Figures">
      <Figure
        title="Received"
        figure={perSecond(received)}
        points={received}
        now={now}
        foot={`${count(status.ingest.received.http ?? 0)} by HTTP, ${count(status.ingest.received.udp ?? 0)} by UDP`}
      />
      <Figure
        title="Stored"
        figure={perSecond(stored)}
        points={stored}
        now={now}
        foot={`${plural(status.writer.documents, "document")} in ${plural(status.writer.commits, "commit")}`}
      />
      <Figure
        title="Refused"
        figure={perSecond(refusals)}
        points={refusals}
        now={now}
        tone={refusals.some((point) => point.value > 0) ? "error" : "text3"}
        foot={`${count(refused(status))} since the start, ${percent(share(refused(status), sum(status.ingest.received)))} of all`}
      />
      <Figure
        title="Dropped"
        figure={perSecond(drops)}
        points={drops}
        now={now}
        tone={drops.some((point) => point.value > 0) ? "fault" : "text3"}
        foot={`kernel ${status.udp.kernel_drops === null ? "not known" : count(status.udp.kernel_drops)}, queue full ${count(status.udp.dropped_overload)}`}
      />
      <Figure
        title="Lag"
        figure={[duration(status.writer.lag_seconds), ""]}
        points={at((one) => one.writer.lag_seconds)}
        now={now}
        foot={`${count(status.writer.queued)} waiting, last commit ${duration(status.writer.last_commit_seconds)}`}
        tip="The age of the oldest document that is not stored yet"
      />
      <Figure
        title="Store"
        figure={[bytes(status.store.bytes), ""]}
        points={at((one) => one.store.bytes)}
        now={now}
        foot={`${plural(status.store.files, "file")}, ${count(status.maintenance.rounds)} rounds of maintenance`}
      />
      <Figure
        title="Memory"
        figure={[status.memory_bytes === null ? "–" : bytes(status.memory_bytes), ""]}
        points={status.memory_bytes === null ? [] : at((one) => one.memory_bytes ?? 0)}
        now={now}
        foot={status.memory_bytes === null ? "not known on this platform" : readers(status.reader_processes)}
      />
      <Figure
        title="Counted"
        figure={[compact(status.maintenance.rolled_up_traces), "traces"]}
        points={rates(history, (one) => one.maintenance.rolled_up_traces)}
        now={now}
        foot={`into statistics, last round ${duration(status.maintenance.roll_up_seconds)}`}
      />
    </section>
  );
}

function readers(processes: number): string {
  return processes === 0 ? "one process" : `${plural(processes, "reader process", "reader processes")} besides`;
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.min(1, part / whole);
}

/** The rate of the last five seconds or so: one second alone jumps. */
function perSecond(points: readonly Point[]): [string, string] {
  const last = points.slice(-5);
  const mean = last.length === 0 ? 0 : last.reduce((all, point) => all + point.value, 0) / last.length;
  return [compact(mean), "/s"];
}

function Figure({
  title,
  figure: [value, unit],
  points,
  now,
  foot,
  tone = "accent",
  tip,
}: {
  title: string;
  figure: [value: string, unit: string];
  points: readonly Point[];
  now: number;
  foot: string;
  tone?: Tone;
  tip?: string;
}) {
  return (
    <div class="card status-figure">
      <h3 class="muted" data-tip={tip}>
        {title}
      </h3>
      <p class="status-value">
        {value}
        {unit && <span class="status-unit">{unit}</span>}
      </p>
      <Sparkline
        label={`${title}: ${value} ${unit} now`}
        points={points}
        // Wide enough for what there is, so that a page just opened is not an empty one.
        start={now - Math.min(HISTORY_SECONDS, Math.max(60, now - (points[0]?.at ?? now)))}
        end={now}
        tone={tone}
      />
      <p class="faint small status-foot">{foot}</p>
    </div>
  );
}

function Section({ title, note, children }: { title: string; note?: string; children: ComponentChildren }) {
  return (
    <section class="status-section">
      <div class="row">
        <h2>{title}</h2>
        {note && <span class="faint small">{note}</span>}
      </div>
      {children}
    </section>
  );
}

function Refusals({ status }: { status: Status }) {
  const reasons = [
    ...Object.entries(status.ingest.refused).map(([code, entry]) => ({
      code,
      count: entry.count,
      sentence: entry.message,
      example: entry.example,
      what: "document",
    })),
    ...Object.entries(status.udp.refused).map(([code, entry]) => ({
      code,
      count: entry.count,
      sentence: entry.sentence,
      example: entry.example,
      what: "datagram",
    })),
  ].sort((a, b) => b.count - a.count);
  return (
    <Section title="Refused, by reason">
      {reasons.length === 0 ? (
        <p class="card status-none muted">
          Nothing was refused since the start. A document that cannot be read is refused alone, and its reason stands
          here with an example.
        </p>
      ) : (
        <ul class="bare stack">
          {reasons.map((reason) => (
            <li key={`${reason.what} ${reason.code}`} class="card status-reason">
              <div class="row wrap">
                <strong>{reason.code}</strong>
                <Badge tone="error">{plural(reason.count, reason.what)}</Badge>
              </div>
              <p class="break">{reason.sentence}</p>
              {reason.example !== "" && (
                <>
                  <p class="faint small">The last one began:</p>
                  <Code text={reason.example} label="Copy the example" wrap />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Groups({ status }: { status: Status }) {
  const groups = Object.entries(status.groups);
  if (groups.length === 0) return null;
  return (
    <Section title="Groups" note="traces that joined since the start">
      <div class="card status-scroll">
        <table class="status-table">
          <thead>
            <tr>
              <th scope="col">Group</th>
              <th scope="col" class="num">
                Traces
              </th>
              <th scope="col" class="num">
                Failures
              </th>
              <th scope="col">Last problem</th>
            </tr>
          </thead>
          <tbody>
            {groups.map(([name, group]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="num">{count(group.traces)}</td>
                <td class={`num${group.failures > 0 ? " status-error" : ""}`}>{count(group.failures)}</td>
                <td class="break muted">{group.problem ?? "none"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Relays({ status }: { status: Status }) {
  return (
    <Section title="Relays" note="daemons that send here from other hosts">
      {status.relays.length === 0 ? (
        <p class="card status-none muted">
          None has reported. <code>radiograph daemon --endpoint http://{status.addresses.http}</code> runs on other
          hosts in the place of the X-Ray daemon, and keeps documents on its disk while Radiograph is away.
        </p>
      ) : (
        <ul class="bare stack">
          {status.relays.map((relay) => (
            <li key={`${relay.hostname} ${relay.instance_id} ${relay.resource_arn}`} class="card status-reason">
              <div class="row wrap">
                <Icon name="server" size={14} />
                <strong class="break">{relay.hostname || relay.instance_id || relay.resource_arn || "unnamed"}</strong>
                <span class="faint small">
                  {[relay.instance_id, relay.resource_arn].filter((text) => text !== "").join(" · ")}
                </span>
                <span class="end muted small" data-tip={dateTime(relay.received_at, zone.value)}>
                  reported {ago(relay.received_at, status.now)}
                </span>
              </div>
              <RelayRecord record={relay.records} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** `SegmentsReceivedCount` is read as "Segments received". */
function spelled(member: string): string {
  const words = member
    .replace(/Count$/, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Every number of a telemetry record, by name; those inside others too. */
function numbersOf(record: Json): [string, number][] {
  if (record === null || typeof record !== "object") return [];
  const members: [string, Json][] = Array.isArray(record)
    ? []
    : Object.entries(record as Readonly<Record<string, Json>>);
  return members.flatMap(([name, value]): [string, number][] =>
    typeof value === "number" ? (name === "Timestamp" ? [] : [[spelled(name), value]]) : numbersOf(value),
  );
}

function RelayRecord({ record }: { record: Json }) {
  // Relays send their records in a list; the newest is the last.
  const newest = Array.isArray(record) ? ((record as readonly Json[]).at(-1) ?? null) : record;
  const numbers = numbersOf(newest);
  return numbers.length === 0 ? (
    <JsonTree value={record} open={2} label="Copy its record" />
  ) : (
    <dl class="status-record">
      {numbers.map(([name, value]) => (
        <div key={name}>
          <dt class="muted small">{name}</dt>
          <dd>{count(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Facts({ status }: { status: Status }) {
  const facts: [string, string][] = [
    ["X-Ray API and console", `http://${status.addresses.http}`],
    ["X-Ray daemon, UDP and TCP", status.addresses.daemon],
    ["Data folder", status.folder],
  ];
  return (
    <Section title="Where it is">
      <dl class="card status-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt class="muted">{name}</dt>
            <dd class="mono row">
              <span class="break">{value}</span>
              <CopyButton text={value} label={`Copy: ${name}`} />
            </dd>
          </div>
        ))}
        <div>
          <dt class="muted">For machines</dt>
          <dd class="row wrap">
            <a href="/metrics" data-native>
              /metrics
            </a>
            <a href="/healthz" data-native>
              /healthz
            </a>
            <a href="/api/status" data-native>
              /api/status
            </a>
          </dd>
        </div>
      </dl>
    </Section>
  );
}
