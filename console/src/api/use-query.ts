/** Asking the server from a component, and keeping what it answered. */
import { batch, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { refreshes } from "../app/time.ts";
import { ApiError, isAbort } from "./client.ts";

/** A question and what came of it. All members are signals' values: reading them in a component subscribes it. */
export interface Query<T> {
  /** The newest answer, also while the next one is awaited; undefined before the first. */
  readonly data: T | undefined;
  /** Why the newest question failed; the answer before it stays in `data`. */
  readonly error: ApiError | undefined;
  /** Waiting with nothing to show: draw a skeleton. */
  readonly loading: boolean;
  /** Waiting for the answer to another question than the one shown: dim what is shown (class `stale`). */
  readonly stale: boolean;
  /** Waiting at all. */
  readonly fetching: boolean;
  /** How long the server took, milliseconds, if the answer says so. */
  readonly tookMs: number | undefined;
  /** Asks again. */
  readonly again: () => void;
}

export interface QueryOptions {
  /** Do not ask again when the person refreshes or live mode ticks. */
  readonly still?: boolean;
}

class Asking<T> implements Query<T> {
  private readonly answer = signal<T | undefined>(undefined);
  private readonly problem = signal<ApiError | undefined>(undefined);
  private readonly waiting = signal(false);
  private readonly other = signal(false);
  private controller: AbortController | null = null;
  private shownKey: string | null = null;
  private fetcher: ((signal: AbortSignal) => Promise<T>) | null = null;
  private key: string | null = null;

  get data(): T | undefined {
    return this.answer.value;
  }
  get error(): ApiError | undefined {
    return this.problem.value;
  }
  get loading(): boolean {
    return this.waiting.value && this.answer.value === undefined;
  }
  get stale(): boolean {
    return this.other.value && this.answer.value !== undefined;
  }
  get fetching(): boolean {
    return this.waiting.value;
  }
  get tookMs(): number | undefined {
    const took = (this.answer.value as { took_ms?: unknown } | undefined)?.took_ms;
    return typeof took === "number" ? took : undefined;
  }

  readonly again = (): void => {
    if (this.fetcher && this.key !== null) this.ask(this.key, this.fetcher);
  };

  ask(key: string, fetcher: (signal: AbortSignal) => Promise<T>): void {
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    this.key = key;
    this.fetcher = fetcher;
    batch(() => {
      this.waiting.value = true;
      this.other.value = this.shownKey !== null && this.shownKey !== key;
    });
    fetcher(controller.signal).then(
      (answer) => {
        if (controller.signal.aborted) return;
        this.shownKey = key;
        batch(() => {
          this.answer.value = answer;
          this.problem.value = undefined;
          this.waiting.value = false;
          this.other.value = false;
        });
      },
      (problem: unknown) => {
        if (controller.signal.aborted || isAbort(problem)) return;
        batch(() => {
          this.problem.value =
            problem instanceof ApiError ? problem : new ApiError(String(problem), "ConsoleError", -1);
          this.waiting.value = false;
          this.other.value = false;
        });
      },
    );
  }

  stop(): void {
    this.controller?.abort();
    this.controller = null;
    this.waiting.value = false;
    this.other.value = false;
  }

  forget(): void {
    this.stop();
    this.key = null;
    this.fetcher = null;
    this.shownKey = null;
    batch(() => {
      this.answer.value = undefined;
      this.problem.value = undefined;
    });
  }
}

/**
 * Asks when the component appears, when the key changes and when the person or live mode refreshes.
 *
 *     const map = useQuery(["map", rangeKey.value, group.value], (signal) => askMap(range.peek(), group.value, signal));
 *
 * The key says which question it is: another key dims the old answer, the same key (a refresh) does not. For relative
 * ranges use `rangeKey`, which stays the same while time goes on, and read `range.peek()` in the fetcher.
 *
 * @param key what the question depends on; null asks nothing and forgets the answer.
 * @param fetcher asks. It gets a signal that aborts when the answer is no longer wanted.
 */
export function useQuery<T>(
  key: readonly (string | number | boolean | null | undefined)[] | null,
  fetcher: (signal: AbortSignal) => Promise<T>,
  { still = false }: QueryOptions = {},
): Query<T> {
  const asking = useMemo(() => new Asking<T>(), []);
  const written = key === null ? null : JSON.stringify(key);
  const round = still ? 0 : refreshes.value;
  // The key stands for what the fetcher reads
  useEffect(() => {
    if (written === null) asking.forget();
    else asking.ask(written, fetcher);
  }, [written, round]);
  useEffect(() => () => asking.stop(), [asking]);
  return asking;
}
