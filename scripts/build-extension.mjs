/**
 * Bundles the extension host's side into dist/extension.cjs and the editor's TypeScript plugin into dist/typescript-plugin.cjs; the example
 * that "New Study" writes, and the licenses of what is in the bundles, go beside them.
 *
 * Options: --sourcemap (for debugging)  --watch (builds again at each change, until it is ended)
 */
import { copyFile, rm } from "node:fs/promises";
import { bundle } from "./bundle.ts";

const sourcemap = process.argv.includes("--sourcemap");

/** A module that imports `vscode` gets a copy of its hundreds of members, made when the extension is loaded: here all modules share one. */
const oneVscode = {
  name: "one-vscode",
  /** @param {import("esbuild").PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /^vscode$/ }, ({ path, namespace }) =>
      namespace === "one-vscode" ? { path, external: true } : { path, namespace: "one-vscode" },
    );
    build.onLoad({ filter: /^vscode$/, namespace: "one-vscode" }, () => ({ contents: 'export * from "vscode";' }));
  },
};

if (!sourcemap)
  await Promise.all(["extension", "typescript-plugin"].map((name) => rm(`dist/${name}.cjs.map`, { force: true })));
await bundle("dist/extension.licenses.txt", {
  entryPoints: {
    extension: "src/extension/extension.ts",
    "typescript-plugin": "src/extension/typescript-plugin/plugin.ts",
  },
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  format: "cjs",
  platform: "node",
  // VS Code 1.101 runs extensions on Node 22.
  target: "node22",
  plugins: [oneVscode],
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  sourcemap,
});
await copyFile("examples/digits.study.ts", "dist/new-study.ts");
