/** What is around every page: navigation, top bar, banners, and the windows that any page may open. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type PageProps, pages } from "../pages/index.ts";
import { Button, ButtonLink, IconButton } from "../ui/button.tsx";
import { Icon, Logo } from "../ui/icon.tsx";
import { Menu } from "../ui/menu.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Toasts } from "../ui/toast.tsx";
import { TooltipHost } from "../ui/tooltip.tsx";
import { Banners } from "./banners.tsx";
import { GroupPicker } from "./group-picker.tsx";
import { Help } from "./help.tsx";
import { useKeys } from "./keys.ts";
import { href } from "./links.ts";
import { liveMode, toggleLive } from "./live-mode.ts";
import { navigate, path } from "./location.ts";
import type { Found } from "./match.ts";
import { helpOpen, paletteOpen } from "./open.ts";
import { Palette } from "./palette.tsx";
import { navCollapsed } from "./prefs.ts";
import { current } from "./router.ts";
import { theme, toggleTheme } from "./theme.ts";
import { refresh, stepTime, zoomOut } from "./time.ts";
import { TimePicker } from "./time-picker.tsx";
import { pageTitle, useTitle } from "./title.ts";

const main = pages.filter((page) => page.nav === "main");
const more = pages.filter((page) => page.nav === "more");
/** A phone's bar holds so many, the rest is behind "More". */
const ON_PHONE = 4;

export function Frame() {
  useFrameKeys();
  const found = current.value;
  return (
    <div class="frame" data-nav={navCollapsed.value ? "closed" : "open"}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Navigation found={found} />
      <div class="column">
        <TopBar found={found} />
        <Banners />
        <main id="main" class="main" tabIndex={-1}>
          {found ? <PageHost key={found.page.path} found={found} /> : <NoSuchPage />}
        </main>
      </div>
      <PhoneBar found={found} />
      <Palette />
      <Help />
      <Toasts />
      <TooltipHost />
    </div>
  );
}

/** Loads a page's chunk and shows it. */
function PageHost({ found }: { found: Found }) {
  const [loaded, setLoaded] = useState<{ Page: ComponentType<PageProps> } | null>(null);
  const [failed, setFailed] = useState(false);
  const { page } = found;
  useTitle(page.title);
  useEffect(() => {
    let wanted = true;
    setFailed(false);
    page.load().then(
      (module) => wanted && setLoaded({ Page: module.default }),
      () => wanted && setFailed(true),
    );
    return () => {
      wanted = false;
    };
  }, [page]);
  if (failed) {
    return (
      <EmptyState icon="warning" title="This page could not be loaded">
        <p>The server may have been replaced by a newer version, or is away for the moment.</p>
        <Button kind="primary" onClick={() => window.location.reload()}>
          Load again
        </Button>
      </EmptyState>
    );
  }
  return loaded ? <loaded.Page params={found.params} /> : null;
}

function NoSuchPage() {
  useTitle("Nothing here");
  return (
    <EmptyState icon="question" title="There is no page here">
      <p class="break">
        <code>{path.value}</code> leads nowhere. It may have been mistyped, or belong to another version.
      </p>
      <ButtonLink kind="primary" href={href("/")}>
        Go to the start
      </ButtonLink>
    </EmptyState>
  );
}

function lit(found: Found | null, to: string): boolean {
  return found?.page.path === to || found?.page.under === to;
}

