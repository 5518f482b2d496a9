/** What was raised: message, stack, and the chain of causes. */
import { useState } from "preact/hooks";
import type { EntityAnswer, ExceptionRecord } from "../../api/index.ts";
import { plural } from "../../format/index.ts";
import { Badge, CopyButton } from "../../ui/index.ts";
import { chains, stackText } from "./exceptions.ts";

/** So many frames are shown at first. */
const FEW = 12;

export function ExceptionsTab({ answer }: { answer: EntityAnswer }) {
  return (
    <div class="stack">
      {answer.working_directory !== "" && (
        <p class="small muted">
          Raised in <code class="break">{answer.working_directory}</code>
        </p>
      )}
      {chains(answer.exceptions).map((chain) => (
        <ol key={chain[0]?.id ?? ""} class="bare trace-chain">
          {chain.map((exception, index) => (
            <li key={exception.id || index} class="trace-exception">
              {index > 0 && <div class="trace-because">because of</div>}
              <Exception exception={exception} />
            </li>
          ))}
        </ol>
      ))}
    </div>
  );
}

function Exception({ exception }: { exception: ExceptionRecord }) {
  const [all, setAll] = useState(false);
  const shown = all ? exception.stack : exception.stack.slice(0, FEW);
  return (
    <section class="card trace-exception-card">
      <header class="row">
        <h3 class="break grow">{exception.type || "Exception"}</h3>
        {exception.remote && <Badge tip="It was raised by what was called">from the called side</Badge>}
        <CopyButton text={() => stackText(exception)} label="Copy with its stack" />
      </header>
      {exception.message !== "" && <p class="break trace-message">{exception.message}</p>}
      {shown.length > 0 && (
        <ol class="bare trace-stack">
          {shown.map((frame, index) => (
            // Frames may be equal: recursion.
            <li key={`${String(index)} ${frame.path}`}>
              <span class="trace-frame">{frame.label || "?"}</span>
              <span class="faint break">
                {frame.path}
                {frame.line > 0 && `:${frame.line}`}
              </span>
            </li>
          ))}
        </ol>
      )}
      {exception.stack.length > shown.length && (
        <button type="button" class="trace-again" onClick={() => setAll(true)}>
          {plural(exception.stack.length - shown.length, "more frame")}
        </button>
      )}
      {exception.truncated > 0 && <p class="faint small">{plural(exception.truncated, "frame")} not sent.</p>}
      {exception.skipped > 0 && (
        <p class="faint small">{plural(exception.skipped, "exception")} in between not sent.</p>
      )}
    </section>
  );
}
