/** Making, changing or copying a rule. */
import { useState } from "preact/hooks";
import { ApiError, askRehearsal, postJson, type SamplingAnswer, type SamplingRule } from "../../api/index.ts";
import { useKeys } from "../../app/index.ts";
import { Button, ErrorState, IconButton, SidePanel, toast } from "../../ui/index.ts";
import { Rehearsal } from "./rehearsal.tsx";
import {
  about,
  copyName,
  createRequest,
  draft,
  type Field,
  type Form,
  formOf,
  MATCHERS,
  newForm,
  problems,
  takes,
  updateRequest,
} from "./rules.ts";

export function RuleForm({
  what,
  rule,
  answer,
  onDone,
  onClose,
}: {
  what: "new" | "edit" | "copy";
  /** The one that is changed or copied. */
  rule: SamplingRule | null;
  answer: SamplingAnswer;
  onDone: (name: string) => void;
  onClose: () => void;
}) {
  const taken = answer.rules.map((one) => one.name);
  const editing = what === "edit" && rule !== null;
  const isDefault = editing && rule.is_default;
  const [form, setForm] = useState<Form>(() => {
    if (!rule) return newForm(answer.rules);
    const found = formOf(rule);
    if (what === "edit") return found;
    const priority = rule.is_default ? newForm(answer.rules).priority : found.priority;
    return { ...found, name: copyName(rule.name, taken), priority };
  });
  // At first only: what a person opened stays open while they clear what is in it.
  const [more] = useState(form.boosts || form.attributes.length > 0 || form.resource_arn !== "*");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const wrong = problems(form, editing ? taken.filter((name) => name !== rule.name) : taken, isDefault);
  const change = (some: Partial<Form>): void => setForm((before) => ({ ...before, ...some }));
  const said = (field: Field): string | undefined => (tried || form[field] !== "" ? wrong[field] : undefined);

  const save = async (): Promise<void> => {
    setTried(true);
    if (busy || Object.keys(wrong).length > 0) return;
    setBusy(true);
    setProblem(null);
    try {
      if (editing) await postJson("/UpdateSamplingRule", updateRequest(form, rule));
      else await postJson("/CreateSamplingRule", createRequest(form));
      const name = editing ? rule.name : form.name.trim();
      toast(editing ? `Rule ${name} is changed. Clients learn of it within ten seconds.` : `Rule ${name} is made.`);
      onDone(name);
    } catch (error) {
      setProblem(error instanceof ApiError ? error : new ApiError(String(error), "ConsoleError", -1));
      setBusy(false);
    }
  };
  useKeys("Rule", [{ keys: "mod+Enter", does: editing ? "Save" : "Make the rule", run: () => void save() }]);

  const one = (field: Exclude<Field, "attributes">, label: string, more: Record<string, unknown> = {}) => (
    <div class="field">
      <label class="field-label" for={`sampling-${field}`}>
        {label}
      </label>
      <input
        id={`sampling-${field}`}
        class="input"
        autocomplete="off"
        spellcheck={false}
        aria-invalid={said(field) !== undefined}
        aria-describedby={`sampling-${field}-said`}
        value={form[field]}
        onInput={(event) => change({ [field]: event.currentTarget.value })}
        {...more}
      />
      <span id={`sampling-${field}-said`} class="field-problem" role="alert">
        {said(field) ?? ""}
      </span>
    </div>
  );

  return (
    <SidePanel
      name="sampling"
      width={520}
      title={what === "new" ? "New rule" : what === "copy" ? `Copy of ${rule?.name ?? ""}` : (rule?.name ?? "")}
      subtitle={isDefault ? "Of Default only the reservoir and the rate can be changed" : undefined}
      onClose={onClose}
    >
      <form
        class="stack sampling-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {!isDefault && (
          <div class="sampling-pair">
            {editing ? (
              <div class="field">
                <span class="field-label">Name</span>
                <span class="sampling-fixed">{rule.name}</span>
              </div>
            ) : (
              one("name", "Name", { placeholder: "checkout", ref: focusOnce })
            )}
            {one("priority", "Priority (the least is tried first)", { inputMode: "numeric", class: "input num" })}
          </div>
        )}
        {!isDefault && (
          <fieldset class="sampling-set">
            <legend>Which requests</legend>
            <p class="faint small">
              <span class="mono">*</span> is any run of characters, <span class="mono">?</span> one; case does not
              matter.
            </p>
            <div class="sampling-matchers">
              {MATCHERS.map(({ field, label, example }) => (
                <div key={field}>{one(field, label, { class: "input mono", placeholder: example })}</div>
              ))}
            </div>
          </fieldset>
        )}
        <fieldset class="sampling-set">
          <legend>How many of them</legend>
          <div class="sampling-pair">
            <div>
              {one("reservoir", "First", { inputMode: "numeric", class: "input num" })}
              {answer.extensions && !isDefault ? (
                <div class="row sampling-per" role="radiogroup" aria-label="Requests per">
                  {(["second", "minute"] as const).map((per) => (
                    <label key={per} class="check">
                      <input type="radio" name="per" checked={form.per === per} onChange={() => change({ per })} />a{" "}
                      {per}
                    </label>
                  ))}
                </div>
              ) : (
                <p class="faint small">requests a second, of all processes together</p>
              )}
            </div>
            <div>
              {one("rate", "Then, percent of the rest", { inputMode: "decimal", class: "input num" })}
              <p class="faint small">5 is one in twenty</p>
            </div>
          </div>
          {form.per === "minute" && (
            <p class="faint small">Requests per minute are Radiograph's own: AWS would not take this rule.</p>
          )}
        </fieldset>
        {!isDefault && (
          <details class="sampling-more" open={more}>
            <summary>Attributes, resource, boost</summary>
            <div class="stack">
              {one("resource_arn", "Resource ARN", { class: "input mono" })}
              <Attributes form={form} problem={wrong.attributes} onChange={(attributes) => change({ attributes })} />
              <label class="check">
                <input
                  type="checkbox"
                  checked={form.boosts}
                  onChange={(event) => change({ boosts: event.currentTarget.checked })}
                />
                Sample more for a minute when services report anomalies that nobody sampled
              </label>
              {form.boosts && (
                <div class="sampling-pair">
                  {one("boostRate", "At most, percent", { inputMode: "decimal", class: "input num" })}
                  {one("boostCooldown", "At most once in, minutes", { inputMode: "numeric", class: "input num" })}
                </div>
              )}
            </div>
          </details>
        )}
        {Object.keys(wrong).length === 0 && (
          <p class="sampling-sentence" aria-live="polite">
            {sentence(form)}
          </p>
        )}
        <Rehearsal
          ready={Object.keys(wrong).length === 0}
          ask={(range, signal) => askRehearsal(draft(answer.rules, form, editing ? rule.name : null), range, signal)}
        />
        {problem && <ErrorState error={problem} small />}
        <div class="row sampling-save">
          <Button type="submit" kind="primary" disabled={busy} data-tip-keys="mod+Enter" data-tip="Save">
            {editing ? "Save" : "Make the rule"}
          </Button>
          <Button kind="plain" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}

