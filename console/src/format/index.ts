/**
 * How figures look. Pure functions, no DOM: lengths of time, points in time with their zone, numbers, bytes.
 *
 * A length of time is in seconds, a point in time in seconds since the epoch, as everywhere in the API.
 */
export { bytes } from "./bytes.ts";
export { duration, durationParts, interval } from "./durations.ts";
export { compact, count, percent, plural, rate } from "./numbers.ts";
export { ago, clockTime, dateTime, day, epoch, isoTime, type Zone, zoneName } from "./times.ts";
