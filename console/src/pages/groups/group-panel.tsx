/** Making or changing a group, beside the list. */
import { useState } from "preact/hooks";
import { ApiError, postJson } from "../../api/index.ts";
import { hasPage, reloadGroups, useKeys } from "../../app/index.ts";
import { ExpressionField } from "../../filter/index.ts";
import { Button, CopyButton, ErrorState, Icon, IconButton, SidePanel, toast } from "../../ui/index.ts";
import {
  cloneName,
  createRequest,
  DEFAULT,
  EMPTY,
  type Form,
  type FullGroup,
  formOf,
  nameProblem,
  type Tag,
  tagChanges,
  tagProblem,
  updateRequest,
} from "./forms.ts";
import { tags as knownTags, stop, tagsProblem } from "./state.ts";

export function GroupPanel({
  what,
  group,
  groups,
  onDone,
}: {
  what: "new" | "edit" | "clone";
  /** The one that is changed or cloned. */
  group: FullGroup | null;
  groups: readonly FullGroup[];
  onDone: () => void;
}) {
  const taken = groups.map((one) => one.GroupName);
  const ownTags = group ? (knownTags.value.get(group.GroupARN) ?? null) : null;
  const [form, setForm] = useState<Form>(() => {
    if (!group) return EMPTY;
    const found = formOf(group, ownTags ?? []);
    return what === "clone" ? { ...found, name: cloneName(group.GroupName, taken) } : found;
  });
  const [tried, setTried] = useState(false);
  const [readable, setReadable] = useState(true);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const editing = what === "edit" && group !== null;
  const isDefault = editing && group.GroupName === DEFAULT;
  const wrongName = editing ? null : nameProblem(form.name, taken);
  const wrongTags = tagProblem(form.tags);
  const change = (some: Partial<Form>): void => setForm((before) => ({ ...before, ...some }));
  const filterChanged = editing && form.filter.trim() !== (group.FilterExpression ?? "");
  // Tags of a group that exists can only be changed where they can be read.
  const canTag = !editing || ownTags !== null;

  const save = async (): Promise<void> => {
    setTried(true);
    if (busy || wrongName || wrongTags || !readable) return;
    setBusy(true);
    setProblem(null);
    try {
      if (editing) {
        await postJson("/UpdateGroup", updateRequest(form, group));
        if (ownTags) {
          const { put, forget } = tagChanges(ownTags, form.tags);
          if (put.length > 0) await postJson("/TagResource", { ResourceARN: group.GroupARN, Tags: put });
          if (forget.length > 0) await postJson("/UntagResource", { ResourceARN: group.GroupARN, TagKeys: forget });
        }
      } else await postJson("/CreateGroup", createRequest(form));
      toast(editing ? `Group ${group.GroupName} is changed.` : `Group ${form.name} is made.`);
      void reloadGroups();
      onDone();
    } catch (error) {
      setProblem(error instanceof ApiError ? error : new ApiError(String(error), "ConsoleError", -1));
      setBusy(false);
    }
  };
  useKeys("Group", [{ keys: "mod+Enter", does: editing ? "Save" : "Make the group", run: () => void save() }]);

  return (
    <SidePanel
      name="groups"
      title={
        what === "new"
          ? "New group"
          : what === "clone"
            ? `Clone of ${group?.GroupName ?? ""}`
            : (group?.GroupName ?? "")
      }
      {...(isDefault ? { subtitle: "Holds every trace" } : {})}
      onClose={stop}
    >
      <form
        class="stack groups-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {!editing && (
          <label class="field">
            <span class="field-label">Name</span>
            <input
              class="input"
              autocomplete="off"
              spellcheck={false}
              placeholder="slow-checkouts"
              aria-invalid={tried && wrongName !== null}
              value={form.name}
              ref={focusOnce}
              onInput={(event) => change({ name: event.currentTarget.value })}
            />
            {tried || (form.name !== "" && wrongName) ? (
              <span class="field-problem" role="alert">
                {wrongName ?? ""}
              </span>
            ) : (
              <span class="faint small">It stays as it is: names cannot be changed later.</span>
            )}
          </label>
        )}
        {isDefault ? (
          <p class="muted">Default takes no filter, and cannot be deleted.</p>
        ) : (
          <ExpressionField value={form.filter} onChange={(filter) => change({ filter })} onCheck={setReadable} />
        )}
        {filterChanged && (
          <p class="groups-note" role="status">
            <Icon name="info" size={14} />
            <span>
              A changed filter applies to new traces only: the map and the figures of earlier ones stay as they were.
              Lists of traces follow it at once.
            </span>
          </p>
        )}
        <fieldset class="groups-set">
          <legend>Insights</legend>
          <label class="check">
            <input
              type="checkbox"
              checked={form.insights}
              onChange={(event) => change({ insights: event.currentTarget.checked })}
            />
            Look for insights in this group
          </label>
          <label class={`check${form.insights ? "" : " faint"}`}>
            <input
              type="checkbox"
              disabled={!form.insights}
              checked={form.insights && form.notifications}
              onChange={(event) => change({ notifications: event.currentTarget.checked })}
            />
            Notify of them
          </label>
          {!hasPage("/insights") && (
            <p class="faint small">Kept with the group, as X-Ray does; this version does not look for insights yet.</p>
          )}
        </fieldset>
        {canTag ? (
          <TagFields tags={form.tags} problem={wrongTags} onChange={(tags) => change({ tags })} />
        ) : (
          <p class="faint small">
            {tagsProblem.value
              ? "Tags of a group that exists can be neither shown nor changed in this version."
              : "Tags: choose Show tags above the list to see and change them."}
          </p>
        )}
        {editing && (
          <div class="field">
            <span class="field-label">ARN</span>
            <span class="row">
              <span class="mono small break grow">{group.GroupARN}</span>
              <CopyButton text={group.GroupARN} label="Copy the ARN" />
            </span>
          </div>
        )}
        {problem && <ErrorState error={problem} small />}
        <div class="row groups-save">
          <Button type="submit" kind="primary" disabled={busy || !readable} data-tip-keys="mod+Enter" data-tip="Save">
            {editing ? "Save" : "Make the group"}
          </Button>
          <Button kind="plain" onClick={stop}>
            Cancel
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}

