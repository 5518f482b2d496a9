/** What the page is called: in the top bar, the tab and for screen readers. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Set by the frame from the registry, or by a page that knows better. */
export const pageTitle = signal("");

/** Names the page shown, such as `GET /cart` for a trace. */
export function useTitle(title: string): void {
  useEffect(() => {
    pageTitle.value = title;
    document.title = title === "" ? "Radiograph" : `${title} · Radiograph`;
  }, [title]);
}
