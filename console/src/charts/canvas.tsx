/** A canvas that follows its box, the density of the screen and the theme. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { theme } from "../app/theme.ts";

/** The tokens that canvases draw with. */
export interface Colours {
  readonly text: string;
  readonly text2: string;
  readonly text3: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly surface: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly ok: string;
  readonly error: string;
  readonly throttle: string;
  readonly fault: string;
  readonly font: string;
}

export type Tone = "accent" | "ok" | "error" | "throttle" | "fault" | "text3";

/** Reads the tokens as they are in the theme in force. */
export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    text: read("--text"),
    text2: read("--text-2"),
    text3: read("--text-3"),
    line: read("--line"),
    lineStrong: read("--line-strong"),
    surface: read("--surface"),
    accent: read("--accent"),
    accentSoft: read("--accent-soft"),
    ok: read("--ok"),
    error: read("--error"),
    throttle: read("--throttle"),
    fault: read("--fault"),
    font: `11px ${read("--font")}`,
  };
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of an element, followed. */
export function useSize(): [ref: { current: HTMLDivElement | null }, size: Size] {
  const ref = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = (): void => {
      const next = { width: element.clientWidth, height: element.clientHeight };
      setSize((before) => (before.width === next.width && before.height === next.height ? before : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

/**
 * Draws whenever something changes: `draw` itself (memoise it with what it reads), the size, the theme.
 *
 * @param draw gets a context in CSS pixels, cleared.
 */
export function Canvas({
  size,
  draw,
  label,
}: {
  size: Size;
  draw: (context: CanvasRenderingContext2D, colours: Colours) => void;
  /** What a person who cannot see it should know. */
  label: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = theme.value;
  // Drawn before the browser paints, so that nothing flickers. The theme counts as well.
  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context || size.width === 0 || now === undefined) return;
    const density = window.devicePixelRatio || 1;
    element.width = Math.round(size.width * density);
    element.height = Math.round(size.height * density);
    context.setTransform(density, 0, 0, density, 0, 0);
    const palette = colours();
    context.font = palette.font;
    draw(context, palette);
  }, [size.width, size.height, draw, now]);
  return (
    <canvas
      ref={canvas}
      class="chart-canvas"
      role="img"
      aria-label={label}
      style={{ width: `${size.width}px`, height: `${size.height}px` }}
    />
  );
}

/** Half a pixel off, so that a line of one pixel is one pixel. */
export function crisp(value: number): number {
  return Math.round(value) + 0.5;
}
