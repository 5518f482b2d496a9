/**
 * What opens beside a button and closes by a click elsewhere or Escape. The browser's own popover does the work: it lies
 * above everything, and the focus goes back to the button.
 */
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

/** What the button that opens must be given. */
export type TriggerProps = Pick<ButtonHTMLAttributes<HTMLButtonElement>, "aria-expanded" | "aria-haspopup" | "id"> & {
  popovertarget: string;
};

export interface PopoverProps {
  label: string;
  trigger: (props: TriggerProps) => ComponentChildren;
  /** Which edges lie above each other. */
  align?: "start" | "end";
  role?: "dialog" | "menu" | "listbox" | "presentation";
  class?: string;
  /** What is inside; made only while it is open. The argument closes. */
  children: (close: () => void) => ComponentChildren;
  onOpen?: () => void;
}

const GAP = 6;
const MARGIN = 8;

export function Popover({
  label,
  trigger,
  align = "start",
  role = "dialog",
  class: extra,
  children,
  onOpen,
}: PopoverProps) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const toggled = (event: Event): void => setOpen((event as ToggleEvent).newState === "open");
    element.addEventListener("beforetoggle", toggled);
    return () => element.removeEventListener("beforetoggle", toggled);
  }, []);

  useLayoutEffect(() => {
    const element = box.current;
    if (!open || !element) return;
    const button = document.getElementById(`${id}-button`);
    const follow = (): void => {
      if (button) lay(element, button, align);
    };
    follow();
    onOpen?.();
    const size = new ResizeObserver(follow);
    size.observe(element);
    window.addEventListener("resize", follow);
    window.addEventListener("scroll", follow, true);
    const first = element.querySelector<HTMLElement>("[autofocus]");
    // Opened by a click, this is drawn before the popover shows, and the browser gives the focus; by a key it is after.
    first?.focus({ preventScroll: true });
    // Once more when the browser has laid it out.
    const frame = requestAnimationFrame(follow);
    return () => {
      cancelAnimationFrame(frame);
      size.disconnect();
      window.removeEventListener("resize", follow);
      window.removeEventListener("scroll", follow, true);
    };
  }, [open, align]);

  const close = (): void => box.current?.hidePopover();

  return (
    <>
      {trigger({
        id: `${id}-button`,
        popovertarget: `${id}-box`,
        "aria-expanded": open,
        "aria-haspopup": role === "presentation" ? "dialog" : role,
      })}
      <div
        ref={box}
        id={`${id}-box`}
        popover="auto"
        role={role === "presentation" ? undefined : role}
        aria-label={role === "presentation" ? undefined : label}
        class={`popover${extra ? ` ${extra}` : ""}`}
      >
        {open && children(close)}
      </div>
    </>
  );
}

/** Puts a box below its button, or above where there is more room, and always into the window. */
export function lay(box: HTMLElement, button: Element, align: "start" | "end"): void {
  const anchor = button.getBoundingClientRect();
  const width = box.offsetWidth;
  const below = window.innerHeight - anchor.bottom - GAP - MARGIN;
  const above = anchor.top - GAP - MARGIN;
  const upward = below < Math.min(box.scrollHeight, 240) && above > below;
  box.style.maxHeight = `${Math.max(120, upward ? above : below)}px`;
  const height = Math.min(box.scrollHeight, upward ? above : below);
  const wanted = align === "start" ? anchor.left : anchor.right - width;
  box.style.left = `${Math.max(MARGIN, Math.min(wanted, window.innerWidth - width - MARGIN))}px`;
  box.style.top = `${upward ? anchor.top - GAP - height : anchor.bottom + GAP}px`;
}
