import { describe, expect, test } from "vitest";
import type { Setting } from "../../api/index.ts";
import { bounds, sections, shown, tomlLine } from "./settings.ts";

function setting(name: string, more: Partial<Setting> = {}): Setting {
  return {
    name,
    section: "limits",
    value: 1,
    default: 1,
    source: "default",
    variable: `RADIOGRAPH_${name.toUpperCase()}`,
    help: "What it means.",
    least: null,
    most: null,
    choices: [],
    ...more,
  };
}

describe("sections", () => {
  const all = [
    setting("log_level", { section: "log", value: "info", default: "info" }),
    setting("query_hours", { help: "Longest time range, hours." }),
    setting("region", { section: "identity", value: "eu-north-1", default: "us-east-1", source: "file" }),
    setting("odd", { section: "something new" }),
  ];

  test("come in the page's order, an unknown one last", () => {
    expect(sections(all, "", false).map((each) => each.title)).toEqual(["Identity", "Limits", "Log", "something new"]);
  });

  test("hold what has all words of the search, in name, variable, meaning or value", () => {
    const found = (search: string) =>
      sections(all, search, false).flatMap((each) => each.settings.map((one) => one.name));
    expect(found("HOURS longest")).toEqual(["query_hours"]);
    expect(found("eu-north")).toEqual(["region"]);
    expect(found("RADIOGRAPH_LOG")).toEqual(["log_level"]);
    expect(found("hours region")).toEqual([]);
  });

  test("hold what is set, when that is asked", () => {
    expect(sections(all, "", true).flatMap((each) => each.settings)).toEqual([all[2]]);
  });
});

test("a line of the file has the value's type", () => {
  expect(tomlLine(setting("region", { value: 'a"b', default: "" }))).toBe('region = "a\\"b"');
  expect(tomlLine(setting("fsync", { value: true, default: false }))).toBe("fsync = true");
  expect(tomlLine(setting("interval", { value: 2, default: 0.25 }))).toBe("interval = 2.0");
  expect(tomlLine(setting("readers", { value: 2, default: 1 }))).toBe("readers = 2");
});

test("bounds and empty values are words", () => {
  expect(bounds(setting("a", { least: 0, most: 1000 }))).toBe("0 to 1,000");
  expect(bounds(setting("a", { least: 0.01 }))).toBe("at least 0.01");
  expect(bounds(setting("a", { most: 5 }))).toBe("at most 5");
  expect(bounds(setting("a", { choices: ["info", "debug"] }))).toBe("one of info, debug");
  expect(bounds(setting("a"))).toBe("");
  expect(shown("")).toBe("(empty)");
  expect(shown(false)).toBe("false");
});
