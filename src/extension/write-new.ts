import { writeFile } from "node:fs/promises";

/** Writes a new file. @returns false if it exists: nothing is overwritten. */
export async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
