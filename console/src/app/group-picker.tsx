/** Whose traces: all of them, or those of a group. */
import { useState } from "preact/hooks";
import { Icon } from "../ui/icon.tsx";
import { Options } from "../ui/options.tsx";
import { Popover } from "../ui/popover.tsx";
import { group } from "./group.ts";
import { groups, groupsProblem, reloadGroups } from "./groups.ts";
import { href } from "./links.ts";
import { hasPage } from "./router.ts";

const ALL = { value: "", label: "All traces", hint: "" };

export function GroupPicker() {
  const chosen = group.value;
  return (
    <Popover
      label="Choose a group"
      class="group-popover"
      onOpen={() => void reloadGroups()}
      trigger={(props) => (
        <button
          type="button"
          {...props}
          class="button plain group-button"
          data-tip="Group"
          data-tip-keys="o"
          data-open-group
        >
          <Icon name="groups" size={14} />
          <span class="cut">{chosen === "" ? "All traces" : chosen}</span>
          <Icon name="down" size={12} />
        </button>
      )}
    >
      {(close) => <Choices close={close} />}
    </Popover>
  );
}

function Choices({ close }: { close: () => void }) {
  const [typed, setTyped] = useState("");
  const found = [
    ALL,
    ...groups.value.map((one) => ({ value: one.GroupName, label: one.GroupName, hint: one.FilterExpression ?? "" })),
  ];
  const options = found.filter((option) => option.label.toLowerCase().includes(typed.trim().toLowerCase()));
  return (
    <>
      <Options
        label="Groups"
        placeholder="Find a group"
        options={options}
        value={group.value}
        typed={typed}
        onType={setTyped}
        onChoose={(value) => {
          group.set(value, { push: true });
          close();
        }}
        none={groups.value.length === 0 ? "There are no groups yet." : "No group has that name."}
      />
      {groupsProblem.value && <p class="popover-note status-fault">{groupsProblem.value.message}</p>}
      {hasPage("/groups") && (
        <a class="popover-foot" href={href("/groups")} onClick={close}>
          Manage groups
        </a>
      )}
    </>
  );
}
