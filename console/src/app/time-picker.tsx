/** The time range of everything on screen, in the top bar. */
import { useState } from "preact/hooks";
import { clockTime, dateTime, day, epoch, interval } from "../format/index.ts";
import { Button, IconButton, Toggle } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { Popover } from "../ui/popover.tsx";
import { serverNow } from "./clock.ts";
import { zone } from "./prefs.ts";
import { chooseTime, isRelative, longest, range, spanText, stepTime, timeChoice, timeLabel, zoomOut } from "./time.ts";

/** The relative ranges on offer, seconds; those that the server would refuse are left out. */
export const SPANS = [60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400] as const;

const NAMES: Readonly<Record<number, string>> = {
  60: "Last minute",
  300: "Last 5 minutes",
  900: "Last 15 minutes",
  1800: "Last 30 minutes",
  3600: "Last hour",
  10800: "Last 3 hours",
  21600: "Last 6 hours",
  43200: "Last 12 hours",
  86400: "Last 24 hours",
};

export function spanName(seconds: number): string {
  return NAMES[seconds] ?? `Last ${spanText(seconds)}`;
}

/** Those that this server answers. */
export function spansOnOffer(): readonly number[] {
  return SPANS.filter((seconds) => seconds <= longest.value);
}

export function TimePicker() {
  const { start, end } = range.value;
  const exact = `${dateTime(start, zone.value)} – ${dateTime(end, zone.value)}`;
  const atEnd = isRelative.value || end >= serverNow() - 1;
  return (
    <div class="time-picker" role="group" aria-label="Time range">
      <IconButton icon="left" label="Earlier" keys="[" size={14} onClick={() => stepTime(-1)} />
      <Popover
        label="Choose a time range"
        align="end"
        class="time-popover"
        trigger={(props) => (
          <button type="button" {...props} class="button plain" data-tip={exact} data-tip-keys="t" data-open-time>
            <Icon name="clock" size={14} />
            <span class="nowrap">{timeLabel.value}</span>
            <Icon name="down" size={12} />
          </button>
        )}
      >
        {(close) => <Choices close={close} />}
      </Popover>
      <IconButton icon="right" label="Later" keys="]" size={14} disabled={atEnd} onClick={() => stepTime(1)} />
      <IconButton
        icon="zoomOut"
        label="Twice as long"
        keys="-"
        size={14}
        disabled={end - start >= longest.value}
        onClick={zoomOut}
      />
    </div>
  );
}

function Choices({ close }: { close: () => void }) {
  const choice = timeChoice.value;
  return (
    <div class="time-choices">
      <ul class="bare time-spans" aria-label="Relative">
        {spansOnOffer().map((seconds) => {
          const chosen = choice.kind === "last" && choice.seconds === seconds;
          return (
            <li key={seconds}>
              <button
                type="button"
                class="menu-item"
                aria-pressed={chosen}
                autofocus={chosen}
                onClick={() => {
                  chooseTime({ kind: "last", seconds });
                  close();
                }}
              >
                <span class="grow">{spanName(seconds)}</span>
                {chosen && <Icon name="check" size={14} />}
              </button>
            </li>
          );
        })}
      </ul>
      <Absolute close={close} />
    </div>
  );
}

function Absolute({ close }: { close: () => void }) {
  const { start, end } = range.peek();
  const inZone = zone.value;
  const shown = (seconds: number): string => `${day(seconds, inZone)} ${clockTime(seconds, inZone)}`;
  const [typed, setTyped] = useState<{ from?: string; to?: string }>({});
  const from = typed.from ?? shown(start);
  const to = typed.to ?? shown(end);
  const [problem, setProblem] = useState<{ field: "from" | "to"; sentence: string } | null>(null);

  const apply = (event: Event): void => {
    event.preventDefault();
    const now = serverNow();
    const left = epoch(from, inZone, now);
    const right = epoch(to, inZone, now);
    const most = longest.value;
    if (left === null)
      setProblem({ field: "from", sentence: "Write a time like 2026-11-25 14:05, or 14:05 for today." });
    else if (right === null)
      setProblem({ field: "to", sentence: "Write a time like 2026-11-25 14:05, or 14:05 for today." });
    else if (left >= right) setProblem({ field: "to", sentence: "The end must be after the start." });
    else if (right - left > most)
      setProblem({
        field: "from",
        sentence: `That is ${interval(right - left)}; this server answers ${interval(most)} at most (setting query_hours).`,
      });
    else {
      chooseTime({ kind: "between", from: left, to: right });
      close();
    }
  };

  const field = (name: "from" | "to", label: string, value: string) => (
    <label class="field">
      <span class="field-label">{label}</span>
      <input
        class="input mono"
        value={value}
        spellcheck={false}
        autocomplete="off"
        aria-invalid={problem?.field === name}
        aria-describedby={problem?.field === name ? "time-problem" : undefined}
        onInput={(event) => {
          setTyped({ ...typed, [name]: event.currentTarget.value });
          setProblem(null);
        }}
      />
    </label>
  );

  return (
    <form class="time-absolute" onSubmit={apply} noValidate>
      {field("from", "From", from)}
      {field("to", "To", to)}
      <div class="field">
        <span class="field-label">Times are shown in</span>
        <Toggle
          label="Time zone"
          value={inZone}
          options={[
            { value: "local", label: "Local" },
            { value: "utc", label: "UTC" },
          ]}
          onChange={(next) => {
            setTyped({});
            zone.value = next;
          }}
        />
      </div>
      <p id="time-problem" class="field-problem" role="alert">
        {problem?.sentence}
      </p>
      <Button kind="primary" type="submit">
        Show this range
      </Button>
      <p class="faint small">Longest range: {interval(longest.value)}</p>
    </form>
  );
}
