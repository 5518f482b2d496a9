/** The stretch of time that is shown: zooming, panning, and the ticks of its axis. Pure. */
import type { Codec } from "../../app/codecs.ts";
import { ticks } from "../../charts/scales.ts";
import { duration } from "../../format/index.ts";

/** Seconds after the trace's start. */
export type View = readonly [from: number, to: number];

/** One cannot zoom in further: a hundred nanoseconds. */
const LEAST = 1e-7;

const written = (seconds: number): string => String(Number(seconds.toFixed(7)));

export const zoomCodec: Codec<View | null> = {
  write: (value) => (value === null ? "" : `${written(value[0])}~${written(value[1])}`),
  read: (value) => {
    if (value === "") return null;
    const [from, to, ...more] = value.split("~").map(Number);
    if (from === undefined || to === undefined || more.length > 0) return undefined;
    return Number.isFinite(from) && Number.isFinite(to) && to > from ? [from, to] : undefined;
  },
};

/** Keeps a stretch within the whole; one that covers the whole is the whole. */
export function within(view: View, whole: View): View {
  const least = Math.min(LEAST, whole[1] - whole[0]);
  const size = Math.min(Math.max(view[1] - view[0], least), whole[1] - whole[0]);
  const from = Math.min(Math.max(view[0], whole[0]), whole[1] - size);
  return [from, from + size];
}

/** Whether all is shown, give or take what cannot be seen. */
export function isWhole(view: View, whole: View): boolean {
  return view[1] - view[0] >= (whole[1] - whole[0]) * 0.9999;
}

/**
 * Zooms.
 *
 * @param factor below 1 zooms in.
 * @param at the moment that stays where it is.
 */
export function zoomed(view: View, whole: View, factor: number, at = (view[0] + view[1]) / 2): View {
  // Out from where one cannot zoom in further must get somewhere.
  const size = Math.max((view[1] - view[0]) * factor, LEAST);
  const share = (at - view[0]) / (view[1] - view[0]);
  return within([at - size * share, at + size * (1 - share)], whole);
}

/** Moves by a share of what is shown. */
export function panned(view: View, whole: View, share: number): View {
  const by = (view[1] - view[0]) * share;
  return within([view[0] + by, view[1] + by], whole);
}

/** Shows a stretch with some room around it. */
export function around(from: number, to: number, whole: View): View {
  const room = Math.max((to - from) * 0.06, LEAST);
  return within([from - room, to + room], whole);
}

/** Moves one end, the other stays; they do not cross. */
export function moved(view: View, whole: View, end: "from" | "to", to: number): View {
  const least = Math.max(LEAST, (whole[1] - whole[0]) / 1e6);
  return end === "from"
    ? [Math.max(whole[0], Math.min(to, view[1] - least)), view[1]]
    : [view[0], Math.min(whole[1], Math.max(to, view[0] + least))];
}

/** Where a moment lies, as a share of what is shown: below 0 and above 1 it is outside. */
export function share(view: View, at: number): number {
  return (at - view[0]) / (view[1] - view[0]);
}

export interface Tick {
  /** Share of the width. */
  readonly at: number;
  readonly label: string;
}

/** The ticks of the axis for so many pixels. */
export function axisTicks(view: View, width: number): Tick[] {
  const found = ticks(view[0], view[1], Math.max(2, Math.floor(width / 110)));
  const step = found.length > 1 ? (found[1] as number) - (found[0] as number) : view[1] - view[0];
  return found.map((value) => ({ at: share(view, value), label: tickLabel(value, step, view) }));
}

/** All ticks in one unit, with as many digits as they need to differ. */
function tickLabel(value: number, step: number, view: View): string {
  const size = Math.max(Math.abs(view[0]), Math.abs(view[1]));
  if (size >= 59.95 && step >= 1) return duration(value);
  const [unit, factor] = size >= 0.9995 ? ["s", 1] : size >= 0.000_9995 ? ["ms", 1e3] : ["µs", 1e6];
  if (value === 0) return `0 ${unit}`;
  const digits = Math.max(0, Math.ceil(-Math.log10(step * factor) - 1e-9));
  return `${(value * factor).toFixed(Math.min(digits + (Number.isInteger(+(step * factor * 10 ** digits).toFixed(6)) ? 0 : 1), 7)).replace("-", "−")} ${unit}`;
}
