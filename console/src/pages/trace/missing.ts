/** Why a trace may not be found, as far as its id tells. Pure. */
import { plural } from "../../format/index.ts";

const DAY = 86_400;
/** Documents that come later than this after their trace's beginning are rare. */
const YOUNG = 120;

/** The second in which a trace began, as its id says. */
export function bornAt(id: string): number {
  return Number.parseInt(id.slice(2, 10), 16);
}

/** What may have happened, the likeliest first. */
export function whyMissing(id: string, now: number, retentionDays: number | null): string[] {
  const age = now - bornAt(id);
  if (retentionDays !== null && age > retentionDays * DAY) {
    return [`Traces are kept for ${plural(retentionDays, "day")}: this one is older and was deleted.`];
  }
  const whys: string[] = [];
  if (age < -60) whys.push("The time in the id lies in the future: it may be mistyped, or a clock is wrong.");
  if (age >= -60 && age < YOUNG) whys.push("It may not have arrived yet: services send when their work is done.");
  if (age > 20 * 365 * DAY) {
    whys.push("An id made by OpenTelemetry without X-Ray's generator begins with chance, not with the time.");
  }
  whys.push("It may not have been sampled: then its id is in logs and headers, but nothing was sent.");
  if (retentionDays !== null)
    whys.push(`Traces are kept for ${plural(retentionDays, "day")}; a full disk may delete earlier.`);
  whys.push("It may belong to another Radiograph, or to AWS.");
  return whys;
}
