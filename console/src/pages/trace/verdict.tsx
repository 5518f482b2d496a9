/** Why it was slow, or failed, in plain sentences; and the way to the part that is to blame. */
import type { TraceAnswer, Verdict } from "../../api/index.ts";
import type { TraceTree } from "../../trace/index.ts";
import { Button, Icon, OutcomeMark } from "../../ui/index.ts";

const TONES: Readonly<Record<Verdict["tone"], string>> = {
  ok: "Nothing stands out",
  slow: "Why it was slow",
  error: "Why it was refused",
  throttle: "Why it was turned away",
  fault: "Why it failed",
  partial: "Not complete",
};

export function VerdictCard({
  trace,
  tree,
  onJump,
}: {
  trace: TraceAnswer;
  tree: TraceTree;
  onJump: (id: string) => void;
}) {
  const { verdict } = trace;
  const { entity } = verdict;
  const part = entity === null ? undefined : tree.byId.get(entity);
  // What failed but was caught is no failure of the answer.
  const handled = verdict.tone === "fault" && trace.outcome === "ok";
  return (
    <section class={`card trace-verdict tone-${verdict.tone}`} aria-label="Verdict">
      <div class="trace-verdict-tone">
        {verdict.tone === "slow" || verdict.tone === "partial" ? (
          <Icon name="clock" size={13} />
        ) : (
          <OutcomeMark outcome={verdict.tone} bare size={11} />
        )}
        {handled ? "A failure that was handled" : TONES[verdict.tone]}
      </div>
      <p class="trace-headline">{verdict.headline}</p>
      {verdict.details.length > 0 && (
        <ul class="trace-details">
          {verdict.details.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      {part && (
        <Button
          icon="arrowRight"
          data-tip="Open it in the waterfall"
          data-tip-keys="v"
          onClick={() => onJump(part.entity.id)}
        >
          Show {part.entity.name.replace(/^## /, "")}
        </Button>
      )}
    </section>
  );
}
