/** Groups: filters with a name. They are made, changed and deleted through X-Ray's own API. */
import "./style.css";
import { useEffect, useMemo, useState } from "preact/hooks";
import { ApiError, askGroups, useQuery } from "../../api/index.ts";
import { hasPage, href, useKeys } from "../../app/index.ts";
import { plural } from "../../format/index.ts";
import {
  Button,
  type Column,
  CopyButton,
  EmptyState,
  ErrorState,
  Icon,
  IconButton,
  Skeleton,
  Table,
} from "../../ui/index.ts";
import { DeleteDialog } from "./delete-dialog.tsx";
import { DEFAULT, type FullGroup } from "./forms.ts";
import { GroupPanel } from "./group-panel.tsx";
import { about, begin, doing, loadTags, showTags, sort, stop, tags, tagsProblem } from "./state.ts";

export default function GroupsPage() {
  const query = useQuery(["groups"], (signal) => askGroups(signal) as Promise<FullGroup[]>);
  const found = query.data;
  const [at, setAt] = useState("");
  const wantsTags = showTags.value;

  useEffect(() => {
    if (!wantsTags || !found) return;
    const controller = new AbortController();
    loadTags(found, controller.signal).then(
      () => {
        tagsProblem.value = null;
      },
      (problem: unknown) => {
        if (controller.signal.aborted) return;
        tagsProblem.value = problem instanceof ApiError ? problem : new ApiError(String(problem), "ConsoleError", -1);
        // Not asked again with every visit.
        showTags.value = false;
      },
    );
    return () => controller.abort();
  }, [wantsTags, found]);

  const columns = useMemo(() => columnsFor(wantsTags), [wantsTags]);
  const name = about.value;
  const target = found?.find((one) => one.GroupName === name);
  const what = doing.value;
  const own = found?.filter((one) => one.GroupName !== DEFAULT).length ?? 0;
  const selected = at === "" ? name : at;

  useKeys("Groups", [
    { keys: "n", does: "New group", run: () => begin("new") },
    { keys: "e", does: "Change the group", run: () => selected && begin("edit", selected) },
    { keys: "c", does: "Clone the group", run: () => selected && begin("clone", selected) },
    {
      keys: "Delete",
      does: "Delete the group",
      run: () => selected && selected !== DEFAULT && begin("delete", selected),
    },
  ]);

  if (query.error && !found) return <ErrorState error={query.error} onRetry={query.again} />;
  if (!found) {
    return (
      <div class="page groups-page" role="status" aria-label="Loading groups">
        <Skeleton lines={8} />
      </div>
    );
  }
  const isOpen = what === "new" || ((what === "edit" || what === "clone") && target !== undefined);
  const done = (): void => {
    stop();
    query.again();
  };
  return (
    <div class="fill groups-page">
      <div class="split">
        <div class="grow groups-main">
          <header class="groups-head">
            <p class="muted grow">
              A group is a filter with a name. Choose it at the top of every page to see its traces, its map and its
              figures alone.
            </p>
            {!wantsTags && (
              <Button
                kind="plain"
                onClick={() => {
                  tagsProblem.value = null;
                  showTags.value = true;
                }}
              >
                Show tags
              </Button>
            )}
            <Button kind="primary" icon="plus" data-tip-keys="n" data-tip="New group" onClick={() => begin("new")}>
              New group
            </Button>
          </header>
          {tagsProblem.value && (
            <p class="groups-note" role="status">
              <Icon name="info" size={14} />
              <span class="grow break">
                Tags cannot be shown: {tagsProblem.value.message} Tags given to a new group are kept all the same.
              </span>
              <IconButton
                icon="close"
                size={12}
                label="Dismiss"
                onClick={() => {
                  tagsProblem.value = null;
                }}
              />
            </p>
          )}
          {what !== "" && what !== "new" && !target && (
            <p class="groups-note" role="alert">
              <Icon name="warning" size={14} />
              <span class="grow break">There is no group {name} any more. Names are case-sensitive.</span>
              <Button onClick={stop}>All right</Button>
            </p>
          )}
          <div class="groups-table">
            <Table
              label="Groups"
              name="groups"
              rows={found}
              columns={columns}
              rowKey={(group) => group.GroupName}
              sort={sort.value}
              onSort={(next) => sort.set(next)}
              selected={isOpen && what !== "new" ? name : null}
              onMove={(group) => setAt(group.GroupName)}
              onOpen={(group) => {
                setAt(group.GroupName);
                begin("edit", group.GroupName);
              }}
            />
            {own === 0 && (
              <EmptyState icon="groups" title="No groups of your own yet">
                <p>
                  Make one for what you look at often: the failures of one service, the customers of one tier, all that
                  is slow.
                </p>
                <Button icon="plus" onClick={() => begin("new")}>
                  New group
                </Button>
              </EmptyState>
            )}
          </div>
          <p class="faint small groups-foot">{plural(own, "group")} beside Default, which holds every trace.</p>
        </div>
        {isOpen && (
          <GroupPanel
            key={`${what} ${name}`}
            what={what as "new" | "edit" | "clone"}
            group={target ?? null}
            groups={found}
            onDone={done}
          />
        )}
      </div>
      {what === "delete" && target && target.GroupName !== DEFAULT && <DeleteDialog group={target} onDone={done} />}
    </div>
  );
}

