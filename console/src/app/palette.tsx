/** The command palette (Ctrl+K or /): go anywhere, open a pasted trace id, change what everything is about. */
import { useState } from "preact/hooks";
import { pages } from "../pages/index.ts";
import { Dialog } from "../ui/dialog.tsx";
import { type Option, Options } from "../ui/options.tsx";
import { group } from "./group.ts";
import { groups } from "./groups.ts";
import { href, traceHref } from "./links.ts";
import { liveMode, toggleLive } from "./live-mode.ts";
import { navigate } from "./location.ts";
import { helpOpen, paletteOpen } from "./open.ts";
import { zone } from "./prefs.ts";
import { hasPage } from "./router.ts";
import { chooseTheme, themeChoice } from "./theme.ts";
import { chooseTime, refresh } from "./time.ts";
import { spanName, spansOnOffer } from "./time-picker.tsx";
import { traceId } from "./trace-id.ts";

interface Command extends Option {
  readonly run: () => void;
  /** Further words by which it is found. */
  readonly words?: string;
}

/** Everything that can be done from anywhere. */
function commands(): Command[] {
  const found: Command[] = [];
  for (const page of [...pages].sort((a, b) => (a.nav ?? "").localeCompare(b.nav ?? ""))) {
    if (!page.nav) continue;
    found.push({
      section: "Pages",
      value: `page ${page.path}`,
      label: page.title,
      icon: page.icon,
      ...(page.key ? { keys: `g ${page.key}` } : {}),
      words: "go to open",
      run: () => navigate(href(page.path)),
    });
  }
  for (const seconds of spansOnOffer()) {
    found.push({
      section: "Time range",
      value: `last ${seconds}`,
      label: spanName(seconds),
      icon: "clock",
      words: "time range",
      run: () => chooseTime({ kind: "last", seconds }),
    });
  }
  for (const one of groups.value) {
    found.push({
      section: "Groups",
      value: `group ${one.GroupName}`,
      label: one.GroupName,
      hint: one.FilterExpression ?? "",
      icon: "groups",
      words: "group switch",
      run: () => group.set(one.GroupName, { push: true }),
    });
  }
  if (group.value !== "") {
    found.push({
      section: "Groups",
      value: "group",
      label: "All traces",
      icon: "groups",
      words: "group none default",
      run: () => group.set("", { push: true }),
    });
  }
  const themes = { system: "As the system", dark: "Dark", light: "Light" } as const;
  const icons = { system: "system", dark: "moon", light: "sun" } as const;
  for (const choice of ["system", "dark", "light"] as const) {
    if (choice === themeChoice.value) continue;
    found.push({
      section: "View",
      value: `theme ${choice}`,
      label: `Theme: ${themes[choice].toLowerCase()}`,
      icon: icons[choice],
      words: "theme colour color mode",
      run: () => chooseTheme(choice),
    });
  }
  found.push(
    {
      section: "View",
      value: "zone",
      label: zone.value === "utc" ? "Show local times" : "Show times in UTC",
      icon: "globe",
      words: "time zone",
      run: () => {
        zone.value = zone.peek() === "utc" ? "local" : "utc";
      },
    },
    {
      section: "View",
      value: "live",
      label: liveMode.value ? "Stop live mode" : "Go live",
      icon: liveMode.value ? "pause" : "play",
      keys: "l",
      words: "auto refresh follow",
      run: toggleLive,
    },
    {
      section: "View",
      value: "refresh",
      label: "Refresh",
      icon: "refresh",
      keys: "r",
      words: "reload again",
      run: refresh,
    },
    {
      section: "View",
      value: "help",
      label: "Keyboard shortcuts",
      icon: "question",
      keys: "?",
      words: "help keys",
      run: () => {
        helpOpen.value = true;
      },
    },
  );
  return found;
}

/** Every word that was typed begins a word of the command. */
function fits(command: Command, typed: string): boolean {
  const words = `${command.label} ${command.words ?? ""} ${command.section ?? ""}`.toLowerCase().split(/[\s:/]+/);
  return typed
    .toLowerCase()
    .split(/\s+/)
    .filter((part) => part !== "")
    .every((part) => words.some((word) => word.startsWith(part)));
}

export function Palette() {
  return paletteOpen.value ? <OpenPalette /> : null;
}

function OpenPalette() {
  const [typed, setTyped] = useState("");
  const close = (): void => {
    paletteOpen.value = false;
  };
  const id = traceId(typed);
  const canOpen = id !== null && hasPage(`/traces/${id}`);
  const found: Command[] = canOpen
    ? [
        {
          section: "Trace",
          value: "trace",
          label: `Open trace ${id}`,
          icon: "traces",
          run: () => navigate(traceHref(id)),
        },
      ]
    : commands().filter((command) => fits(command, typed));
  return (
    <Dialog title="Command palette" onClose={close} bare>
      <Options
        label="Commands"
        placeholder="Go to, switch group, or paste a trace id"
        options={found}
        typed={typed}
        onType={setTyped}
        onChoose={(value) => {
          const command = found.find((one) => one.value === value);
          close();
          command?.run();
        }}
        none={
          id === null
            ? "Nothing has that name. A trace id looks like 1-67a1b2c3-0123456789abcdef01234567."
            : "This trace cannot be opened here."
        }
      />
    </Dialog>
  );
}
