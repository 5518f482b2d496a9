/** Which traces stay once they have settled: policies in order, drafted here, tried on what is stored, then put in force. */
import { useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import {
  ApiError,
  askKeep,
  askKeepRehearsal,
  type KeepAnswer,
  type KeepPolicy,
  putKeep,
  useQuery,
} from "../../api/index.ts";
import { hasPage, href, useKeys } from "../../app/index.ts";
import { count, duration, percent, plural } from "../../format/index.ts";
import { Badge, Button, Dialog, EmptyState, ErrorState, Icon, IconButton, Skeleton, toast } from "../../ui/index.ts";
import { useLooking } from "./looking.ts";
import {
  alike,
  type Change,
  changeOf,
  goneFrom,
  keeps,
  keepsAll,
  movedPolicy,
  plain,
  REST,
  USUAL,
  withoutPolicy,
  withPolicy,
} from "./policies.ts";
import { PolicyPanel } from "./policy-panel.tsx";
import { Rehearsal } from "./rehearsal.tsx";
import { begin, doing, draftPolicies, open, stop } from "./state.ts";

const CHANGES: Readonly<Record<Change, string>> = { same: "", new: "new", changed: "changed", moved: "moved" };

export function KeepView() {
  const query = useQuery(["keep"], (signal) => askKeep(signal));
  useLooking(query.again);
  const answer = query.data;
  const saving = useSignal(false);
  const at = useSignal("");

  const saved = answer?.policies;
  const policies = draftPolicies.value ?? saved ?? [];
  const isDraft = saved !== undefined && draftPolicies.value !== null && !alike(policies, saved);
  useEffect(() => {
    // Nothing is left to save.
    if (saved && draftPolicies.value && alike(draftPolicies.value, saved)) draftPolicies.value = null;
  }, [saved, draftPolicies.value]);

  const change = (next: readonly KeepPolicy[]): void => {
    draftPolicies.value = plain(next);
  };
  const name = open.value;
  const what = doing.value;
  const selected = at.value || name;
  useKeys("Keep policies", [
    { keys: "n", does: "New policy", run: () => begin("new") },
    { keys: "e", does: "Change the policy", run: () => selected && begin("edit", selected) },
    { keys: "alt+ArrowUp", does: "Try the policy earlier", run: () => change(movedPolicy(policies, selected, -1)) },
    { keys: "alt+ArrowDown", does: "Try the policy later", run: () => change(movedPolicy(policies, selected, 1)) },
    { keys: "Delete", does: "Take the policy out", run: () => change(withoutPolicy(policies, selected)) },
  ]);

  if (query.error && !answer) return <ErrorState error={query.error} onRetry={query.again} />;
  if (!answer || !saved) {
    return (
      <div class="page" role="status" aria-label="Loading keep policies">
        <Skeleton lines={6} />
      </div>
    );
  }
  const target = policies.find((policy) => policy.name === name);
  const isForm = what === "new" || target !== undefined;
  const untouched = !isDraft && keepsAll(saved);
  return (
    <div class="split">
      <div class="grow sampling-main keep">
        <header class="sampling-head">
          <p class="muted grow">
            Which traces stay? When nothing has come of a trace for {spelt(answer.after)}, the first policy that matches
            it decides. The map and all rates go on counting every trace.
          </p>
          <Button kind="primary" icon="plus" data-tip="New policy" data-tip-keys="n" onClick={() => begin("new")}>
            New policy
          </Button>
        </header>
        <div class="keep-body">
          {untouched ? (
            <EmptyState icon="sampling" title="Every trace is kept">
              <p>
                Keep what matters: every trace that failed, was throttled or slow, and a share of the others. What is
                not kept is deleted, and counted nevertheless.
              </p>
              <Button kind="primary" icon="plus" onClick={() => change(USUAL)}>
                Draft the usual policies
              </Button>
              <p class="faint small">Nothing changes before you have tried them and put them in force.</p>
            </EmptyState>
          ) : (
            <Policies
              answer={answer}
              policies={policies}
              isDraft={isDraft}
              selected={selected}
              onSelect={(one) => {
                at.value = one;
              }}
              onChange={change}
            />
          )}
          {answer.problem && (
            <p class="sampling-note" role="status">
              <Icon name="warning" size={14} />
              <span class="break">A policy could not be evaluated, and keeps what comes to it. {answer.problem}</span>
            </p>
          )}
          {isDraft && (
            <section class="keep-draft" aria-label="Draft">
              <div class="row wrap">
                <strong class="grow">{draftTold(policies, saved)}</strong>
                <Button kind="plain" onClick={() => (draftPolicies.value = null)}>
                  Discard
                </Button>
                <Button kind="primary" onClick={() => (saving.value = true)}>
                  Put in force …
                </Button>
              </div>
              <Rehearsal of="policies" ask={(range, signal) => askKeepRehearsal(plain(policies), range, signal)} />
            </section>
          )}
        </div>
      </div>
      {isForm && (
        <PolicyPanel
          key={`${what} ${name}`}
          policy={what === "new" ? null : (target ?? null)}
          policies={policies}
          onDone={(policy, instead) => {
            change(withPolicy(policies, policy, instead));
            stop();
          }}
          onDelete={(one) => {
            change(withoutPolicy(policies, one));
            stop();
          }}
          onClose={() => stop()}
        />
      )}
      {saving.value && (
        <SaveDialog
          answer={answer}
          policies={policies}
          onDone={() => {
            saving.value = false;
            draftPolicies.value = null;
            query.again();
          }}
          onClose={() => (saving.value = false)}
        />
      )}
    </div>
  );
}

/** `a minute`, `90s`. */
function spelt(seconds: number): string {
  return seconds === 60 ? "a minute" : duration(seconds);
}

function draftTold(policies: readonly KeepPolicy[], saved: readonly KeepPolicy[]): string {
  const gone = goneFrom(policies, saved);
  return gone.length === 0 ? "A draft: not in force yet." : `A draft: not in force yet; without ${gone.join(", ")}.`;
}

function Policies({
  answer,
  policies,
  isDraft,
  selected,
  onSelect,
  onChange,
}: {
  answer: KeepAnswer;
  policies: readonly KeepPolicy[];
  isDraft: boolean;
  selected: string;
  onSelect: (name: string) => void;
  onChange: (policies: readonly KeepPolicy[]) => void;
}) {
  const decided = new Map(answer.policies.map((policy) => [policy.name, policy]));
  return (
    <>
      <table class="keep-table">
        <caption class="sr">Keep policies, in the order in which they are tried</caption>
        <thead>
          <tr>
            <th scope="col" class="num">
              #
            </th>
            <th scope="col">Policy</th>
            <th scope="col" class="num">
              Keeps
            </th>
            <th scope="col" class="num keep-wide">
              Kept
            </th>
            <th scope="col" class="num keep-wide">
              Dropped
            </th>
            <th scope="col">
              <span class="sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {policies.map((policy, index) => {
            const figures = decided.get(policy.name);
            const change = isDraft ? CHANGES[changeOf(policies, index, answer.policies)] : "";
            const isRest = policy.name === REST;
            return (
              <tr
                key={policy.name}
                class={selected === policy.name ? "selected" : ""}
                onFocusIn={() => onSelect(policy.name)}
              >
                <td class="num faint">{index + 1}</td>
                <td>
                  <button type="button" class="link keep-name" onClick={() => begin("edit", policy.name)}>
                    {policy.name}
                  </button>{" "}
                  {change && <Badge tone="accent">{change}</Badge>}
                  <div class="mono small muted break">
                    {isRest ? <span class="keep-rest">all other traces</span> : policy.filter}
                  </div>
                </td>
                <td class="num">
                  <strong>{keeps(policy.share)}</strong>
                </td>
                <td class="num keep-wide">{figures ? count(figures.kept) : "–"}</td>
                <td class="num keep-wide">{figures ? count(figures.dropped) : "–"}</td>
                <td class="sampling-actions">
                  {!isRest && (
                    <>
                      <IconButton
                        icon="arrowUp"
                        size={14}
                        label={`Try ${policy.name} earlier`}
                        keys="alt+ArrowUp"
                        disabled={index === 0}
                        onClick={() => onChange(movedPolicy(policies, policy.name, -1))}
                      />
                      <IconButton
                        icon="arrowDown"
                        size={14}
                        label={`Try ${policy.name} later`}
                        keys="alt+ArrowDown"
                        disabled={index >= policies.length - 2}
                        onClick={() => onChange(movedPolicy(policies, policy.name, 1))}
                      />
                      <IconButton
                        icon="trash"
                        size={14}
                        label={`Take ${policy.name} out`}
                        keys="Delete"
                        onClick={() => onChange(withoutPolicy(policies, policy.name))}
                      />
                    </>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p class="faint small keep-note">
        Kept and dropped are traces since Radiograph started. A trace that was kept of a share stands for the others:
        lists show how many. {hasPage("/traces") && <a href={href("/traces", {})}>To the traces</a>}
      </p>
    </>
  );
}

/** What is dropped is gone for good: it is said once more. */
function SaveDialog({
  answer,
  policies,
  onDone,
  onClose,
}: {
  answer: KeepAnswer;
  policies: readonly KeepPolicy[];
  onDone: () => void;
  onClose: () => void;
}) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);
  // What somebody else put in force while this was open is not swept away unseen.
  const [before] = useState(answer.changed);
  const isOld = before !== answer.changed;
  const all = keepsAll(policies);
  const save = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await putKeep(plain(policies));
      toast(
        all ? "Every trace is kept from now on." : "The policies are in force for all traces that come from now on.",
      );
      onDone();
    } catch (error) {
      setProblem(error instanceof ApiError ? error : new ApiError(String(error), "ConsoleError", -1));
      setBusy(false);
    }
  };
  const dropping = policies.filter((policy) => policy.share < 1);
  return (
    <Dialog
      title={all ? "Keep every trace" : "Put the policies in force"}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose} autofocus>
            Not yet
          </Button>
          <Button kind={all ? "primary" : "danger"} disabled={busy} onClick={() => void save()}>
            Put in force
          </Button>
        </>
      }
    >
      <div class="stack">
        {all ? (
          <p>Nothing is dropped any more. What was dropped before does not come back.</p>
        ) : (
          <>
            <p>Of all traces that come from now on, these are deleted for good:</p>
            <ul class="keep-dropping">
              {dropping.map((policy) => (
                <li key={policy.name}>
                  {policy.share === 0 ? "all" : percent(1 - policy.share)} of{" "}
                  {policy.name === REST ? "those that no other policy matches" : <strong>{policy.name}</strong>}
                </li>
              ))}
            </ul>
            <p class="muted">
              {plural(policies.length - dropping.length, "policy keeps", "policies keep")} all that they decide about.
              Traces that came before stay.
            </p>
          </>
        )}
        {isOld && (
          <p class="sampling-note" role="status">
            <Icon name="warning" size={14} />
            <span>Somebody changed the policies meanwhile: saving replaces theirs.</span>
          </p>
        )}
        {problem && <ErrorState error={problem} small />}
      </div>
    </Dialog>
  );
}
