/** What stands where there is nothing to show: empty, waiting, failed. */
import type { ComponentChildren } from "preact";
import type { ApiError } from "../api/client.ts";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy.tsx";
import { Icon, type IconName } from "./icon.tsx";

/** Nothing to show, why, and what to do about it. */
export function EmptyState({
  icon = "search",
  title,
  children,
}: {
  icon?: IconName;
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="state">
      <span class="state-icon">
        <Icon name={icon} size={20} />
      </span>
      <h2>{title}</h2>
      <div class="state-body prose">{children}</div>
    </div>
  );
}

const ADVICE: Readonly<Record<string, string>> = {
  Unreachable:
    "Start it with radiograph up, or see whether another program holds its port. This page tries again by itself.",
  InvalidRequestException: "Something in the question is not as the server wants it: the sentence above says what.",
  ThrottledException: "It is busy. Ask again in a moment.",
  InternalFailure: "That is a mistake in Radiograph. Its log has the details, under the request id.",
};

/** What went wrong, in the server's words, and a way on. `small` for a panel or a part of a page. */
export function ErrorState({
  error,
  onRetry,
  small = false,
}: {
  error: ApiError;
  onRetry?: () => void;
  small?: boolean;
}) {
  const advice = ADVICE[error.code] ?? (error.status >= 500 ? ADVICE.InternalFailure : undefined);
  return (
    <div class={`state failed${small ? " small-state" : ""}`} role="alert">
      <span class="state-icon status-fault">
        <Icon name="warning" size={20} />
      </span>
      <h2 class="break">{error.message}</h2>
      <div class="state-body prose">
        {advice && <p>{advice}</p>}
        <dl class="state-facts">
          <div>
            <dt>Code</dt>
            <dd class="mono">{error.code}</dd>
          </div>
          {error.requestId && (
            <div>
              <dt>Request</dt>
              <dd class="mono row">
                <span class="cut">{error.requestId}</span>
                <CopyButton text={error.requestId} label="Copy the request id" />
              </dd>
            </div>
          )}
        </dl>
        {onRetry && (
          <Button icon="refresh" onClick={onRetry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}

/** Grey where text will be. */
export function Skeleton({ lines = 3, class: extra }: { lines?: number; class?: string }) {
  return (
    <div class={`skeleton${extra ? ` ${extra}` : ""}`} aria-hidden="true">
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} class={`skeleton-line w${index % 4}`} />
      ))}
    </div>
  );
}

/** The one thing that turns; at most one on screen. Prefer a skeleton. */
export function Spinner({ label = "Loading" }: { label?: string }) {
  return (
    <span class="spinner" role="status">
      <span class="sr">{label}</span>
    </span>
  );
}
