/**
 * Bundles the dashboard into dist/webview/: dashboard.js and dashboard.css, what dashboard.js loads later in chunks/, and the licenses of what
 * is in them.
 *
 * Options: --sourcemap (for debugging)  --watch (builds again at each change, until it is ended)
 */
import { rmSync } from "node:fs";
import { bundle } from "./bundle.ts";

// Their names change with what is in them: those of earlier builds would stay, and ship.
rmSync("dist/webview/chunks", { recursive: true, force: true });
await bundle("dist/webview/dashboard.licenses.txt", {
  entryPoints: { dashboard: "webview/main.ts" },
  outdir: "dist/webview",
  format: "esm",
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  platform: "browser",
  target: "chrome134",
  tsconfig: "webview/tsconfig.json",
  loader: { ".svg": "text" },
  alias: { hammerjs: "./webview/charts/no-hammer.ts" },
  minify: true,
  sourcemap: process.argv.includes("--sourcemap") ? "inline" : false,
});
