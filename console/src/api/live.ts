/**
 * The stream of live events: one for the tab, open while somebody listens and the tab is visible.
 *
 * The server says about once a second how things are, and `committed` grows when there is something new to ask for. A
 * server without the stream, or a proxy that swallows it, is noticed by silence; then ticks come from a clock instead,
 * so that live mode works everywhere.
 */
import { signal } from "@preact/signals";
import { reached, unreachable } from "./connection.ts";
import type { Tick } from "./types.ts";

/** The newest event; null before the first. */
export const lastTick = signal<Tick | null>(null);

/** Whether events arrive. */
export const live = signal(false);

const SILENCE_MS = 20_000;
const RETRY_MS = 2_000;

let listeners = 0;
let source: EventSource | null = null;
let silence: ReturnType<typeof setTimeout> | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;

/** Listens; returns how to stop. The stream is shared and closes with its last listener. */
export function listen(): () => void {
  listeners += 1;
  if (listeners === 1) {
    document.addEventListener("visibilitychange", follow);
    follow();
  }
  let listening = true;
  return () => {
    if (!listening) return;
    listening = false;
    listeners -= 1;
    if (listeners === 0) {
      document.removeEventListener("visibilitychange", follow);
      close();
    }
  };
}

function follow(): void {
  if (listeners > 0 && document.visibilityState === "visible") open();
  else close();
}

function open(): void {
  if (source) return;
  clearTimeout(retry);
  source = new EventSource("/api/v1/live");
  source.addEventListener("tick", (event) => {
    let tick: Tick;
    try {
      tick = JSON.parse((event as MessageEvent<string>).data) as Tick;
    } catch {
      return;
    }
    reached();
    watch();
    live.value = true;
    lastTick.value = tick;
  });
  source.addEventListener("error", again);
  watch();
}

function watch(): void {
  clearTimeout(silence);
  silence = setTimeout(again, SILENCE_MS);
}

/** The browser would try again by itself, but not after every kind of failure. */
function again(): void {
  const had = live.peek();
  close();
  // A stream that never worked says nothing about the server; one that broke does, and the next request will tell.
  if (had && listeners > 0) probe();
  if (listeners > 0 && document.visibilityState === "visible") retry = setTimeout(open, RETRY_MS);
}

function close(): void {
  clearTimeout(silence);
  clearTimeout(retry);
  source?.close();
  source = null;
  live.value = false;
}

function probe(): void {
  fetch("/healthz").then(reached, unreachable);
}
