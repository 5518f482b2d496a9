/**
 * The time below the map: the whole range as bars of requests, and a window over it that the map follows. It is moved by
 * pointer and by keys, a step at a time, and plays by itself.
 */
import "./scrubber.css";
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { askSeries, useQuery } from "../../api/index.ts";
import { chooseBetween, group, range, rangeKey, serverNow, useKeys, zone } from "../../app/index.ts";
import {
  Canvas,
  type Colours,
  crisp,
  linear,
  type Scale,
  type Tone,
  timeTickLabel,
  timeTicks,
  useSize,
} from "../../charts/index.ts";
import { clockTime, count, day, interval, plural, type Zone, zoneName } from "../../format/index.ts";
import { Button, IconButton, Skeleton } from "../../ui/index.ts";
import {
  around,
  type Bar,
  barsOf,
  countOf,
  firstPart,
  followed,
  inside,
  type Part,
  placed,
  played,
  resized,
  type Steps,
  shifted,
  snapped,
  stepsOf,
  stretched,
  summed,
} from "./scrubber-steps.ts";
import { stretch, whatIsNew } from "./state.ts";

const PLAY_MS = 1000;
/** With fewer there is nothing to move through. */
const LEAST_STEPS = 3;
/** A range in which there is something to move through. */
const ROOMY = 900;

/** Shows a part, or all. The back button leads back from one to the other, not through every place between. */
function look(span: Part | null): void {
  const before = stretch.signal.peek();
  stretch.set(span, { push: (before === null) !== (span === null) });
}

export function Scrubber({
  waiting,
}: {
  /** The map of the window has not come yet. */
  waiting: boolean;
}) {
  const { start, end } = range.value;
  const steps = useMemo(() => stepsOf(start, end), [start, end]);
  const asking = useQuery(["map scrubber", rangeKey.value, group.value, steps.step], (signal) =>
    askSeries(range.peek(), group.value, steps.step === 60 ? 60 : 300, signal),
  );
  const all = useMemo(() => barsOf(steps, asking.data?.buckets ?? []), [asking.data, steps]);
  const span = inside(steps, stretch.value);
  const [playing, setPlaying] = usePlaying(steps, waiting);
  useFollowing(steps);

  const isShort = countOf(steps) < LEAST_STEPS;
  const move = (by: number): void => {
    if (isShort) return;
    setPlaying(false);
    look(span ? shifted(steps, span, by) : firstOf(by, steps));
  };
  useKeys("Time below the map", [
    { keys: ",", does: "The part before", run: () => move(-1) },
    { keys: ".", does: "The part after", run: () => move(1) },
    { keys: "b", does: "Play or pause", run: () => !isShort && setPlaying(!playing) },
    {
      keys: "w",
      does: "The whole range",
      run: () => {
        setPlaying(false);
        look(null);
      },
    },
  ]);

  if (isShort) {
    return (
      <Strip>
        <p class="muted grow">Too short a time to move through: that takes at least three minutes.</p>
        <Button
          icon="zoomOut"
          onClick={() => {
            chooseBetween(...around([start, end], ROOMY, serverNow()));
          }}
        >
          The {interval(ROOMY).replace("m", " minutes")} around
        </Button>
      </Strip>
    );
  }
  return (
    <Strip>
      <IconButton
        icon={playing ? "pause" : "play"}
        label={playing ? "Pause" : "Play: move through the range, a step a second"}
        keys="b"
        aria-pressed={playing}
        onClick={() => setPlaying(!playing)}
      />
      {asking.error && !asking.data ? (
        <p class="scrubber-problem grow" role="alert">
          <span class="cut">{asking.error.message}</span>
          <Button icon="refresh" onClick={asking.again}>
            Try again
          </Button>
        </p>
      ) : asking.data ? (
        <Track steps={steps} all={all} span={span} isStale={asking.stale} onTouch={() => setPlaying(false)} />
      ) : (
        <div class="grow" role="status" aria-label="Loading the requests over time">
          <Skeleton lines={2} />
        </div>
      )}
      <Beside span={span} />
    </Strip>
  );
}

function Strip({ children }: { children: ComponentChildren }) {
  return (
    <section class="scrubber" aria-label="Time of the map">
      {children}
    </section>
  );
}

