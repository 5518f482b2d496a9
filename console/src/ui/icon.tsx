/** Our icons: 16 by 16, thin lines of the colour of the text around. One path per icon; add yours to the table. */

const PATHS = {
  // Pages
  map: "M5.2 8h2.3M10 6.9l1.6-1.7M10 9.1l1.6 1.7M2 8a1.6 1.6 0 1 0 3.2 0A1.6 1.6 0 1 0 2 8M7.3 8a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0M11.2 4a1.4 1.4 0 1 0 2.8 0 1.4 1.4 0 1 0-2.8 0M11.2 12a1.4 1.4 0 1 0 2.8 0 1.4 1.4 0 1 0-2.8 0",
  traces: "M2 3.5h7M4.5 6.5h8M6.5 9.5H14M4.5 12.5h4",
  analytics: "M2 13.5h12M3.5 11V8.5M6.5 11V5M9.5 11V7M12.5 11V2.5",
  insights: "M8 2.2a4 4 0 0 0-2.3 7.3c.5.4.8.9.8 1.5h3c0-.6.3-1.1.8-1.5A4 4 0 0 0 8 2.2ZM6.6 13.5h2.8",
  sampling: "M2.5 3h11L9.5 8v4.5l-3 1.2V8Z",
  groups: "M2.5 4.5h4v4h-4ZM9.5 2.5h4v4h-4ZM9.5 9.5h4v4h-4ZM4.5 8.5v3.2h5M6.5 5.5h3",
  status: "M1.5 8.5h3l2-5 3 9 2-4h3",
  settings:
    "M2 4.5h5.2M10.8 4.5H14M2 11.5h3.2M8.8 11.5H14M7.2 4.5a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0M5.2 11.5a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0",
  start:
    "M3 13.5 6.2 9.8M8.6 11.4 4.6 7.4C5.8 4.4 8.6 2.4 13.4 2.6 13.6 7.4 11.6 10.2 8.6 11.4ZM4.6 7.4 2.4 8.6M8.6 11.4l-1.2 2.2M9.4 6.6h.01",
  compare: "M8 2.5v11M3 5.5h3v6H3ZM10 4.5h3v7h-3Z",
  // What can be done
  search: "M2.8 7a4.2 4.2 0 1 0 8.4 0 4.2 4.2 0 1 0-8.4 0M10.2 10.2l3.3 3.3",
  clock: "M2.2 8a5.8 5.8 0 1 0 11.6 0A5.8 5.8 0 1 0 2.2 8M8 4.6V8l2.3 1.6",
  refresh: "M13.3 6.5A5.6 5.6 0 0 0 3.4 5L2.5 6.2M2.7 9.5A5.6 5.6 0 0 0 12.6 11l.9-1.2M2.5 3v3.2h3.2M13.5 13V9.8h-3.2",
  play: "M4.8 3.2 12.4 8l-7.6 4.8Z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  left: "M9.8 3.5 5.3 8l4.5 4.5",
  right: "M6.2 3.5 10.7 8l-4.5 4.5",
  down: "M3.5 6.2 8 10.7l4.5-4.5",
  up: "M3.5 9.8 8 5.3l4.5 4.5",
  zoomOut: "M2.8 7a4.2 4.2 0 1 0 8.4 0 4.2 4.2 0 1 0-8.4 0M10.2 10.2l3.3 3.3M5.2 7h3.6",
  zoomIn: "M2.8 7a4.2 4.2 0 1 0 8.4 0 4.2 4.2 0 1 0-8.4 0M10.2 10.2l3.3 3.3M5.2 7h3.6M7 5.2v3.6",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  sun: "M5.2 8a2.8 2.8 0 1 0 5.6 0 2.8 2.8 0 1 0-5.6 0M8 1.4v1.3M8 13.3v1.3M1.4 8h1.3M13.3 8h1.3M3.3 3.3l1 1M11.7 11.7l1 1M12.7 3.3l-1 1M4.3 11.7l-1 1",
  moon: "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8Z",
  system: "M2 3h12v8H2ZM5.5 13.5h5M8 11v2.5",
  question: "M5.6 6a2.4 2.4 0 1 1 3.5 2.2C8.3 8.6 8 9 8 9.8M8 12.4h.01",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5 6.3 12 13 4.5",
  copy: "M5.5 5.5V2.5h8v8h-3M2.5 5.5h8v8h-8Z",
  link: "M6.8 9.2 9.2 6.8M7 4.6l1.4-1.4a3 3 0 0 1 4.3 4.3L11.3 9M9 11.4l-1.4 1.4a3 3 0 0 1-4.3-4.3L4.7 7",
  external: "M6.5 3H3v10h10V9.5M9 2.5h4.5V7M13.5 2.5 7.5 8.5",
  download: "M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11",
  filter: "M2 4h12M4.5 8h7M6.5 12h3",
  columns: "M2.5 3h11v10h-11ZM6.2 3v10M9.8 3v10",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  edit: "M2.8 13.2 3.4 10.5 10.8 3.1l2.1 2.1-7.4 7.4ZM9.3 4.6l2.1 2.1",
  trash: "M2.8 4.5h10.4M6 4.5V2.8h4v1.7M4.2 4.5l.6 8.7h6.4l.6-8.7M6.8 7v3.8M9.2 7v3.8",
  pin: "M6 2.5h4l-.5 4 2.5 2v1.2H4V8.5l2.5-2ZM8 9.7v4",
  command:
    "M6 6h4v4H6ZM6 6V4.4A1.7 1.7 0 1 0 4.4 6H6M10 6h1.6A1.7 1.7 0 1 0 10 4.4V6M10 10v1.6A1.7 1.7 0 1 0 11.6 10H10M6 10H4.4A1.7 1.7 0 1 0 6 11.6V10",
  panel: "M2.5 3h11v10h-11ZM6 3v10",
  warning: "M8 2.5 14.2 13.2H1.8ZM8 6.5v3.2M8 11.4h.01",
  info: "M2.2 8a5.8 5.8 0 1 0 11.6 0A5.8 5.8 0 1 0 2.2 8M8 7.4V11M8 5.1h.01",
  arrowRight: "M2.5 8h11M9.5 4l4 4-4 4",
  arrowUp: "M8 13.5v-11M4 6.5l4-4 4 4",
  arrowDown: "M8 2.5v11M4 9.5l4 4 4-4",
  // What nodes are
  person: "M5.6 5a2.4 2.4 0 1 0 4.8 0 2.4 2.4 0 1 0-4.8 0M3 13.5c.3-3 2.2-4.3 5-4.3s4.7 1.3 5 4.3",
  server: "M2.5 3h11v4h-11ZM2.5 9h11v4h-11ZM5 5h.01M5 11h.01",
  container: "M8 2l5.5 3v6L8 14l-5.5-3V5ZM2.5 5 8 8l5.5-3M8 8v6",
  database:
    "M3 4c0-1.1 2.2-2 5-2s5 .9 5 2-2.2 2-5 2-5-.9-5-2ZM3 4v8c0 1.1 2.2 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.2 2 5 2s5-.9 5-2",
  table: "M2.5 3h11v10h-11ZM2.5 6.5h11M2.5 9.8h11M6.5 6.5V13",
  queue: "M2 5h3v6H2ZM6.5 5h3v6h-3ZM11 5h3v6h-3Z",
  lambda: "M4 2.5h1.6L11.4 13.5H13M7.2 5.8 3.4 13.5",
  globe:
    "M2.2 8a5.8 5.8 0 1 0 11.6 0A5.8 5.8 0 1 0 2.2 8M2.2 8h11.6M8 2.2c3.4 3.4 3.4 8.2 0 11.6-3.4-3.4-3.4-8.2 0-11.6",
  bell: "M3.5 11.5h9l-1.2-1.8V7a3.3 3.3 0 0 0-6.6 0v2.7ZM6.8 13.5h2.4",
  bucket: "M2.8 4 4 13.5h8L13.2 4M2.8 4c0-1 2.3-1.7 5.2-1.7s5.2.7 5.2 1.7S10.9 5.7 8 5.7 2.8 5 2.8 4Z",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: whatever it stands in must have a name of its own. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark of the product: what an X-ray of a system looks like. */
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg class="logo" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d="M9.4 9.7 5.3 7.1M14.3 9.4l4.1-4.8M14.2 14.2l3.6 4.4" />
      <circle cx="12" cy="12" r="3.5" />
      <circle class="logo-dot" cx="4" cy="6.2" r="1.8" />
      <circle class="logo-dot" cx="19.6" cy="3.7" r="1.8" />
      <circle class="logo-dot" cx="18.8" cy="19.8" r="1.8" />
    </svg>
  );
}
