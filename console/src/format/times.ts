/**
 * Points in time, always with their zone where they stand alone. Which zone is the person's choice (`app/prefs.ts`);
 * these functions take it as an argument so that they stay pure.
 */

export type Zone = "utc" | "local";

interface Fields {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  second: string;
}

function fields(seconds: number, zone: Zone): Fields {
  const date = new Date(seconds * 1000);
  const pad = (value: number, width = 2): string => String(value).padStart(width, "0");
  return zone === "utc"
    ? {
        year: pad(date.getUTCFullYear(), 4),
        month: pad(date.getUTCMonth() + 1),
        day: pad(date.getUTCDate()),
        hour: pad(date.getUTCHours()),
        minute: pad(date.getUTCMinutes()),
        second: pad(date.getUTCSeconds()),
      }
    : {
        year: pad(date.getFullYear(), 4),
        month: pad(date.getMonth() + 1),
        day: pad(date.getDate()),
        hour: pad(date.getHours()),
        minute: pad(date.getMinutes()),
        second: pad(date.getSeconds()),
      };
}

/** `14:05:09`, or `14:05` without seconds, or `14:05:09.123` with milliseconds. */
export function clockTime(seconds: number, zone: Zone, precision: "minute" | "second" | "ms" = "second"): string {
  const f = fields(seconds, zone);
  if (precision === "minute") return `${f.hour}:${f.minute}`;
  if (precision === "second") return `${f.hour}:${f.minute}:${f.second}`;
  const ms = Math.floor((seconds - Math.floor(seconds)) * 1000 + 1e-6);
  return `${f.hour}:${f.minute}:${f.second}.${String(Math.min(999, ms)).padStart(3, "0")}`;
}

/** `2026-11-25`. */
export function day(seconds: number, zone: Zone): string {
  const f = fields(seconds, zone);
  return `${f.year}-${f.month}-${f.day}`;
}

/** `2026-11-25 14:05:09 UTC`. */
export function dateTime(seconds: number, zone: Zone, precision: "minute" | "second" | "ms" = "second"): string {
  return `${day(seconds, zone)} ${clockTime(seconds, zone, precision)} ${zoneName(seconds, zone)}`;
}

/** `UTC`, `UTC+2`, `UTC−3:30`: the offset in force at that moment, which no abbreviation tells everyone. */
export function zoneName(seconds: number, zone: Zone): string {
  if (zone === "utc") return "UTC";
  const minutes = -new Date(seconds * 1000).getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? "−" : "+"}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

/** `2026-11-25T14:05:09.123Z`. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/**
 * Reads what a person types for a point in time: `2026-11-25 14:05`, with seconds or fractions, with `T`, with `Z` or an
 * offset, months and days without leading zero, a clock time alone (of the day of `now`), or epoch seconds.
 *
 * Returns seconds since the epoch, or null when it cannot be read.
 */
export function epoch(text: string, zone: Zone, now: number): number | null {
  const typed = text.trim();
  if (/^\d{9,11}(\.\d+)?$/.test(typed)) return Number(typed);
  const alone = /^(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?$/.exec(typed);
  const full =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i.exec(
      typed,
    );
  if (alone) {
    const [, hour, minute, second = "0", fraction = ""] = alone;
    const [year, month, date] = day(now, zone).split("-");
    return seconds([year, month, date, hour, minute, second], fraction, zone, undefined);
  }
  if (full) {
    const [, year, month, date, hour = "0", minute = "0", second = "0", fraction = "", offset] = full;
    return seconds([year, month, date, hour, minute, second], fraction, zone, offset);
  }
  return null;
}

function seconds(
  parts: (string | undefined)[],
  fraction: string,
  zone: Zone,
  offset: string | undefined,
): number | null {
  const [year = 0, month = 0, date = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  if (month < 1 || month > 12 || date < 1 || hour > 23 || minute > 59 || second > 59) return null;
  if (date > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null;
  const rest = fraction === "" ? 0 : Number(`0${fraction}`);
  if (offset === undefined && zone === "local") {
    return new Date(year, month - 1, date, hour, minute, second).getTime() / 1000 + rest;
  }
  let shift = 0;
  const signed = offset === undefined ? null : /^([+-])(\d{2}):?(\d{2})$/.exec(offset);
  if (signed) shift = (signed[1] === "-" ? -1 : 1) * (Number(signed[2]) * 3600 + Number(signed[3]) * 60);
  return Date.UTC(year, month - 1, date, hour, minute, second) / 1000 + rest - shift;
}

/** `just now`, `12s ago`, `3m ago`, `2h ago`, `4d ago`. */
export function ago(seconds: number, now: number): string {
  const age = Math.max(0, now - seconds);
  if (age < 2) return "just now";
  if (age < 60) return `${Math.floor(age)}s ago`;
  if (age < 3600) return `${Math.floor(age / 60)}m ago`;
  if (age < 86_400) return `${Math.floor(age / 3600)}h ago`;
  return `${Math.floor(age / 86_400)}d ago`;
}
