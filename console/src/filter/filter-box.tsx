/**
 * The box for a filter expression: a plain field until somebody goes there, then an editor with colours and completion. What
 * is wrong is underlined, with the sentence below; Enter runs, up and down go through what was run before.
 */
import "./filter.css";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { askCheck, useQuery } from "../api/index.ts";
import { traceId } from "../app/index.ts";
import { Button, Icon, IconButton, Menu } from "../ui/index.ts";
import type { Editor, Problem } from "./editor.ts";
import { HERE, history, noteRun, step, type Walk } from "./history.ts";
import { wordsOf } from "./words.ts";

const CHECK_MS = 400;

export interface FilterBoxProps {
  /** What was run. */
  value: string;
  onRun: (expression: string) => void;
  /** A trace id was typed or pasted. */
  onTrace: (id: string) => void;
  /** Why what was run cannot be read, as far as known from elsewhere. */
  problem?: Problem | null;
  label?: string;
  hint?: string;
  /** Counts up to bring the focus here. */
  wanted?: number;
}

export function FilterBox({
  value,
  onRun,
  onTrace,
  problem: refused = null,
  label = "Filter expression",
  hint = 'All traces. Try: service("orders") { fault }',
  wanted = 0,
}: FilterBoxProps) {
  const id = useId();
  const [typed, setTyped] = useState(value);
  const [rested, setRested] = useState(value);
  const [isEditor, setIsEditor] = useState(false);
  const [suggests, setSuggests] = useState(false);
  const host = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const editor = useRef<Editor | null>(null);
  const loading = useRef(false);
  const walk = useRef<Walk>(HERE);

  // Another question was run, here or elsewhere.
  useEffect(() => {
    setTyped(value);
    setRested(value);
    walk.current = HERE;
    editor.current?.setText(value);
  }, [value]);

  useEffect(() => {
    const timer = setTimeout(() => setRested(typed), CHECK_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  const changed = typed.trim() !== value.trim();
  const check = useQuery(
    rested.trim() === "" || rested.trim() === value.trim() || traceId(rested) ? null : ["check", rested],
    (signal) => askCheck(rested, signal),
    { still: true },
  );
  const said = check.data && !check.stale && rested === typed && !check.data.ok ? check.data : null;
  const problem = changed ? (suggests ? null : said) : refused;
  const shown = problem && typed !== "" ? problem : null;
  useEffect(() => {
    editor.current?.setProblem(shown && { position: shown.position, message: shown.message });
  }, [shown?.position, shown?.message, isEditor]);

  const run = (text: string): void => {
    const found = traceId(text);
    if (found) {
      onTrace(found);
      return;
    }
    const written = text.trim();
    noteRun(written);
    walk.current = HERE;
    onRun(written);
  };
  const back = (now: string, by: 1 | -1): string | null => {
    const next = step(history.peek(), walk.current, now, by);
    if (!next) return null;
    walk.current = next.walk;
    return next.text;
  };
  const revert = (): void => {
    if (typed !== value) {
      setTyped(value);
      editor.current?.setText(value);
    } else leave();
  };
  const leave = (): void => {
    const focused = host.current?.shadowRoot?.activeElement ?? document.activeElement;
    if (focused instanceof HTMLElement) focused.blur();
  };

  // The editor's callbacks outlive a drawing: the newest are called.
  const now = useRef({ run, back, revert, onTrace });
  now.current = { run, back, revert, onTrace };

  const load = async (): Promise<void> => {
    if (loading.current || editor.current) return;
    loading.current = true;
    try {
      const { mount } = await import("./editor.ts");
      if (!host.current) return;
      const field = input.current;
      const focused = document.activeElement === field;
      editor.current = mount(host.current, {
        text: field?.value ?? "",
        label,
        placeholder: hint,
        onRun: (text) => now.current.run(text),
        onChange: setTyped,
        onHistory: (text, by) => now.current.back(text, by),
        onEscape: () => now.current.revert(),
        onPaste: (text) => {
          const found = traceId(text);
          if (found) now.current.onTrace(found);
          return found !== null;
        },
        words: wordsOf,
        onSuggest: setSuggests,
      });
      // At once: what is typed while the field goes must not be lost.
      host.current.hidden = false;
      if (focused) editor.current.focus(field?.selectionStart ?? undefined);
      setIsEditor(true);
    } catch {
      // The plain field does without.
    } finally {
      loading.current = false;
    }
  };
  useEffect(() => () => editor.current?.destroy(), []);

  useLayoutEffect(() => {
    if (wanted === 0) return;
    if (editor.current) editor.current.focus();
    else input.current?.focus();
  }, [wanted]);

  const past = history.value;
  return (
    <form
      class="filter-box"
      role="search"
      aria-label="Filter traces"
      onSubmit={(event) => {
        event.preventDefault();
        run(typed);
      }}
    >
      <div class={`filter-field${shown ? " wrong" : ""}`}>
        <Icon name="filter" size={14} />
        {!isEditor && (
          <input
            ref={input}
            class="filter-plain mono"
            aria-label={label}
            aria-invalid={shown !== null}
            aria-describedby={`${id}-said`}
            placeholder={hint}
            spellcheck={false}
            autocomplete="off"
            autocapitalize="off"
            value={typed}
            onFocus={() => void load()}
            onInput={(event) => setTyped(event.currentTarget.value)}
            onPaste={(event) => {
              const found = traceId(event.clipboardData?.getData("text/plain") ?? "");
              if (!found) return;
              event.preventDefault();
              onTrace(found);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                run(typed);
              } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
                const text = back(typed, event.key === "ArrowUp" ? 1 : -1);
                if (text === null) return;
                event.preventDefault();
                setTyped(text);
              } else if (event.key === "Escape") {
                event.preventDefault();
                event.stopPropagation();
                revert();
              }
            }}
          />
        )}
        <div
          ref={host}
          class="filter-editor"
          hidden={!isEditor}
          onKeyDown={(event) => {
            // The registry of keys cannot see into the editor, and would take letters for commands.
            if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
          }}
        />
        {typed !== "" && (
          <IconButton
            icon="close"
            size={12}
            label="Clear the filter"
            onClick={() => {
              setTyped("");
              editor.current?.setText("");
              if (value === "") editor.current?.focus();
              else onRun("");
            }}
          />
        )}
        {past.length > 0 && (
          <Menu
            label="Filters run before"
            align="end"
            trigger={(props) => <IconButton {...props} icon="clock" size={14} label="Filters run before" />}
            items={past.slice(0, 15).map((one) => ({ label: one, run: () => run(one) }))}
          />
        )}
        <Button type="submit" kind={changed ? "primary" : "normal"} disabled={!changed && refused === null}>
          Run
        </Button>
      </div>
      <div id={`${id}-said`} class="filter-said" role="alert">
        {shown && (
          <>
            <p class="filter-misread mono break" aria-hidden="true">
              {typed.slice(0, shown.position)}
              <mark>{typed.slice(shown.position) || "…"}</mark>
            </p>
            <p class="field-problem break">{shown.message}</p>
          </>
        )}
      </div>
    </form>
  );
}
