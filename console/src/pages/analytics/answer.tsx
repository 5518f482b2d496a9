/** The plain answer to a question, above its figures. */
import type { ComponentChildren } from "preact";
import { Icon } from "../../ui/index.ts";

export function Answer({
  tone,
  headline,
  detail,
  children,
}: {
  tone: "ok" | "error" | "throttle" | "fault" | "none";
  headline: string;
  detail: string;
  children?: ComponentChildren;
}) {
  return (
    <section class="card analytics-answer" aria-label="Answer" aria-live="polite">
      <span class={`analytics-answer-mark ${tone}`}>
        <Icon name={tone === "ok" ? "check" : tone === "none" ? "info" : "warning"} size={18} />
      </span>
      <div class="grow">
        <h2 class="analytics-headline break">{headline}</h2>
        <p class="muted break">{detail}</p>
        {children}
      </div>
    </section>
  );
}
