/** A sentence that says what just happened, for some seconds. Not for errors that need an answer: those stay in place. */
import { signal } from "@preact/signals";
import { Icon } from "./icon.tsx";

interface Shown {
  readonly id: number;
  readonly sentence: string;
  readonly tone: "ok" | "fault";
}

const shown = signal<readonly Shown[]>([]);
const MS = 4_000;
let made = 0;

/** Says it. */
export function toast(sentence: string, tone: "ok" | "fault" = "ok"): void {
  made += 1;
  const id = made;
  shown.value = [...shown.peek().slice(-2), { id, sentence, tone }];
  setTimeout(() => {
    shown.value = shown.peek().filter((one) => one.id !== id);
  }, MS);
}

/** Where they appear; once in the frame. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map((one) => (
        <div key={one.id} class={`toast ${one.tone}`}>
          <Icon name={one.tone === "ok" ? "check" : "warning"} size={14} />
          {one.sentence}
        </div>
      ))}
    </div>
  );
}
