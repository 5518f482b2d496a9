/** Several views of one thing, of which one is shown. Arrow keys move between the tabs. */
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

export interface Tab<T extends string = string> {
  readonly id: T;
  readonly label: string;
  /** How much is inside. */
  readonly count?: number;
}

export function Tabs<T extends string>({
  label,
  tabs,
  value,
  onChange,
  children,
  class: extra,
}: {
  label: string;
  tabs: readonly Tab<T>[];
  value: T;
  onChange: (value: T) => void;
  /** What the chosen tab shows. */
  children: ComponentChildren;
  class?: string;
}) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);

  const keys = (event: KeyboardEvent): void => {
    const at = tabs.findIndex((tab) => tab.id === value);
    const steps: Record<string, number> = {
      ArrowRight: (at + 1) % tabs.length,
      ArrowLeft: (at - 1 + tabs.length) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    };
    const next = steps[event.key];
    const tab = next === undefined ? undefined : tabs[next];
    if (next === undefined || !tab) return;
    event.preventDefault();
    event.stopPropagation();
    onChange(tab.id);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };

  return (
    <div class={`tabs${extra ? ` ${extra}` : ""}`}>
      <div ref={list} class="tab-list" role="tablist" aria-label={label} onKeyDown={keys}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${id}-${tab.id}`}
            class="tab"
            aria-selected={tab.id === value}
            aria-controls={`${id}-panel`}
            tabIndex={tab.id === value ? 0 : -1}
            onClick={() => onChange(tab.id)}
          >
            {tab.label}
            {tab.count !== undefined && <span class="tab-count">{tab.count}</span>}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} class="tab-panel" role="tabpanel" aria-labelledby={`${id}-${value}`}>
        {children}
      </div>
    </div>
  );
}