/** Which part is shown, and what can be done with it. */
function Beside({ span }: { span: Part | null }) {
  const inZone = zone.value;
  const [start, end] = span ?? [range.value.start, range.value.end];
  const length = end - start;
  return (
    <div class="scrubber-beside">
      <div class="scrubber-label">
        <span class="cut" data-tip={span ? "What the map shows" : "The map shows the whole range"}>
          {times([start, end], inZone)}
        </span>
        <span class="faint">{span ? interval(length) : "all"}</span>
      </div>
      <div class="row">
        <Button
          aria-pressed={whatIsNew.value}
          data-tip={`Marks what was not there in the ${interval(length)} before: ${times([start - length, start], inZone)}`}
          data-tip-keys="x"
          onClick={() => whatIsNew.set(!whatIsNew.value)}
        >
          What is new
        </Button>
        {span && (
          <Button kind="plain" data-tip="Shows all again" data-tip-keys="w" onClick={() => look(null)}>
            Whole range
          </Button>
        )}
      </div>
    </div>
  );
}

/** `14:05 – 14:10 UTC`, with the day when it is not today. */
function times([start, end]: Part, inZone: Zone): string {
  const today = day(serverNow(), inZone);
  const dated = day(start, inZone) === today && day(end, inZone) === today ? "" : `${day(start, inZone).slice(5)} `;
  const precision = start % 60 === 0 && end % 60 === 0 ? "minute" : "second";
  return `${dated}${clockTime(start, inZone, precision)} – ${clockTime(end, inZone, precision)} ${zoneName(start, inZone)}`;
}

/** The first window that a key makes: from the end to which it leads away. */
function firstOf(by: number, steps: Steps): Part {
  return by < 0 ? shifted(steps, firstPart(steps), countOf(steps)) : firstPart(steps);
}

/**
 * Moves the window a step a second while it is on, and stays while the answer of a step is waited for: every step is seen.
 * Begins anew behind the end, and stops there.
 */
function usePlaying(steps: Steps, waiting: boolean): [playing: boolean, set: (playing: boolean) => void] {
  const [playing, setPlaying] = useState(false);
  const newest = useRef(steps);
  newest.current = steps;
  const waits = useRef(waiting);
  waits.current = waiting;
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => {
      if (waits.current) return;
      const span = inside(newest.current, stretch.signal.peek());
      const next = span && played(newest.current, span);
      if (next) look(next);
      else setPlaying(false);
    }, PLAY_MS);
    return () => clearInterval(timer);
  }, [playing]);
  const set = (next: boolean): void => {
    const span = inside(steps, stretch.signal.peek());
    if (next && (span === null || played(steps, span) === null)) {
      const back = span && shifted(steps, span, -countOf(steps));
      // A window as long as the range could not move.
      look(back && back[1] < steps.end ? back : firstPart(steps));
    }
    setPlaying(next);
  };
  return [playing, set];
}

/** Keeps the window in place, or at the end, while the range moves on. */
function useFollowing(steps: Steps): void {
  const before = useRef(steps);
  useEffect(() => {
    const was = before.current;
    before.current = steps;
    const span = stretch.signal.peek();
    if (span === null) return;
    const next = followed(was, steps, span);
    if (next === null || next[0] !== span[0] || next[1] !== span[1]) stretch.set(next);
  }, [steps]);
}

type Grab = "new" | "move" | "low" | "high";

interface Drag {
  readonly what: Grab;
  readonly from: number;
  readonly span: Part;
  moved: boolean;
}

const HEIGHT = 62;
const FOOT = 46;
const TOP = 4;
/** Half of what can be grabbed around an end, px. */
const GRIP = 7;
const LEAST_PX = 4;

