import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { folderName } from "./model-folder.js";

/**
 * Makes a folder for what a trial writes: `.tunelens/trials/<study>/<name>`. One that is there is left alone, because a deleted study may
 * have made it: the new one then has a number after its name.
 */
export function makeTrialFolder(cwd: string, study: string, name: string): string {
  const folder = resolve(cwd, ".tunelens", "trials", folderName(study), name);
  mkdirSync(dirname(folder), { recursive: true });
  for (let count = 1; ; count++) {
    const path = count === 1 ? folder : `${folder}-${count}`;
    // The only call that fails if another process has made it meanwhile.
    if (isNew(path)) return path;
  }
}

function isNew(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
