/** A word or figure in a small frame. */
import type { ComponentChildren } from "preact";

export function Badge({
  tone = "neutral",
  tip,
  children,
}: {
  tone?: "neutral" | "accent" | "ok" | "error" | "throttle" | "fault";
  tip?: string;
  children: ComponentChildren;
}) {
  return (
    <span class={`badge ${tone}`} data-tip={tip}>
      {children}
    </span>
  );
}
