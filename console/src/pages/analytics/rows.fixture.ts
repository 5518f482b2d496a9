/** A trace of which a test says only what matters to it. */
import type { TraceSummary } from "../../api/index.ts";

let made = 0;

export function row(some: Partial<TraceSummary> = {}): TraceSummary {
  made += 1;
  return {
    id: `1-00000000-${String(made).padStart(24, "0")}`,
    start: 1000,
    duration: 0.1,
    response: 0.1,
    outcome: "ok",
    partial: false,
    method: null,
    url: null,
    status: null,
    client_ip: null,
    user_agent: null,
    users: [],
    entry: null,
    services: [],
    annotations: {},
    faults: [],
    errors: [],
    slow: [],
    fault_path: null,
    arns: [],
    instances: [],
    zones: [],
    weight: 1,
    ...some,
  };
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
