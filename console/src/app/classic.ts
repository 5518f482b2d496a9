/** From the addresses of the AWS console to ours, so that old links keep working. Pure. */
import { decoded } from "./match.ts";
import { traceId } from "./trace-id.ts";

const CLASSIC: Readonly<Record<string, string>> = {
  "service-map": "/map",
  traces: "/traces",
  analytics: "/analytics",
  insights: "/insights",
};

/**
 * Translates an address of AWS's console, `/xray/home?region=eu-west-1#/traces?timeRange=PT15M&filter=...`.
 *
 * @param hash of the address, with `#`.
 * @returns our address; null when the hash is none of AWS's.
 */
export function fromClassic(hash: string): string | null {
  if (!hash.startsWith("#/")) return null;
  const [route = "", search = ""] = hash.slice(2).split("?", 2);
  const [first = "", second, third] = route.split("/").filter((piece) => piece !== "");
  const base = CLASSIC[first];
  if (base === undefined) return null;
  const given = new URLSearchParams(search);
  const ours = new URLSearchParams();
  for (const [name, value] of classicTime(given.get("timeRange") ?? "")) ours.set(name, value);
  const group = given.get("group");
  if (group && group !== "Default") ours.set("group", group);
  const filter = given.get("filter");
  if (filter) ours.set("filter", filter);
  let target = base;
  if (second !== undefined) {
    const id = base === "/traces" ? (traceId(decoded(second) ?? "") ?? second) : second;
    target += `/${encodeURIComponent(decoded(id) ?? id)}`;
    if (third === "raw") ours.set("view", "raw");
  }
  const written = ours.toString();
  return written === "" ? target : `${target}?${written}`;
}

/** `PT15M`, `P1D` or `2018-9-01T16:00:00~2018-9-01T22:00:00.5Z`, always UTC. */
function classicTime(given: string): [string, string][] {
  const relative = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i.exec(given);
  if (relative) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = relative.slice(1).map((part) => Number(part ?? 0));
    const total = days * 86_400 + hours * 3600 + minutes * 60 + seconds;
    if (total > 0) return [["last", total % 60 === 0 ? `${total / 60}m` : `${total}s`]];
    return [];
  }
  const [from, to] = given.split("~", 2).map(utc);
  if (from === undefined || to === undefined || from === null || to === null || from >= to) return [];
  return [
    ["from", String(from)],
    ["to", String(to)],
  ];
}

function utc(text: string): number | null {
  const found = /^(\d{4})-(\d{1,2})-(\d{1,2})T(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?Z?$/.exec(text);
  if (!found) return null;
  const [year = 0, month = 0, date = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  return Date.UTC(year, month - 1, date, hour, minute, second) / 1000 + Number(`0${found[7] ?? ""}`);
}
