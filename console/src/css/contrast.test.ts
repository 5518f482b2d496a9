import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

/** The colours of a theme, as they stand in tokens.css. */
function tokens(theme: string): Map<string, string> {
  const block = css.split(`:root[data-theme="${theme}"] {`)[1]?.split("}")[0] ?? "";
  return new Map(
    [...block.matchAll(/--([a-z0-9-]+):\s*(#[0-9a-f]{6});/g)].map((found) => [found[1] ?? "", found[2] ?? ""]),
  );
}

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe.each(["dark", "light"])("the %s theme", (theme) => {
  const colours = tokens(theme);
  const of = (name: string): string => {
    const found = colours.get(name);
    if (!found) throw new Error(`tokens.css has no --${name} in ${theme}`);
    return found;
  };
  const pairs = (texts: string[], grounds: string[]): [string, string][] =>
    texts.flatMap((text) => grounds.map((ground): [string, string] => [text, ground]));

  it.each([
    ...pairs(
      ["text", "text-2", "text-3", "accent", "ok", "error", "throttle", "fault"],
      ["bg", "surface", "raised", "sunken"],
    ),
    ...pairs(["text", "text-2"], ["hover", "press", "accent-soft"]),
    ...(["ok", "error", "throttle", "fault"].map((tone) => [tone, `${tone}-soft`]) as [string, string][]),
    ["accent-ink", "accent"],
    ["accent-ink", "accent-strong"],
    ["accent", "accent-soft"],
  ])("has %s readable on %s (4.5:1)", (text, ground) => {
    expect(contrast(of(text), of(ground))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(["bg", "surface", "raised"])("shows where a field is on %s (3:1)", (ground) => {
    expect(contrast(of("control-line"), of(ground))).toBeGreaterThanOrEqual(3);
  });
});
