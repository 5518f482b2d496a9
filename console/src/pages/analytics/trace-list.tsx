/** Some traces of the set, to look at: the slowest or the newest. */

import type { TraceSummary } from "../../api/index.ts";
import { hasPage, serverNow, traceHref, zone } from "../../app/index.ts";
import { ago, dateTime, duration } from "../../format/index.ts";
import { OutcomeMark, Toggle } from "../../ui/index.ts";
import { active, comparing, listed } from "./state.ts";

const MANY = 12;

/** The first so many, slowest or newest first. */
export function some(rows: readonly TraceSummary[], by: "slow" | "new", most = MANY): TraceSummary[] {
  const value = (row: TraceSummary): number => (by === "slow" ? (row.response ?? row.duration) : row.start);
  return [...rows].sort((a, b) => value(b) - value(a)).slice(0, most);
}

export function TraceList({ rows }: { rows: readonly TraceSummary[] }) {
  const now = serverNow();
  const linked = hasPage("/traces/x");
  return (
    <section class="stack" aria-label="Some traces of the set">
      <div class="row wrap">
        <h2 class="grow">Traces{comparing.value && ` of set ${active.value.toUpperCase()}`}</h2>
        <Toggle
          label="Which"
          value={listed.value}
          options={[
            { value: "slow", label: "Slowest" },
            { value: "new", label: "Newest" },
          ]}
          onChange={(next) => listed.set(next)}
        />
      </div>
      {rows.length === 0 ? (
        <p class="muted">No trace fits the chips of the set.</p>
      ) : (
        <div class="card analytics-list">
          <table>
            <thead>
              <tr>
                <th scope="col">Asked</th>
                <th scope="col">Outcome</th>
                <th scope="col" class="num">
                  Response
                </th>
                <th scope="col" class="analytics-wide-cell">
                  User
                </th>
                <th scope="col" class="num analytics-wide-cell">
                  When
                </th>
              </tr>
            </thead>
            <tbody>
              {some(rows, listed.value).map((row) => (
                <tr key={row.id}>
                  <td class="cut">{linked ? <a href={traceHref(row.id)}>{asked(row)}</a> : asked(row)}</td>
                  <td>
                    <OutcomeMark outcome={row.outcome} />
                  </td>
                  <td class="num nowrap">{duration(row.response)}</td>
                  <td class="cut analytics-wide-cell">{row.users.join(", ") || <span class="faint">–</span>}</td>
                  <td class="num nowrap analytics-wide-cell" data-tip={dateTime(row.start, zone.value)}>
                    {ago(row.start, now)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** What was asked: `GET http://shop/cart`, or where it was entered. */
export function asked(row: TraceSummary): string {
  const request = [row.method, row.url].filter(Boolean).join(" ");
  return request || row.entry?.name || row.id;
}
