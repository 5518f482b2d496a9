import { describe, expect, it } from "vitest";
import { around, axisTicks, isWhole, moved, panned, within, zoomCodec, zoomed } from "./viewport.ts";

const whole = [0, 10] as const;

describe("the stretch of time shown", () => {
  it("keeps the moment under the pointer where it is while zooming", () => {
    const view = zoomed([0, 10], whole, 0.5, 2);
    expect(view).toEqual([1, 6]);
    expect((2 - view[0]) / (view[1] - view[0])).toBeCloseTo(0.2, 9);
  });

  it("never leaves the trace", () => {
    expect(zoomed([8, 10], whole, 3, 10)).toEqual([4, 10]);
    expect(zoomed([0, 10], whole, 5)).toEqual([0, 10]);
    expect(panned([8, 10], whole, 0.5)).toEqual([8, 10]);
    expect(panned([2, 4], whole, -0.5)).toEqual([1, 3]);
    expect(within([-5, -1], whole)).toEqual([0, 4]);
  });

  it("comes out again from the closest look", () => {
    let view: readonly [number, number] = [0, 10];
    for (let step = 0; step < 200; step += 1) view = zoomed(view, whole, 0.5, 3);
    expect(view[1] - view[0]).toBeGreaterThan(0);
    for (let step = 0; step < 200; step += 1) view = zoomed(view, whole, 2, 3);
    expect(isWhole(view, whole)).toBe(true);
  });

  it("has ends that do not cross", () => {
    const [from, to] = moved([2, 4], whole, "from", 9);
    expect(from).toBeLessThan(to);
    expect(to).toBe(4);
    expect(moved([2, 4], whole, "to", 99)).toEqual([2, 10]);
  });

  it("leaves room around what is zoomed to", () => {
    const [from, to] = around(4, 5, whole);
    expect(from).toBeCloseTo(3.94, 6);
    expect(to).toBeCloseTo(5.06, 6);
  });

  it("survives the address, and nonsense there is the whole", () => {
    expect(zoomCodec.read(zoomCodec.write([0.0123456, 2]))).toEqual([0.0123456, 2]);
    expect([zoomCodec.read("2~1"), zoomCodec.read("a~b"), zoomCodec.read("1~2~3")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(zoomCodec.read("")).toBeNull();
  });
});

describe("the ticks of the axis", () => {
  it.each([
    [[0, 0.109], 600, ["0 ms", "25 ms", "50 ms", "75 ms", "100 ms"]],
    [[0, 2], 500, ["0 s", "0.5 s", "1.0 s", "1.5 s", "2.0 s"]],
    [[-0.05, 0.1], 400, ["−50 ms", "0 ms", "50 ms", "100 ms"]],
    [[0, 0.0005], 300, ["0 µs", "250 µs", "500 µs"]],
  ] as const)("of %j in %d px are %j", (view, width, labels) => {
    expect(axisTicks(view, width).map((tick) => tick.label)).toEqual(labels);
  });

  it("all differ, however far one zooms in", () => {
    const labels = axisTicks([1.000_001, 1.000_003], 800).map((tick) => tick.label);
    expect(new Set(labels).size).toBe(labels.length);
    expect(labels.length).toBeGreaterThan(2);
  });
});
