/**
 * The editor of filter expressions: CodeMirror in a shadow root, where its styles are constructed sheets, which the content
 * security policy allows. A chunk of its own, loaded when somebody goes to the box.
 */
import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
  completionStatus,
  selectedCompletionIndex,
  startCompletion,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { Compartment, EditorState, Prec, type Range, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  keymap,
  placeholder,
  tooltips,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import { complete, NO_WORDS, type Suggestion, type Words } from "./complete.ts";
import { pieces } from "./lexer.ts";

export interface Problem {
  readonly position: number;
  readonly message: string;
}

export interface EditorOptions {
  readonly text: string;
  readonly label: string;
  readonly placeholder: string;
  /** Enter. */
  readonly onRun: (text: string) => void;
  readonly onChange: (text: string) => void;
  /** Up and down; returns what to show, null when there is nothing more. */
  readonly onHistory: (now: string, by: 1 | -1) => string | null;
  /** Escape, with nothing to close. */
  readonly onEscape: () => void;
  /** Returns true when it was taken care of. */
  readonly onPaste: (text: string) => boolean;
  readonly words: () => Promise<Words>;
  /** Whether suggestions are shown: who chooses does not want to hear of mistakes yet. */
  readonly onSuggest: (shown: boolean) => void;
}

export interface Editor {
  setText: (text: string) => void;
  setProblem: (problem: Problem | null) => void;
  focus: (at?: number) => void;
  destroy: () => void;
}

const THEME = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "transparent", fontSize: "var(--text-m)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", overflow: "auto", maxHeight: "124px" },
  ".cm-content": { padding: "0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0" },
  ".cm-placeholder": { color: "var(--text-3)" },
  ".f-string": { color: "var(--text)", backgroundColor: "var(--sunken)", borderRadius: "3px" },
  ".f-number": { color: "var(--text)", fontWeight: "600" },
  ".f-word": { color: "var(--accent)" },
  ".f-key": { color: "var(--accent)" },
  ".f-logic": { color: "var(--text-2)", fontWeight: "700" },
  ".f-operator": { color: "var(--text-2)" },
  ".f-bracket": { color: "var(--text-3)" },
  ".f-problem": {
    textDecoration: "underline wavy var(--fault)",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "3px",
  },
  ".cm-tooltip": {
    border: "0",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--raised)",
    boxShadow: "var(--shadow)",
    zIndex: "40",
  },
  ".cm-tooltip.cm-tooltip-autocomplete": { marginTop: "8px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--mono)",
    fontSize: "var(--text-s)",
    maxHeight: "264px",
    maxWidth: "min(560px, calc(100vw - 32px))",
    minWidth: "260px",
    padding: "4px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    alignItems: "baseline",
    gap: "12px",
    padding: "3px 8px",
    borderRadius: "var(--radius-s)",
    lineHeight: "20px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent-soft)",
    color: "var(--text)",
  },
  ".cm-completionLabel": { flex: "0 1 auto", overflow: "hidden", textOverflow: "ellipsis" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent)" },
  ".cm-completionDetail": {
    flex: "1 1 auto",
    marginLeft: "auto",
    overflow: "hidden",
    textOverflow: "ellipsis",
    textAlign: "end",
    fontFamily: "var(--font)",
    fontStyle: "normal",
    color: "var(--text-3)",
  },
});

const MARKS = new Map(
  ["string", "number", "word", "key", "logic", "operator", "bracket", "json"].map((kind) => [
    kind,
    Decoration.mark({ class: `f-${kind === "json" ? "string" : kind}` }),
  ]),
);

