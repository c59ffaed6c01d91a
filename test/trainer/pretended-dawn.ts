import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "../temporary-folder.js";

/**
 * @param source CommonJS in place of the package `webgpu`; `dawn` is the real one.
 * @returns the environment in which a process, and those that it starts, get it.
 */
export function pretendedDawn(source: string): { readonly NODE_OPTIONS: string } {
  const folder = temporaryFolder();
  const pretended = join(folder, "webgpu.cjs");
  const real = import.meta.resolve("webgpu");
  writeFileSync(pretended, `const dawn = require(${JSON.stringify(new URL(real).pathname)});\n${source}`);
  const hook = join(folder, "hook.mjs");
  writeFileSync(
    hook,
    `import module from "node:module";
     const resolve = module._resolveFilename;
     module._resolveFilename = function (name, ...rest) {
       return name === "webgpu" ? ${JSON.stringify(pretended)} : resolve.call(this, name, ...rest);
     };`,
  );
  return { NODE_OPTIONS: `--import=${pathToFileURL(hook).href}` };
}
