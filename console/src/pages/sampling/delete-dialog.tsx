/** Deleting a rule: its requests fall to the rules after it. */
import { useState } from "preact/hooks";
import { ApiError, askRehearsal, postJson, type SamplingRule } from "../../api/index.ts";
import { Button, Dialog, ErrorState, toast } from "../../ui/index.ts";
import { Rehearsal } from "./rehearsal.tsx";
import { about, takes, without } from "./rules.ts";

export function DeleteDialog({
  rule,
  rules,
  onDone,
  onClose,
}: {
  rule: SamplingRule;
  rules: readonly SamplingRule[];
  onDone: () => void;
  onClose: () => void;
}) {
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const remove = async (): Promise<void> => {
    setBusy(true);
    try {
      await postJson("/DeleteSamplingRule", { RuleName: rule.name });
      toast(`Rule ${rule.name} is deleted.`);
      onDone();
    } catch (error) {
      setProblem(error instanceof ApiError ? error : new ApiError(String(error), "ConsoleError", -1));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={`Delete ${rule.name}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose} autofocus>
            Keep it
          </Button>
          <Button kind="danger" icon="trash" disabled={busy} onClick={() => void remove()}>
            Delete the rule
          </Button>
        </>
      }
    >
      <div class="stack">
        <p class="sampling-sentence">
          {takes(rule)}: <span class="break">{about(rule)}</span>
        </p>
        <p>
          {rule.rates.requests > 0
            ? "It decides about requests now; the rules after it will, from within ten seconds. "
            : "Requests that it would match fall to the rules after it. "}
          This cannot be undone.
        </p>
        <Rehearsal ask={(range, signal) => askRehearsal(without(rules, rule.name), range, signal)} />
        {problem && <ErrorState error={problem} small />}
      </div>
    </Dialog>
  );
}
