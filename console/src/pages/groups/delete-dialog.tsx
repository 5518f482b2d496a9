/** Deleting asks for the group's name, typed: it cannot be undone. */
import { useState } from "preact/hooks";
import { ApiError, postJson } from "../../api/index.ts";
import { group as chosen, reloadGroups } from "../../app/index.ts";
import { Button, Dialog, ErrorState, toast } from "../../ui/index.ts";
import type { FullGroup } from "./forms.ts";
import { stop } from "./state.ts";

export function DeleteDialog({ group, onDone }: { group: FullGroup; onDone: () => void }) {
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const name = group.GroupName;
  const matches = typed.trim() === name;
  const remove = async (): Promise<void> => {
    if (!matches || busy) return;
    setBusy(true);
    try {
      await postJson("/DeleteGroup", { GroupName: name });
      // Nobody should be left looking at what is gone.
      if (chosen.value === name) chosen.set("");
      void reloadGroups();
      toast(`Group ${name} is deleted.`);
      onDone();
    } catch (error) {
      setProblem(error instanceof ApiError ? error : new ApiError(String(error), "ConsoleError", -1));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={`Delete ${name}`}
      onClose={stop}
      actions={
        <>
          <Button onClick={stop}>Keep it</Button>
          <Button kind="danger" icon="trash" disabled={!matches || busy} onClick={() => void remove()}>
            Delete the group
          </Button>
        </>
      }
    >
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void remove();
        }}
      >
        <p>The group, its figures and its tags go; the traces stay. This cannot be undone.</p>
        {group.FilterExpression && <p class="mono break groups-filter-shown">{group.FilterExpression}</p>}
        <label class="field">
          <span class="field-label">
            Type <strong>{name}</strong> to delete it
          </span>
          <input
            class="input"
            autofocus
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        {problem && <ErrorState error={problem} small />}
      </form>
    </Dialog>
  );
}
