import { describe, expect, it } from "vitest";
import {
  cloneName,
  createRequest,
  EMPTY,
  formOf,
  nameProblem,
  tagChanges,
  tagProblem,
  updateRequest,
} from "./forms.ts";

const slow = {
  GroupName: "slow",
  GroupARN: "arn",
  FilterExpression: "responsetime > 1",
  InsightsConfiguration: { InsightsEnabled: true, NotificationsEnabled: true },
};

describe("names", () => {
  it("are checked before they are sent", () => {
    expect(nameProblem("slow_2-x", ["slow"])).toBeNull();
    expect(nameProblem("", [])).toBe("A group needs a name.");
    expect(nameProblem("a b", [])).toContain("Letters");
    expect(nameProblem("a".repeat(33), [])).toBe("At most 32 characters.");
    expect(nameProblem("slow", ["slow"])).toBe("There is a group slow already.");
  });

  it("of clones are free, and never too long", () => {
    expect(cloneName("slow", ["slow"])).toBe("slow-clone");
    expect(cloneName("slow", ["slow", "slow-clone"])).toBe("slow-clone-2");
    expect(cloneName("a".repeat(32), [])).toBe(`${"a".repeat(26)}-clone`);
  });
});

describe("requests", () => {
  it("creating leaves out what is empty", () => {
    expect(createRequest({ ...EMPTY, name: "all" })).toEqual({
      GroupName: "all",
      InsightsConfiguration: { InsightsEnabled: false, NotificationsEnabled: false },
    });
    expect(
      createRequest({
        ...EMPTY,
        name: "f",
        filter: " fault ",
        tags: [
          { Key: "team ", Value: "shop" },
          { Key: "", Value: "" },
        ],
      }),
    ).toEqual({
      GroupName: "f",
      FilterExpression: "fault",
      InsightsConfiguration: { InsightsEnabled: false, NotificationsEnabled: false },
      Tags: [{ Key: "team", Value: "shop" }],
    });
  });

  it("changing does not send a filter that was not touched", () => {
    const form = formOf(slow);
    expect(updateRequest({ ...form, insights: false }, slow)).toEqual({
      GroupName: "slow",
      // Notifications need insights.
      InsightsConfiguration: { InsightsEnabled: false, NotificationsEnabled: false },
    });
    expect(updateRequest({ ...form, filter: "responsetime > 2" }, slow)).toMatchObject({
      FilterExpression: "responsetime > 2",
    });
    expect(updateRequest({ ...form, filter: "" }, slow)).toMatchObject({ FilterExpression: "" });
  });
});

describe("tags", () => {
  it("need keys, each once, none reserved", () => {
    expect(tagProblem([{ Key: "", Value: "" }])).toBeNull();
    expect(tagProblem([{ Key: "", Value: "x" }])).toBe("A tag needs a key.");
    expect(
      tagProblem([
        { Key: "a", Value: "1" },
        { Key: "a ", Value: "2" },
      ]),
    ).toBe("The tag a is there twice.");
    expect(tagProblem([{ Key: "AWS:x", Value: "1" }])).toContain("reserved");
  });

  it("change by what is new and what is gone", () => {
    const before = [
      { Key: "team", Value: "shop" },
      { Key: "stage", Value: "test" },
      { Key: "old", Value: "1" },
    ];
    const after = [
      { Key: "team", Value: "shop" },
      { Key: "stage", Value: "live" },
      { Key: "new", Value: "2" },
    ];
    expect(tagChanges(before, after)).toEqual({
      put: [
        { Key: "stage", Value: "live" },
        { Key: "new", Value: "2" },
      ],
      forget: ["old"],
    });
  });
});
