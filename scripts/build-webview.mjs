// Bundles the dashboard into dist/webview/dashboard.js and dashboard.css.
import { build } from "esbuild";

await build({
  entryPoints: { dashboard: "webview/main.ts" },
  bundle: true,
  outdir: "dist/webview",
  format: "iife",
  platform: "browser",
  target: "chrome134",
  tsconfig: "webview/tsconfig.json",
  loader: { ".svg": "text" },
  minify: true,
  sourcemap: process.argv.includes("--sourcemap") ? "inline" : false,
  legalComments: "linked",
  logLevel: "info",
});
