/** Who is impacted: whose requests failed. Pure. */
import type { Outcome, TraceSummary } from "../../api/index.ts";
import { count, percent, plural } from "../../format/index.ts";
import { standFor } from "../../trace/weights.ts";
import { hasFailed } from "./figures.ts";

export type By = "user" | "client";

export interface Impacted {
  /** A user, or a client's address; null for requests that name none. */
  readonly who: string | null;
  readonly requests: number;
  readonly fault: number;
  readonly throttle: number;
  /** 4xx: the caller's mistake, no failure. */
  readonly error: number;
  readonly failed: number;
  /** Share of their requests. */
  readonly share: number;
  /** The newest failure. */
  readonly last: { readonly id: string; readonly at: number; readonly outcome: Outcome } | null;
}

/** Everyone who asked, those with most failures first. A trace of several users counts for each. */
export function impacted(rows: readonly TraceSummary[], by: By): Impacted[] {
  const found = new Map<string | null, TraceSummary[]>();
  for (const row of rows) {
    const names = by === "user" ? new Set(row.users) : row.client_ip === null ? [] : [row.client_ip];
    for (const who of [...names].length > 0 ? names : [null]) {
      const list = found.get(who);
      if (list) list.push(row);
      else found.set(who, [row]);
    }
  }
  const of = (list: readonly TraceSummary[], outcome: Outcome): number =>
    standFor(list.filter((row) => row.outcome === outcome));
  return [...found]
    .map(([who, list]): Impacted => {
      const failures = list.filter(hasFailed).sort((a, b) => b.start - a.start);
      const [newest] = failures;
      return {
        who,
        requests: standFor(list),
        fault: of(list, "fault"),
        throttle: of(list, "throttle"),
        error: of(list, "error"),
        failed: standFor(failures),
        share: standFor(failures) / standFor(list),
        last: newest ? { id: newest.id, at: newest.start, outcome: newest.outcome } : null,
      };
    })
    .sort((a, b) => b.failed - a.failed || b.share - a.share || b.requests - a.requests);
}

/** The answer in a sentence or two. */
export function impactTold(found: readonly Impacted[], by: By): { readonly headline: string; readonly detail: string } {
  const named = found.filter((one) => one.who !== null);
  const hit = named.filter((one) => one.failed > 0);
  const nobody = found.find((one) => one.who === null);
  const [one, many] = by === "user" ? ["user", "users"] : ["client address", "client addresses"];
  const unnamed = nobody && nobody.failed > 0 ? ` ${plural(nobody.failed, "failed request")} named no ${one}.` : "";
  if (named.length === 0) {
    return {
      headline: `No request names a ${one}`,
      detail:
        (by === "user"
          ? "Segments can say who asked: set user on them with the SDK, and this page lists whom failures hit."
          : "Segments can say which address asked, in http.request.client_ip.") + unnamed,
    };
  }
  if (hit.length === 0) {
    return {
      headline: "Nobody is impacted",
      detail: `Every request of ${named.length === 1 ? `the one ${one}` : `all ${count(named.length)} ${many}`} was answered without fault or throttling.${unnamed}`,
    };
  }
  const failures = hit.reduce((sum, each) => sum + each.failed, 0);
  const [worst] = hit;
  const quarter = hit.filter((each) => each.share >= 0.25).length;
  return {
    headline: `${count(hit.length)} of ${plural(named.length, one, many)} ${hit.length === 1 ? "is" : "are"} impacted`,
    detail: [
      `${plural(failures, "request")} of theirs failed or ${failures === 1 ? "was" : "were"} throttled.`,
      worst
        ? ` Most failures: ${worst.who}, ${count(worst.failed)} of ${plural(worst.requests, "request")} (${percent(worst.share)}).`
        : "",
      quarter > 0 ? ` For ${plural(quarter, one, many)} a quarter of all requests or more failed.` : "",
      unnamed,
    ].join(""),
  };
}
