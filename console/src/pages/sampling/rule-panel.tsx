/** One rule: what it takes, how it is used, by whom. */
import type { SamplingAnswer, SamplingClient, SamplingRule } from "../../api/index.ts";
import { serverNow, zone } from "../../app/index.ts";
import { ago, compact, count, dateTime, percent, plural } from "../../format/index.ts";
import { Badge, Button, CopyButton, EmptyState, Icon, SidePanel } from "../../ui/index.ts";
import { about, MATCHERS, quotaText, takes, warnings } from "./rules.ts";
import { begin, show } from "./state.ts";
import { Trend } from "./trend.tsx";

export function RulePanel({
  rule,
  answer,
  onClose,
}: {
  rule: SamplingRule;
  answer: SamplingAnswer;
  onClose: () => void;
}) {
  const clients = answer.clients.filter((client) => client.rule === rule.name);
  return (
    <SidePanel
      name="sampling"
      width={520}
      title={rule.name}
      subtitle={rule.is_default ? "The last rule: whatever no other matches" : `Priority ${rule.priority}`}
      onClose={onClose}
    >
      <div class="stack sampling-panel">
        <p class="sampling-sentence">
          {takes(rule)}: <span class="break">{about(rule)}</span>
        </p>
        <div class="row sampling-do">
          <Button icon="edit" onClick={() => begin("edit", rule.name)}>
            Change
          </Button>
          <Button icon="copy" onClick={() => begin("copy", rule.name)}>
            Duplicate
          </Button>
          <Button
            icon="trash"
            disabled={rule.is_default}
            data-tip={rule.is_default ? "Default always exists; with 0 and 0% it samples nothing" : undefined}
            onClick={() => begin("delete", rule.name)}
          >
            Delete
          </Button>
        </div>
        {warnings(rule).map((warning) => (
          <p key={warning} class="sampling-note" role="note">
            <Icon name="warning" size={14} />
            <span class="grow break">{warning}</span>
            {rule.covered_by !== null && warning.startsWith("Never") && (
              <Button kind="plain" onClick={() => show(rule.covered_by ?? "")}>
                Show {rule.covered_by}
              </Button>
            )}
          </p>
        ))}
        {rule.boosted && (
          <p class="sampling-note" role="note">
            <Icon name="arrowUp" size={14} />
            <span>
              Boosted to {percent(rule.boosted.rate)} until {dateTime(rule.boosted.until, zone.value)}, to catch an
              anomaly.
            </span>
          </p>
        )}
        <section aria-label="In the last half an hour">
          <h3>The last half an hour</h3>
          <Trend rule={rule} windows={answer.windows} />
          <Figures rule={rule} />
        </section>
        <section aria-label="Clients">
          <h3>{clients.length === 0 ? "Clients" : plural(clients.length, "client")}</h3>
          <Clients clients={clients} now={answer.now ?? serverNow()} />
        </section>
        <section aria-label="The rule in full">
          <h3>The rule in full</h3>
          <Members rule={rule} />
        </section>
      </div>
    </SidePanel>
  );
}