function sentence(form: Form): string {
  const amount = Number(form.reservoir);
  const rule = {
    ...form,
    reservoir: form.per === "second" ? amount : 0,
    per_minute: form.per === "minute" ? amount : 0,
    fixed_rate: Number(form.rate) / 100,
    attributes: Object.fromEntries(form.attributes.filter(([key]) => key.trim() !== "")),
    resource_arn: form.resource_arn.trim() || "*",
  };
  return `${takes(rule)}: ${about(rule)}`;
}

const seen = new WeakSet<HTMLInputElement>();

/** `autofocus` works in dialogs and popovers only. */
function focusOnce(element: HTMLInputElement | null): void {
  if (!element || seen.has(element)) return;
  seen.add(element);
  element.focus();
  element.select();
}

function Attributes({
  form: { attributes },
  problem,
  onChange,
}: {
  form: Form;
  problem: string | undefined;
  onChange: (attributes: Form["attributes"]) => void;
}) {
  const set = (index: number, part: 0 | 1, value: string): void =>
    onChange(
      attributes.map((pair, at) =>
        at !== index ? pair : part === 0 ? ([value, pair[1]] as const) : ([pair[0], value] as const),
      ),
    );
  return (
    <fieldset class="sampling-set">
      <legend>Attributes</legend>
      <p class="faint small">X-Ray's SDKs ignore rules with attributes; OpenTelemetry's sampler uses them.</p>
      {attributes.map(([key, value], index) => (
        <div key={index} class="row">
          <input
            class="input mono"
            aria-label={`Key of attribute ${index + 1}`}
            placeholder="key"
            value={key}
            onInput={(event) => set(index, 0, event.currentTarget.value)}
          />
          <input
            class="input mono"
            aria-label={`Value of attribute ${index + 1}`}
            placeholder="value"
            value={value}
            onInput={(event) => set(index, 1, event.currentTarget.value)}
          />
          <IconButton
            icon="close"
            size={12}
            label={`Take attribute ${index + 1} away`}
            onClick={() => onChange(attributes.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <Button kind="plain" icon="plus" onClick={() => onChange([...attributes, ["", ""]])}>
        Add an attribute
      </Button>
      <span class="field-problem" role="alert">
        {problem ?? ""}
      </span>
    </fieldset>
  );
}
