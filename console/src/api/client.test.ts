import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { clockOffset } from "../app/clock.ts";
import { ApiError, getJson, postJson } from "./client.ts";
import { unreachableSince } from "./connection.ts";

const fetched = vi.fn<typeof fetch>();

beforeEach(() => {
  vi.stubGlobal("fetch", fetched);
  fetched.mockReset();
  unreachableSince.value = null;
});

afterEach(() => vi.unstubAllGlobals());

function answer(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers });
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise;
  } catch (problem) {
    if (problem instanceof ApiError) return problem;
    throw problem;
  }
  throw new Error("it did not fail");
}

describe("asking", () => {
  it("leaves out what has no value", async () => {
    fetched.mockResolvedValueOnce(answer({}));
    await getJson("/api/v1/map", { start: 1.5, end: 2, group: "", filter: null, limit: undefined });
    expect(fetched.mock.calls[0]?.[0]).toBe("/api/v1/map?start=1.5&end=2");
  });

  it("tries once more when the network fails, and only once", async () => {
    fetched.mockRejectedValueOnce(new TypeError("network")).mockResolvedValueOnce(answer({ fine: true }));
    expect(await getJson("/api/v1/map")).toEqual({ fine: true });
    expect(unreachableSince.value).toBeNull();

    fetched.mockReset();
    fetched.mockRejectedValue(new TypeError("network"));
    const error = await failure(getJson("/api/v1/map"));
    expect(fetched).toHaveBeenCalledTimes(2);
    expect([error.code, error.isUnreachable]).toEqual(["Unreachable", true]);
    expect(unreachableSince.value).not.toBeNull();
  });

  it("does not repeat what changes something", async () => {
    fetched.mockRejectedValue(new TypeError("network"));
    await failure(postJson("/CreateGroup", { GroupName: "a" }));
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it("gives up at once when nobody wants the answer any more", async () => {
    fetched.mockRejectedValueOnce(new DOMException("aborted", "AbortError"));
    await expect(getJson("/api/v1/map")).rejects.toMatchObject({ name: "AbortError" });
    expect(fetched).toHaveBeenCalledTimes(1);
    expect(unreachableSince.value).toBeNull();
  });
});

describe("errors", () => {
  it("of the console's API carry code, sentence, request id and position", async () => {
    const body = {
      error: { code: "InvalidRequestException", message: "A value is expected.", position: 14, request_id: "r-1" },
    };
    fetched.mockResolvedValueOnce(answer(body, 400));
    expect(await failure(getJson("/api/v1/check"))).toMatchObject({
      code: "InvalidRequestException",
      message: "A value is expected.",
      position: 14,
      requestId: "r-1",
      status: 400,
    });
  });

  it("of the X-Ray API are read too", async () => {
    const headers = { "x-amzn-RequestId": "r-2" };
    fetched.mockResolvedValueOnce(
      answer({ __type: "InvalidRequestException", Message: "No such group." }, 400, headers),
    );
    expect(await failure(postJson("/GetGroup", {}))).toMatchObject({
      code: "InvalidRequestException",
      message: "No such group.",
      requestId: "r-2",
      position: null,
    });
  });

  it("that are no JSON at all still say something", async () => {
    fetched.mockResolvedValueOnce(new Response("<h1>Bad gateway</h1>", { status: 502 }));
    expect(await failure(getJson("/api/v1/map"))).toMatchObject({ code: "HTTP 502", status: 502 });
  });
});

describe("the server's clock", () => {
  it("is learned from answers, and small differences are none", async () => {
    const now = Date.now() / 1000;
    fetched.mockResolvedValueOnce(answer({ now: now + 3600 }));
    await getJson("/api/v1/about");
    expect(Math.round(clockOffset.value)).toBe(3600);

    fetched.mockResolvedValueOnce(answer({ now: Date.now() / 1000 + 0.4 }));
    await getJson("/api/v1/about");
    expect(clockOffset.value).toBe(0);
  });
});
