import { join } from "node:path";
import { writeNew } from "./write-new.js";

/**
 * Writes the example study to a folder under the first free name: `digits.study.ts`, `digits-2.study.ts`, … Never overwrites a file.
 * @param template the digits example; the names of its study and its file become those of the new file.
 * @returns the path of the new file.
 */
export async function writeNewStudy(folder: string, template: string): Promise<string> {
  for (let count = 1; ; count++) {
    const name = count === 1 ? "digits" : `digits-${count}`;
    const file = `${name}.study.ts`;
    const path = join(folder, file);
    const text = template.replace('name: "digits"', `name: "${name}"`).replaceAll("digits.study.ts", file);
    if (await writeNew(path, text)) return path;
  }
}
