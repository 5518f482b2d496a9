/** How traces are called. Pure. */
import type { TraceSummary } from "../api/types.ts";

type Asked = Pick<TraceSummary, "method" | "url" | "entry">;

/** `GET /cart` for a title: the path alone, without host and query. */
export function asked(summary: Asked): string {
  const path = pathOf(summary.url);
  if (path === null) return summary.entry?.name ?? "A trace";
  return summary.method ? `${summary.method} ${path}` : path;
}

/** `GET https://shop.test/cart?basket=7`, or the name of the service where nothing was asked by HTTP. */
export function whatWasAsked(summary: Asked): string {
  if (summary.url === null) return summary.entry?.name ?? "Unknown";
  return summary.method ? `${summary.method} ${summary.url}` : summary.url;
}

function pathOf(url: string | null): string | null {
  if (url === null) return null;
  try {
    return new URL(url).pathname;
  } catch {
    return url.split("?")[0] || url;
  }
}
