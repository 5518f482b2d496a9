/** Which piece of a tall element can be seen in the box that scrolls it: for drawing only that. */
import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

export interface Window {
  /** From the element's top to the first line in sight, px; 0 while its top can be seen. */
  readonly top: number;
  /** Of the box that scrolls, px. */
  readonly height: number;
}

/**
 * Follows what can be seen of an element.
 *
 * @param scroller the box that scrolls.
 * @param element what is tall.
 */
export function useWindow(scroller: RefObject<HTMLElement | null>, element: RefObject<HTMLElement | null>): Window {
  const [seen, setSeen] = useState<Window>({ top: 0, height: 800 });
  useLayoutEffect(() => {
    const box = scroller.current;
    const inner = element.current;
    if (!box || !inner) return;
    const measure = (): void => {
      const top = Math.max(0, Math.round(box.getBoundingClientRect().top - inner.getBoundingClientRect().top));
      const height = box.clientHeight;
      setSeen((before) => (before.top === top && before.height === height ? before : { top, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    observer.observe(inner);
    box.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", measure);
    };
  }, [scroller, element]);
  return seen;
}
