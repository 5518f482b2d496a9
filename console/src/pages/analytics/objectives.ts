/** Service levels: how many requests each service answered in time and well, against what was promised. Pure. */
import type { SlaAnswer } from "../../api/index.ts";
import { id } from "../../filter/expression.ts";
import { count, duration, percent, plural } from "../../format/index.ts";

export type SlaNode = SlaAnswer["nodes"][number];

/** What is promised: that the share `goal` of the requests is answered within `target` seconds, and well. */
export interface Objective {
  readonly target: number;
  readonly goal: number;
}

export const USUAL: Objective = { target: 0.5, goal: 0.99 };

export interface Level {
  readonly node: SlaNode;
  readonly met: boolean;
  /** Answered, and not failed, but too late. */
  readonly late: number;
  readonly failed: number;
  /** Requests that were not within. */
  readonly missed: number;
  /** So many misses the goal allows. */
  readonly allowed: number;
  /** Finds the traces with misses of this service. */
  readonly filter: string;
}

/** The worst first, as they come. */
export function levels(nodes: readonly SlaNode[], { target, goal }: Objective): Level[] {
  return nodes
    .filter((node) => node.total > 0)
    .map((node) => {
      const missed = node.total - node.within;
      return {
        node,
        // Counted, not divided: 99 of 100 is 99%.
        met: node.within >= goal * node.total - 1e-9,
        late: Math.max(0, missed - node.failed),
        failed: node.failed,
        missed,
        allowed: Math.floor((1 - goal) * node.total + 1e-9),
        filter: `service(${id(node)}) { responsetime > ${target} OR fault OR throttle }`,
      };
    });
}

export function levelsTold(
  found: readonly Level[],
  { target, goal }: Objective,
): { readonly headline: string; readonly detail: string; readonly met: boolean } {
  const misses = found.filter((one) => !one.met);
  const promise = `${goalText(goal)} of requests within ${duration(target)}`;
  const [worst] = found;
  if (!worst) {
    return { headline: "Nothing was asked in this time", detail: `The promise is ${promise}.`, met: true };
  }
  if (misses.length === 0) {
    return {
      headline:
        found.length === 1
          ? "The one service keeps the promise"
          : `All ${count(found.length)} services keep the promise`,
      detail: `${promise}. The lowest is ${worst.node.name} with ${percent(worst.node.share)}.`,
      met: true,
    };
  }
  const [first] = misses;
  const why = first
    ? ` ${first.node.name} is the furthest from it: ${percent(first.node.share)}. ${plural(first.missed, "request")} missed it where ${count(first.allowed)} ${first.allowed === 1 ? "was" : "were"} allowed, ${reasons(first)}.`
    : "";
  return {
    headline: `${count(misses.length)} of ${plural(found.length, "service")} ${misses.length === 1 ? "misses" : "miss"} the promise`,
    detail: `${promise}.${why}`,
    met: false,
  };
}

/** Why requests missed: `40 too slow and 3 failed`. */
export function reasons({ late, failed }: Pick<Level, "late" | "failed">): string {
  const parts = [];
  if (late > 0) parts.push(`${count(late)} too slow`);
  if (failed > 0) parts.push(`${count(failed)} failed`);
  return parts.length === 0 ? "none" : parts.join(" and ");
}

/** Reads `500`, `500ms`, `1.5 s`; a number alone is milliseconds. Null when it cannot be read. */
export function readTarget(text: string): number | null {
  const found = /^\s*(\d+(?:[.,]\d+)?)\s*(ms|s|min)?\s*$/i.exec(text);
  if (!found) return null;
  const value = Number((found[1] ?? "").replace(",", "."));
  const seconds = value * { ms: 0.001, s: 1, min: 60 }[(found[2] ?? "ms").toLowerCase() as "ms" | "s" | "min"];
  const whole = Math.round(seconds * 1000) / 1000;
  return whole >= 0.001 && whole <= 3600 ? whole : null;
}

/** Reads `99`, `99.9 %`. Null when it is no share between 0 and 100. */
export function readGoal(text: string): number | null {
  const found = /^\s*(\d+(?:[.,]\d+)?)\s*%?\s*$/.exec(text);
  if (!found) return null;
  const value = Number((found[1] ?? "").replace(",", "."));
  return value > 0 && value <= 100 ? Number((value / 100).toFixed(6)) : null;
}

/** A goal as it was typed: 0.999 is `99.9%`, without rounding. */
export function goalText(goal: number): string {
  return `${Number((goal * 100).toFixed(4))}%`;
}

/** A target so that `readTarget` reads the same again. */
export function targetText(seconds: number): string {
  if (seconds < 1) return `${Number((seconds * 1000).toFixed(3))} ms`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Number(seconds.toFixed(3))} s`;
}
