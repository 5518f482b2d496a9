/** Where the person is: the browser's address as a signal. Everything that changes the address goes through here. */
import { computed, signal } from "@preact/signals";

export interface Place {
  path: string;
  search: string;
}

function here(): Place {
  return { path: window.location.pathname, search: window.location.search };
}

export const place = signal<Place>(here());

/** The path alone; components that read it are not drawn anew when a parameter changes. */
export const path = computed(() => place.value.path);

/** The parameters of the address. */
export const query = computed(() => new URLSearchParams(place.value.search));

/**
 * Goes somewhere.
 *
 * @param href path and query, of this origin.
 * @param how `replace`: no step for the back button.
 */
export function navigate(href: string, how: { replace?: boolean } = {}): void {
  const url = new URL(href, window.location.href);
  const target = url.pathname + url.search;
  if (target === place.value.path + place.value.search) return;
  const moved = url.pathname !== place.value.path;
  if (how.replace) window.history.replaceState(null, "", target);
  else window.history.pushState(null, "", target);
  place.value = { path: url.pathname, search: url.search };
  if (moved && !how.replace) window.scrollTo(0, 0);
}

/** Listens to the back button, and makes links to our own pages move within the app. Returns how to stop. */
export function listenToBrowser(): () => void {
  const back = (): void => {
    place.value = here();
  };
  const click = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link?.href || link.target || link.hasAttribute("download") || link.dataset.native !== undefined) return;
    const url = new URL(link.href);
    if (url.origin !== window.location.origin) return;
    // A link into this page (#main) is the browser's own affair.
    if (url.hash && url.pathname === window.location.pathname && url.search === window.location.search) return;
    event.preventDefault();
    navigate(url.pathname + url.search);
  };
  window.addEventListener("popstate", back);
  document.addEventListener("click", click);
  return () => {
    window.removeEventListener("popstate", back);
    document.removeEventListener("click", click);
  };
}
