/** What a page is. The list is in index.ts. */
import type { ComponentType } from "preact";
import type { IconName } from "../ui/icon.tsx";

/** The pieces of the path that the pattern names, decoded. */
export type PathParams = Readonly<Record<string, string>>;

export interface PageProps {
  readonly params: PathParams;
}

export interface Page {
  /** Pattern: `/traces/:id`. */
  readonly path: string;
  /** Stands in the navigation, the tab and the palette. */
  readonly title: string;
  readonly icon: IconName;
  /** After `g`, this key goes there; none for pages that need parameters. */
  readonly key?: string;
  /** Where it stands in the navigation: above or below the line; left out for pages that one gets to otherwise. */
  readonly nav?: "main" | "more";
  /** Which entry of the navigation is lit while this page, which has none, is shown: that one's path. */
  readonly under?: string;
  /** The page has no use for these controls of the top bar. */
  readonly without?: readonly ("time" | "group")[];
  /** An example of the path for pages with parameters, for tools/screenshots.py; `{trace}` becomes a real id. */
  readonly example?: string;
  /** It fills while one looks: pictures are taken so many seconds later. */
  readonly fills?: number;
  /** A chunk of its own. */
  readonly load: () => Promise<{ default: ComponentType<PageProps> }>;
}
