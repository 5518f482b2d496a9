/** A list that one types to narrow and moves in by arrow keys: the inside of pickers, comboboxes and the palette. */
import { type ComponentChildren, Fragment } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";
import { Kbd } from "./kbd.tsx";

export interface Option<T extends string = string> {
  readonly value: T;
  readonly label: string;
  /** Smaller, behind or below the label. */
  readonly hint?: string;
  readonly icon?: IconName;
  readonly keys?: string;
  /** A heading above the first of each section. */
  readonly section?: string;
}

export function Options<T extends string>({
  label,
  placeholder,
  options,
  value,
  typed,
  onType,
  onChoose,
  none = "Nothing found.",
  before,
}: {
  label: string;
  placeholder: string;
  /** Those that fit what was typed; narrowing is the caller's. */
  options: readonly Option<T>[];
  /** The one chosen, marked by a tick. */
  value?: T;
  typed: string;
  onType: (typed: string) => void;
  onChoose: (value: T) => void;
  none?: ComponentChildren;
  /** Stands in front of the field. */
  before?: ComponentChildren;
}) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      options.findIndex((option) => option.value === value),
    ),
  );
  const active = Math.min(at, options.length - 1);

  // In a popover. In a dialog, which opens only after this, `autofocus` does it.
  useLayoutEffect(() => input.current?.focus(), []);

  useLayoutEffect(() => {
    list.current?.querySelector("[data-active]")?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const keys = (event: KeyboardEvent): void => {
    const last = options.length - 1;
    const steps: Record<string, number> = {
      ArrowDown: active >= last ? 0 : active + 1,
      ArrowUp: active <= 0 ? last : active - 1,
      PageDown: Math.min(last, active + 8),
      PageUp: Math.max(0, active - 8),
    };
    const next = steps[event.key];
    if (next !== undefined) {
      event.preventDefault();
      setAt(next);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      const option = options[active];
      if (option) onChoose(option.value);
    }
  };

  let section: string | undefined;
  return (
    <div class="options">
      <div class="options-field">
        {before ?? <Icon name="search" size={14} />}
        <input
          ref={input}
          class="options-input"
          autofocus
          role="combobox"
          aria-label={placeholder}
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
          placeholder={placeholder}
          spellcheck={false}
          autocomplete="off"
          value={typed}
          onInput={(event) => {
            setAt(0);
            onType(event.currentTarget.value);
          }}
          onKeyDown={keys}
        />
      </div>
      <div ref={list} id={`${id}-list`} class="options-list" role="listbox" aria-label={label}>
        {options.map((option, index) => {
          const heading = option.section !== undefined && option.section !== section ? option.section : null;
          section = option.section;
          return (
            <Fragment key={option.value}>
              {heading && (
                <div class="options-section" role="presentation">
                  {heading}
                </div>
              )}
              <div
                id={`${id}-${index}`}
                role="option"
                tabIndex={-1}
                class="option"
                aria-selected={index === active}
                data-active={index === active ? "" : undefined}
                onPointerMove={() => index !== active && setAt(index)}
                onClick={() => onChoose(option.value)}
              >
                {option.icon && <Icon name={option.icon} size={14} />}
                <span class="cut option-label">{option.label}</span>
                {option.hint && <span class="cut faint small grow option-hint">{option.hint}</span>}
                {option.keys && <Kbd keys={option.keys} />}
                {value !== undefined && option.value === value && <Icon name="check" size={14} />}
              </div>
            </Fragment>
          );
        })}
      </div>
      {options.length === 0 && (
        <p class="options-none" role="status">
          {none}
        </p>
      )}
    </div>
  );
}
