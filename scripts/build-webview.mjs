// Bundles the dashboard into dist/webview/dashboard.js and dashboard.css, with the licences of what is in it.
import { build } from "esbuild";
import { writeLicences } from "./licences.mjs";

const { metafile } = await build({
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
  metafile: true,
  legalComments: "none",
  logLevel: "info",
});
await writeLicences(metafile, "dist/webview/dashboard.licences.txt");
