import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ReadBeside } from "./hydra-options.js";

/** Bytes. */
const LARGEST = 1_000_000;

/** Reads files by their paths relative to a folder: regular ones, which don't make the reader wait. */
export function readBeside(folder: string): ReadBeside {
  return (path) => {
    try {
      const file = join(folder, path);
      const found = statSync(file);
      return found.isFile() && found.size <= LARGEST ? readFileSync(file, "utf8") : undefined;
    } catch {
      return undefined;
    }
  };
}