function Track({
  steps,
  all,
  span,
  isStale,
  onTouch,
}: {
  steps: Steps;
  all: readonly Bar[];
  span: Part | null;
  isStale: boolean;
  /** The person takes the window into their hands. */
  onTouch: () => void;
}) {
  const [box, size] = useSize();
  const drag = useRef<Drag | null>(null);
  const [held, setHeld] = useState<Grab | null>(null);
  const [hover, setHover] = useState<number | null>(null);
  const inZone = zone.value;
  const scale = useMemo(
    () => linear([steps.start, steps.end], [0, Math.max(1, size.width)]),
    [steps.start, steps.end, size.width],
  );
  const draw = useCallback(
    (context: CanvasRenderingContext2D, colour: Colours) => {
      drawBars(context, colour, all, steps, scale);
      drawAxis(context, colour, steps, scale, inZone);
    },
    [all, steps, scale, inZone],
  );
  const sum = useMemo(() => summed(all, [steps.start, steps.end]), [all, steps]);

  const place = (event: PointerEvent): number =>
    Math.min(size.width, Math.max(0, event.clientX - (box.current?.getBoundingClientRect().left ?? 0)));
  const grabbed = (px: number): Grab => {
    if (!span) return "new";
    const [low, high] = [scale.to(span[0]), scale.to(span[1])];
    // In a narrow window the middle third moves it; its ends are grabbed from outside as well.
    const inner = Math.min(GRIP, (high - low) / 3);
    if (px >= low - GRIP && px <= low + inner) return "low";
    if (px <= high + GRIP && px >= high - inner) return "high";
    return px > low && px < high ? "move" : "new";
  };

  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const px = place(event);
    const what = grabbed(px);
    drag.current = { what, from: px, span: span ?? [steps.start, steps.end], moved: false };
    setHeld(what);
    box.current?.querySelector<HTMLElement>(".scrubber-slider")?.setPointerCapture(event.pointerId);
    onTouch();
  };
  const go = (event: PointerEvent): void => {
    const px = place(event);
    const now = drag.current;
    if (!now) {
      setHover(px);
      setHeld(grabbed(px));
      return;
    }
    setHover(null);
    if (!now.moved && Math.abs(px - now.from) < LEAST_PX) return;
    now.moved = true;
    const next =
      now.what === "new"
        ? snapped(steps, between(scale.from(now.from), scale.from(px)))
        : now.what === "move"
          ? shifted(steps, now.span, Math.round((scale.from(px) - scale.from(now.from)) / steps.step))
          : stretched(steps, snapped(steps, now.span), now.what, scale.from(px));
    if (!span || next[0] !== span[0] || next[1] !== span[1]) look(next);
  };
  const up = (): void => {
    const now = drag.current;
    drag.current = null;
    // A click beside the window brings it there.
    if (now && !now.moved && now.what === "new") {
      const [low, high] = span ?? firstPart(steps);
      look(placed(steps, scale.from(now.from), high - low));
    }
  };

  const keys = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5 }[event.key];
    const to = { Home: -countOf(steps), End: countOf(steps) }[event.key];
    let next: Part | null;
    if (by !== undefined) {
      next = !span
        ? firstOf(by, steps)
        : event.shiftKey
          ? resized(steps, snapped(steps, span), by)
          : shifted(steps, span, by);
    } else if (to !== undefined) next = shifted(steps, span ?? firstPart(steps), to);
    else if (event.key === "Enter" && !span) next = firstOf(-1, steps);
    else if (event.key === "Escape" && span) next = null;
    else return;
    event.preventDefault();
    event.stopPropagation();
    onTouch();
    look(next);
  };

  const shownPart: Part = span ?? [steps.start, steps.end];
  const [low, high] = [scale.to(shownPart[0]), scale.to(shownPart[1])];
  const here = summed(all, shownPart);
  return (
    <div ref={box} class={`scrubber-track grow dimmable${isStale ? " stale" : ""}`} style={{ height: `${HEIGHT}px` }}>
      <Canvas size={{ width: size.width, height: HEIGHT }} draw={draw} label={`Requests over time: ${told(sum)}`} />
      {span && (
        <>
          <div class="scrubber-shade" style={{ left: "0", width: `${low}px`, height: `${FOOT}px` }} />
          <div class="scrubber-shade" style={{ left: `${high}px`, right: "0", height: `${FOOT}px` }} />
          <div
            class={`scrubber-window${drag.current ? " held" : ""}`}
            style={{ left: `${low}px`, width: `${Math.max(2, high - low)}px`, height: `${FOOT}px` }}
          >
            <span class="scrubber-grip low" />
            <span class="scrubber-grip high" />
          </div>
        </>
      )}
      <div
        class={`scrubber-slider ${held ?? "new"}`}
        role="slider"
        tabIndex={0}
        aria-label="Part of the time that the map shows"
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={countOf(steps) - Math.round((shownPart[1] - shownPart[0]) / steps.step)}
        aria-valuenow={span ? Math.floor((span[0] - steps.start) / steps.step) : 0}
        aria-valuetext={`${span ? times(span, inZone) : "The whole range"}: ${told(here)}`}
        style={{ height: `${HEIGHT}px` }}
        onPointerDown={down}
        onPointerMove={go}
        onPointerUp={up}
        onPointerCancel={() => {
          drag.current = null;
        }}
        onPointerLeave={() => setHover(null)}
        onDblClick={() => look(null)}
        onKeyDown={keys}
      />
      {hover !== null && (
        <Tip bar={all[Math.floor((scale.from(hover) - steps.start) / steps.step)]} steps={steps} scale={scale} />
      )}
    </div>
  );
}

/** Two moments in their order. */
function between(a: number, b: number): Part {
  return [Math.min(a, b), Math.max(a, b)];
}

