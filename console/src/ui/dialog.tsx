/** A window above the page: the browser's own dialog keeps the focus inside and closes by Escape. */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { IconButton } from "./button.tsx";

export function Dialog({
  title,
  onClose,
  children,
  actions,
  wide = false,
  bare = false,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Buttons at the foot, the main one last. */
  actions?: ComponentChildren;
  wide?: boolean;
  /** Without head: the title is for screen readers alone. */
  bare?: boolean;
}) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const closing = useRef(onClose);
  closing.current = onClose;

  // At once, so that what is typed meanwhile goes inside: the browser gives the focus to what has `autofocus`.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const closed = (): void => closing.current();
    element.addEventListener("close", closed);
    element.showModal();
    return () => {
      element.removeEventListener("close", closed);
      element.close();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      class={`dialog${wide ? " wide" : ""}${bare ? " bare-dialog" : ""}`}
      aria-labelledby={id}
      onClick={(event) => event.target === dialog.current && onClose()}
      onKeyDown={(event) => {
        // The browser would close it too, but later than the next key comes.
        if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
        if (dialog.current?.querySelector("[popover=auto]:popover-open")) return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
    >
      <div class="dialog-inside">
        {bare ? (
          <h2 id={id} class="sr">
            {title}
          </h2>
        ) : (
          <header class="dialog-head">
            <h2 id={id} class="grow">
              {title}
            </h2>
            <IconButton icon="close" label="Close" keys="Escape" onClick={onClose} />
          </header>
        )}
        <div class="dialog-body">{children}</div>
        {actions && <footer class="dialog-foot">{actions}</footer>}
      </div>
    </dialog>
  );
}
