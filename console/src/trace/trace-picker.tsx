/** Chooses a trace: one types or pastes its id, or takes one of those seen last. */
import "./trace.css";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { zone } from "../app/prefs.ts";
import { traceId } from "../app/trace-id.ts";
import { clockTime, duration } from "../format/index.ts";
import { Button, OutcomeMark, Popover, type TriggerProps } from "../ui/index.ts";
import { visited } from "./remembered.ts";

export function TracePicker({
  label,
  trigger,
  except,
  align = "end",
  onChoose,
}: {
  /** Such as "Compare with". */
  label: string;
  trigger: (props: TriggerProps) => ComponentChildren;
  /** These are left out. */
  except: readonly string[];
  align?: "start" | "end";
  onChoose: (id: string) => void;
}) {
  return (
    <Popover label={label} trigger={trigger} align={align} class="trace-picker">
      {(close) => (
        <Inside
          label={label}
          except={except}
          onChoose={(id) => {
            close();
            onChoose(id);
          }}
        />
      )}
    </Popover>
  );
}

function Inside({
  label,
  except,
  onChoose,
}: {
  label: string;
  except: readonly string[];
  onChoose: (id: string) => void;
}) {
  const [typed, setTyped] = useState("");
  const [refused, setRefused] = useState(false);
  const seen = visited().filter((one) => !except.includes(one.id));
  return (
    <div class="trace-picker-inside">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const id = traceId(typed);
          if (id === null) setRefused(true);
          else onChoose(id);
        }}
      >
        <label class="field">
          <span class="field-label">{label}: id of a trace</span>
          <span class="row">
            <input
              class="input mono"
              autofocus
              spellcheck={false}
              placeholder="1-67a1b2c3-0123456789abcdef01234567"
              value={typed}
              aria-invalid={refused}
              onInput={(event) => {
                setTyped(event.currentTarget.value);
                setRefused(false);
              }}
            />
            <Button type="submit" kind="primary">
              Open
            </Button>
          </span>
          <span class="field-problem" role="alert">
            {refused ? "That is no trace id: 1-8 hex digits-24 hex digits, or 32 hex digits." : ""}
          </span>
        </label>
      </form>
      {seen.length > 0 && (
        <>
          <div class="options-section">Seen last in this browser</div>
          <ul class="bare trace-picker-list">
            {seen.map((one) => (
              <li key={one.id}>
                <button type="button" class="menu-item" onClick={() => onChoose(one.id)}>
                  <OutcomeMark outcome={one.outcome} bare />
                  <span class="cut grow">{one.asked}</span>
                  <span class="faint small num">{duration(one.duration)}</span>
                  <span class="faint small num">{clockTime(one.start, zone.value)}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {seen.length === 0 && <p class="popover-note muted">Other traces that you open will be listed here.</p>}
    </div>
  );
}
