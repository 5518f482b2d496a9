/** Answers of a real Radiograph (with the shop's traces), for the dev server and tests. Never bundled. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const folder = fileURLToPath(new URL("./recorded/", import.meta.url));

/** A page of recorded answers: `GET /api/v1/map` is `recorded/api-v1-map.json`, `POST /Groups` is `recorded/Groups.json`. */
function answer(path: string): string | null {
  try {
    return readFileSync(`${folder}${path.slice(1).replaceAll("/", "-")}.json`, "utf8");
  } catch {
    return null;
  }
}

export function recorded(): Plugin {
  return {
    name: "radiograph-recorded",
    apply: "serve",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = new URL(request.url ?? "/", "http://localhost").pathname;
        if (!path.startsWith("/api/") && !/^\/[A-Z]/.test(path)) {
          next();
          return;
        }
        const found = answer(path);
        response.setHeader("Content-Type", "application/json");
        response.statusCode = found === null ? 404 : 200;
        response.end(
          found ??
            JSON.stringify({ error: { code: "NotRecorded", message: `There is no recorded answer for ${path}.` } }),
        );
      });
    },
  };
}
