/** Packs what a folder of one's own installs: the terminal's program, and the modules that study files import, with their types. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { stageTarball } from "./package/stage.ts";
import { checkTarball } from "./package/checks.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
process.chdir(root);
const folder = "out/tarball";
await checkTarball(folder, await stageTarball(folder));
const { status } = spawnSync("npm", ["pack", "--silent", "--pack-destination", root], {
  cwd: folder,
  stdio: "inherit",
  shell: process.platform === "win32",
});
process.exitCode = status ?? 1;
