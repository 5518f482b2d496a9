/** Figures that move: asked for again while somebody looks. */
import { useEffect } from "preact/hooks";

const LOOK_MS = 5_000;

/** Asks again every few seconds while the tab is seen. */
export function useLooking(again: () => void): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") again();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [again]);
}
