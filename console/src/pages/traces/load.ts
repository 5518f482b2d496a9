/**
 * Loads traces page by page: the first at once, then on to a thousand, then as far as the person asks. In live mode new ones
 * are put on top instead; while it is paused they wait.
 */
import { batch, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, askTraces, type TraceSummary } from "../../api/index.ts";
import { liveMode, type Range, range, refreshes } from "../../app/index.ts";
import { paused } from "./state.ts";
import { merged, trimmed } from "./tail.ts";

export interface Loaded {
  /** Newest first. */
  readonly rows: readonly TraceSummary[];
  readonly range: Range;
  /** How many traces were looked at. */
  readonly examined: number;
  /** How far back the search came, epoch seconds. */
  readonly reached: number;
  /** The whole range was searched. */
  readonly finished: boolean;
  readonly tookMs: number;
}

export interface Question {
  readonly group: string;
  readonly filter: string;
}

const FIRST = 100;
const NEXT = 450;
/** So many at first, and so many more each time. */
export const STEP = 1_000;
/** Of a tail: new ones in one go, and how far back latecomers are looked for, seconds. */
const TAIL = 300;
const LATE = 30;
/** Who comes back from a trace within this time finds the list as it was. */
const FRESH_MS = 60_000;
export const MOST_LIVE = 2_000;

export class Loader {
  readonly loaded = signal<Loaded | null>(null);
  readonly error = signal<ApiError | null>(null);
  readonly busy = signal(false);
  /** What is shown answers the question before. */
  readonly stale = signal(false);
  /** The person stopped it. */
  readonly cancelled = signal(false);
  /** New ones that wait while live mode is paused. */
  readonly waiting = signal<readonly TraceSummary[]>([]);
  /** More came at once than are shown. */
  readonly skipped = signal(false);
  private controller: AbortController | null = null;
  private key = "";
  private shownKey: string | null = null;
  private question: Question = { group: "", filter: "" };
  private round = -1;
  private began = Number.NEGATIVE_INFINITY;
  private token: string | null = null;
  /** The range that the token belongs to. */
  private searched: Range | null = null;
  private tailing = false;
  /** Up to when new ones were asked for. */
  private tailedTo = 0;

  /** Asks; in live mode, asks for what is new. */
  ask(key: string, question: Question, round: number): void {
    const isFresh = performance.now() - this.began < FRESH_MS;
    if (key === this.key && round === this.round && isFresh) return;
    const isNew = key !== this.key;
    this.round = round;
    this.key = key;
    this.question = question;
    if (!isNew && liveMode.signal.peek() && this.loaded.peek()) {
      if (!this.busy.peek()) void this.tail();
      return;
    }
    void this.start();
  }

  readonly again = (): void => void this.start();

  private async start(): Promise<void> {
    this.began = performance.now();
    const asked = range.peek();
    // A refresh of what is shown waits for as many as there were, so that nothing jumps.
    const before = this.shownKey === this.key ? (this.loaded.peek()?.rows.length ?? 0) : 0;
    this.token = null;
    this.tailedTo = 0;
    batch(() => {
      this.stale.value = this.shownKey !== null && this.shownKey !== this.key;
      this.waiting.value = [];
      this.skipped.value = false;
    });
    this.searched = asked;
    await this.load(asked, null, Math.max(STEP, Math.ceil(before / STEP) * STEP), before);
  }

  /** Goes on where it stopped. */
  readonly more = (): void => {
    const before = this.loaded.peek();
    if (!before || before.finished || this.busy.peek()) return;
    // A tail moves the range, to which the token does not belong: from how far back it came.
    if (this.token === null)
      this.searched = { start: before.range.start, end: Math.min(before.range.end, Math.ceil(before.reached) + 1) };
    void this.load(before.range, before, before.rows.length + STEP, 0);
  };

  readonly cancel = (): void => {
    this.stop();
    batch(() => {
      this.cancelled.value = true;
      // What is shown may answer the question before.
      if (this.shownKey !== this.key) {
        const asked = range.peek();
        this.shownKey = this.key;
        this.loaded.value = { rows: [], range: asked, examined: 0, reached: asked.end, finished: false, tookMs: 0 };
      }
    });
  };

  stop(): void {
    this.controller?.abort();
    this.controller = null;
    this.tailing = false;
    batch(() => {
      this.busy.value = false;
      this.stale.value = false;
    });
  }

