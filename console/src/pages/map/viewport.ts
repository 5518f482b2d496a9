/** Zooming and panning: where the drawing lies in the window. Pure. */

export interface Viewport {
  /** Where the drawing's origin is, px of the window. */
  readonly x: number;
  readonly y: number;
  /** Its scale. */
  readonly k: number;
}

export interface Box {
  readonly width: number;
  readonly height: number;
}

export const LEAST_SCALE = 0.05;
export const MOST_SCALE = 2.5;
const PAD = 24;
/** Larger than life it looks coarse. */
const MOST_FIT = 1.15;
/** So much of the drawing stays in sight, px. */
const KEPT = 80;

/** All of the drawing in the middle of the window. */
export function fitted(drawing: Box, window: Box): Viewport {
  if (drawing.width <= 0 || drawing.height <= 0 || window.width <= 0 || window.height <= 0) return { x: 0, y: 0, k: 1 };
  const k = Math.max(
    LEAST_SCALE,
    Math.min(MOST_FIT, (window.width - 2 * PAD) / drawing.width, (window.height - 2 * PAD) / drawing.height),
  );
  return { x: (window.width - drawing.width * k) / 2, y: (window.height - drawing.height * k) / 2, k };
}

/** Scaled by a factor around a point of the window, which stays where it is. */
export function zoomed(at: Viewport, factor: number, x: number, y: number): Viewport {
  const k = Math.max(LEAST_SCALE, Math.min(MOST_SCALE, at.k * factor));
  const ratio = k / at.k;
  return { x: x - (x - at.x) * ratio, y: y - (y - at.y) * ratio, k };
}

/** Moved, but never out of sight. */
export function moved(at: Viewport, x: number, y: number, drawing: Box, window: Box): Viewport {
  return {
    x: Math.min(window.width - KEPT, Math.max(KEPT - drawing.width * at.k, x)),
    y: Math.min(window.height - KEPT, Math.max(KEPT - drawing.height * at.k, y)),
    k: at.k,
  };
}

/** Moved as little as needed to have a part of the drawing in sight. */
export function revealing(at: Viewport, part: Box & { x: number; y: number }, window: Box): Viewport {
  const shift = (start: number, length: number, room: number): number => {
    if (start < PAD) return PAD - start;
    if (start + length > room - PAD) return Math.max(PAD - start, room - PAD - start - length);
    return 0;
  };
  return {
    x: at.x + shift(at.x + part.x * at.k, part.width * at.k, window.width),
    y: at.y + shift(at.y + part.y * at.k, part.height * at.k, window.height),
    k: at.k,
  };
}

/** Whether some of the drawing is out of sight. */
export function overflows(at: Viewport, drawing: Box, window: Box): boolean {
  return (
    at.x < -1 ||
    at.y < -1 ||
    at.x + drawing.width * at.k > window.width + 1 ||
    at.y + drawing.height * at.k > window.height + 1
  );
}
