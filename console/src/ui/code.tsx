/** Text for machines: as it is, to be copied. */
import { CopyButton } from "./copy.tsx";

export function Code({
  text,
  title,
  label = "Copy",
  wrap = false,
}: {
  text: string;
  /** Where it goes: a file's name, a shell. */
  title?: string | undefined;
  /** Of the copying button. */
  label?: string;
  /** Long lines are broken instead of scrolled to. */
  wrap?: boolean;
}) {
  return (
    <div class={`code${title ? " titled" : ""}`}>
      {title && <div class="code-title">{title}</div>}
      {/* It may be wider than the window: then it scrolls, by keyboard too. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable */}
      <pre tabIndex={0} class={wrap ? "wrap" : undefined}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}
