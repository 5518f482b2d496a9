/** One slim line below the top bar for what concerns every page. */
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { about, askAbout } from "../api/about.ts";
import { reached, unreachable, unreachableSince } from "../api/connection.ts";
import { lookAtStatus } from "../api/status-history.ts";
import { clockTime, interval } from "../format/index.ts";
import { Icon } from "../ui/icon.tsx";
import { clockOffset } from "./clock.ts";
import { href } from "./links.ts";
import { zone } from "./prefs.ts";
import { refresh } from "./time.ts";

/** Why the store cannot write; null while it can. */
const writerProblem = signal<string | null>(null);
/** Seconds until the next try while nothing answers. */
const nextTry = signal(0);

const LOOK_MS = 10_000;
const LONGEST_WAIT = 15;
/** Less is no news: clocks of hosts differ. */
const CLOCK_SECONDS = 5;

/** Looks after the server for as long as the app lives. */
export function watchServer(): () => void {
  let wait = 1;
  let timer: ReturnType<typeof setInterval> | undefined;
  let look: ReturnType<typeof setTimeout> | undefined;

  const ask = async (): Promise<void> => {
    clearTimeout(look);
    if (document.visibilityState === "visible") {
      try {
        writerProblem.value = (await lookAtStatus()).writer.problem;
      } catch {
        // Whether it is away the client has reported; another error is no news for every page.
      }
    }
    look = setTimeout(ask, LOOK_MS);
  };

  const tryAgain = async (): Promise<void> => {
    try {
      await fetch("/healthz", { cache: "no-store" });
      reached();
      await askAbout();
      refresh();
    } catch {
      unreachable();
    }
  };

  const stop = effect(() => {
    const away = unreachableSince.value !== null;
    clearInterval(timer);
    if (!away) {
      wait = 1;
      return;
    }
    nextTry.value = wait;
    timer = setInterval(() => {
      nextTry.value = Math.max(0, nextTry.peek() - 1);
      if (nextTry.peek() > 0) return;
      wait = Math.min(LONGEST_WAIT, wait * 2);
      nextTry.value = wait;
      void tryAgain();
    }, 1000);
  });
  void ask();
  document.addEventListener("visibilitychange", ask);
  return () => {
    stop();
    clearInterval(timer);
    clearTimeout(look);
    document.removeEventListener("visibilitychange", ask);
  };
}

export function Banners() {
  useEffect(watchServer, []);
  const since = unreachableSince.value;
  if (since !== null) {
    return (
      <div class="banner fault" role="alert">
        <Icon name="warning" size={14} />
        <span>
          <strong>Radiograph does not answer</strong> since {clockTime(since / 1000, zone.value)}. What you see is from
          before.
        </span>
        <span class="end nowrap faint-on-tone">next try in {nextTry.value} s</span>
        <button
          type="button"
          class="banner-action"
          onClick={() => {
            nextTry.value = 1;
          }}
        >
          Try now
        </button>
      </div>
    );
  }
  if (writerProblem.value !== null) {
    return (
      <div class="banner fault" role="alert">
        <Icon name="warning" size={14} />
        <span class="cut">
          <strong>Traces are not being stored.</strong> {writerProblem.value}
        </span>
        <a class="banner-action end" href={href("/status")}>
          Status
        </a>
      </div>
    );
  }
  if (about.value && Math.abs(clockOffset.value) > CLOCK_SECONDS) {
    const off = clockOffset.value;
    return (
      <div class="banner error" role="status">
        <Icon name="clock" size={14} />
        <span>
          <strong>
            This computer's clock is {interval(Math.abs(off))} {off > 0 ? "behind" : "ahead of"} the server's.
          </strong>{" "}
          Ranges such as "last 15 minutes" follow the server's clock.
        </span>
      </div>
    );
  }
  return null;
}
