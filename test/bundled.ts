import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { temporaryFolder } from "./temporary-folder.js";

const packages = fileURLToPath(new URL("../node_modules", import.meta.url));

/**
 * A script as one file, for tests that start it often: its modules one by one, in TypeScript, take most of the time of a short process.
 * @returns the file's path.
 */
export function bundled(script: string): string {
  const folder = temporaryFolder();
  symlinkSync(packages, join(folder, "node_modules"), "junction");
  const outfile = join(folder, "script.mjs");
  buildSync({ entryPoints: [script], outfile, bundle: true, platform: "node", format: "esm", packages: "external" });
  return outfile;
}
