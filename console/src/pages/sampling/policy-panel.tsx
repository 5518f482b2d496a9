/** One policy of the draft: made or changed here, in force when the draft is. */
import { useState } from "preact/hooks";
import type { KeepPolicy } from "../../api/index.ts";
import { useKeys } from "../../app/index.ts";
import { ExpressionField } from "../../filter/index.ts";
import { Button, SidePanel } from "../../ui/index.ts";
import { keeps, NEW, type PolicyForm, policyForm, policyOf, policyProblems, REST } from "./policies.ts";

export function PolicyPanel({
  policy,
  policies,
  onDone,
  onDelete,
  onClose,
}: {
  /** null for a new one. */
  policy: KeepPolicy | null;
  policies: readonly KeepPolicy[];
  onDone: (policy: KeepPolicy, instead: string | null) => void;
  onDelete: (name: string) => void;
  onClose: () => void;
}) {
  const [form, setForm] = useState<PolicyForm>(() => (policy ? policyForm(policy) : NEW));
  const [tried, setTried] = useState(false);
  const [readable, setReadable] = useState(true);
  const isRest = policy?.name === REST;
  const taken = policies.map((one) => one.name).filter((name) => name !== policy?.name);
  const wrong = policyProblems(form, taken, isRest);
  const change = (some: Partial<PolicyForm>): void => setForm((before) => ({ ...before, ...some }));
  const said = (field: keyof PolicyForm): string => (tried || form[field] !== "" ? (wrong[field] ?? "") : "");
  const kept = Number(form.share) / 100;

  const done = (): void => {
    setTried(true);
    if (Object.keys(wrong).length > 0 || !readable) return;
    onDone(policyOf(form), policy?.name ?? null);
  };
  useKeys("Policy", [{ keys: "mod+Enter", does: "Put into the draft", run: done }]);

  return (
    <SidePanel
      name="sampling"
      width={520}
      title={policy?.name ?? "New policy"}
      subtitle={isRest ? "All traces that no other policy matches" : undefined}
      onClose={onClose}
    >
      <form
        class="stack sampling-form"
        onSubmit={(event) => {
          event.preventDefault();
          done();
        }}
      >
        {!isRest && (
          <>
            <div class="field">
              <label class="field-label" for="keep-name">
                Name
              </label>
              <input
                id="keep-name"
                class="input"
                autocomplete="off"
                spellcheck={false}
                placeholder="gold customers"
                aria-invalid={said("name") !== ""}
                aria-describedby="keep-name-said"
                value={form.name}
                onInput={(event) => change({ name: event.currentTarget.value })}
              />
              <span id="keep-name-said" class="field-problem" role="alert">
                {said("name")}
              </span>
            </div>
            <div>
              <ExpressionField
                value={form.filter}
                onChange={(filter) => change({ filter })}
                onCheck={setReadable}
                whenEmpty="Which traces? service() { fault } are those with a fault anywhere."
              />
              <span class="field-problem" role="alert">
                {tried ? (wrong.filter ?? "") : ""}
              </span>
            </div>
          </>
        )}
        <div class="field">
          <label class="field-label" for="keep-share">
            Keep, percent of {isRest ? "them" : "the traces that match"}
          </label>
          <input
            id="keep-share"
            class="input num keep-share"
            inputMode="decimal"
            autocomplete="off"
            aria-invalid={said("share") !== ""}
            aria-describedby="keep-share-said"
            value={form.share}
            onInput={(event) => change({ share: event.currentTarget.value })}
          />
          <span class="faint small">
            {wrong.share
              ? ""
              : kept === 0 || kept === 1
                ? `Keeps ${keeps(kept)} of them.`
                : `Keeps ${keeps(kept)}: each of those stands for ${Number((1 / kept).toPrecision(3))}.`}
          </span>
          <span id="keep-share-said" class="field-problem" role="alert">
            {said("share")}
          </span>
        </div>
        <div class="row sampling-save">
          <Button type="submit" kind="primary" data-tip="Put into the draft" data-tip-keys="mod+Enter">
            Put into the draft
          </Button>
          <Button kind="plain" onClick={onClose}>
            Cancel
          </Button>
          {policy && !isRest && (
            <Button kind="plain" icon="trash" onClick={() => onDelete(policy.name)}>
              Take it out
            </Button>
          )}
        </div>
      </form>
    </SidePanel>
  );
}
