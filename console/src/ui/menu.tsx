/** A menu of things to do or places to go. Arrow keys, Home, End and first letters move; Enter chooses. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";
import { Kbd } from "./kbd.tsx";
import { Popover, type TriggerProps } from "./popover.tsx";

export interface MenuItem {
  readonly label: string;
  readonly icon?: IconName;
  /** Shown at the end, as in the registry of keys. */
  readonly keys?: string;
  readonly hint?: string;
  /** A tick: this one is chosen. */
  readonly checked?: boolean;
  readonly danger?: boolean;
  /** A place; otherwise something to do. */
  readonly href?: string;
  readonly run?: () => void;
}

export function Menu({
  label,
  trigger,
  items,
  align = "start",
}: {
  label: string;
  trigger: (props: TriggerProps) => ComponentChildren;
  /** A null is a line between. */
  items: readonly (MenuItem | null)[];
  align?: "start" | "end";
}) {
  return (
    <Popover label={label} trigger={trigger} align={align} role="menu" class="menu">
      {(close) => <MenuItems items={items} close={close} />}
    </Popover>
  );
}

function MenuItems({ items, close }: { items: readonly (MenuItem | null)[]; close: () => void }) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(
    () => list.current?.querySelector<HTMLElement>("[role^=menuitem]")?.focus({ preventScroll: true }),
    [],
  );

  const move = (event: KeyboardEvent): void => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const steps: Record<string, number> = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    };
    let next = steps[event.key];
    if (next === undefined && event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== " ") {
      const letter = event.key.toLowerCase();
      const from = all.findIndex((item, index) => index > at && item.textContent?.toLowerCase().startsWith(letter));
      next = from >= 0 ? from : all.findIndex((item) => item.textContent?.toLowerCase().startsWith(letter));
    }
    if (next === undefined || next < 0) return;
    event.preventDefault();
    event.stopPropagation();
    all[next]?.focus();
  };

  return (
    <div ref={list} class="menu-items" onKeyDown={move}>
      {items.map((item, index) => {
        if (item === null) return <hr key={`line ${String(index)}`} />;
        const inside = (
          <>
            <span class="menu-icon">
              {item.checked ? <Icon name="check" size={14} /> : item.icon && <Icon name={item.icon} size={14} />}
            </span>
            <span class="cut grow">{item.label}</span>
            {item.hint && <span class="faint small">{item.hint}</span>}
            {item.keys && <Kbd keys={item.keys} />}
          </>
        );
        const role = item.checked === undefined ? "menuitem" : "menuitemradio";
        const checked = item.checked === undefined ? undefined : item.checked;
        return item.href ? (
          <a
            key={item.label}
            role={role}
            class="menu-item"
            tabIndex={-1}
            autofocus={index === 0}
            href={item.href}
            onClick={close}
          >
            {inside}
          </a>
        ) : (
          <button
            key={item.label}
            type="button"
            role={role}
            aria-checked={checked}
            tabIndex={-1}
            autofocus={index === 0}
            class={`menu-item${item.danger ? " danger" : ""}`}
            onClick={() => {
              close();
              item.run?.();
            }}
          >
            {inside}
          </button>
        );
      })}
    </div>
  );
}
