/**
 * The pages that exist, in the order of the navigation. A page is a folder here with a lazy default export; to add one,
 * add one line. Nothing else in the app needs to know of it.
 */
import type { Page } from "./registry.ts";

export const pages: readonly Page[] = [
  {
    path: "/map",
    title: "Map",
    icon: "map",
    key: "m",
    nav: "main",
    load: () => import("./map/index.tsx"),
  },
  {
    path: "/traces",
    title: "Traces",
    icon: "traces",
    key: "t",
    nav: "main",
    load: () => import("./traces/index.tsx"),
  },
  {
    path: "/analytics",
    title: "Analytics",
    icon: "analytics",
    key: "a",
    nav: "main",
    load: () => import("./analytics/index.tsx"),
  },
  {
    path: "/traces/:id",
    title: "Trace",
    icon: "traces",
    under: "/traces",
    without: ["time", "group"],
    example: "/traces/{trace}",
    load: () => import("./trace/index.tsx"),
  },
  {
    path: "/compare/:a/:b",
    title: "Compare",
    icon: "compare",
    under: "/traces",
    without: ["time", "group"],
    example: "/compare/{trace}/{other}",
    load: () => import("./compare/index.tsx"),
  },
  {
    path: "/groups",
    title: "Groups",
    icon: "groups",
    key: "o",
    nav: "more",
    without: ["time", "group"],
    load: () => import("./groups/index.tsx"),
  },
  {
    path: "/sampling",
    title: "Sampling",
    icon: "sampling",
    key: "s",
    nav: "more",
    without: ["time", "group"],
    load: () => import("./sampling/index.tsx"),
  },
  {
    path: "/status",
    title: "Status",
    icon: "status",
    key: "u",
    nav: "more",
    without: ["time", "group"],
    fills: 50,
    load: () => import("./status/index.tsx"),
  },
  {
    path: "/settings",
    title: "Settings",
    icon: "settings",
    key: "e",
    nav: "more",
    without: ["time", "group"],
    load: () => import("./settings/index.tsx"),
  },
  {
    path: "/start",
    title: "Get started",
    icon: "start",
    key: "b",
    nav: "more",
    without: ["time", "group"],
    load: () => import("./start/index.tsx"),
  },
  // The dev server alone has it: every primitive and chart in every state. Left out of a build.
  ...(import.meta.env.DEV
    ? [
        {
          path: "/gallery",
          title: "Gallery",
          icon: "insights",
          nav: "main",
          load: () => import("../../dev/gallery.tsx"),
        } satisfies Page,
      ]
    : []),
];

export type { Page, PageProps, PathParams } from "./registry.ts";
