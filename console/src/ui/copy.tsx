/** Copies something, and says that it did. */
import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";
import { toast } from "./toast.tsx";

/** Puts a text on the clipboard; also where the browser forbids it to pages without a secure origin. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr";
    // Inside an open dialog nothing outside can have the focus.
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export function CopyButton({
  text,
  label = "Copy",
  children,
}: {
  text: string | (() => string);
  label?: string;
  children?: string;
}) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1_600);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async (): Promise<void> => {
    if (await copyText(typeof text === "string" ? text : text())) setDone(true);
    else toast("The browser does not allow copying here.", "fault");
  };
  return (
    <button
      type="button"
      class={children ? "button" : "icon-button copy-button"}
      aria-label={children ? undefined : done ? "Copied" : label}
      data-tip={children ? undefined : label}
      onClick={() => void copy()}
    >
      <Icon name={done ? "check" : "copy"} size={14} />
      {children && (done ? "Copied" : children)}
    </button>
  );
}
