/** Exceptions in the order in which one reads them. Pure. */
import type { ExceptionRecord } from "../../api/index.ts";

/** Each exception that is nobody's cause, followed by its causes. What remains (a circle) comes last. */
export function chains(exceptions: readonly ExceptionRecord[]): ExceptionRecord[][] {
  const byId = new Map(exceptions.filter((one) => one.id !== "").map((one) => [one.id, one]));
  const causes = new Set(exceptions.map((one) => one.cause).filter((id) => id !== "" && byId.has(id)));
  const taken = new Set<ExceptionRecord>();
  const found: ExceptionRecord[][] = [];
  const follow = (first: ExceptionRecord): void => {
    const chain: ExceptionRecord[] = [];
    for (let at: ExceptionRecord | undefined = first; at && !taken.has(at); at = byId.get(at.cause)) {
      taken.add(at);
      chain.push(at);
    }
    if (chain.length > 0) found.push(chain);
  };
  for (const exception of exceptions) if (!causes.has(exception.id)) follow(exception);
  for (const exception of exceptions) follow(exception);
  return found;
}

/** As a program would print it. */
export function stackText({ type, message, stack }: ExceptionRecord): string {
  const frames = stack.map(({ label, path, line }) => `  at ${label} (${path}:${line})`);
  return [`${type}: ${message}`, ...frames].join("\n");
}
