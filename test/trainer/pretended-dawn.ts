import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "../temporary-folder.js";

/**
 * @param source CommonJS in place of the package `webgpu`; `dawn` is the real one.
 * @returns arguments for Node.js with which a process, and those that it forks, get it.
 */
export function pretendedDawn(source: string): string[] {
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
  return ["--import", pathToFileURL(hook).href];
}
