/** Packs the extension as a user installs it: `node scripts/package.ts [OUTPUT]`. esbuild's binary makes a package good for one platform. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const target = `${process.platform}-${process.arch}`;
const output = process.argv[2] ?? `tunelens-${target}.vsix`;
// The pictures of the README are in the package: no public address to rewrite their links to. npm links the packages of this workspace.
const options = ["--allow-missing-repository", "--no-rewrite-relative-links", "--follow-symlinks", "--out", output];
const { status } = spawnSync("vsce", ["package", "--target", target, ...options], {
  cwd: root,
  stdio: ["ignore", "ignore", "inherit"],
  shell: process.platform === "win32",
});
if (status === 0) console.log(output);
process.exitCode = status ?? 1;
