/** Buttons, and links that look like them. */
import type { ButtonHTMLAttributes, ComponentChildren, Ref } from "preact";
import { Icon, type IconName } from "./icon.tsx";

type Native = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "size" | "icon">;

export interface ButtonProps extends Native {
  /** `primary`: the one thing to do here; `plain`: without a frame. */
  kind?: "primary" | "normal" | "plain" | "danger";
  icon?: IconName;
  /** Stands behind the text. */
  iconAfter?: IconName;
  children?: ComponentChildren;
  buttonRef?: Ref<HTMLButtonElement>;
}

export function Button({ kind = "normal", icon, iconAfter, children, buttonRef, class: extra, ...rest }: ButtonProps) {
  return (
    <button type="button" ref={buttonRef ?? null} class={`button ${kind}${extra ? ` ${String(extra)}` : ""}`} {...rest}>
      {icon && <Icon name={icon} size={14} />}
      {children}
      {iconAfter && <Icon name={iconAfter} size={12} />}
    </button>
  );
}

export interface IconButtonProps extends Native {
  icon: IconName;
  /** Its name, shown as a tooltip too. */
  label: string;
  /** The key that does the same, for the tooltip. */
  keys?: string;
  size?: number;
  buttonRef?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon, label, keys, size = 16, buttonRef, class: extra, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      ref={buttonRef ?? null}
      class={`icon-button${extra ? ` ${String(extra)}` : ""}`}
      aria-label={label}
      data-tip={label}
      data-tip-keys={keys}
      {...rest}
    >
      <Icon name={icon} size={size} />
    </button>
  );
}

/** A link that looks like a button: it goes somewhere, so it is a link. */
export function ButtonLink({
  href,
  kind = "normal",
  icon,
  label,
  children,
}: {
  href: string;
  kind?: "primary" | "normal" | "plain";
  icon?: IconName;
  /** For screen readers, where the text alone says too little. */
  label?: string;
  children: ComponentChildren;
}) {
  return (
    <a class={`button ${kind}`} href={href} aria-label={label}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </a>
  );
}

/** One of a few, all of them seen: a row of buttons of which one is pressed. */
export function Toggle<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { readonly value: T; readonly label: string; readonly icon?: IconName; readonly tip?: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <div class="toggle" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          aria-label={option.icon ? option.label : undefined}
          data-tip={option.tip ?? (option.icon ? option.label : undefined)}
          onClick={() => onChange(option.value)}
        >
          {option.icon ? <Icon name={option.icon} size={14} /> : option.label}
        </button>
      ))}
    </div>
  );
}
