import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where `build.ts` puts the programs under test: bundled as they ship, in which form they start in less time. */
export const programFolder = fileURLToPath(new URL("../out/programs/", import.meta.url));

/** The path of a program. @param name of its source file, such as `cli/main`. */
export function program(name: string): string {
  return join(programFolder, "dist", `${name}.js`);
}
