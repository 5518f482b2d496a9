/** Sizes, in steps of 1,000 as `radiograph status` prints them. */
export function bytes(size: number): string {
  let rest = size;
  for (const unit of ["bytes", "kB", "MB", "GB"]) {
    if (Math.abs(rest) < 1000) return unit === "bytes" ? `${Math.round(rest)} bytes` : `${rest.toFixed(1)} ${unit}`;
    rest /= 1000;
  }
  return `${rest.toFixed(1)} TB`;
}
