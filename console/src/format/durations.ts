/** Lengths of time for people: three significant digits at most, and the unit that suits. */

/** Splits a length into figure and unit, `["12.3", "ms"]`, for places that set the unit smaller. */
export function durationParts(seconds: number | null | undefined): [figure: string, unit: string] {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return ["–", ""];
  const size = Math.abs(seconds);
  if (size === 0) return ["0", "ms"];
  if (size < 0.000_9995) return [significant(seconds * 1e6), "µs"];
  if (size < 0.9995) return [significant(seconds * 1e3), "ms"];
  if (size < 59.95) return [significant(seconds), "s"];
  return [interval(seconds), ""];
}

/** `12.3 ms`, `1.24 s`, `3m 05s`; an en dash when there is none. */
export function duration(seconds: number | null | undefined): string {
  const [figure, unit] = durationParts(seconds);
  return unit === "" ? figure : `${figure} ${unit}`;
}

/** A long stretch in its two largest units: `45s`, `3m 05s`, `2h 10m`, `4d 3h`. */
export function interval(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const sign = seconds < 0 ? "−" : "";
  if (whole < 60) return `${sign}${whole}s`;
  if (whole < 3600) return sign + two(Math.floor(whole / 60), "m", whole % 60, "s", 2);
  if (whole < 86_400) return sign + two(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "m", 2);
  return sign + two(Math.floor(whole / 86_400), "d", Math.floor((whole % 86_400) / 3600), "h", 1);
}

function two(large: number, largeUnit: string, small: number, smallUnit: string, digits: number): string {
  return small === 0
    ? `${large}${largeUnit}`
    : `${large}${largeUnit} ${String(small).padStart(digits, "0")}${smallUnit}`;
}

function significant(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  const text = value.toFixed(digits);
  return (digits === 0 ? text : text.replace(/\.?0+$/, "")).replace("-", "−");
}
