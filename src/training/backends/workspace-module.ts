import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Loads a package that only the user's workspace may have.
 * @returns what it exports (of CommonJS, `module.exports`), or `undefined` where the workspace has not installed it.
 * @throws what the package throws while loading.
 */
export async function workspaceModule(name: string, workspace: string): Promise<Record<string, unknown> | undefined> {
  let path: string;
  try {
    path = createRequire(join(workspace, "package.json")).resolve(name);
  } catch {
    return undefined;
  }
  const namespace = (await import(pathToFileURL(path).href)) as { default?: Record<string, unknown> };
  return { ...namespace.default, ...namespace };
}