function marked(view: EditorView): DecorationSet {
  const found: Range<Decoration>[] = [];
  for (const piece of pieces(view.state.doc.toString())) {
    const mark = MARKS.get(piece.kind);
    if (mark) found.push(mark.range(piece.from, piece.to));
  }
  return Decoration.set(found);
}

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = marked(view);
    }
    update(update: ViewUpdate): void {
      if (update.docChanged) this.decorations = marked(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

const setProblem = StateEffect.define<Problem | null>();

const problems = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    let next = transaction.docChanged ? Decoration.none : shown;
    for (const effect of transaction.effects) {
      if (effect.is(setProblem))
        next = effect.value === null ? Decoration.none : underlined(transaction.state, effect.value);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** From its place to the end of what stands there; at the end of the text, the last sign. */
function underlined(state: EditorState, { position }: Problem): DecorationSet {
  const text = state.doc.toString();
  if (text === "") return Decoration.none;
  const at = Math.min(position, text.length);
  const piece = pieces(text).find((one) => one.from <= at && at < one.to && one.kind !== "space");
  const from = piece ? Math.max(piece.from, at) : Math.max(0, Math.min(at, text.trimEnd().length) - 1);
  const to = piece ? piece.to : from + 1;
  return Decoration.set([Decoration.mark({ class: "f-problem" }).range(from, to)]);
}

/** Makes an editor inside an element. */
export function mount(host: HTMLElement, options: EditorOptions): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  const said = new Compartment();
  let words = NO_WORDS;
  let silent = false;
  let suggested = false;
  // CodeMirror counts what is typed on as asked for, too.
  let asked = false;
  let typed = false;

  // Names may take their time: the language is completed without them meanwhile.
  const learn = async (): Promise<void> => {
    const before = words;
    words = await options.words();
    if (words !== before && view.hasFocus && (typed || completionStatus(view.state) !== null)) startCompletion(view);
  };

  const source = (context: CompletionContext): CompletionResult | null => {
    const text = context.state.doc.toString();
    const found = complete(text, context.pos, words);
    if (!found) return null;
    // Unasked, nothing opens behind what is complete: Enter should run it.
    if (!asked && found.from === context.pos && !found.needed) return null;
    return {
      from: found.from,
      filter: false,
      options: found.suggestions.map((one) => ({
        label: one.label,
        ...(one.detail ? { detail: one.detail } : {}),
        apply: (view: EditorView, _: unknown, from: number, to: number) => put(view, one, from, Math.max(to, found.to)),
      })),
    };
  };

  const ask = (view: EditorView): boolean => {
    asked = true;
    return startCompletion(view);
  };

  const put = (view: EditorView, one: Suggestion, from: number, to: number): void => {
    const end = from + (one.cursor ?? one.text.length);
    view.dispatch({ changes: { from, to, insert: one.text }, selection: { anchor: end }, userEvent: "input.complete" });
    if (one.again) ask(view);
  };

  const run = (view: EditorView): boolean => {
    closeCompletion(view);
    typed = false;
    options.onRun(view.state.doc.toString());
    return true;
  };

  const enter = (view: EditorView): boolean => {
    const head = view.state.selection.main.head;
    const found = suggested ? complete(view.state.doc.toString(), head, words) : null;
    if (found !== null) {
      const moved = (selectedCompletionIndex(view.state) ?? 0) > 0;
      const wanted = found.from < head || found.needed || (asked && view.state.doc.length > 0);
      if ((moved || wanted) && acceptCompletion(view)) return true;
      // Who types faster than the list follows means its first.
      const [first] = found.suggestions;
      if (wanted && first && completionStatus(view.state) === "pending") {
        put(view, first, found.from, found.to);
        return true;
      }
    }
    return run(view);
  };

  const walk = (view: EditorView, by: 1 | -1): boolean => {
    if (completionStatus(view.state) === "active") return false;
    const text = options.onHistory(view.state.doc.toString(), by);
    if (text === null) return false;
    view.dispatch({
      changes: { from: 0, to: view.state.doc.length, insert: text },
      selection: { anchor: text.length },
    });
    return true;
  };

  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        // One line, which is broken where the box ends.
        EditorState.transactionFilter.of((transaction) => (transaction.newDoc.lines > 1 ? [] : transaction)),
        EditorView.clipboardInputFilter.of((text) => text.replace(/\s*\n\s*/g, " ")),
        EditorView.lineWrapping,
        history(),
        closeBrackets(),
        EditorState.languageData.of(() => [{ closeBrackets: { brackets: ["(", "[", "{", '"'] } }]),
        autocompletion({ override: [source], icons: false, aboveCursor: false, interactionDelay: 0 }),
        tooltips({ position: "fixed" }),
        Prec.highest(
          keymap.of([
            { key: "Ctrl-Space", run: ask },
            { key: "Mod-Enter", run },
            { key: "Enter", run: enter },
            { key: "Tab", run: (one) => completionStatus(one.state) === "active" && acceptCompletion(one) },
            { key: "ArrowUp", run: (one) => walk(one, 1) },
            { key: "ArrowDown", run: (one) => walk(one, -1) },
          ]),
        ),
        keymap.of([
          ...closeBracketsKeymap,
          ...completionKeymap,
          {
            key: "Escape",
            run: () => {
              options.onEscape();
              return true;
            },
          },
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        colours,
        problems,
        THEME,
        placeholder(options.placeholder),
        EditorView.contentAttributes.of({ "aria-label": options.label, autocapitalize: "off" }),
        said.of([]),
        EditorView.domEventHandlers({
          paste: (event) => options.onPaste(event.clipboardData?.getData("text/plain") ?? ""),
        }),
        EditorView.updateListener.of((update) => {
          if (update.transactions.some((one) => one.isUserEvent("input.type") || one.isUserEvent("delete"))) {
            asked = false;
            typed = true;
          }
          if (update.docChanged && !silent) options.onChange(update.state.doc.toString());
          const status = completionStatus(update.state);
          const suggests = status === "pending" ? suggested : status === "active";
          if (suggests !== suggested) {
            suggested = suggests;
            options.onSuggest(suggests);
          }
          if (update.focusChanged && update.view.hasFocus) {
            typed = false;
            void learn();
          }
          // An empty box says what it knows, once somebody is there.
          if (update.focusChanged && update.view.hasFocus && update.state.doc.length === 0) ask(update.view);
        }),
      ],
    }),
  });

  return {
    setText(text) {
      if (view.state.doc.toString() === text) return;
      silent = true;
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: text },
        selection: { anchor: text.length },
      });
      silent = false;
    },
    setProblem(problem) {
      view.dispatch({
        effects: [
          setProblem.of(problem),
          said.reconfigure(
            EditorView.contentAttributes.of(
              problem ? { "aria-invalid": "true", "aria-description": problem.message } : { "aria-invalid": "false" },
            ),
          ),
        ],
      });
    },
    focus(at) {
      if (at !== undefined) view.dispatch({ selection: { anchor: Math.min(at, view.state.doc.length) } });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}