  /** When the page goes: what was not answered is asked again when it comes back. */
  leave(): void {
    if (this.busy.peek()) this.key = "";
    this.stop();
  }

  private async load(asked: Range, before: Loaded | null, most: number, quietUntil: number): Promise<void> {
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    const rows = new Map<string, TraceSummary>((before?.rows ?? []).map((row) => [row.id, row]));
    let examined = before?.examined ?? 0;
    let tookMs = before?.tookMs ?? 0;
    const { key } = this;
    batch(() => {
      this.busy.value = true;
      this.cancelled.value = false;
    });
    try {
      for (;;) {
        const limit = rows.size === 0 && quietUntil === 0 ? FIRST : Math.min(NEXT, Math.max(1, most - rows.size));
        const search = { ...this.question, limit, token: this.token };
        const page = await askTraces(this.searched ?? asked, search, controller.signal);
        if (controller.signal.aborted) return;
        for (const row of page.traces) rows.set(row.id, row);
        examined += page.examined;
        tookMs += page.took_ms;
        this.token = page.token;
        const finished = page.finished || page.token === null;
        const stops = finished || rows.size >= most;
        if (stops || rows.size >= quietUntil) {
          this.shownKey = key;
          batch(() => {
            this.loaded.value = {
              rows: [...rows.values()],
              range: asked,
              examined,
              reached: page.reached,
              finished,
              tookMs,
            };
            this.error.value = null;
            this.stale.value = false;
          });
        }
        if (stops) break;
      }
    } catch (problem) {
      if (controller.signal.aborted) return;
      this.fail(problem);
    }
    batch(() => {
      this.busy.value = false;
      this.stale.value = false;
    });
  }

  /** What came since, and latecomers. */
  private async tail(): Promise<void> {
    const before = this.loaded.peek();
    if (!before || this.tailing) return;
    this.tailing = true;
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    const now = range.peek();
    const since = Math.max(before.range.end, this.tailedTo);
    const start = Math.max(now.start, Math.min(since - LATE, now.end - 1));
    try {
      const page = await askTraces({ start, end: now.end }, { ...this.question, limit: TAIL }, controller.signal);
      if (controller.signal.aborted) return;
      batch(() => {
        this.error.value = null;
        this.tailedTo = now.end;
        this.skipped.value ||= !page.finished && page.reached > since;
        if (paused.signal.peek()) {
          const shown = new Set(before.rows.map((row) => row.id));
          const fresh = page.traces.filter((row) => !shown.has(row.id));
          this.waiting.value = trimmed(merged(this.waiting.peek(), fresh), now.start, MOST_LIVE);
          return;
        }
        this.show(before, page.traces, now, page.took_ms);
      });
    } catch (problem) {
      if (!controller.signal.aborted) this.fail(problem);
    } finally {
      if (this.controller === controller) this.tailing = false;
    }
  }

  /** Those that waited come in. */
  readonly resume = (): void => {
    const before = this.loaded.peek();
    if (!before) return;
    batch(() => {
      this.show(before, this.waiting.peek(), range.peek(), before.tookMs);
      this.waiting.value = [];
    });
  };

  private show(before: Loaded, fresh: readonly TraceSummary[], now: Range, tookMs: number): void {
    const all = merged(before.rows, fresh);
    const rows = trimmed(all, now.start, MOST_LIVE);
    const cut = rows.length === MOST_LIVE && all.length > rows.length;
    this.token = null;
    this.loaded.value = {
      ...before,
      rows,
      range: now,
      tookMs,
      reached: cut ? (rows.at(-1)?.start ?? now.start) : Math.max(before.reached, now.start),
      finished: !cut && (before.finished || before.reached <= now.start),
    };
  }

  private fail(problem: unknown): void {
    this.error.value = problem instanceof ApiError ? problem : new ApiError(String(problem), "ConsoleError", -1);
  }
}

const loader = new Loader();

/**
 * Loads when the component appears, when the key changes and when the person or live mode asks anew. What was loaded stays
 * while one looks at a trace.
 *
 * @param key what the question depends on.
 */
export function useLoader(key: string, question: Question): Loader {
  const round = refreshes.value;
  useEffect(() => loader.ask(key, question, round), [key, round]);
  useEffect(() => () => loader.leave(), []);
  return loader;
}
