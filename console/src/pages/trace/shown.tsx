/** The page once the trace is here: head, verdict, map, and the three views of its parts. */
import { signal } from "@preact/signals";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { askRaw, type TraceAnswer, useQuery } from "../../api/index.ts";
import { navigate, setParams, traceHref, useKeys } from "../../app/index.ts";
import { neighbours, type TraceTree } from "../../trace/index.ts";
import { toast } from "../../ui/index.ts";
import { Axis } from "./axis.tsx";
import { Flame } from "./flame.tsx";
import { ALL_FOLDED, foldedOnce, NOTHING_FOLDED, opened, openedOnce, toggled } from "./fold.ts";
import { Head } from "./head.tsx";
import { Minimap } from "./minimap.tsx";
import { Panel } from "./panel.tsx";
import { Raw } from "./raw.tsx";
import { rowsByCall, rowsByService, serviceKey } from "./rows.ts";
import { found, neighbour, recordedOf } from "./search.ts";
import { Spans } from "./spans.tsx";
import { critical, find, fold, open, order, tab, view, zoom } from "./state.ts";
import { Toolbar } from "./toolbar.tsx";
import { TraceMap } from "./trace-map.tsx";
import { VerdictCard } from "./verdict.tsx";
import { around, axisTicks, isWhole, panned, type View, within, zoomed } from "./viewport.ts";
import { Waterfall } from "./waterfall.tsx";

/** The address follows so long after the last movement. */
const SETTLE_MS = 200;

