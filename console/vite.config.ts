import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { recorded } from "./dev/recorded.ts";

// Where the dev server finds a Radiograph: `RADIOGRAPH=http://127.0.0.1:2001 npm run dev`.
// Without it, the recorded answers in dev/ are served.
const server = process.env.RADIOGRAPH;

/** Puts compressed copies beside the built files, which the server hands out as they are. */
function compressed(): Plugin {
  let folder = "";
  return {
    name: "radiograph-compressed",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (!/\.(js|css|html|svg|json|webmanifest)$/.test(name)) continue;
        const path = join(folder, name);
        const content = readFileSync(path);
        if (content.length < 500) continue;
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
        writeFileSync(
          `${path}.br`,
          brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
        );
      }
    },
  };
}

export default defineConfig({
  plugins: [compressed(), ...(server ? [] : [recorded()])],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: {
    host: "127.0.0.1",
    proxy: server
      ? Object.fromEntries(["/api", "/healthz", "/metrics", "^/[A-Z]"].map((path) => [path, { target: server }]))
      : {},
  },
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
