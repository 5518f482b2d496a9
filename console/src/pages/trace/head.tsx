/** What a person needs first: what was asked, what came of it, how long it took, who asked and when. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ApiError, askRaw, type TraceAnswer } from "../../api/index.ts";
import { hasPage, href, navigate, traceHref, useKeys, zone } from "../../app/index.ts";
import { annotationTerm, userTerm } from "../../filter/expression.ts";
import { ago, dateTime, duration, plural } from "../../format/index.ts";
import { type neighbours, TracePicker, type TraceTree, whatWasAsked } from "../../trace/index.ts";
import { Badge, Button, copyText, Icon, IconButton, Menu, OutcomeMark, toast } from "../../ui/index.ts";
import { save } from "./save.ts";
import { asXRay } from "./search.ts";

/** So many annotations are shown at first. */
const FEW = 8;

export function Head({
  trace,
  tree,
  near,
  growing,
  onAgain,
}: {
  trace: TraceAnswer;
  tree: TraceTree;
  near: ReturnType<typeof neighbours>;
  growing: boolean;
  onAgain: () => void;
}) {
  const { summary } = trace;
  const segments = tree.parts.filter((part) => part.entity.kind === "segment").length;
  const took = summary.response !== null && Math.abs(summary.response - trace.duration) > 0.000_5;
  return (
    <header class="trace-head">
      <div class="trace-head-line">
        <div class="trace-asked grow">
          <OutcomeMark outcome={trace.outcome} size={12} />
          {summary.status !== null && <span class={`trace-code status-${trace.outcome}`}>{summary.status}</span>}
          <h2 class="trace-what" title={whatWasAsked(summary)}>
            {summary.method && summary.url !== null && <span class="trace-method">{summary.method}</span>}
            <span class="cut">{summary.url ?? whatWasAsked(summary)}</span>
          </h2>
        </div>
        <Actions trace={trace} near={near} />
      </div>
      <div class="trace-facts">
        <dl>
          <Fact name="Took">
            <strong>{duration(trace.duration)}</strong>
            {took && <span class="faint"> (answered after {duration(summary.response)})</span>}
          </Fact>
          <Fact name="When">
            <time dateTime={new Date(trace.start * 1000).toISOString()} data-tip={ago(trace.start, trace.now)}>
              {dateTime(trace.start, zone.value, "ms")}
            </time>
          </Fact>
          {summary.users.length > 0 && (
            <Fact name="Who">
              {summary.users.map((user) => (
                <Query key={user} term={userTerm(user)}>
                  {user}
                </Query>
              ))}
            </Fact>
          )}
          {summary.client_ip !== null && (
            <Fact name="From">
              <span data-tip={summary.user_agent ?? undefined}>{summary.client_ip}</span>
            </Fact>
          )}
          <Fact name="Where">
            {plural(summary.services.length, "service")}, {plural(segments, "segment")},{" "}
            {plural(tree.parts.length, "part")}
          </Fact>
          {summary.weight !== 1 && (
            <Fact name="Stands for">
              <span data-tip="A keep policy kept a share of traces like this one; the others are counted, but gone">
                {Number(summary.weight.toPrecision(3))} traces
              </span>
            </Fact>
          )}
          <Fact name="Id">
            <span class="mono trace-id">{trace.id}</span>
            <CopyId trace={trace} />
          </Fact>
        </dl>
        {trace.partial && (
          <Badge tone="error" tip="Some of it has not come, or is still in progress">
            <Icon name="clock" size={11} /> Incomplete
          </Badge>
        )}
        {trace.partial && (
          <button type="button" class="trace-again" onClick={onAgain}>
            <Icon name="refresh" size={12} /> {growing ? "looks again by itself" : "Look again"}
          </button>
        )}
        {trace.limit_exceeded && (
          <Badge tone="error" tip="More came than a trace may have; the rest was not kept">
            <Icon name="warning" size={11} /> Size limit exceeded
          </Badge>
        )}
      </div>
      <Annotations annotations={summary.annotations} />
    </header>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="trace-fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Text that adds to a query, where there is a page for it. */
export function Query({ term, children }: { term: string; children: ComponentChildren }) {
  if (!hasPage("/traces")) return <span>{children}</span>;
  return (
    <a href={href("/traces", { filter: term })} data-tip={`Find traces with ${term}`}>
      {children}
    </a>
  );
}

function Annotations({ annotations }: { annotations: TraceAnswer["summary"]["annotations"] }) {
  const [all, setAll] = useState(false);
  const pairs = Object.entries(annotations).flatMap(([key, values]) => values.map((value) => [key, value] as const));
  if (pairs.length === 0) return null;
  const shown = all ? pairs : pairs.slice(0, FEW);
  return (
    <ul class="bare trace-chips" aria-label="Annotations">
      {shown.map(([key, value]) => (
        <li key={`${key} ${String(value)}`} class="trace-chip">
          <Query term={annotationTerm(key, value)}>
            <span class="trace-chip-key">{key}</span> <span class="trace-chip-value">{shownValue(value)}</span>
          </Query>
        </li>
      ))}
      {pairs.length > shown.length && (
        <li>
          <button type="button" class="trace-again" onClick={() => setAll(true)}>
            {pairs.length - shown.length} more
          </button>
        </li>
      )}
    </ul>
  );
}

/** 59.849999999999994 is what computers make of 59.85. */
function shownValue(value: string | number | boolean): string {
  return typeof value === "number" ? String(Number(value.toPrecision(12))) : String(value);
}

function CopyId({ trace }: { trace: TraceAnswer }) {
  const copy = (text: string, what: string) => async (): Promise<void> => {
    if (await copyText(text)) toast(`${what} copied.`);
    else toast("The browser does not allow copying here.", "fault");
  };
  return (
    <Menu
      label="Copy the id"
      trigger={(props) => <IconButton {...props} icon="copy" size={13} label="Copy the id" />}
      items={[
        { label: "X-Ray", hint: trace.id, icon: "copy", run: () => void copy(trace.id, "The id in X-Ray's form")() },
        {
          label: "W3C",
          hint: trace.w3c_id,
          icon: "copy",
          run: () => void copy(trace.w3c_id, "The id in W3C's form")(),
        },
      ]}
    />
  );
}

function Actions({ trace, near }: { trace: TraceAnswer; near: ReturnType<typeof neighbours> }) {
  const copyLink = async (): Promise<void> => {
    if (await copyText(window.location.href)) toast("The link to what you see is copied.");
    else toast("The browser does not allow copying here.", "fault");
  };
  const exportAs = async (kind: "json" | "html"): Promise<void> => {
    try {
      const raw = await askRaw(trace.id);
      if (kind === "json") save(`trace-${trace.id}.json`, "application/json", JSON.stringify(asXRay(raw), null, 2));
      else {
        // The exporter is of no use until now.
        const { exportedHtml } = await import("./export-html.ts");
        save(`trace-${trace.id}.html`, "text/html", exportedHtml(trace, raw, { zone: zone.value, at: trace.now }));
      }
    } catch (problem) {
      toast(problem instanceof ApiError ? problem.message : "The trace could not be exported.", "fault");
    }
  };
  useKeys("Trace", [
    { keys: "y", does: "Copy the link", run: () => void copyLink() },
    { keys: "x", does: "Export", run: () => document.querySelector<HTMLElement>("[data-export]")?.click() },
    { keys: "shift+c", does: "Compare", run: () => document.querySelector<HTMLElement>("[data-compare]")?.click() },
  ]);
  return (
    <div class="trace-actions row">
      {near && (
        <span class="row trace-near">
          <IconButton
            icon="left"
            label="Trace before in the list"
            keys="shift+k"
            size={14}
            disabled={near.previous === null}
            onClick={() => near.previous && navigate(traceHref(near.previous))}
          />
          <a href={near.from} class="small" data-tip="Back to the list">
            {near.place} of {near.count}
          </a>
          <IconButton
            icon="right"
            label="Next trace of the list"
            keys="shift+j"
            size={14}
            disabled={near.next === null}
            onClick={() => near.next && navigate(traceHref(near.next))}
          />
        </span>
      )}
      <IconButton icon="link" label="Copy the link" keys="y" size={15} onClick={() => void copyLink()} />
      <Menu
        label="Export"
        align="end"
        trigger={(props) => <IconButton {...props} data-export="" icon="download" label="Export" keys="x" size={15} />}
        items={[
          { label: "JSON, as X-Ray gives it", icon: "download", run: () => void exportAs("json") },
          { label: "A page that opens without Radiograph", icon: "download", run: () => void exportAs("html") },
        ]}
      />
      {hasPage("/compare/a/b") && (
        <TracePicker
          label="Compare with"
          except={[trace.id]}
          onChoose={(id) => navigate(href(`/compare/${trace.id}/${id}`))}
          trigger={(props) => (
            <Button
              {...props}
              data-compare=""
              icon="compare"
              data-tip="Compare with another trace"
              data-tip-keys="shift+c"
            >
              Compare
            </Button>
          )}
        />
      )}
    </div>
  );
}
