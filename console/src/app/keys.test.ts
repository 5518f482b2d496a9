import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { activeKeys, caps, handleKey, register } from "./keys.ts";

class Field {
  isContentEditable = false;
  type = "text";
}

let forget: (() => void)[] = [];
const ran: string[] = [];

function key(keys: string): { keys: string; does: string; run: () => void } {
  return { keys, does: keys, run: () => ran.push(keys) };
}

function press(name: string, rest: Partial<KeyboardEvent> = {}): void {
  handleKey({
    key: name,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    isComposing: false,
    defaultPrevented: false,
    target: null,
    preventDefault: () => undefined,
    ...rest,
  } as KeyboardEvent);
}

beforeEach(() => {
  vi.stubGlobal("HTMLElement", Field);
  vi.stubGlobal("HTMLInputElement", Field);
  vi.stubGlobal("HTMLTextAreaElement", class {});
  vi.stubGlobal("HTMLSelectElement", class {});
  vi.useFakeTimers();
  ran.length = 0;
  forget = [register({ title: "Everywhere", keys: ["?", "g m", "m", "mod+k", "shift+d", "Escape"].map(key) })];
});

afterEach(() => {
  for (const one of forget) one();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("keys", () => {
  it("run, alone and as a chord", () => {
    press("m");
    press("g");
    press("m");
    press("?", { shiftKey: true });
    press("D", { shiftKey: true });
    press("k", { metaKey: true });
    expect(ran).toEqual(["m", "g m", "?", "shift+d", "mod+k"]);
  });

  it("forget the beginning of a chord after a while", () => {
    press("g");
    vi.advanceTimersByTime(2000);
    press("m");
    expect(ran).toEqual(["m"]);
  });

  it("leave letters to fields, but not Ctrl and Escape", () => {
    const target = new Field() as unknown as EventTarget;
    press("m", { target });
    press("k", { ctrlKey: true, target });
    press("Escape", { target });
    expect(ran).toEqual(["mod+k", "Escape"]);
  });

  it("do not run while a word is being composed, nor when somebody else has taken them", () => {
    press("m", { isComposing: true });
    press("m", { defaultPrevented: true });
    expect(ran).toEqual([]);
  });

  it("of the newest room win, until it is gone", () => {
    const stop = register({ title: "Panel", keys: [{ keys: "Escape", does: "Close", run: () => ran.push("close") }] });
    press("Escape");
    stop();
    press("Escape");
    expect(ran).toEqual(["close", "Escape"]);
    expect(activeKeys.value.map((room) => room.title)).toEqual(["Everywhere"]);
  });

  it("are drawn as caps", () => {
    expect(caps("g m")).toEqual([["g"], ["m"]]);
    expect(caps("shift+d")).toEqual([["⇧", "d"]]);
    expect(caps("-")).toEqual([["-"]]);
  });
});
