/** One of several. `Select` is the browser's own; `Combobox` is for long lists that one types into. */
import { useId, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";
import { type Option, Options } from "./options.tsx";
import { Popover } from "./popover.tsx";

export function Select<T extends string>({
  label,
  value,
  options,
  onChange,
  showLabel = false,
}: {
  label: string;
  value: T;
  options: readonly { readonly value: T; readonly label: string }[];
  onChange: (value: T) => void;
  /** Stands above; otherwise it is for screen readers alone. */
  showLabel?: boolean;
}) {
  const id = useId();
  return (
    <span class="field">
      <label for={id} class={showLabel ? "field-label" : "sr"}>
        {label}
      </label>
      <span class="select-box">
        <select
          id={id}
          class="select"
          value={value}
          onChange={(event) => {
            const chosen = options.find((option) => option.value === event.currentTarget.value);
            if (chosen) onChange(chosen.value);
          }}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <Icon name="down" size={12} />
      </span>
    </span>
  );
}

export function Combobox<T extends string>({
  label,
  value,
  options,
  onChange,
  placeholder = "Find",
  none = "Nothing has that name.",
}: {
  label: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
  placeholder?: string;
  none?: string;
}) {
  const chosen = options.find((option) => option.value === value);
  return (
    <Popover
      label={label}
      class="combobox-popover"
      trigger={(props) => (
        <button type="button" {...props} class="button combobox" aria-label={`${label}: ${chosen?.label ?? "none"}`}>
          <span class="cut grow">{chosen?.label ?? label}</span>
          <Icon name="down" size={12} />
        </button>
      )}
    >
      {(close) => (
        <Narrowed
          label={label}
          options={options}
          value={value}
          placeholder={placeholder}
          none={none}
          onChoose={(next) => {
            onChange(next);
            close();
          }}
        />
      )}
    </Popover>
  );
}

function Narrowed<T extends string>({
  options,
  ...rest
}: {
  label: string;
  options: readonly Option<T>[];
  value: T;
  placeholder: string;
  none: string;
  onChoose: (value: T) => void;
}) {
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLowerCase();
  const found = options.filter((option) => `${option.label} ${option.hint ?? ""}`.toLowerCase().includes(wanted));
  return <Options {...rest} options={found} typed={typed} onType={setTyped} />;
}
