/** Every primitive and chart in every state, for looking at while one works on them. On the dev server alone. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { ApiError } from "../src/api/client.ts";
import type { Bin, Bucket, HeatColumn, Outcome } from "../src/api/types.ts";
import { chooseBetween, range } from "../src/app/index.ts";
import { HeatMap, Histogram, type Patch, Sparkline, type Stretch, TimeSeries } from "../src/charts/index.ts";
import { duration } from "../src/format/index.ts";
import {
  Badge,
  Button,
  Code,
  Combobox,
  CopyButton,
  Dialog,
  EmptyState,
  ErrorState,
  Icon,
  IconButton,
  JsonTree,
  Kbd,
  Menu,
  OUTCOMES,
  OutcomeMark,
  QueryTime,
  Select,
  SidePanel,
  Skeleton,
  Spinner,
  Table,
  Tabs,
  Toggle,
  toast,
} from "../src/ui/index.ts";

/** The same numbers every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

function bins(seed: number, middle: number, many: number, tail: number): Bin[] {
  const random = numbers(seed);
  const found = new Map<number, number>();
  for (let index = 0; index < many; index += 1) {
    const slow = random() < tail ? 30 : 1;
    const value = Math.round(middle * slow * Math.exp((random() + random() + random() - 1.5) * 0.8) * 1000) / 1000;
    found.set(value, (found.get(value) ?? 0) + 1);
  }
  return [...found].sort((a, b) => a[0] - b[0]);
}

interface Row {
  id: string;
  outcome: Outcome;
  seconds: number;
  url: string;
}

const chosen = signal<string | null>(null);

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="stack">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

export default function Gallery() {
  const { start, end } = range.value;
  const [toggle, setToggle] = useState<"a" | "b" | "c">("a");
  const [tab, setTab] = useState<"one" | "two" | "three">("one");
  const [dialog, setDialog] = useState(false);
  const [slow, setSlow] = useState<Stretch | null>([0.05, 0.09]);
  const [patch, setPatch] = useState<Patch | null>(null);
  const [sort, setSort] = useState("-seconds");
  const rows = useMemo((): Row[] => {
    const random = numbers(7);
    return Array.from({ length: 2000 }, (_, index) => ({
      id: `1-67a1b2c3-${String(index).padStart(24, "0")}`,
      outcome: OUTCOMES[Math.floor(random() ** 3 * 4)] ?? "ok",
      seconds: Math.round(random() ** 4 * 4000) / 1000,
      url: `http://shop.test/${["cart", "checkout", "catalogue/42", "orders"][Math.floor(random() * 4)]}`,
    }));
  }, []);
  const series = useMemo(
    () => [
      { id: "fault", label: "Fault", tone: "fault" as const, bins: bins(3, 0.09, 60, 0) },
      { id: "error", label: "Error", tone: "error" as const, bins: bins(4, 0.02, 90, 0) },
      { id: "ok", label: "OK", tone: "ok" as const, bins: bins(5, 0.05, 1800, 0) },
    ],
    [],
  );
  const long = useMemo(
    () => [{ id: "all", label: "Requests", tone: "accent" as const, bins: bins(6, 0.03, 3000, 0.03) }],
    [],
  );
  const buckets = useMemo((): Bucket[] => {
    const random = numbers(9);
    const period = 60;
    const found: Bucket[] = [];
    for (let at = Math.floor(start / period) * period; at < end; at += period) {
      const ok = Math.floor(80 + 50 * random());
      const bad = random() > 0.7;
      found.push([at, ok, Math.floor(random() * 6), bad ? 4 : 0, bad ? 12 : 1, 0.04, 0.09 + 0.05 * random()]);
    }
    return found;
  }, [start, end]);
  const heat = useMemo((): HeatColumn[] => {
    const random = numbers(11);
    return buckets.map(([at], index) => {
      const row = new Map<number, number>();
      for (let one = 0; one < 60; one += 1) {
        const late = random() < 0.05 ? 2 : 0;
        const step = Math.round(
          (Math.log10(0.03) + late + (random() + random() - 1) * 0.5 + (index > 8 ? 0.2 : 0)) * 10,
        );
        const value = 10 ** (step / 10);
        row.set(value, (row.get(value) ?? 0) + 1);
      }
      return [at, [...row].sort((a, b) => a[0] - b[0])];
    });
  }, [buckets]);

  return (
    <div class="fill">
      <div class="split">
        <div class="grow" style={{ overflow: "auto" }}>
          <div class="page stack" style={{ gap: "32px" }}>
            <Part title="Buttons">
              <div class="row wrap">
                <Button kind="primary">Primary</Button>
                <Button>Normal</Button>
                <Button kind="plain">Plain</Button>
                <Button kind="danger" icon="trash">
                  Delete
                </Button>
                <Button icon="filter">With icon</Button>
                <Button disabled>Disabled</Button>
                <IconButton icon="edit" label="Edit" keys="e" />
                <CopyButton text="copied" />
                <CopyButton text="copied">Copy link</CopyButton>
                <Toggle
                  label="One of three"
                  value={toggle}
                  options={[
                    { value: "a", label: "Metrics" },
                    { value: "b", label: "Icons" },
                    { value: "c", label: "None" },
                  ]}
                  onChange={setToggle}
                />
                <Menu
                  label="More"
                  trigger={(props) => (
                    <Button {...props} iconAfter="down">
                      Menu
                    </Button>
                  )}
                  items={[
                    { label: "Open", icon: "external", keys: "Enter", run: () => toast("Opened.") },
                    { label: "Compare", icon: "compare", run: () => toast("That did not work.", "fault") },
                    null,
                    { label: "Delete", icon: "trash", danger: true },
                  ]}
                />
                <Select
                  label="Select"
                  value={toggle}
                  options={[
                    { value: "a", label: "First" },
                    { value: "b", label: "Second" },
                    { value: "c", label: "Third and longest" },
                  ]}
                  onChange={setToggle}
                />
                <Combobox
                  label="Service"
                  value="orders"
                  options={["web", "orders", "payments", "catalogue"].map((name) => ({
                    value: name,
                    label: name,
                    hint: "AWS::ECS",
                  }))}
                  onChange={() => undefined}
                />
                <Button onClick={() => setDialog(true)}>Dialog</Button>
              </div>
            </Part>
            <Part title="Marks">
              <div class="row wrap">
                {OUTCOMES.map((outcome) => (
                  <OutcomeMark key={outcome} outcome={outcome} />
                ))}
                {(["neutral", "accent", "ok", "error", "throttle", "fault"] as const).map((tone) => (
                  <Badge key={tone} tone={tone}>
                    {tone}
                  </Badge>
                ))}
                <Kbd keys="mod+k" />
                <Kbd keys="g m" />
                <Spinner />
                <QueryTime what="120 traces" tookMs={38.4} />
                <Icon name="lambda" />
                <Icon name="database" />
                <Icon name="queue" />
                <Icon name="bucket" />
              </div>
            </Part>
            <Part title="Histogram">
              <Histogram label="Response time" series={series} selection={slow} onSelect={setSlow} />
              <Histogram
                label="Response time, long tail"
                series={long}
                selection={null}
                onSelect={() => undefined}
                mode="count"
              />
            </Part>
            <Part title="Time series">
              <TimeSeries
                label="Requests"
                buckets={buckets}
                period={60}
                start={start}
                end={end}
                onSelect={chooseBetween}
              />
            </Part>
            <Part title="Heat map">
              <HeatMap
                label="Response time over time"
                columns={heat}
                period={60}
                start={start}
                end={end}
                selection={patch}
                onSelect={setPatch}
              />
            </Part>
            <Part title="Sparkline">
              <Sparkline
                label="A figure"
                points={buckets.map((one) => ({ at: one[0], value: one[1] }))}
                start={start}
                end={end}
              />
            </Part>
            <Part title="Table">
              <div class="card" style={{ height: "320px", overflow: "hidden" }}>
                <Table<Row>
                  label="Rows"
                  name="gallery"
                  rows={rows}
                  rowKey={(row) => row.id}
                  sort={sort}
                  onSort={setSort}
                  selected={chosen.value}
                  onOpen={(row) => {
                    chosen.value = row.id;
                  }}
                  rowTone={(row) => (row.outcome === "ok" ? null : row.outcome)}
                  columns={[
                    {
                      id: "id",
                      label: "Trace",
                      width: "minmax(120px, 1fr)",
                      cell: (row) => <span class="mono">{row.id}</span>,
                      fixed: true,
                    },
                    {
                      id: "outcome",
                      label: "Outcome",
                      width: "110px",
                      sort: (row) => OUTCOMES.indexOf(row.outcome),
                      cell: (row) => <OutcomeMark outcome={row.outcome} />,
                    },
                    {
                      id: "seconds",
                      label: "Duration",
                      width: "96px",
                      align: "end",
                      sort: (row) => row.seconds,
                      cell: (row) => duration(row.seconds),
                    },
                    {
                      id: "url",
                      label: "URL",
                      width: "minmax(160px, 2fr)",
                      sort: (row) => row.url,
                      cell: (row) => row.url,
                      from: 600,
                    },
                  ]}
                />
              </div>
            </Part>
            <Part title="States">
              <EmptyState icon="traces" title="No traces in this range">
                <p>Nothing was recorded in the last 15 minutes.</p>
                <Button kind="primary">Look at the last 6 hours</Button>
              </EmptyState>
              <ErrorState
                error={
                  new ApiError(
                    "The filter cannot be read: a value is expected.",
                    "InvalidRequestException",
                    400,
                    "1a2b-3c4d",
                    12,
                  )
                }
                onRetry={() => undefined}
              />
              <Skeleton lines={4} />
            </Part>
            <Part title="Code and JSON">
              <Code title="shell" text="export AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000" />
              <JsonTree
                value={{
                  name: "orders",
                  http: { request: { method: "GET", url: "http://shop.test/cart" } },
                  list: [1, 2, { a: null, b: true }],
                  empty: {},
                }}
              />
            </Part>
          </div>
        </div>
        {chosen.value && (
          <SidePanel
            name="gallery"
            title={chosen.value}
            subtitle="A row"
            onClose={() => {
              chosen.value = null;
            }}
          >
            <Tabs
              label="Views"
              value={tab}
              onChange={setTab}
              tabs={[
                { id: "one", label: "Overview" },
                { id: "two", label: "Annotations", count: 3 },
                { id: "three", label: "Raw" },
              ]}
            >
              <p>What the tab {tab} shows.</p>
            </Tabs>
          </SidePanel>
        )}
      </div>
      {dialog && (
        <Dialog
          title="Delete the group?"
          onClose={() => setDialog(false)}
          actions={
            <>
              <Button onClick={() => setDialog(false)}>Keep it</Button>
              <Button kind="primary" onClick={() => setDialog(false)}>
                Delete
              </Button>
            </>
          }
        >
          <p>Its statistics go with it.</p>
        </Dialog>
      )}
    </div>
  );
}
