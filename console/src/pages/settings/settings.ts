/** Settings as a person reads them; pure. */
import type { Setting } from "../../api/index.ts";

export interface Section {
  readonly name: string;
  readonly title: string;
  readonly settings: readonly Setting[];
}

/** In the order of the page. A section that is not here comes last, under its own name. */
const TITLES: readonly (readonly [string, string])[] = [
  ["identity", "Identity"],
  ["access", "Addresses and access"],
  ["storage", "Storage"],
  ["retention", "Retention"],
  ["limits", "Limits"],
  ["sampling", "Sampling"],
  ["performance", "Performance"],
  ["log", "Log"],
];

function includes(setting: Setting, words: readonly string[]): boolean {
  const text = `${setting.name} ${setting.variable} ${setting.help} ${shown(setting.value)}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The settings that have all words of the search, and differ from their default if that is asked; by section. */
export function sections(settings: readonly Setting[], search: string, onlyChanged: boolean): Section[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = settings.filter((each) => includes(each, words) && (!onlyChanged || each.source !== "default"));
  const names = [...new Set([...TITLES.map(([name]) => name), ...wanted.map((each) => each.section)])];
  const titles = new Map(TITLES);
  return names
    .map((name) => ({
      name,
      title: titles.get(name) ?? name,
      settings: wanted.filter((each) => each.section === name),
    }))
    .filter((section) => section.settings.length > 0);
}

/** The value as it is written for `--set` and in the environment; digits in groups only where people read. */
export function shown(value: Setting["value"]): string {
  return value === "" ? "(empty)" : String(value);
}

/** The line for `radiograph.toml`. */
export function tomlLine(setting: Setting): string {
  const value =
    typeof setting.value === "string"
      ? JSON.stringify(setting.value)
      : typeof setting.default === "number" && !Number.isInteger(setting.default) && Number.isInteger(setting.value)
        ? `${setting.value}.0`
        : String(setting.value);
  return `${setting.name} = ${value}`;
}

/** Which values are allowed; "" where anything is. */
export function bounds({ least, most, choices }: Setting): string {
  if (choices.length > 0) return `one of ${choices.join(", ")}`;
  if (least !== null && most !== null) return `${least.toLocaleString("en")} to ${most.toLocaleString("en")}`;
  if (least !== null) return `at least ${least.toLocaleString("en")}`;
  if (most !== null) return `at most ${most.toLocaleString("en")}`;
  return "";
}

const SOURCES: Readonly<Record<Setting["source"], string>> = {
  default: "default",
  file: "from radiograph.toml",
  environment: "from the environment",
  "command line": "from the command line",
};

export function sourceText(source: Setting["source"]): string {
  return SOURCES[source];
}
