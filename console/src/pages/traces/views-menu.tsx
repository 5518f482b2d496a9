/** The saved views: links to go there, a way to save what is seen, and to delete. */
import { useState } from "preact/hooks";
import { href } from "../../app/index.ts";
import { Button, IconButton, Popover, toast } from "../../ui/index.ts";
import { columns, filter, groupedBy, sort, view } from "./state.ts";
import { viewParameters, views, withView } from "./views.ts";

export function ViewsMenu() {
  return (
    <Popover
      label="Saved views"
      class="traces-views"
      align="end"
      trigger={(props) => (
        <Button {...props} kind="plain" icon="pin" iconAfter="down" aria-label="Views">
          <span class="traces-tool-word">Views</span>
        </Button>
      )}
    >
      {(close) => <Inside close={close} />}
    </Popover>
  );
}

function Inside({ close }: { close: () => void }) {
  const [name, setName] = useState("");
  const wanted = name.trim();
  const replaces = views.value.some((one) => one.name === wanted);
  return (
    <div class="traces-views-inside">
      {views.value.length === 0 ? (
        <p class="popover-note muted">
          No views are saved yet. A view keeps the filter, the columns and the order under a name, in this browser.
        </p>
      ) : (
        <ul class="bare traces-views-list">
          {views.value.map((one) => (
            <li key={one.name} class="row">
              <a class="menu-item grow" href={href("/traces", viewParameters(one))} onClick={close}>
                <span class="cut">{one.name}</span>
                <span class="cut faint small mono">{one.filter || "all traces"}</span>
              </a>
              <IconButton
                icon="trash"
                size={14}
                label={`Delete the view ${one.name}`}
                onClick={() => {
                  views.value = views.value.filter((other) => other.name !== one.name);
                }}
              />
            </li>
          ))}
        </ul>
      )}
      <form
        class="row traces-views-save"
        onSubmit={(event) => {
          event.preventDefault();
          if (wanted === "") return;
          views.value = withView(views.value, {
            name: wanted,
            filter: filter.value,
            columns: columns.value,
            sort: sort.value,
            view: view.value,
            by: groupedBy.value,
          });
          close();
          toast(`The view ${wanted} is saved.`);
        }}
      >
        <input
          class="input"
          autofocus
          maxLength={80}
          aria-label="Name of the view"
          placeholder="Save what is seen as …"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" disabled={wanted === ""}>
          {replaces ? "Replace" : "Save"}
        </Button>
      </form>
    </div>
  );
}
