/** Which requests are traced: the rules in order, how they are used, and by whom. */
import { useMemo, useState } from "preact/hooks";
import { ApiError, askSampling, postJson, type SamplingAnswer, type SamplingRule, useQuery } from "../../api/index.ts";
import { hasPage, href, useKeys } from "../../app/index.ts";
import { Sparkline } from "../../charts/index.ts";
import { compact, count, percent, plural } from "../../format/index.ts";
import {
  Badge,
  Button,
  type Column,
  EmptyState,
  ErrorState,
  Icon,
  IconButton,
  Skeleton,
  Table,
  toast,
} from "../../ui/index.ts";
import { DeleteDialog } from "./delete-dialog.tsx";
import { useLooking } from "./looking.ts";
import { RequestTest } from "./request-test.tsx";
import { RuleForm } from "./rule-form.tsx";
import { GoneRule, RulePanel } from "./rule-panel.tsx";
import { about, moved, takes, warnings } from "./rules.ts";
import { begin, doing, open, show, stop, testing } from "./state.ts";

export function RulesView() {
  const query = useQuery(["sampling"], (signal) => askSampling(signal));
  const answer = query.data;
  const [at, setAt] = useState("");
  const [busy, setBusy] = useState(false);
  useLooking(query.again);

  const move = async (name: string, by: -1 | 1): Promise<void> => {
    if (!answer || busy) return;
    setBusy(true);
    try {
      for (const { name: changed, priority } of moved(answer.rules, name, by)) {
        await postJson("/UpdateSamplingRule", { SamplingRuleUpdate: { RuleName: changed, Priority: priority } });
      }
    } catch (error) {
      toast(error instanceof ApiError ? error.message : String(error));
    }
    setBusy(false);
    query.again();
  };
  const columns = useMemo(() => (answer ? columnsFor(answer, move, busy) : []), [answer, busy]);
  const name = open.value;
  const what = doing.value;
  const target = answer?.rules.find((rule) => rule.name === name);
  const selected = at === "" ? name : at;

  useKeys("Sampling", [
    { keys: "n", does: "New rule", run: () => begin("new") },
    { keys: "e", does: "Change the rule", run: () => selected && begin("edit", selected) },
    { keys: "c", does: "Duplicate the rule", run: () => selected && begin("copy", selected) },
    { keys: "alt+ArrowUp", does: "Try the rule earlier", run: () => void move(selected, -1) },
    { keys: "alt+ArrowDown", does: "Try the rule later", run: () => void move(selected, 1) },
    { keys: "w", does: "Test which rule decides", run: () => testing.set(!testing.value) },
    {
      keys: "Delete",
      does: "Delete the rule",
      run: () => selected && selected !== "Default" && begin("delete", selected),
    },
  ]);

  if (query.error && !answer) return <ErrorState error={query.error} onRetry={query.again} />;
  if (!answer) {
    return (
      <div class="page" role="status" aria-label="Loading sampling rules">
        <Skeleton lines={8} />
      </div>
    );
  }
  const back = (to = name): void => stop(what === "new" ? "" : to);
  const done = (made: string): void => {
    stop(made);
    query.again();
  };
  const isForm = what === "new" || ((what === "edit" || what === "copy") && target !== undefined);
  return (
    <>
      <div class="split">
        <div class="grow sampling-main">
          <header class="sampling-head">
            <p class="muted grow">
              Which requests are traced? The first rule that matches a request decides, where it enters; all services
              behind follow.
            </p>
            <Button
              icon="question"
              aria-pressed={testing.value}
              data-tip="Which rule decides about a request?"
              data-tip-keys="w"
              onClick={() => testing.set(!testing.value)}
            >
              Test a request
            </Button>
            <Button kind="primary" icon="plus" data-tip="New rule" data-tip-keys="n" onClick={() => begin("new")}>
              New rule
            </Button>
          </header>
          {testing.value && <RequestTest rules={answer.rules} />}
          <div class="sampling-table">
            <Table
              label="Sampling rules, in the order in which they are tried"
              name="sampling"
              rows={answer.rules}
              columns={columns}
              rowKey={(rule) => rule.name}
              rowHeight={56}
              sort=""
              onSort={() => undefined}
              selected={name === "" ? null : name}
              onMove={(rule) => setAt(rule.name)}
              onOpen={(rule) => {
                setAt(rule.name);
                show(rule.name);
              }}
            />
            {answer.clients.length === 0 && (
              <EmptyState icon="sampling" title="No process has asked for a quota in the last 30 seconds">
                <p>
                  X-Ray's SDKs ask by themselves, ten seconds after their first request, at the daemon's address by TCP.
                  Until then, and without, they sample by rules of their own.
                </p>
                {hasPage("/start") && <a href={href("/start")}>How to point an application here</a>}
              </EmptyState>
            )}
          </div>
          <p class="faint small sampling-foot">
            {plural(answer.limit_used, "rule")} of {count(answer.limit)} beside Default; figures are of the last minute.
          </p>
        </div>
        {isForm ? (
          <RuleForm
            key={`${what} ${name}`}
            what={what as "new" | "edit" | "copy"}
            rule={target ?? null}
            answer={answer}
            onDone={done}
            onClose={() => back()}
          />
        ) : target ? (
          <RulePanel key={name} rule={target} answer={answer} onClose={() => stop()} />
        ) : (
          name !== "" && <GoneRule name={name} onClose={() => stop()} />
        )}
      </div>
      {what === "delete" && target && !target.is_default && (
        <DeleteDialog
          rule={target}
          rules={answer.rules}
          onDone={() => {
            stop();
            query.again();
          }}
          onClose={() => back()}
        />
      )}
    </>
  );
}

