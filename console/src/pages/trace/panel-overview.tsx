/** The first tab: when, how long, what was asked, what came back; of a call, what its caller saw and what the called one did. */
import type { ComponentChildren } from "preact";
import type { EntityAnswer, Json, JsonObject, TraceAnswer } from "../../api/index.ts";
import { zone } from "../../app/index.ts";
import { userTerm } from "../../filter/expression.ts";
import { bytes, dateTime, duration, percent } from "../../format/index.ts";
import type { Part } from "../../trace/index.ts";
import { CopyButton, Icon, OUTCOME_MEANINGS, OUTCOME_NAMES, OutcomeMark } from "../../ui/index.ts";
import { Query } from "./head.tsx";

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const textOf = (value: Json | undefined): string =>
  value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);

const CALLS: Readonly<Record<string, string>> = { remote: "to another service", aws: "to AWS" };

export function OverviewTab({
  answer,
  part,
  trace,
  onJump,
}: {
  answer: EntityAnswer;
  part: Part;
  trace: TraceAnswer;
  onJump: (id: string) => void;
}) {
  const { entity } = part;
  const { document } = answer;
  const request = isObject(answer.http.request) ? answer.http.request : {};
  const response = isObject(answer.http.response) ? answer.http.response : {};
  const service = isObject(document.service) ? document.service : {};
  const took = entity.end === null ? null : entity.end - entity.start;
  const missing = trace.missing.filter((one) => one.of === entity.id);
  return (
    <div class="stack trace-overview">
      <Caller part={part} onJump={onJump} />
      {missing.map((one) => (
        <p key={one.why} class="trace-note warning">
          <Icon name="warning" size={14} /> {one.why}
        </p>
      ))}
      <div class="trace-big">
        <Figure name="Time">{took === null ? "open" : duration(took)}</Figure>
        <Figure name="Itself" tip="Without the parts below it">
          {duration(part.self)}
        </Figure>
        <Figure name="Of the trace">
          {took === null ? "–" : percent(Math.min(1, took / Math.max(trace.duration, 1e-9)))}
        </Figure>
        <Figure name="Waited for" tip="So long the answer was waiting for this part itself">
          {entity.critical && entity.waited > 0 ? duration(entity.waited) : "–"}
        </Figure>
      </div>
      <Facts>
        <Fact name="Outcome">
          <OutcomeMark outcome={entity.outcome} size={10} />
          <span class="faint small"> {OUTCOME_MEANINGS[entity.outcome]}</span>
        </Fact>
        {flagsOf(document).length > 0 && <Fact name="Flags">{flagsOf(document).join(", ")}</Fact>}
        {entity.status !== null && <Fact name="Status">{entity.status}</Fact>}
        <Fact name="Request">
          {textOf(request.url) !== "" && (
            <span class="break">
              {textOf(request.method)} {textOf(request.url)}
            </span>
          )}
        </Fact>
        <Fact name="Answer size">
          {typeof response.content_length === "number" ? bytes(response.content_length) : ""}
        </Fact>
        <Fact name="Client">
          {textOf(request.client_ip)}
          {request.x_forwarded_for === true && <span class="faint"> (as a proxy says)</span>}
        </Fact>
        <Fact name="Program">{textOf(request.user_agent)}</Fact>
        <Fact name="User">
          {typeof document.user === "string" && <Query term={userTerm(document.user)}>{document.user}</Query>}
        </Fact>
        <Fact name="Version">{textOf(service.version)}</Fact>
        <Fact name="Kind of call">{CALLS[textOf(document.namespace)] ?? ""}</Fact>
        <Fact name="Starts">
          {duration(entity.start)} in{" "}
          <span class="faint small">{dateTime(trace.start + entity.start, zone.value, "ms")}</span>
        </Fact>
        <Fact name="Ends">
          {entity.end === null ? (
            "not yet"
          ) : (
            <>
              {duration(entity.end)} in{" "}
              <span class="faint small">{dateTime(trace.start + entity.end, zone.value, "ms")}</span>
            </>
          )}
        </Fact>
        <Fact name="Id">
          <Id value={entity.id} />
        </Fact>
        <Fact name="Parent">
          {typeof document.parent_id === "string" && document.parent_id !== "" && <Id value={document.parent_id} />}
        </Fact>
      </Facts>
    </div>
  );
}

/** Of a call: who called whom, and where the time in between went. */
function Caller({ part, onJump }: { part: Part; onJump: (id: string) => void }) {
  const { entity } = part;
  const below = part.children.find((child) => child.entity.kind !== "subsegment");
  const name = (other: Part): string => other.service?.name ?? other.entity.name;
  if (entity.kind === "subsegment" && below) {
    const between = part.end - entity.start - (below.end - below.entity.start);
    return (
      <p class="trace-note">
        This is the call as {part.service?.name ?? "the caller"} saw it.{" "}
        {below.entity.kind === "inferred" ? (
          <>{name(below)} sends nothing itself, so all of the time counts as its own, network included.</>
        ) : (
          <>
            <button type="button" class="trace-link" onClick={() => onJump(below.entity.id)}>
              {name(below)}
            </button>{" "}
            itself worked {duration(below.end - below.entity.start)}
            {between > 0 && <>; {duration(between)} went to the network and to waiting in line</>}.
          </>
        )}
      </p>
    );
  }
  if (entity.kind === "inferred" && part.parent) {
    const { parent } = part;
    return (
      <p class="trace-note">
        {name(part)} sends no segments. What is known of it comes from{" "}
        <button type="button" class="trace-link" onClick={() => onJump(parent.entity.id)}>
          the call by {name(parent)}
        </button>
        , network included.
      </p>
    );
  }
  if (entity.kind === "segment" && part.parent) {
    const { parent } = part;
    return (
      <p class="trace-note">
        {name(part)} was called by{" "}
        <button type="button" class="trace-link" onClick={() => onJump(parent.entity.id)}>
          {name(parent)}
        </button>
        , for whom it took {duration(parent.end - parent.entity.start)}.
      </p>
    );
  }
  return null;
}

function flagsOf(document: JsonObject): string[] {
  const flags = (["fault", "error", "throttle"] as const).filter((flag) => document[flag] === true);
  return [...flags.map((flag) => OUTCOME_NAMES[flag]), ...(document.in_progress === true ? ["In progress"] : [])];
}

function Figure({ name, tip, children }: { name: string; tip?: string; children: ComponentChildren }) {
  return (
    <div class="trace-figure" data-tip={tip}>
      <div class="trace-figure-value">{children}</div>
      <div class="faint small">{name}</div>
    </div>
  );
}

export function Facts({ children }: { children: ComponentChildren }) {
  return <dl class="trace-pairs">{children}</dl>;
}

/** A pair; left out where there is nothing to tell. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  const list = Array.isArray(children) ? children : [children];
  const isEmpty = list.every(
    (child) => child === "" || child === false || child === null || child === undefined || child === " ",
  );
  if (isEmpty) return null;
  return (
    <div class="trace-pair">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Id({ value }: { value: string }) {
  return (
    <span class="row">
      <span class="mono">{value}</span>
      <CopyButton text={value} label="Copy the id" />
    </span>
  );
}
