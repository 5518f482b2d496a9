/** A trace as the list has it, for tests. */
import type { TraceSummary } from "../../api/index.ts";

export function row(changes: Partial<TraceSummary> = {}): TraceSummary {
  return {
    id: "1-65a1b2c3-0123456789abcdef01234567",
    start: 1_700_000_000,
    duration: 0.1,
    response: 0.1,
    outcome: "ok",
    partial: false,
    method: "GET",
    url: "http://shop.test/cart",
    status: 200,
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
    ...changes,
  };
}