function columnsFor(withTags: boolean): Column<FullGroup>[] {
  const traces = hasPage("/traces");
  const yes = (value: boolean | undefined) =>
    value ? (
      <span class="row">
        <Icon name="check" size={14} />
        on
      </span>
    ) : (
      <span class="faint">off</span>
    );
  return [
    {
      id: "name",
      label: "Name",
      width: "minmax(110px, 1fr)",
      fixed: true,
      sort: (group) => (group.GroupName === DEFAULT ? "" : group.GroupName),
      cell: (group) => <strong class="groups-name">{group.GroupName}</strong>,
    },
    {
      id: "filter",
      label: "Filter",
      width: "minmax(120px, 3fr)",
      sort: (group) => group.FilterExpression ?? "",
      cell: (group) =>
        group.FilterExpression ? (
          <span class="mono" data-tip={group.FilterExpression.length > 60 ? group.FilterExpression : undefined}>
            {group.FilterExpression}
          </span>
        ) : (
          <span class="faint">every trace</span>
        ),
    },
    {
      id: "insights",
      label: "Insights",
      width: "84px",
      from: 760,
      sort: (group) => (group.InsightsConfiguration?.InsightsEnabled ? 1 : 0),
      cell: (group) => yes(group.InsightsConfiguration?.InsightsEnabled),
    },
    {
      id: "notifications",
      label: "Notifications",
      width: "112px",
      from: 760,
      sort: (group) => (group.InsightsConfiguration?.NotificationsEnabled ? 1 : 0),
      cell: (group) => yes(group.InsightsConfiguration?.NotificationsEnabled),
    },
    {
      id: "arn",
      label: "ARN",
      width: "minmax(120px, 2fr)",
      from: 980,
      cell: (group) => (
        <span class="row groups-arn">
          <span class="mono cut muted">{group.GroupARN}</span>
          <CopyButton text={group.GroupARN} label={`Copy the ARN of ${group.GroupName}`} />
        </span>
      ),
    },
    ...(withTags
      ? [
          {
            id: "tags",
            label: "Tags",
            width: "minmax(90px, 1fr)",
            from: 620,
            cell: (group: FullGroup) => <Tags arn={group.GroupARN} />,
          },
        ]
      : []),
    {
      id: "actions",
      label: "Actions",
      width: traces ? "148px" : "112px",
      fixed: true,
      cell: (group) => (
        <span class="row groups-actions">
          {traces && (
            <a
              class="icon-button"
              aria-label={`Traces of ${group.GroupName}`}
              data-tip="Its traces"
              href={href("/traces", { group: group.GroupName === DEFAULT ? null : group.GroupName })}
            >
              <Icon name="traces" size={14} />
            </a>
          )}
          <IconButton
            icon="edit"
            size={14}
            label={`Change ${group.GroupName}`}
            onClick={() => begin("edit", group.GroupName)}
          />
          <IconButton
            icon="plus"
            size={14}
            label={`Clone ${group.GroupName}`}
            onClick={() => begin("clone", group.GroupName)}
          />
          {group.GroupName !== DEFAULT && (
            <IconButton
              icon="trash"
              size={14}
              label={`Delete ${group.GroupName}`}
              onClick={() => begin("delete", group.GroupName)}
            />
          )}
        </span>
      ),
    },
  ];
}

function Tags({ arn }: { arn: string }) {
  const found = tags.value.get(arn);
  if (!found) return <span class="faint">…</span>;
  if (found.length === 0) return <span class="faint">none</span>;
  const text = found.map((tag) => (tag.Value === "" ? tag.Key : `${tag.Key}=${tag.Value}`)).join(", ");
  return <span data-tip={text.length > 20 ? text : undefined}>{text}</span>;
}