const seen = new WeakSet<HTMLInputElement>();

/** `autofocus` works in dialogs and popovers only. */
function focusOnce(element: HTMLInputElement | null): void {
  if (!element || seen.has(element)) return;
  seen.add(element);
  element.focus();
  element.select();
}

function TagFields({
  tags,
  problem,
  onChange,
}: {
  tags: readonly Tag[];
  problem: string | null;
  onChange: (tags: readonly Tag[]) => void;
}) {
  const set = (index: number, some: Partial<Tag>): void =>
    onChange(tags.map((tag, at) => (at === index ? { ...tag, ...some } : tag)));
  return (
    <fieldset class="groups-set">
      <legend>Tags</legend>
      {tags.map((tag, index) => (
        <div key={index} class="row">
          <input
            class="input"
            aria-label={`Key of tag ${index + 1}`}
            placeholder="key"
            value={tag.Key}
            onInput={(event) => set(index, { Key: event.currentTarget.value })}
          />
          <input
            class="input"
            aria-label={`Value of tag ${index + 1}`}
            placeholder="value"
            value={tag.Value}
            onInput={(event) => set(index, { Value: event.currentTarget.value })}
          />
          <IconButton
            icon="close"
            size={12}
            label={`Take tag ${index + 1} away`}
            onClick={() => onChange(tags.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <Button kind="plain" icon="plus" onClick={() => onChange([...tags, { Key: "", Value: "" }])}>
        Add a tag
      </Button>
      <span class="field-problem" role="alert">
        {problem ?? ""}
      </span>
    </fieldset>
  );
}