function Figures({ rule }: { rule: SamplingRule }) {
  const { rates, share } = rule;
  const figures: readonly (readonly [string, string, string?])[] = [
    ["Matched", `${compact(rates.requests)}/s`],
    ["Sampled", `${compact(rates.sampled)}/s`],
    ["Share", share === null ? "–" : percent(share), "Of the requests of the last minute, what was sampled"],
    ["By the reservoir", `${compact(rates.reservoir)}/s`, "Estimated: clients do not tell reservoir and rate apart"],
    ["By the rate", `${compact(rates.fixed)}/s`, "Estimated: clients do not tell reservoir and rate apart"],
    ["Borrowed", `${compact(rates.borrowed)}/s`, "By clients that have no quota yet, one a second each"],
  ];
  return (
    <dl class="sampling-figures" aria-label="The last minute">
      {figures.map(([name, value, tip]) => (
        <div key={name} data-tip={tip}>
          <dt class="small muted">{name}</dt>
          <dd class="num">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const MOST_SHOWN = 100;

function Clients({ clients, now }: { clients: readonly SamplingClient[]; now: number }) {
  if (clients.length === 0) {
    return (
      <p class="muted">
        No process has reported to this rule in the last 30 seconds. A process reports ten seconds after the first
        request that the rule decided.
      </p>
    );
  }
  const busiest = [...clients].sort((a, b) => b.requests - a.requests || a.id.localeCompare(b.id));
  return (
    <>
      <table class="sampling-clients">
        <thead>
          <tr>
            <th scope="col">Client</th>
            <th scope="col" class="num">
              Requests/s
            </th>
            <th scope="col" class="num">
              Sampled/s
            </th>
            <th scope="col" class="num">
              Quota
            </th>
            <th scope="col" class="num">
              Seen
            </th>
          </tr>
        </thead>
        <tbody>
          {busiest.slice(0, MOST_SHOWN).map((client) => (
            <tr key={client.id}>
              <td class="mono" data-tip={client.id}>
                {client.id.slice(0, 8)}
                <span class="sr">{client.id.slice(8)}</span>
              </td>
              <td class="num">{compact(client.requests)}</td>
              <td class="num">{compact(client.sampled)}</td>
              <td class="num">{quotaText(client)}</td>
              <td class="num">{ago(client.seen, now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {busiest.length > MOST_SHOWN && (
        <p class="faint small">
          The {MOST_SHOWN} busiest of {count(busiest.length)} are shown.
        </p>
      )}
    </>
  );
}

function Members({ rule }: { rule: SamplingRule }) {
  const attributes = Object.entries(rule.attributes);
  return (
    <dl class="sampling-members">
      {MATCHERS.map(({ field, label }) => (
        <div key={field}>
          <dt class="muted">{label}</dt>
          <dd class="mono break">{rule[field] || "(empty)"}</dd>
        </div>
      ))}
      <div>
        <dt class="muted">Resource ARN</dt>
        <dd class="mono break">{rule.resource_arn}</dd>
      </div>
      <div>
        <dt class="muted">Attributes</dt>
        <dd class="mono break">
          {attributes.length === 0 ? "none" : attributes.map(([key, value]) => `${key}=${value}`).join(", ")}
        </dd>
      </div>
      <div>
        <dt class="muted">{rule.per_minute ? "Per minute" : "Reservoir"}</dt>
        <dd>
          {rule.per_minute ? `${count(rule.per_minute)} requests` : `${count(rule.reservoir)} requests per second`}
          {rule.quota > 0 && <Badge tip="What its clients may take per second now">{count(rule.quota)}/s given</Badge>}
        </dd>
      </div>
      <div>
        <dt class="muted">Rate</dt>
        <dd>{percent(rule.fixed_rate)} of the rest</dd>
      </div>
      <div>
        <dt class="muted">Boost</dt>
        <dd>
          {rule.boost
            ? `up to ${percent(rule.boost.max_rate)}, at most once in ${plural(rule.boost.cooldown_minutes, "minute")}`
            : "none"}
        </dd>
      </div>
      {!rule.is_default && (
        <div>
          <dt class="muted">Made</dt>
          <dd>{dateTime(rule.created, zone.value)}</dd>
        </div>
      )}
      <div>
        <dt class="muted">Changed</dt>
        <dd>{rule.modified === 0 ? "never" : dateTime(rule.modified, zone.value)}</dd>
      </div>
      <div>
        <dt class="muted">ARN</dt>
        <dd class="row">
          <span class="mono small break grow">{rule.arn}</span>
          <CopyButton text={rule.arn} label="Copy the ARN" />
        </dd>
      </div>
    </dl>
  );
}

export function GoneRule({ name, onClose }: { name: string; onClose: () => void }) {
  return (
    <SidePanel name="sampling" width={520} title={name} onClose={onClose}>
      <EmptyState icon="sampling" title={`There is no rule ${name}`}>
        <p>Names are case-sensitive; it may have been deleted.</p>
        <Button onClick={onClose}>Close</Button>
      </EmptyState>
    </SidePanel>
  );
}
