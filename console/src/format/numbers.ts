/** Counts, shares and rates for people. One spelling for everyone: a comma between thousands, a point for decimals. */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `12,345`. */
export function count(value: number): string {
  return whole.format(value);
}

/** `12.3k`, `4.56M`: for narrow places; give the exact figure in a tooltip. */
export function compact(value: number): string {
  const size = Math.abs(value);
  if (size < 1000) return size < 10 && !Number.isInteger(value) ? short(value, 1) : whole.format(value);
  if (size < 999_500) return `${short(value / 1e3, size < 99_950 ? 1 : 0)}k`;
  if (size < 999_500_000) return `${short(value / 1e6, size < 99_950_000 ? 1 : 0)}M`;
  return `${short(value / 1e9, 1)}G`;
}

/** A share, 0 to 1, as `4.2%`. Nothing that happened is rounded to 0%, and nothing short of all to 100%. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return "–";
  if (share === 0 || share === 1) return `${share * 100}%`;
  if (share > 0 && share < 0.001) return "<0.1%";
  if (share > 0.999 && share < 1) return ">99.9%";
  const value = share * 100;
  return `${short(value, Math.abs(value) < 99.95 ? 1 : 0)}%`;
}

/** A rate, `34/min`; small ones keep a digit. */
export function rate(value: number, unit: "s" | "min" = "min"): string {
  return `${compact(value)}/${unit}`;
}

/** `1 trace`, `12 traces`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

function short(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.0+$/, "");
}
