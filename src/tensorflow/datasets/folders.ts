import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where data sets are kept between runs: `TUNELENS_CACHE`, else the platform's cache folder. */
export function datasetCache(name: string, environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment["TUNELENS_CACHE"] ?? join(platformCache(environment), "tunelens"), "datasets", name);
}

function platformCache(environment: NodeJS.ProcessEnv): string {
  if (process.platform === "win32") return environment["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  return environment["XDG_CACHE_HOME"] || join(homedir(), ".cache");
}

/** A data set that comes with this package, which may run from its sources, from `dist/` or from a packaged extension. */
export function shippedFile(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const path = join(folder, "media", "datasets", name);
    if (existsSync(path)) return path;
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`media/datasets/${name} is missing from this installation of Tunelens.`);
    folder = parent;
  }
}
