import { describe, expect, it } from "vitest";
import type { Page } from "../pages/registry.ts";
import { fromClassic } from "./classic.ts";
import { flag, interval, list, number, oneOf, optionalNumber, span, spanText } from "./codecs.ts";
import { home, match } from "./match.ts";
import { traceId } from "./trace-id.ts";

const ID = "1-67a1b2c3-0123456789abcdef01234567";
const page = (path: string, nav?: "main"): Page => ({
  path,
  title: path,
  icon: "map",
  ...(nav ? { nav } : {}),
  load: () => Promise.reject(new Error("not loaded in tests")),
});
const pages = [
  page("/map", "main"),
  page("/traces", "main"),
  page("/traces/:id"),
  page("/traces/saved"),
  page("/compare/:a/:b"),
];

describe("paths", () => {
  it("finds pages and their parameters", () => {
    expect(match(pages, "/compare/x%2Fy/b")?.params).toEqual({ a: "x/y", b: "b" });
    expect(match(pages, "/traces/")?.page.path).toBe("/traces");
  });

  it("prefers what is written out", () => {
    expect(match(pages, "/traces/saved")?.page.path).toBe("/traces/saved");
    expect(match(pages, `/traces/${ID}`)?.params).toEqual({ id: ID });
  });

  it.each(["/nowhere", "/traces/a/b", "/traces/%zz", "/"])("finds nothing at %s", (path) => {
    expect(match(pages, path)).toBeNull();
  });

  it("sends people to the map, and to the start while nothing was ever stored", () => {
    expect(home([...pages, page("/start")], false)).toBe("/map");
    expect(home([...pages, page("/start")], true)).toBe("/start");
    expect(home([page("/traces", "main")], true)).toBe("/traces");
  });
});

describe("addresses of the AWS console", () => {
  it.each([
    ["#/service-map", "/map"],
    ["#/service-map?timeRange=PT15M", "/map?last=15m"],
    ["#/traces?timeRange=PT5M&filter=duration%20%3E%3D%205", "/traces?last=5m&filter=duration+%3E%3D+5"],
    [`#/traces/${ID}`, `/traces/${ID}`],
    [`#/traces/${ID}/raw`, `/traces/${ID}?view=raw`],
    ["#/traces/67A1B2C30123456789abcdef01234567", `/traces/${ID}`],
    ["#/analytics?group=checkout", "/analytics?group=checkout"],
    ["#/analytics?group=Default", "/analytics"],
    ["#/traces?timeRange=P1DT2H", "/traces?last=1560m"],
    // Months without a leading zero, seconds left out, fractions and Z: all of these occur.
    ["#/traces?timeRange=2018-9-01T16:00:00~2018-9-01T22:00", "/traces?from=1535817600&to=1535839200"],
    ["#/traces?timeRange=2018-09-01T16:00:00.5Z~2018-09-01T22:00:00.000Z", "/traces?from=1535817600.5&to=1535839200"],
    ["#/traces?timeRange=nonsense", "/traces"],
  ])("%s is %s", (hash, ours) => {
    expect(fromClassic(hash)).toBe(ours);
  });

  it.each(["", "#main", "#/unknown", "#xray"])("leaves %s alone", (hash) => {
    expect(fromClassic(hash)).toBeNull();
  });
});

describe("trace ids", () => {
  it.each([
    ID,
    ` ${ID}\n`,
    `"${ID}"`,
    ID.toUpperCase(),
    "67a1b2c30123456789abcdef01234567",
    `X-Amzn-Trace-Id: Root=${ID};Parent=53995c3f42cd8ad8;Sampled=1`.slice(17),
    "00-67a1b2c30123456789abcdef01234567-53995c3f42cd8ad8-01",
  ])("reads %s", (pasted) => {
    expect(traceId(pasted)).toBe(ID);
  });

  it.each(["", "1-67a1b2c3", "hello", "67a1b2c30123456789abcdef0123456", `2-${ID.slice(2)}`])(
    "%s is none",
    (pasted) => {
      expect(traceId(pasted)).toBeNull();
    },
  );
});

describe("parameters", () => {
  it.each([[["a", "b"]], [[]], [["a,b", "c\\d"]], [["x"]], [["", "b"]], [["http://shop/?q=1"]]])(
    "a list survives: %j",
    (words) => {
      expect(list.read(list.write(words))).toEqual(words);
    },
  );

  it("reads lengths of time and writes them the shortest way", () => {
    expect([span.read("15m"), span.read("6h"), span.read("90s"), span.read("2d")]).toEqual([900, 21_600, 90, 172_800]);
    expect([span.read("0m"), span.read("m"), span.read("-5m"), span.read("5w")]).toEqual(Array(4).fill(undefined));
    expect([spanText(900), spanText(86_400), spanText(172_800), spanText(90)]).toEqual(["15m", "24h", "2d", "90s"]);
  });

  it("takes nonsense for nothing", () => {
    expect(number.read("")).toBeUndefined();
    expect(number.read("1e3")).toBe(1000);
    expect(optionalNumber.read("")).toBeNull();
    expect(flag.read("yes")).toBeUndefined();
    expect(oneOf("a", "b").read("c")).toBeUndefined();
    expect(interval.read("3~2")).toBeUndefined();
    expect(interval.read("0.5~2")).toEqual([0.5, 2]);
    expect(interval.read("")).toBeNull();
  });
});
