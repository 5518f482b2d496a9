/** Above the table: list or groups, columns, live tail, files, and the question for others. */
import type { TraceSummary } from "../../api/index.ts";
import { group, hasPage, href, liveMode, range } from "../../app/index.ts";
import { expression } from "../../filter/terms.ts";
import { count, plural } from "../../format/index.ts";
import { Button, copyText, Icon, IconButton, Menu, Popover, Toggle, toast } from "../../ui/index.ts";
import { COLUMN_LABELS, COLUMN_NAMES, USUAL } from "./columns.ts";
import { awsCli, boto3 } from "./copy-as.ts";
import { csv, fileName, json } from "./export.ts";
import { GroupBy } from "./groups-view.tsx";
import type { Loader } from "./load.ts";
import { save } from "./save.ts";
import { columns, filter, keepColumns, paused, startTail, stopTail, terms, toggleColumn, view } from "./state.ts";
import { ViewsMenu } from "./views-menu.tsx";

export function Toolbar({ loader, rows }: { loader: Loader; rows: readonly TraceSummary[] }) {
  return (
    <div class="traces-toolbar row">
      <Toggle
        label="View"
        value={view.value}
        options={[
          { value: "list", label: "List" },
          { value: "groups", label: "Grouped" },
        ]}
        onChange={(next) => view.set(next, { push: true })}
      />
      {view.value === "groups" && <GroupBy rows={rows} />}
      <span class="grow" />
      <Tail loader={loader} />
      {hasPage("/analytics") && (
        <a
          class="button plain"
          href={href("/analytics", { filter: expression(terms.value, filter.value) || null })}
          aria-label="Analyse"
          data-tip="Compare them, and find what sets the slow ones apart"
        >
          <Icon name="analytics" size={14} />
          <span class="traces-tool-word">Analyse</span>
        </a>
      )}
      <ViewsMenu />
      <CopyAs />
      <Menu
        label="Export"
        align="end"
        trigger={(props) => (
          <Button {...props} kind="plain" icon="download" iconAfter="down" aria-label="Export">
            <span class="traces-tool-word">Export</span>
          </Button>
        )}
        items={[
          {
            label: `CSV, ${plural(rows.length, "trace")}`,
            run: () => save(fileName(range.peek().end, "csv"), "text/csv", csv(rows)),
          },
          {
            label: `JSON, ${plural(rows.length, "trace")}`,
            run: () => save(fileName(range.peek().end, "json"), "application/json", json(rows)),
          },
        ]}
      />
      {view.value === "list" && <Columns />}
    </div>
  );
}

/** Live mode here: new traces come in on top; they can be made to wait. */
function Tail({ loader }: { loader: Loader }) {
  const many = loader.waiting.value.length;
  if (!liveMode.value) {
    return (
      <Button
        kind="plain"
        icon="play"
        data-tip="New traces appear on top"
        data-tip-keys="p"
        aria-label="Live tail"
        onClick={startTail}
      >
        <span class="traces-tool-word">Live tail</span>
      </Button>
    );
  }
  return (
    <span class="row traces-tail" role="status">
      {paused.value ? (
        <Button kind="primary" icon="play" data-tip-keys="p" data-tip="Go on" onClick={() => resume(loader)}>
          {many === 0 ? "Paused" : `Show ${count(many)} new`}
        </Button>
      ) : (
        <Button
          icon="pause"
          data-tip="New traces wait until you go on"
          data-tip-keys="p"
          onClick={() => paused.set(true)}
        >
          Pause
        </Button>
      )}
      <IconButton icon="close" label="Stop the live tail" size={14} onClick={stopTail} />
    </span>
  );
}

export function resume(loader: Loader): void {
  loader.resume();
  paused.set(false);
}

function CopyAs() {
  const copy = async (what: string, text: string): Promise<void> => {
    if (await copyText(text)) toast(`Copied: ${what}.`);
    else toast("The browser does not allow copying here.", "fault");
  };
  const asked = () => ({ ...range.peek(), group: group.value, filter: filter.value });
  return (
    <Menu
      label="Copy as"
      align="end"
      trigger={(props) => (
        <Button {...props} kind="plain" icon="copy" iconAfter="down" aria-label="Copy as">
          <span class="traces-tool-word">Copy as</span>
        </Button>
      )}
      items={[
        {
          label: "AWS CLI command",
          run: () => void copy("a command for the AWS CLI", awsCli(asked(), location.origin)),
        },
        { label: "boto3 call", run: () => void copy("a boto3 call", boto3(asked(), location.origin)) },
        { label: "Link, with these times", icon: "link", run: () => void copy("a link", fixedLink()) },
        { label: "Link", icon: "link", run: () => void copy("a link", location.href) },
      ]}
    />
  );
}

/** The last 15 minutes are others tomorrow. */
function fixedLink(): string {
  const url = new URL(location.href);
  const { start, end } = range.peek();
  for (const name of ["last", "live", "paused"]) url.searchParams.delete(name);
  url.searchParams.set("from", String(start));
  url.searchParams.set("to", String(end));
  return url.href;
}

function Columns() {
  const shown = columns.value;
  return (
    <Popover label="Columns" align="end" trigger={(props) => <IconButton {...props} icon="columns" label="Columns" />}>
      {() => (
        <div class="stack chooser">
          {COLUMN_NAMES.map((name) => (
            <label key={name} class="check">
              <input
                type="checkbox"
                checked={shown.includes(name)}
                disabled={shown.length === 1 && shown.includes(name)}
                onChange={() => toggleColumn(name)}
              />
              {COLUMN_LABELS[name]}
            </label>
          ))}
          <button type="button" class="menu-item muted" onClick={() => keepColumns(USUAL)}>
            As at first
          </button>
        </div>
      )}
    </Popover>
  );
}
