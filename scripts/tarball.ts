/** Packs what a folder of one's own installs: the terminal's program, and the modules that study files import, with their types. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkTarball } from "./package/checks.ts";
import { stageTarball } from "./package/stage.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
process.chdir(root);
mkdirSync("out", { recursive: true });
const folder = mkdtempSync("out/tarball-");
try {
  await checkTarball(folder, await stageTarball(folder));
  const { status } = spawnSync("npm", ["pack", "--silent", "--pack-destination", root], {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