/** `345 requests, 3 faults, 1 error or throttle`. */
function told({ all, bad, faults }: Omit<Bar, "start">): string {
  const parts = [plural(all, "request")];
  if (faults > 0) parts.push(plural(faults, "fault"));
  if (bad > faults) parts.push(plural(bad - faults, "error or throttle", "errors or throttles"));
  return parts.join(", ");
}

function Tip({ bar, steps, scale }: { bar: Bar | undefined; steps: Steps; scale: Scale }) {
  if (!bar) return null;
  const x = scale.to(bar.start + steps.step / 2);
  const flip = x > scale.span[1] / 2;
  const inZone = zone.value;
  return (
    <div class={`chart-tip scrubber-tip${flip ? " flip" : ""}`} style={{ left: `${x}px` }} aria-hidden="true">
      <div class="chart-tip-head">
        {clockTime(bar.start, inZone, "minute")} – {clockTime(bar.start + steps.step, inZone, "minute")}
      </div>
      <div class="chart-tip-row">
        <span class="swatch ok" />
        <span class="grow">Requests</span>
        <span>{count(bar.all)}</span>
      </div>
      <div class="chart-tip-row">
        <span class="swatch error" />
        <span class="grow">Errors, throttles</span>
        <span>{count(bar.bad - bar.faults)}</span>
      </div>
      <div class="chart-tip-row">
        <span class="swatch fault" />
        <span class="grow">Faults</span>
        <span>{count(bar.faults)}</span>
      </div>
    </div>
  );
}

/** Something must be seen of what is rare, px. */
const LEAST_BAD = 3;

/** From the foot: what is wrong, hatched and under a dark line, so that it is seen without its colour; then the rest. */
function drawBars(
  context: CanvasRenderingContext2D,
  colour: Colours,
  all: readonly Bar[],
  steps: Steps,
  scale: Scale,
): void {
  const most = all.reduce((found, bar) => Math.max(found, bar.all), 1);
  const wide = scale.to(steps.start + steps.step) - scale.to(steps.start);
  const gap = wide > 4 ? 1 : 0;
  const room = FOOT - TOP;
  for (const bar of all) {
    if (bar.all === 0) continue;
    const x = scale.to(bar.start) + gap / 2;
    const width = Math.max(1, wide - gap);
    const tall = Math.max(2, (bar.all / most) * room);
    context.globalAlpha = 0.5;
    context.fillStyle = colour.ok;
    context.fillRect(x, FOOT - tall, width, tall);
    context.globalAlpha = 1;
    let foot = FOOT;
    for (const [tone, part] of [
      ["fault", bar.faults],
      ["error", bar.bad - bar.faults],
    ] as const) {
      if (part === 0) continue;
      const size = Math.min(foot - TOP, Math.max(LEAST_BAD, (part / most) * room));
      hatched(context, colour, tone, x, foot - size, width, size);
      foot -= size;
    }
    if (foot < FOOT) {
      context.fillStyle = colour.text;
      context.fillRect(x, foot - 1, width, 1);
    }
  }
}

function hatched(
  context: CanvasRenderingContext2D,
  colour: Colours,
  tone: Tone,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  context.fillStyle = colour.surface;
  context.fillRect(x, y, width, height);
  context.fillStyle = colour[tone];
  context.fillRect(x, y, width, height);
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = colour.surface;
  context.lineWidth = 1.25;
  context.beginPath();
  // Along one grid for all bars, so that the hatch runs through.
  for (let at = Math.floor((x - height) / 5) * 5; at < x + width + height; at += 5) {
    context.moveTo(at, FOOT);
    context.lineTo(at + FOOT, 0);
  }
  context.stroke();
  context.restore();
}

function drawAxis(context: CanvasRenderingContext2D, colour: Colours, steps: Steps, scale: Scale, inZone: Zone): void {
  const [left, right] = scale.span;
  context.strokeStyle = colour.lineStrong;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left, crisp(FOOT));
  context.lineTo(right, crisp(FOOT));
  context.stroke();
  context.textBaseline = "alphabetic";
  context.textAlign = "center";
  context.fillStyle = colour.text3;
  const places = timeTicks(steps.start, steps.end, Math.max(2, Math.floor((right - left) / 80)), inZone);
  const step = (places[1] ?? 0) - (places[0] ?? 0);
  for (const tick of places) {
    const x = scale.to(tick);
    context.fillRect(Math.min(right - 1, Math.round(x)), FOOT, 1, 4);
    const text = timeTickLabel(tick, step, inZone);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(right - half, Math.max(left + half, x)), HEIGHT - 3);
  }
}
