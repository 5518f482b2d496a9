import { chooseTime, group, longest, navigate, timeChoice, timeLabel } from "../../app/index.ts";
import { interval, plural } from "../../format/index.ts";
import { Button, EmptyState, Skeleton } from "../../ui/index.ts";
import type { Loaded } from "./load.ts";
import { filter, run, startTail } from "./state.ts";

const SPANS = [900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600];

export function Nothing({ loaded }: { loaded: Loaded }) {
  const span = loaded.range.end - loaded.range.start;
  const wider = SPANS.filter((one) => one > span && one <= longest.value).slice(0, 3);
  const isAll = filter.value === "" && group.value === "";
  const empty = isAll || loaded.examined === 0;
  const widen = wider.length > 0 && (
    <p class="row wrap traces-ways">
      {wider.map((seconds) => (
        <Button key={seconds} icon="clock" onClick={() => chooseTime({ kind: "last", seconds })}>
          Last {interval(seconds)}
        </Button>
      ))}
    </p>
  );
  if (empty) {
    return (
      <EmptyState icon="clock" title={`No traces in ${timeLabel.value.replace(/^Last/, "the last")}`}>
        <p>
          {timeChoice.value.kind === "last"
            ? "Nothing has arrived in this time. Look further back, or wait for what comes:"
            : "Nothing happened between these times. Look at others:"}
        </p>
        {widen}
        <p class="row wrap traces-ways">
          <Button icon="play" onClick={startTail}>
            Wait for new traces
          </Button>
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="filter" title="No trace matches">
      <p>
        {plural(loaded.examined, "trace")} {loaded.examined === 1 ? "was" : "were"} looked at
        {group.value !== "" && <> in the group {group.value}</>}; none fits the filter.
      </p>
      <ul class="traces-hints">
        <li>
          At the top level, <code>fault</code>, <code>error</code> and <code>responsetime</code> speak of the first
          request. Further down looks <code>{"service() { fault }"}</code>.
        </li>
        <li>Texts are compared exactly: upper and lower case differ. CONTAINS finds a part.</li>
        <li>
          Terms side by side must all hold. With <code>OR</code>, one is enough.
        </li>
      </ul>
      {widen}
      <p class="row wrap traces-ways">
        {filter.value !== "" && <Button onClick={() => run("")}>All traces</Button>}
        {group.value !== "" && (
          <Button
            onClick={() => navigate(`/traces${new URLSearchParams(location.search).size > 0 ? withoutGroup() : ""}`)}
          >
            Of every group
          </Button>
        )}
      </p>
    </EmptyState>
  );
}

function withoutGroup(): string {
  const search = new URLSearchParams(location.search);
  search.delete("group");
  return search.size === 0 ? "" : `?${search.toString()}`;
}

export function Misread() {
  return (
    <EmptyState icon="warning" title="This filter cannot be read">
      <p>The place is underlined above, with what was expected there. Some that can be read:</p>
      <ul class="traces-samples">
        {["fault", "responsetime > 1", 'service("orders") { fault }', 'annotation.tier = "gold" AND !ok'].map((one) => (
          <li key={one}>
            <button type="button" class="mono" onClick={() => run(one)}>
              {one}
            </button>
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}

export function Waiting() {
  return (
    <div class="traces-waiting" role="status" aria-label="Searching">
      <Skeleton lines={4} />
      <Skeleton lines={8} />
    </div>
  );
}