function NavLinks({ list, found }: { list: typeof pages; found: Found | null }) {
  return (
    <ul class="bare nav-list">
      {list.map((page) => (
        <li key={page.path}>
          <a
            class="nav-link"
            href={href(page.path)}
            aria-current={lit(found, page.path) ? "page" : undefined}
            data-tip={navCollapsed.value ? page.title : undefined}
            data-tip-keys={navCollapsed.value && page.key ? `g ${page.key}` : undefined}
          >
            <Icon name={page.icon} />
            <span class="nav-label">{page.title}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

function Navigation({ found }: { found: Found | null }) {
  const closed = navCollapsed.value;
  return (
    <nav class="nav" aria-label="Pages">
      <a class="nav-brand" href={href("/")} aria-label="Radiograph, to the start">
        <Logo />
        <span class="nav-label">Radiograph</span>
      </a>
      <NavLinks list={main} found={found} />
      <div class="nav-foot">
        <NavLinks list={more} found={found} />
        <button
          type="button"
          class="nav-link nav-fold"
          aria-expanded={!closed}
          aria-label={closed ? "Expand navigation" : "Collapse navigation"}
          data-tip={closed ? "Expand navigation" : undefined}
          onClick={() => {
            navCollapsed.value = !closed;
          }}
        >
          <Icon name="panel" />
          <span class="nav-label">Collapse</span>
        </button>
      </div>
    </nav>
  );
}

function TopBar({ found }: { found: Found | null }) {
  const without = found?.page.without ?? [];
  const withTime = found !== null && !without.includes("time");
  const withGroup = found !== null && !without.includes("group");
  const dark = theme.value === "dark";
  return (
    <header class="bar">
      <h1 class="bar-title cut">{pageTitle.value}</h1>
      {(withTime || withGroup) && (
        <div class="bar-about">
          {withGroup && <GroupPicker />}
          {withTime && <TimePicker />}
          {withTime && <Follow />}
        </div>
      )}
      <div class="bar-tools">
        <button
          type="button"
          class="bar-search"
          aria-label="Command palette"
          data-tip="Go to, or open a trace"
          data-tip-keys="mod+k"
          onClick={() => {
            paletteOpen.value = true;
          }}
        >
          <Icon name="search" size={14} />
        </button>
        <IconButton icon={dark ? "sun" : "moon"} label={dark ? "Light theme" : "Dark theme"} onClick={toggleTheme} />
        <IconButton
          icon="question"
          label="Keyboard shortcuts"
          keys="?"
          onClick={() => {
            helpOpen.value = true;
          }}
        />
      </div>
    </header>
  );
}

/** Refresh, and live mode. */
function Follow() {
  const on = liveMode.value;
  return (
    <div class="follow">
      <IconButton icon="refresh" label="Refresh" keys="r" size={14} onClick={refresh} />
      <button
        type="button"
        class="button plain live-button"
        aria-pressed={on}
        data-tip={on ? "Stop following what comes in" : "Follow what comes in"}
        data-tip-keys="l"
        onClick={toggleLive}
      >
        <span class="live-dot" />
        Live
      </button>
    </div>
  );
}

function PhoneBar({ found }: { found: Found | null }) {
  const all = [...main, ...more];
  const shown = all.length <= ON_PHONE + 1 ? all : all.slice(0, ON_PHONE);
  const rest = all.slice(shown.length);
  return (
    <nav class="phone-bar" aria-label="Pages">
      {shown.map((page) => (
        <a
          key={page.path}
          class="phone-link"
          href={href(page.path)}
          aria-current={lit(found, page.path) ? "page" : undefined}
        >
          <Icon name={page.icon} size={18} />
          <span class="cut">{page.title}</span>
        </a>
      ))}
      {rest.length > 0 && (
        <Menu
          label="More pages"
          align="end"
          trigger={(props) => (
            <button
              type="button"
              {...props}
              class="phone-link"
              data-lit={rest.some((page) => lit(found, page.path)) ? "" : undefined}
            >
              <Icon name="more" size={18} />
              <span>More</span>
            </button>
          )}
          items={rest.map((page) => ({ label: page.title, icon: page.icon, href: href(page.path) }))}
        />
      )}
    </nav>
  );
}

/** Opens a picker of the top bar as a click would. */
function press(selector: string): void {
  const button = document.querySelector<HTMLElement>(selector);
  // The focus comes back to where it was when the picker opened.
  button?.focus();
  button?.click();
}

function useFrameKeys(): void {
  const open = (): void => {
    paletteOpen.value = true;
  };
  const hasTime = !(current.value?.page.without ?? []).includes("time");
  useKeys("Everywhere", [
    { keys: "mod+k", does: "Command palette", run: open },
    { keys: "/", does: "Command palette", run: open, hidden: true },
    {
      keys: "?",
      does: "These keys",
      run: () => {
        helpOpen.value = !helpOpen.value;
      },
    },
    { keys: "shift+d", does: "Dark or light", run: toggleTheme },
  ]);
  useKeys(
    "Go to",
    pages.flatMap((page) =>
      page.key ? [{ keys: `g ${page.key}`, does: page.title, run: () => navigate(href(page.path)) }] : [],
    ),
  );
  useKeys(
    "Time and data",
    hasTime
      ? [
          { keys: "t", does: "Choose a time range", run: () => press("[data-open-time]") },
          { keys: "o", does: "Choose a group", run: () => press("[data-open-group]") },
          { keys: "[", does: "Earlier", run: () => stepTime(-1) },
          { keys: "]", does: "Later", run: () => stepTime(1) },
          { keys: "-", does: "Twice as long a range", run: zoomOut },
          { keys: "r", does: "Refresh", run: refresh },
          { keys: "l", does: "Live mode", run: toggleLive },
        ]
      : [],
  );
}
