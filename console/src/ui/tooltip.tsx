/**
 * Tooltips for the whole app, drawn once: whatever has `data-tip="..."` gets one, with its key from `data-tip-keys`.
 * They repeat or explain what is there; nothing can be done in them, and names for screen readers are `aria-label`'s.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { Kbd } from "./kbd.tsx";

interface Tip {
  readonly text: string;
  readonly keys: string | undefined;
  readonly at: Element;
}

const WAIT_MS = 350;

export function TooltipHost() {
  const [tip, setTip] = useState<Tip | null>(null);
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current: Element | null = null;
    const hide = (): void => {
      clearTimeout(timer);
      current = null;
      setTip(null);
    };
    const show = (event: Event): void => {
      const at = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
      if (at === current) return;
      hide();
      const text = at?.getAttribute("data-tip");
      if (!at || !text) return;
      if (event.type === "focusin" && !at.matches(":focus-visible")) return;
      current = at;
      timer = setTimeout(() => setTip({ text, keys: at.getAttribute("data-tip-keys") ?? undefined, at }), WAIT_MS);
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key === "Escape") hide();
    };
    // Touch has no hovering; a tap does what the button does.
    const over = (event: PointerEvent): void => {
      if (event.pointerType !== "touch") show(event);
    };
    document.addEventListener("pointerover", over);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("focusin", show);
    document.addEventListener("focusout", hide);
    document.addEventListener("keydown", key);
    window.addEventListener("scroll", hide, true);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerover", over);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("focusin", show);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("keydown", key);
      window.removeEventListener("scroll", hide, true);
    };
  }, []);

  useEffect(() => {
    const element = box.current;
    if (!element || !tip) return;
    // A popover of its own, so that it lies above dialogs too.
    element.showPopover();
    const anchor = tip.at.getBoundingClientRect();
    const width = element.offsetWidth;
    const height = element.offsetHeight;
    const above = anchor.bottom + height + 14 > window.innerHeight;
    const left = anchor.left + anchor.width / 2 - width / 2;
    element.style.left = `${Math.max(6, Math.min(left, window.innerWidth - width - 6))}px`;
    element.style.top = `${above ? anchor.top - height - 6 : anchor.bottom + 6}px`;
    return () => element.hidePopover();
  }, [tip]);

  return (
    <div ref={box} class="tooltip" popover="manual" aria-hidden="true">
      {tip && (
        <>
          {tip.text}
          {tip.keys && <Kbd keys={tip.keys} />}
        </>
      )}
    </div>
  );
}
