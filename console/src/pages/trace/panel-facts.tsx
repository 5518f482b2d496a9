/** The tabs of plain facts: resources, annotations, metadata, SQL, links. */
import type { EntityAnswer, Json, JsonObject, TraceLink } from "../../api/index.ts";
import { traceHref } from "../../app/index.ts";
import { annotationTerm } from "../../filter/expression.ts";
import { Code, CopyButton, JsonTree } from "../../ui/index.ts";
import { Query } from "./head.tsx";
import { Fact, Facts } from "./panel-overview.tsx";
import { formattedSql } from "./sql.ts";

const textOf = (value: Json | undefined): string =>
  value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);

export function ResourcesTab({ answer }: { answer: EntityAnswer }) {
  return (
    <dl class="trace-pairs">
      {answer.resources.map(([label, value]) => (
        <div key={`${label} ${value}`} class="trace-pair">
          <dt>{label}</dt>
          <dd class="row">
            <span class="break">{value}</span>
            <CopyButton text={value} label={`Copy: ${label}`} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function AnnotationsTab({ annotations }: { annotations: JsonObject }) {
  return (
    <div class="stack">
      <dl class="trace-pairs">
        {Object.entries(annotations).map(([key, value]) => {
          const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
          return (
            <div key={key} class="trace-pair">
              <dt class="mono">{key}</dt>
              <dd class="break">
                {plain ? <Query term={annotationTerm(key, value)}>{String(value)}</Query> : textOf(value)}
              </dd>
            </div>
          );
        })}
      </dl>
      <p class="faint small">Annotations can be searched for: a click on a value finds the traces that have it.</p>
    </div>
  );
}

export function MetadataTab({ metadata }: { metadata: JsonObject }) {
  // What SDKs note about themselves comes last.
  const spaces = Object.entries(metadata).sort(
    ([a], [b]) => Number(a.startsWith("AWS.")) - Number(b.startsWith("AWS.")) || 0,
  );
  return (
    <div class="stack">
      {spaces.map(([space, value]) => (
        <section key={space} class="trace-space">
          <h3 class="row">
            {space}
            {space.startsWith("AWS.") && <span class="faint small">of the SDK itself</span>}
          </h3>
          <JsonTree value={value} label={`Copy ${space}`} open={3} />
        </section>
      ))}
    </div>
  );
}

const SQL_FACTS: readonly (readonly [key: string, label: string])[] = [
  ["database_type", "Database"],
  ["database_version", "Version"],
  ["url", "Address"],
  ["connection_string", "Connection"],
  ["user", "User"],
  ["preparation", "Prepared as"],
  ["driver_version", "Driver"],
];

export function SqlTab({ sql }: { sql: JsonObject }) {
  const query = textOf(sql.sanitized_query);
  const known = new Set(["sanitized_query", ...SQL_FACTS.map(([key]) => key)]);
  return (
    <div class="stack">
      {query === "" ? (
        <p class="muted">The query itself was not recorded.</p>
      ) : (
        <Code text={formattedSql(query)} label="Copy the query" />
      )}
      <Facts>
        {SQL_FACTS.map(([key, label]) => (
          <Fact key={key} name={label}>
            {textOf(sql[key]) === "" ? "" : <span class="break">{textOf(sql[key])}</span>}
          </Fact>
        ))}
        {Object.entries(sql)
          .filter(([key]) => !known.has(key))
          .map(([key, value]) => (
            <Fact key={key} name={key}>
              {textOf(value) === "" ? "" : <span class="break">{textOf(value)}</span>}
            </Fact>
          ))}
      </Facts>
    </div>
  );
}

export function LinksTab({ links }: { links: readonly TraceLink[] }) {
  return (
    <div class="stack">
      {links.map((link) => (
        <section key={`${link.direction} ${link.trace_id} ${link.other ?? ""}`} class="card trace-link-card">
          <div class="faint small">
            {link.direction === "upstream" ? "The event was sent by" : "The event was received by"}
          </div>
          <a class="mono break" href={traceHref(link.trace_id, { entity: link.other })}>
            {link.trace_id}
          </a>
          {link.attributes && Object.keys(link.attributes).length > 0 && (
            <JsonTree value={link.attributes} label="Copy the attributes" />
          )}
        </section>
      ))}
    </div>
  );
}
