/**
 * Packs the extension as a user installs it: `node scripts/package.ts [OUTPUT] [--target win32-x64]`. Native binaries make a package good for
 * one platform, this machine's unless told otherwise. What is not good to ship, or too large, is not packed.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkExtension } from "./package/checks.ts";
import { stageExtension } from "./package/stage.ts";

process.chdir(fileURLToPath(new URL("../", import.meta.url)));
const { values, positionals } = parseArgs({
  options: { target: { type: "string", default: `${process.platform}-${process.arch}` } },
  allowPositionals: true,
});
const { target } = values;
const output = resolve(positionals[0] ?? `tunelens-${target}.vsix`);
mkdirSync("out", { recursive: true });
const folder = mkdtempSync("out/package-");
try {
  const metafile = await stageExtension(target, folder);
  pack();
  await checkExtension(folder, target, output, metafile);
  console.log(output);
} catch (error) {
  rmSync(output, { force: true });
  throw error;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pack(): void {
  // The pictures of the README are in the package: no public address to rewrite their links to.
  const links = ["--allow-missing-repository", "--no-rewrite-relative-links"];
  const options = [...links, "--ignoreFile", resolve(".vscodeignore"), "--out", output];
  const { status } = spawnSync("vsce", ["package", "--target", target, ...options], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error("vsce did not pack the extension. See its output above.");
}