export function Shown({
  trace,
  tree,
  growing,
  onAgain,
}: {
  trace: TraceAnswer;
  tree: TraceTree;
  growing: boolean;
  onAgain: () => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const sticky = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const findField = useRef<HTMLInputElement>(null);
  const [covered, setCovered] = useState(120);
  const [laneWidth, setLaneWidth] = useState(600);

  // The stretch of time: what is dragged now, or what the address says.
  const live = useMemo(() => signal<View | null>(null), []);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const whole = tree.extent;
  const shownView = within(live.value ?? zoom.value ?? whole, whole);
  const settle = useCallback(
    (next: View): void => {
      clearTimeout(timer.current);
      zoom.set(isWhole(next, whole) ? null : next);
      live.value = null;
    },
    [whole, live],
  );
  const setView = useCallback(
    (next: View, done: boolean): void => {
      live.value = next;
      clearTimeout(timer.current);
      if (done) settle(next);
      else timer.current = setTimeout(() => settle(next), SETTLE_MS);
    },
    [settle, live],
  );
  useEffect(() => () => clearTimeout(timer.current), []);

  const [active, setActive] = useState<string | null>(open.signal.peek() === "" ? null : open.signal.peek());

  // Counts what was brought into sight, so that the same row comes there again.
  const [revealed, setRevealed] = useState(0);

  // What was recorded beyond names is fetched when something is searched for.
  const wanted = find.value.trim() !== "";
  const raw = useQuery(
    wanted || view.value === "raw" ? ["raw", trace.id, trace.documents] : null,
    (stop) => askRaw(trace.id, stop),
    {
      still: true,
    },
  );
  const recorded = useMemo(() => (raw.data ? recordedOf(raw.data) : null), [raw.data]);
  const matches = useMemo(() => found(tree, find.value, recorded), [tree, find.value, recorded]);
  const matching = useMemo(() => new Set(matches), [matches]);

  const byService = order.value === "services";
  const rows = useMemo(
    () => (byService ? rowsByService : rowsByCall)(tree, fold.value, trace.missing),
    [tree, fold.value, trace.missing, byService],
  );

  /** Makes an entity the one that keys are about, and brings it into sight. */
  const reveal = (id: string): void => {
    const part = tree.byId.get(id);
    if (!part) return;
    let next = opened(fold.signal.peek(), part);
    const service = serviceKey(part.entity.node);
    if (byService && next.except.has(service) !== (next.from === 0)) next = toggled(next, service);
    if (next !== fold.signal.peek()) fold.set(next);
    const now = within(zoom.signal.peek() ?? whole, whole);
    if (part.end < now[0] || part.entity.start > now[1]) setView(around(part.entity.start, part.end, whole), true);
    setActive(id);
    setRevealed((before) => before + 1);
  };
  const openPanel = (id: string, push = true): void => {
    if (!tree.byId.has(id)) return;
    setActive(id);
    if (open.signal.peek() !== id) setParams([open.to(id)], { push });
  };
  const jump = (id: string): void => {
    reveal(id);
    openPanel(id);
  };
  const closePanel = (): void => {
    setParams([open.to(""), tab.to("overview")], { push: true });
    grid.current?.focus({ preventScroll: true });
  };

  // A link to an entity shows it, also after the back button; once, though the trace may still grow.
  const asked = open.value;
  const known = tree.byId.has(asked);
  useEffect(() => {
    if (known) reveal(asked);
  }, [asked, known]);

  const nextMatch = (step: 1 | -1): void => {
    const next = neighbour(tree, matches, active, step);
    if (next === null) return;
    reveal(next);
    if (open.signal.peek() !== "") openPanel(next, false);
  };

  const moveRow = (step: 1 | -1): void => {
    const at = rows.findIndex((row) => row.key === active);
    const row = rows[at < 0 ? (step === 1 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + step))];
    if (!row) return;
    setActive(row.key);
    grid.current?.focus({ preventScroll: true });
    if (open.signal.peek() !== "" && row.kind === "part") openPanel(row.key, false);
  };

  const near = useMemo(() => neighbours(trace.id), [trace.id]);
  const goTo = (id: string | null | undefined, which: string): void => {
    if (id) navigate(traceHref(id));
    else toast(near ? `This is the ${which} trace of the list.` : "This trace was not opened from a list.");
  };

  useKeys("Trace", [
    { keys: "f", does: "Search in this trace", run: () => findField.current?.select() },
    { keys: "/", does: "Search in this trace", hidden: true, run: () => findField.current?.select() },
    { keys: "n", does: "Next match", run: () => nextMatch(1) },
    { keys: "shift+n", does: "Match before", run: () => nextMatch(-1) },
    { keys: "j", does: "Next row", run: () => moveRow(1) },
    { keys: "k", does: "Row before", run: () => moveRow(-1) },
    { keys: "e", does: "Open the row", run: () => active !== null && openPanel(active) },
    { keys: "a", does: "Move left in time", run: () => setView(panned(shownView, whole, -0.25), false) },
    { keys: "d", does: "Move right in time", run: () => setView(panned(shownView, whole, 0.25), false) },
    { keys: "w", does: "Zoom in", run: () => setView(zoomed(shownView, whole, 0.6), false) },
    { keys: "s", does: "Zoom out", run: () => setView(zoomed(shownView, whole, 1 / 0.6), false) },
    {
      keys: "z",
      does: "Zoom to the row",
      run: () => {
        const part = active === null ? undefined : tree.byId.get(active);
        if (part) setView(around(part.entity.start, part.end, whole), true);
      },
    },
    { keys: "r", does: "Show the whole time", run: () => setView(whole, true) },
    { keys: "]", does: "Expand all", run: () => fold.set(NOTHING_FOLDED) },
    { keys: "[", does: "Collapse all", run: () => fold.set(ALL_FOLDED) },
    { keys: "}", does: "Expand one level", run: () => fold.set(openedOnce(tree, fold.signal.peek())) },
    { keys: "{", does: "Collapse one level", run: () => fold.set(foldedOnce(tree, fold.signal.peek())) },
    { keys: "c", does: "Critical path", run: () => critical.set(!critical.signal.peek()) },
    { keys: "1", does: "Waterfall", run: () => view.set("waterfall") },
    { keys: "2", does: "Flame graph", run: () => view.set("flame") },
    { keys: "3", does: "Table", run: () => view.set("table") },
    { keys: "4", does: "Raw JSON", run: () => view.set("raw") },
    {
      keys: "v",
      does: "Why: go to the cause",
      run: () => trace.verdict.entity !== null && jump(trace.verdict.entity),
    },
    { keys: "shift+j", does: "Next trace of the list", run: () => goTo(near?.next, "last") },
    { keys: "shift+k", does: "Trace before in the list", run: () => goTo(near?.previous, "first") },
  ]);

  // How much the sticky head covers, and how wide the axis is.
  useEffect(() => {
    const element = sticky.current;
    if (!element) return;
    const measure = (): void => {
      setCovered(element.offsetHeight);
      setLaneWidth(element.querySelector(".trace-axis-lane")?.clientWidth ?? element.clientWidth);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [view.value]);

  // The wheel with Ctrl zooms where the pointer is. The browser would zoom the page: it must be stopped from outside Preact.
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const wheel = (event: WheelEvent): void => {
      const lane = (event.target as Element).closest(".trace-lane, .trace-axis-lane, .trace-flame");
      if (!lane) return;
      const now = within(live.peek() ?? zoom.signal.peek() ?? whole, whole);
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const place = lane.getBoundingClientRect();
        const at = now[0] + ((event.clientX - place.left) / place.width) * (now[1] - now[0]);
        setView(zoomed(now, whole, Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 200), at), false);
      } else if (!isWhole(now, whole) && Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        setView(panned(now, whole, event.deltaX / place(lane)), false);
      }
    };
    box.addEventListener("wheel", wheel, { passive: false });
    return () => box.removeEventListener("wheel", wheel);
  }, [whole, setView, live]);

  const ticks = useMemo(() => axisTicks(shownView, laneWidth), [shownView[0], shownView[1], laneWidth]);

  return (
    <div class="fill trace-page">
      <div class="split">
        <div ref={scroller} class="grow trace-scroll">
          <Head trace={trace} tree={tree} near={near} growing={growing} onAgain={onAgain} />
          <div class="trace-top">
            <VerdictCard trace={trace} tree={tree} onJump={jump} />
            <TraceMap
              trace={trace}
              tree={tree}
              chosen={active === null ? null : (tree.byId.get(active)?.entity.node ?? null)}
              onJump={jump}
            />
          </div>
          <div ref={sticky} class={`trace-sticky view-${view.value}`}>
            <Toolbar
              tree={tree}
              matches={matches}
              active={active}
              searching={wanted}
              searched={recorded !== null}
              failed={raw.error !== undefined}
              zoomed={!isWhole(shownView, whole)}
              fieldRef={findField}
              onStep={nextMatch}
              onWhole={() => setView(whole, true)}
            />
            {view.value !== "raw" && <Minimap tree={tree} view={shownView} onView={setView} />}
            {(view.value === "waterfall" || view.value === "flame") && (
              <Axis
                view={shownView}
                ticks={ticks}
                width={laneWidth}
                withColumns={view.value === "waterfall"}
                onView={setView}
              />
            )}
          </div>
          {view.value === "waterfall" && (
            <Waterfall
              scroller={scroller}
              rows={rows}
              byService={byService}
              view={shownView}
              ticks={ticks}
              critical={critical.value}
              matches={matching}
              active={active}
              open={open.value}
              covered={covered}
              revealed={revealed}
              gridRef={grid}
              onActive={setActive}
              onOpen={(id) => openPanel(id)}
              onFold={(key) => fold.set(toggled(fold.signal.peek(), key))}
            />
          )}
          {view.value === "flame" && (
            <Flame
              scroller={scroller}
              tree={tree}
              view={shownView}
              ticks={ticks}
              matches={matching}
              searching={wanted}
              active={active}
              gridRef={grid}
              onZoom={(part) => {
                setActive(part.entity.id);
                setView(around(part.entity.start, part.end, whole), true);
              }}
              onOpen={openPanel}
              onActive={setActive}
            />
          )}
          {view.value === "raw" && <Raw query={raw} typed={find.value} />}
          {view.value === "table" && (
            <Spans
              tree={tree}
              matches={matching}
              searching={wanted}
              open={open.value}
              covered={covered}
              onOpen={openPanel}
            />
          )}
        </div>
        {open.value !== "" && <Panel trace={trace} tree={tree} id={open.value} onJump={jump} onClose={closePanel} />}
      </div>
    </div>
  );
}

const place = (lane: Element): number => Math.max(1, lane.clientWidth);
