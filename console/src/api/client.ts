/** `fetch` with our errors: one more try when the network fails, an ApiError with code and request id otherwise. */
import { learnClock } from "../app/clock.ts";
import { reached, unreachable } from "./connection.ts";

/** What went wrong, as the server told it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** X-Ray's code, such as `InvalidRequestException`; `Unreachable` when nothing answered. */
  readonly code: string;
  /** HTTP status; 0 when nothing answered. */
  readonly status: number;
  readonly requestId: string;
  /** Where a filter expression cannot be read, zero-based; null otherwise. */
  readonly position: number | null;

  constructor(message: string, code: string, status: number, requestId = "", position: number | null = null) {
    super(message);
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.position = position;
  }

  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

export type QueryValue = string | number | null | undefined;

/**
 * Asks with GET.
 *
 * @param route such as `/api/v1/map`.
 * @param parameters null, undefined and empty texts are left out.
 * @throws ApiError, or an AbortError when `signal` was aborted.
 */
export async function getJson<T>(
  route: string,
  parameters: Readonly<Record<string, QueryValue>> = {},
  signal?: AbortSignal,
): Promise<T> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const written = search.toString();
  const request: RequestInit = { headers: { Accept: "application/json" } };
  if (signal) request.signal = signal;
  return ask<T>(written === "" ? route : `${route}?${written}`, request, true);
}

/**
 * Calls an operation of the X-Ray API, such as `/Groups` or `/CreateGroup`.
 *
 * Only what may be repeated without harm is tried again when the network fails: pass `again` for reading operations.
 */
export async function postJson<T>(
  route: string,
  body: unknown,
  { signal, again = false, method = "POST" }: { signal?: AbortSignal; again?: boolean; method?: "POST" | "PUT" } = {},
): Promise<T> {
  const request: RequestInit = {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  if (signal) request.signal = signal;
  return ask<T>(route, request, again);
}

async function ask<T>(url: string, request: RequestInit, again: boolean): Promise<T> {
  const asked = Date.now() / 1000;
  let answer: Response;
  try {
    answer = await fetch(url, request);
  } catch (problem) {
    if (isAbort(problem)) throw problem;
    if (again) {
      await pause(250, request.signal);
      return ask(url, request, false);
    }
    unreachable();
    throw new ApiError("Radiograph does not answer. Is it running?", "Unreachable", 0);
  }
  reached();
  const requestId = answer.headers.get("x-amzn-requestid") ?? "";
  let body: unknown;
  try {
    body = await answer.json();
  } catch (problem) {
    if (isAbort(problem)) throw problem;
    throw new ApiError("The answer is no JSON.", `HTTP ${answer.status}`, answer.status, requestId);
  }
  if (!answer.ok) throw refusal(body, answer, requestId);
  const told = (body as { now?: unknown } | null)?.now;
  if (typeof told === "number") learnClock(told, asked, Date.now() / 1000);
  return body as T;
}

/** Both shapes of an error: that of `/api/v1`, and X-Ray's. */
function refusal(body: unknown, answer: Response, requestId: string): ApiError {
  const found = (body ?? {}) as Record<string, unknown>;
  const inner = (typeof found.error === "object" && found.error !== null ? found.error : found) as Record<
    string,
    unknown
  >;
  const first = (...candidates: unknown[]): string => {
    for (const value of candidates) if (typeof value === "string" && value !== "") return value;
    return "";
  };
  return new ApiError(
    first(inner.message, inner.Message) || `The server answered ${answer.status} ${answer.statusText}`.trim(),
    first(inner.code, inner.__type, answer.headers.get("x-amzn-errortype")) || `HTTP ${answer.status}`,
    answer.status,
    first(inner.request_id, requestId),
    typeof inner.position === "number" ? inner.position : null,
  );
}

export function isAbort(problem: unknown): boolean {
  return problem instanceof DOMException && problem.name === "AbortError";
}

function pause(milliseconds: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("aborted", "AbortError"));
    });
  });
}
