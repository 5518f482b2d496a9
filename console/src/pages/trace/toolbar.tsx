/** Which view, what is searched for, and what the waterfall shows. */
import type { RefObject } from "preact";
import type { TraceTree } from "../../trace/index.ts";
import { Button, Icon, IconButton, Menu, Toggle } from "../../ui/index.ts";
import { ALL_FOLDED, foldedOnce, NOTHING_FOLDED, openedOnce } from "./fold.ts";
import { critical, find, fold, order, type View, view } from "./state.ts";

const VIEWS: readonly { value: View; label: string }[] = [
  { value: "waterfall", label: "Waterfall" },
  { value: "flame", label: "Flame" },
  { value: "table", label: "Table" },
  { value: "raw", label: "Raw" },
];

export function Toolbar({
  tree,
  matches,
  active,
  searching,
  searched,
  failed,
  zoomed,
  fieldRef,
  onStep,
  onWhole,
}: {
  tree: TraceTree;
  matches: readonly string[];
  active: string | null;
  searching: boolean;
  /** Annotations and the like were searched as well. */
  searched: boolean;
  failed: boolean;
  zoomed: boolean;
  fieldRef: RefObject<HTMLInputElement | null>;
  onStep: (step: 1 | -1) => void;
  onWhole: () => void;
}) {
  const at = active === null ? -1 : matches.indexOf(active);
  const said = !searching
    ? ""
    : matches.length === 0
      ? searched || failed
        ? "None"
        : "…"
      : at >= 0
        ? `${at + 1} of ${matches.length}`
        : String(matches.length);
  return (
    <div class="trace-toolbar">
      <Toggle label="View" value={view.value} options={VIEWS} onChange={(next) => view.set(next, { push: true })} />
      <search class={`trace-find${searching ? " searching" : ""}`}>
        <Icon name="search" size={13} />
        <input
          ref={fieldRef}
          class="trace-find-input"
          type="text"
          aria-label="Search in this trace"
          placeholder="Search names, annotations, status"
          spellcheck={false}
          value={find.value}
          onInput={(event) => find.set(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") {
              event.preventDefault();
              onStep(event.shiftKey ? -1 : 1);
            } else if (event.key === "Escape") {
              event.preventDefault();
              event.stopPropagation();
              if (find.signal.peek() === "") event.currentTarget.blur();
              else find.set("");
            }
          }}
        />
        <span
          class="trace-found"
          role="status"
          data-tip={failed ? "Only names and status: the rest could not be loaded" : undefined}
        >
          {said}
          {failed && searching && " *"}
        </span>
        {searching && (
          <>
            <IconButton
              icon="up"
              size={12}
              label="Match before"
              keys="shift+n"
              disabled={matches.length === 0}
              onClick={() => onStep(-1)}
            />
            <IconButton
              icon="down"
              size={12}
              label="Next match"
              keys="n"
              disabled={matches.length === 0}
              onClick={() => onStep(1)}
            />
            <IconButton icon="close" size={12} label="Search for nothing" keys="Escape" onClick={() => find.set("")} />
          </>
        )}
      </search>
      <div class="row end">
        {zoomed && (
          <Button kind="plain" icon="zoomOut" data-tip="Show the whole time" data-tip-keys="r" onClick={onWhole}>
            Whole time
          </Button>
        )}
        {view.value === "waterfall" && (
          <>
            <Button
              kind="plain"
              class="trace-critical-button"
              aria-label="Critical path"
              aria-pressed={critical.value}
              data-tip="A line under the bars: here the answer was waiting"
              data-tip-keys="c"
              onClick={() => critical.set(!critical.value)}
            >
              <span class="trace-critical-sample" />
              <span class="trace-critical-words">Critical path</span>
            </Button>
            <Menu
              label="Rows"
              align="end"
              trigger={(props) => (
                <Button {...props} kind="plain" iconAfter="down">
                  Rows
                </Button>
              )}
              items={[
                {
                  label: "In the order of calls",
                  checked: order.value === "calls",
                  run: () => order.set("calls", { push: true }),
                },
                {
                  label: "Service by service",
                  checked: order.value === "services",
                  run: () => order.set("services", { push: true }),
                },
                null,
                { label: "Expand all", icon: "down", keys: "]", run: () => fold.set(NOTHING_FOLDED) },
                { label: "Collapse all", icon: "up", keys: "[", run: () => fold.set(ALL_FOLDED) },
                {
                  label: "Expand one level",
                  icon: "plus",
                  keys: "}",
                  run: () => fold.set(openedOnce(tree, fold.signal.peek())),
                },
                {
                  label: "Collapse one level",
                  icon: "minus",
                  keys: "{",
                  run: () => fold.set(foldedOnce(tree, fold.signal.peek())),
                },
              ]}
            />
          </>
        )}
      </div>
    </div>
  );
}
