import { execFileSync } from "node:child_process";
import { cpSync, globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePrograms, extensionPrograms, tarballPrograms } from "../scripts/package/programs.ts";
import buildKernels from "./build-kernels.js";
import { programFolder } from "./programs.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));

/** The programs under test, and the modules of `dist/` that tests load beside them, must be of today's sources. */
export default async function build(): Promise<void> {
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  buildKernels();
  rmSync(programFolder, { recursive: true, force: true });
  await bundlePrograms([...new Set([...extensionPrograms, ...tarballPrograms])], join(programFolder, "dist"));
  for (const file of ["package.json", ...globSync("dist/*.wasm", { cwd: root })])
    cpSync(join(root, file), join(programFolder, file));
}