function columnsFor(
  answer: SamplingAnswer,
  move: (name: string, by: -1 | 1) => Promise<void>,
  busy: boolean,
): Column<SamplingRule>[] {
  const { start, seconds, rules: counted } = answer.windows;
  const from = start[0] ?? 0;
  const to = (start.at(-1) ?? 0) + seconds;
  const own = answer.rules.filter((rule) => !rule.is_default);
  const order = new Map(answer.rules.map((rule, index) => [rule.name, index + 1]));
  return [
    {
      id: "order",
      label: "#",
      width: "36px",
      fixed: true,
      align: "end",
      cell: (rule) => <span class="num faint">{order.get(rule.name)}</span>,
    },
    {
      id: "rule",
      label: "Rule",
      width: "minmax(150px, 3fr)",
      fixed: true,
      cell: (rule) => (
        <span class="sampling-rule">
          <span class="row">
            <strong class="cut">{rule.name}</strong>
            {warnings(rule).length > 0 && (
              <Badge tip={warnings(rule).join(" ")}>
                <Icon name="warning" size={12} />
                {rule.covered_by === null ? "ignored by SDKs" : "never decides"}
              </Badge>
            )}
            {rule.boosted && <Badge tone="accent">boosted to {percent(rule.boosted.rate)}</Badge>}
          </span>
          <span class="small muted cut">
            {takes(rule)}: {about(rule)}
          </span>
        </span>
      ),
    },
    {
      id: "trend",
      label: "Last 30 minutes",
      width: "minmax(100px, 140px)",
      from: 820,
      cell: (rule) => {
        const counts = counted[rule.name];
        if (!counts) return <span class="faint small">no request</span>;
        return (
          <Sparkline
            label={`Requests of the last 30 minutes that matched ${rule.name}`}
            points={start.map((at, index) => ({ at: at + seconds / 2, value: counts.requests[index] ?? 0 }))}
            start={from}
            end={to}
            height={36}
          />
        );
      },
    },
    figure("requests", "Matched/s", (rule) => rule.rates.requests, 620),
    figure("sampled", "Sampled/s", (rule) => rule.rates.sampled, 560),
    {
      id: "share",
      label: "Share",
      width: "66px",
      align: "end",
      cell: (rule) => <span class="num">{rule.share === null ? "–" : percent(rule.share)}</span>,
    },
    {
      id: "clients",
      label: "Clients",
      width: "66px",
      align: "end",
      from: 700,
      cell: (rule) => <span class="num">{rule.clients === 0 ? "–" : count(rule.clients)}</span>,
    },
    {
      id: "actions",
      label: "Actions",
      width: "84px",
      fixed: true,
      from: 480,
      cell: (rule) => (
        <span class="row sampling-actions">
          <IconButton
            icon="arrowUp"
            size={14}
            label={`Try ${rule.name} earlier`}
            keys="alt+ArrowUp"
            disabled={busy || rule.is_default || rule === own[0]}
            onClick={(event) => {
              event.stopPropagation();
              void move(rule.name, -1);
            }}
          />
          <IconButton
            icon="arrowDown"
            size={14}
            label={`Try ${rule.name} later`}
            keys="alt+ArrowDown"
            disabled={busy || rule.is_default || rule === own.at(-1)}
            onClick={(event) => {
              event.stopPropagation();
              void move(rule.name, 1);
            }}
          />
        </span>
      ),
    },
  ];
}

function figure(id: string, label: string, value: (rule: SamplingRule) => number, from: number): Column<SamplingRule> {
  return {
    id,
    label,
    width: "86px",
    align: "end",
    from,
    cell: (rule) => {
      const found = value(rule);
      return <span class="num">{found === 0 ? "–" : compact(found)}</span>;
    },
  };
}
