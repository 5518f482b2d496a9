/** There is no such trace: why that may be, and what to do. */
import { useState } from "preact/hooks";
import { hasPage, href, navigate, serverNow, traceHref, traceId, zone } from "../../app/index.ts";
import { ago, dateTime } from "../../format/index.ts";
import { Button, ButtonLink, Icon } from "../../ui/index.ts";
import { bornAt, whyMissing } from "./missing.ts";

export function NoSuchTrace({
  id,
  retentionDays,
  onRetry,
}: {
  id: string;
  retentionDays: number | null;
  onRetry: () => void;
}) {
  const born = bornAt(id);
  const now = serverNow();
  const whys = whyMissing(id, now, retentionDays);
  return (
    <div class="state trace-none" role="alert">
      <span class="state-icon">
        <Icon name="search" size={20} />
      </span>
      <h2>This trace is not here</h2>
      <div class="state-body prose">
        <p class="mono break">{id}</p>
        <p>
          Its id says that it began {born > now + 60 ? "in the future" : ago(born, now)}, on{" "}
          <span class="nowrap">{dateTime(born, zone.value)}</span>.
        </p>
        <ul class="trace-whys">
          {whys.map((why) => (
            <li key={why}>{why}</li>
          ))}
        </ul>
        <div class="row">
          <Button kind="primary" icon="refresh" onClick={onRetry}>
            Look again
          </Button>
          {hasPage("/traces") && <ButtonLink href={href("/traces")}>All traces</ButtonLink>}
        </div>
        <AnotherId />
      </div>
    </div>
  );
}

export function NoTraceId({ given }: { given: string }) {
  return (
    <div class="state trace-none" role="alert">
      <span class="state-icon">
        <Icon name="question" size={20} />
      </span>
      <h2>That is no trace id</h2>
      <div class="state-body prose">
        <p>
          <code class="break">{given}</code> has neither of the two forms:
        </p>
        <dl class="trace-forms">
          <dt>X-Ray</dt>
          <dd class="mono">1-67a1b2c3-0123456789abcdef01234567</dd>
          <dt>W3C</dt>
          <dd class="mono">67a1b2c30123456789abcdef01234567</dd>
        </dl>
        <AnotherId />
      </div>
    </div>
  );
}

function AnotherId() {
  const [typed, setTyped] = useState("");
  const [refused, setRefused] = useState(false);
  return (
    <form
      class="trace-another"
      onSubmit={(event) => {
        event.preventDefault();
        const id = traceId(typed);
        if (id === null) setRefused(true);
        else navigate(traceHref(id));
      }}
    >
      <label class="field grow">
        <span class="field-label">Another id, an X-Amzn-Trace-Id header or a traceparent</span>
        <span class="row">
          <input
            class="input mono"
            spellcheck={false}
            value={typed}
            aria-invalid={refused}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              setRefused(false);
            }}
          />
          <Button type="submit">Open</Button>
        </span>
        <span class="field-problem" role="alert">
          {refused ? "There is no trace id in that." : ""}
        </span>
      </label>
    </form>
  );
}
