import { expect, it } from "vitest";
import type { Term } from "../../filter/terms.ts";
import { words } from "./words.ts";

const said = (of: string, is: string) => words({ of, not: false, is }, "utc");
const between = (of: string, low: number, high: number): Term => ({ of, not: false, low, high });

it("what tells values apart comes first, the rest behind it", () => {
  expect(said("url", "http://shop:80/buy?a=1")).toEqual({
    of: "URL",
    value: "/buy?a=1",
    hint: "http://shop:80",
    full: "http://shop:80/buy?a=1",
  });
  expect(said("url", "http://shop")).toMatchObject({ value: "http://shop" });
  expect(said("slow", "web > orders > bank")).toMatchObject({ value: "bank", hint: "through web > orders" });
  expect(said("slow", "web")).toEqual({ of: "Slowest path", value: "web", full: "web" });
  expect(said("service", "AWS::ECS::Container web")).toMatchObject({
    value: "web",
    hint: "AWS::ECS::Container",
    full: "web (AWS::ECS::Container)",
  });
});

it("values read as they are, also the empty ones", () => {
  expect(said("annotation.tier", '"say \\"hi\\""')).toMatchObject({ of: "tier", value: 'say "hi"' });
  expect(said("annotation.tier", '""')).toMatchObject({ value: '""' });
  expect(said("outcome", "throttle")).toMatchObject({ value: "Throttle" });
});

it("stretches say their ends", () => {
  expect(words(between("response", 0.5, 2), "utc").value).toBe("500 ms – 2 s");
  expect(words(between("response", 0.5, Number.POSITIVE_INFINITY), "utc").value).toBe("500 ms and more");
  expect(words(between("annotation.total", Number.NEGATIVE_INFINITY, 1900), "utc").value).toBe("below 1,900");
  expect(words(between("time", 1_700_000_000, 1_700_000_060), "utc").value).toBe("22:13:20 – 22:14:20");
});
