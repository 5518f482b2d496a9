/** Loads the traces of the range page by page, and shows what is there meanwhile; a sample where there are very many. */
import { batch, type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { ApiError, askSeries, askTraces, type TraceSummary } from "../../api/index.ts";
import { liveMode, type Range, range, refreshes } from "../../app/index.ts";
import { expected, MOST, shareFor } from "./sample.ts";

export interface Loaded {
  readonly rows: readonly TraceSummary[];
  readonly range: Range;
  /** Share of the traces that was asked for, 0 to 1. */
  readonly share: number;
  /** How many there are in all, as far as known; null when only this search would tell. */
  readonly all: number | null;
  /** How far back the search came, epoch seconds. */
  readonly reached: number;
  readonly finished: boolean;
  /** The limit was reached before the range was: the oldest are missing. */
  readonly cut: boolean;
  readonly tookMs: number;
}

export interface Loading {
  readonly loaded: ReadonlySignal<Loaded | null>;
  readonly error: ReadonlySignal<ApiError | null>;
  readonly busy: ReadonlySignal<boolean>;
  /** What is shown answers the question before. */
  readonly stale: ReadonlySignal<boolean>;
  readonly again: () => void;
}

const PAGE = 1_000;
/** Live mode asks every two seconds; ten thousand rows are not loaded that often. */
const RESTLESS_MS = 10_000;

interface Question {
  readonly group: string;
  readonly filter: string;
}

export class Loader implements Loading {
  readonly loaded = signal<Loaded | null>(null);
  readonly error = signal<ApiError | null>(null);
  readonly busy = signal(false);
  readonly stale = signal(false);
  private controller: AbortController | null = null;
  private key = "";
  private asked = "";
  private question: Question = { group: "", filter: "" };
  private shownKey: string | null = null;
  private began = 0;
  private round = -1;

  readonly again = (): void => {
    this.key = "";
    void this.ask(this.asked, this.question, this.round);
  };

  /** Asks, unless just that was asked already. `round` counts how often the person or live mode asked anew. */
  async ask(key: string, question: Question, round: number): Promise<void> {
    if (key === this.key) {
      if (round === this.round || this.busy.peek()) return;
      if (liveMode.signal.peek() && performance.now() - this.began < RESTLESS_MS) return;
    }
    this.round = round;
    this.asked = key;
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    this.key = key;
    this.question = question;
    this.began = performance.now();
    batch(() => {
      this.busy.value = true;
      this.stale.value = this.shownKey !== null && this.shownKey !== key;
    });
    // A refresh of what is shown waits for the whole answer, so that nothing jumps; a new question shows what it has.
    const quiet = this.shownKey === key;
    try {
      await load(range.peek(), question, controller.signal, (found) => {
        if (controller.signal.aborted || (quiet && !found.finished && !found.cut)) return;
        this.shownKey = key;
        batch(() => {
          this.loaded.value = found;
          this.error.value = null;
          this.stale.value = false;
        });
      });
    } catch (problem) {
      if (controller.signal.aborted) return;
      this.error.value = problem instanceof ApiError ? problem : new ApiError(String(problem), "ConsoleError", -1);
    }
    if (!controller.signal.aborted) {
      batch(() => {
        this.busy.value = false;
        this.stale.value = false;
      });
    }
  }

  stop(): void {
    this.controller?.abort();
    if (this.busy.peek()) this.key = "";
    this.busy.value = false;
  }
}

/** Keeps what is loaded for as long as the component lives. */
export function useLoader(): Loader {
  return useMemo(() => new Loader(), []);
}

/**
 * Loads when the component appears, when the key changes and when the person refreshes; what is there already is not asked
 * for again.
 *
 * @param key what the question depends on.
 */
export function useTraces(loader: Loader, key: string, question: Question): Loading {
  const round = refreshes.value;
  useEffect(() => void loader.ask(key, question, round), [key, round]);
  useEffect(() => () => loader.stop(), [loader]);
  return loader;
}

async function load(
  asked: Range,
  { group, filter }: Question,
  stop: AbortSignal,
  show: (found: Loaded) => void,
): Promise<void> {
  let all: number | null = null;
  let share = 1;
  let took = 0;
  if (filter === "") {
    // Counting is quick, and says how large a sample must be. Of what a filter finds, the first page tells.
    const series = await askSeries(asked, group, asked.end - asked.start > 6 * 3600 ? 300 : 60, stop);
    all = series.buckets.reduce((sum, [, ok, error, throttle, fault]) => sum + ok + error + throttle + fault, 0);
    took += series.took_ms;
    share = shareFor(all);
  }
  for (;;) {
    const rows = new Map<string, TraceSummary>();
    let token: string | null = null;
    let restart = false;
    do {
      const search = { group, filter, clock: "Event" as const, limit: PAGE, token, sample: share };
      const page: Awaited<ReturnType<typeof askTraces>> = await askTraces(asked, search, stop);
      took += page.took_ms;
      for (const row of page.traces) rows.set(row.id, row);
      token = page.finished ? null : page.token;
      if (filter !== "" && share === 1 && token !== null && rows.size >= PAGE) {
        const found = expected(rows.size, page.reached, asked.start, asked.end);
        // Somewhat more is no harm: the newest are shown then.
        if (found > MOST * 1.2 && found < Number.POSITIVE_INFINITY) {
          all = Math.round(found);
          share = shareFor(all);
          restart = true;
        }
      }
      // A sample may turn out somewhat larger than it was meant to be.
      const cut = token !== null && rows.size >= (share < 1 ? MOST * 1.1 : MOST);
      show({
        rows: [...rows.values()],
        range: asked,
        share,
        all: all === null && token === null ? rows.size : all,
        reached: page.reached,
        finished: token === null,
        cut,
        tookMs: took,
      });
      if (cut) return;
    } while (token !== null && !restart);
    if (!restart) return;
  }
}
