/**
 * State that lives in the address, so that everything a person sees is a link.
 *
 *     const sort = param("sort", text, "start");      // once, at the module's top: a global parameter
 *     const open = useParam("node", text, "");        // or inside a component
 *     open.value;                                     // reactive
 *     open.set("n0");                                 // replaces the address
 *     open.set("n0", { push: true });                 // a step for the back button
 *
 * A parameter that has its default is left out of the address. What cannot be read is taken as the default.
 */
import { computed, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Codec } from "./codecs.ts";
import { navigate, place, query } from "./location.ts";

export interface Param<T> {
  readonly name: string;
  /** The value now; reading it in a component or `computed` subscribes. */
  readonly value: T;
  readonly signal: ReadonlySignal<T>;
  /** Changes the address. */
  set: (value: T, how?: { push?: boolean }) => void;
  /** What `changed` takes, to change several at once or to make a link. */
  to: (value: T) => Change;
}

/** A parameter's new text; null leaves it out. */
export type Change = readonly [name: string, value: string | null];

/** Binds a parameter of the address. Values are compared by what they look like in the address. */
export function param<T>(name: string, codec: Codec<T>, fallback: T): Param<T> {
  const usual = codec.write(fallback);
  // Arrays stay the same object while their text does, so that nothing is drawn for nothing.
  const raw = computed(() => query.value.get(name));
  const value = computed(() => {
    const found = raw.value;
    const read = found === null ? undefined : codec.read(found);
    return read === undefined ? fallback : read;
  });
  const to = (next: T): Change => {
    const written = codec.write(next);
    return [name, written === usual ? null : written];
  };
  return {
    name,
    signal: value,
    get value() {
      return value.value;
    },
    set: (next, how = {}) => setParams([to(next)], how),
    to,
  };
}

/** A parameter for as long as the component lives. */
export function useParam<T>(name: string, codec: Codec<T>, fallback: T): Param<T> {
  // Codec and default are constants of the caller
  return useMemo(() => param(name, codec, fallback), [name]);
}

/** Returns a query (`?a=b`, or nothing) with some parameters changed. */
export function changed(search: string, changes: readonly Change[]): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of changes) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  const written = params.toString();
  return written === "" ? "" : `?${written}`;
}

/** Changes several parameters in one step. */
export function setParams(changes: readonly Change[], how: { push?: boolean } = {}): void {
  const now = place.peek();
  navigate(now.path + changed(now.search, changes), { replace: !how.push });
}

export { type Codec, flag, interval, list, number, oneOf, optionalNumber, text } from "./codecs.ts";
