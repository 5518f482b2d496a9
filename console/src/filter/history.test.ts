import { expect, it } from "vitest";
import { HERE, step, withEntry } from "./history.ts";

it("keeps each expression once, the newest first, and no empty one", () => {
  expect(withEntry(["a", "b"], " b ")).toEqual(["b", "a"]);
  expect(withEntry(["a"], "  ")).toEqual(["a"]);
  const many = Array.from({ length: 60 }, (_, index) => `e${index}`);
  expect(withEntry(many, "new")).toHaveLength(50);
});

it("goes back and forth, and comes back to what was being typed", () => {
  const entries = ["second", "first"];
  const one = step(entries, HERE, "typing", 1);
  expect(one?.text).toBe("second");
  const two = step(entries, one?.walk ?? HERE, "second", 1);
  expect(two?.text).toBe("first");
  expect(step(entries, two?.walk ?? HERE, "first", 1)).toBeNull();
  const back = step(entries, two?.walk ?? HERE, "first", -1);
  expect(back?.text).toBe("second");
  expect(step(entries, back?.walk ?? HERE, "second", -1)?.text).toBe("typing");
  expect(step(entries, HERE, "typing", -1)).toBeNull();
});

it("what stands in the box already is no step back", () => {
  expect(step(["second", "first"], HERE, "second", 1)?.text).toBe("first");
});
