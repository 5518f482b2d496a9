import { describe, expect, it } from "vitest";
import type { KeepPolicy } from "../../api/index.ts";
import {
  alike,
  changeOf,
  goneFrom,
  keeps,
  keepsAll,
  movedPolicy,
  NEW,
  plain,
  policyForm,
  policyOf,
  policyProblems,
  REST,
  USUAL,
  withoutPolicy,
  withPolicy,
} from "./policies.ts";

const a: KeepPolicy = { name: "a", filter: "fault", share: 1 };
const b: KeepPolicy = { name: "b", filter: "error", share: 0.5 };
const c: KeepPolicy = { name: "c", filter: "throttle", share: 0 };
const rest: KeepPolicy = { name: REST, filter: "", share: 0.1 };
const names = (policies: readonly KeepPolicy[]): string => policies.map((policy) => policy.name).join(" ");

describe("a draft", () => {
  it("puts a new policy before Rest, and a changed one where it was", () => {
    expect(names(withPolicy([a, rest], b, null))).toBe("a b Rest");
    expect(withPolicy([a, b, rest], { ...a, name: "x" }, "a")).toEqual([{ ...a, name: "x" }, b, rest]);
    expect(withPolicy([a, rest], { ...rest, share: 0 }, REST)).toEqual([a, { ...rest, share: 0 }]);
  });

  it("never loses Rest, which stays the last", () => {
    expect(names(withoutPolicy([a, rest], "a"))).toBe("Rest");
    expect(names(withoutPolicy([a, rest], REST))).toBe("a Rest");
    expect(names(movedPolicy([a, b, rest], REST, -1))).toBe("a b Rest");
    expect(names(movedPolicy([a, b, rest], "b", 1))).toBe("a b Rest");
  });

  it("moves a policy by one place", () => {
    expect(names(movedPolicy([a, b, c, rest], "c", -1))).toBe("a c b Rest");
    expect(names(movedPolicy([a, b, c, rest], "a", 1))).toBe("b a c Rest");
    expect(names(movedPolicy([a, b, rest], "a", -1))).toBe("a b Rest");
    expect(names(movedPolicy([a, b, rest], "none", 1))).toBe("a b Rest");
  });

  it("tells what became of each", () => {
    const saved = [a, b, c, rest];
    const draft = [b, { ...a, share: 0.2 }, { name: "d", filter: "ok", share: 1 }, rest];
    expect(draft.map((_, at) => changeOf(draft, at, saved))).toEqual(["moved", "changed", "new", "same"]);
    expect(goneFrom(draft, saved)).toEqual(["c"]);
    expect(saved.map((_, at) => changeOf(saved, at, saved))).toEqual(["same", "same", "same", "same"]);
  });

  it("does not call those moved between which something new came, or that lost one before them", () => {
    const draft = [a, { name: "d", filter: "ok", share: 1 }, c, rest];
    expect(draft.map((_, at) => changeOf(draft, at, [a, b, c, rest]))).toEqual(["same", "new", "same", "same"]);
  });

  it("is compared without figures", () => {
    const counted = [a, rest].map((policy) => ({ ...policy, kept: 3, dropped: 4 }));
    expect(alike(counted, [a, rest])).toBe(true);
    expect(alike([b, a, rest], [a, b, rest])).toBe(false);
    expect(plain(counted)).toEqual([a, rest]);
  });

  it("keeps everything when no policy drops anything", () => {
    expect(keepsAll([a, { ...rest, share: 1 }])).toBe(true);
    expect(keepsAll(USUAL)).toBe(false);
    expect(USUAL.at(-1)?.name).toBe(REST);
  });
});

describe("the form of a policy", () => {
  it("is what it was when nothing is changed", () => {
    for (const policy of [a, b, c, rest, { ...a, share: 0.07 }]) expect(policyOf(policyForm(policy))).toEqual(policy);
  });

  it("says what is wrong", () => {
    expect(policyProblems(NEW, [], false)).toEqual({
      name: "A policy needs a name.",
      filter: "A policy needs a filter; Rest is for all other traces.",
    });
    const form = { name: "a", filter: "fault", share: "10" };
    expect(policyProblems(form, [], false)).toEqual({});
    expect(policyProblems(form, ["a"], false).name).toBe("There is a policy a already.");
    expect(policyProblems({ ...form, name: REST }, [], false).name).toBe("There is a policy Rest already.");
    expect(policyProblems({ ...form, name: "x".repeat(65) }, [], false).name).toBe("At most 64 characters.");
    expect(policyProblems({ ...form, share: "101" }, [], false).share).toBe("From 0 to 100 percent.");
    expect(policyProblems({ name: REST, filter: "", share: "" }, [], true)).toEqual({
      share: "From 0 to 100 percent.",
    });
    const many = Array.from({ length: 51 }, (_, at) => `p${at}`);
    expect(policyProblems(form, many, false).name).toMatch("50 policies already");
  });
});

describe("a share", () => {
  it.each([
    [1, "all"],
    [0, "none"],
    [0.1, "10%"],
  ])("%f is %s", (share, told) => {
    expect(keeps(share)).toBe(told);
  });
});
