/** Trace ids in the two forms that people paste: X-Ray's `1-67a1b2c3-0123456789abcdef01234567` and 32 hex digits. */

const XRAY = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/i;
const W3C = /^([0-9a-f]{8})([0-9a-f]{24})$/i;
const HEADER = /(?:^|;\s*)Root=(1-[0-9a-f]{8}-[0-9a-f]{24})/i;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{8})([0-9a-f]{24})-[0-9a-f]{16}-[0-9a-f]{2}$/i;

/**
 * Reads a trace id out of what was pasted: either form, a whole `X-Amzn-Trace-Id` header or a `traceparent`.
 *
 * @returns the id in X-Ray's form, lower case; null when it is none.
 */
export function traceId(pasted: string): string | null {
  const text = pasted.trim().replace(/^["']|["',]$/g, "");
  const xray = XRAY.exec(text) ?? W3C.exec(text) ?? TRACEPARENT.exec(text);
  if (xray) return `1-${xray[1]}-${xray[2]}`.toLowerCase();
  const header = HEADER.exec(text);
  return header?.[1] ? header[1].toLowerCase() : null;
}
