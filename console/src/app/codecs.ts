/** How values are written into the address, and read from it. Pure. */

/** How a value is written into the address and read from it. `read` returns undefined for what is nonsense. */
export interface Codec<T> {
  read: (text: string) => T | undefined;
  write: (value: T) => string;
}

export const text: Codec<string> = { read: (value) => value, write: (value) => value };

export const number: Codec<number> = {
  read: (value) => (value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : undefined),
  write: (value) => String(value),
};

/** A number or nothing; nothing is left out. */
export const optionalNumber: Codec<number | null> = {
  read: (value) => (value === "" ? null : number.read(value)),
  write: (value) => (value === null ? "" : String(value)),
};

export const flag: Codec<boolean> = {
  read: (value) => (value === "1" ? true : value === "0" ? false : undefined),
  write: (value) => (value ? "1" : "0"),
};

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Codec<T> {
  return { read: (value) => words.find((word) => word === value), write: (value) => value };
}

/** Several words; a comma or backslash within a word is escaped with a backslash. */
export const list: Codec<readonly string[]> = {
  read: (value) =>
    value === ""
      ? []
      : (value.match(/(?:\\.|[^,\\])+|(?<=,|^)(?=,|$)/g) ?? []).map((word) => word.replace(/\\(.)/g, "$1")),
  write: (value) => value.map((word) => word.replace(/[\\,]/g, "\\$&")).join(","),
};

/** Two numbers, `lo~hi`, or nothing. */
export const interval: Codec<readonly [number, number] | null> = {
  read: (value) => {
    if (value === "") return null;
    const [low, high] = value.split("~").map((part) => number.read(part));
    return low !== undefined && high !== undefined && low <= high ? [low, high] : undefined;
  },
  write: (value) => (value === null ? "" : `${value[0]}~${value[1]}`),
};

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `15m`, `6h`, `90s`, `2d`. */
export const span: Codec<number> = {
  read: (value) => {
    const found = /^(\d{1,6})([smhd])$/.exec(value);
    if (!found) return undefined;
    const seconds = Number(found[1]) * UNITS[found[2] as keyof typeof UNITS];
    return seconds > 0 ? seconds : undefined;
  },
  write: spanText,
};

/** The shortest way to write a length: 900 is `15m`. */
export function spanText(seconds: number): string {
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3600],
    ["m", 60],
  ] as const) {
    // 24 hours is called 24h, as in the picker; only longer ones are days.
    if (seconds % size === 0 && seconds >= size && !(unit === "d" && seconds === 86_400))
      return `${seconds / size}${unit}`;
  }
  return `${Math.round(seconds)}s`;
}
