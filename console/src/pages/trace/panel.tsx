/** Everything about one segment or subsegment, beside the waterfall. */
import type { ComponentChildren } from "preact";
import { askEntity, type EntityAnswer, type TraceAnswer, useQuery } from "../../api/index.ts";
import { useKeys } from "../../app/index.ts";
import { type TraceTree, typeName } from "../../trace/index.ts";
import { ErrorState, IconButton, JsonTree, OutcomeMark, SidePanel, Skeleton, type Tab, Tabs } from "../../ui/index.ts";
import { ExceptionsTab } from "./panel-exceptions.tsx";
import { AnnotationsTab, LinksTab, MetadataTab, ResourcesTab, SqlTab } from "./panel-facts.tsx";
import { OverviewTab } from "./panel-overview.tsx";
import { type PanelTab, tab } from "./state.ts";

export function Panel({
  trace,
  tree,
  id,
  onJump,
  onClose,
}: {
  trace: TraceAnswer;
  tree: TraceTree;
  id: string;
  onJump: (id: string) => void;
  onClose: () => void;
}) {
  const part = tree.byId.get(id);
  const query = useQuery(["entity", trace.id, id, trace.documents], (signal) => askEntity(trace.id, id, signal), {
    still: true,
  });
  const answer = query.data;
  const tabs = answer ? tabsOf(answer) : [];
  const shown: PanelTab = tabs.some((one) => one.id === tab.value) ? tab.value : "overview";
  const step = (by: 1 | -1): void => {
    const at = tabs.findIndex((one) => one.id === shown);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (next) tab.set(next.id);
  };
  useKeys("Panel", [
    { keys: ".", does: "Next tab", run: () => step(1) },
    { keys: ",", does: "Tab before", run: () => step(-1) },
  ]);

  if (!part) {
    return (
      <SidePanel title="Not in this trace" name="trace" onClose={onClose}>
        <p class="muted">
          The address names the part <code>{id}</code>, which this trace does not have.
        </p>
      </SidePanel>
    );
  }
  const { entity } = part;
  const name = entity.name.replace(/^## /, "");
  const isCall = part.children.some((child) => child.entity.kind !== "subsegment");
  const owner = part.service?.name ?? "a segment that has not come";
  const about =
    entity.kind === "subsegment"
      ? [isCall ? `Call by ${owner}` : `Part of ${owner}`]
      : [entity.kind === "segment" ? "Segment" : "Inferred", typeName(entity.origin ?? "")];
  return (
    <SidePanel
      title={
        <span class="row">
          <OutcomeMark outcome={entity.outcome} bare size={11} />
          <span class="cut">{name}</span>
        </span>
      }
      subtitle={about.filter((word) => word !== "").join(" · ")}
      name="trace"
      width={460}
      onClose={onClose}
      actions={
        part.parent && (
          <IconButton
            icon="up"
            size={14}
            label={`What called it: ${part.parent.entity.name.replace(/^## /, "")}`}
            onClick={() => part.parent && onJump(part.parent.entity.id)}
          />
        )
      }
    >
      {query.error && !answer && <ErrorState small error={query.error} onRetry={query.again} />}
      {query.loading && <Skeleton lines={8} />}
      {answer && (
        <div class={`dimmable ${query.stale ? "stale" : ""}`}>
          <Tabs label="About this part" tabs={tabs} value={shown} onChange={(next) => tab.set(next)} class="trace-tabs">
            <Shown which={shown} answer={answer}>
              <OverviewTab answer={answer} part={part} trace={trace} onJump={onJump} />
            </Shown>
          </Tabs>
        </div>
      )}
    </SidePanel>
  );
}

function Shown({
  which,
  answer,
  children,
}: {
  which: PanelTab;
  answer: EntityAnswer;
  /** The overview. */
  children: ComponentChildren;
}) {
  switch (which) {
    case "overview":
      return <>{children}</>;
    case "resources":
      return <ResourcesTab answer={answer} />;
    case "annotations":
      return <AnnotationsTab annotations={answer.annotations} />;
    case "metadata":
      return <MetadataTab metadata={answer.metadata} />;
    case "exceptions":
      return <ExceptionsTab answer={answer} />;
    case "sql":
      return <SqlTab sql={answer.sql} />;
    case "links":
      return <LinksTab links={answer.links} />;
    case "raw":
      return <JsonTree value={answer.document} label="Copy the document" open={4} />;
  }
}

/** Only tabs with something in them. */
function tabsOf(answer: EntityAnswer): Tab<PanelTab>[] {
  const size = (value: object): number => Object.keys(value).length;
  const tabs: (Tab<PanelTab> | false)[] = [
    { id: "overview", label: "Overview" },
    answer.exceptions.length > 0 && { id: "exceptions", label: "Exceptions", count: answer.exceptions.length },
    size(answer.sql) > 0 && { id: "sql", label: "SQL" },
    size(answer.annotations) > 0 && { id: "annotations", label: "Annotations", count: size(answer.annotations) },
    size(answer.metadata) > 0 && { id: "metadata", label: "Metadata", count: size(answer.metadata) },
    answer.resources.length > 0 && { id: "resources", label: "Resources", count: answer.resources.length },
    answer.links.length > 0 && { id: "links", label: "Links", count: answer.links.length },
    { id: "raw", label: "Raw" },
  ];
  return tabs.filter((one) => one !== false);
}
