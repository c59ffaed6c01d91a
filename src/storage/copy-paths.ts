import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import { StorageError } from "./errors.js";
import { sqlitePath } from "./open.js";

export interface CopyOptions {
  /** Where the copy goes. Default: beside the file, with what it is before the ending, `studies.repaired.db`. */
  readonly output?: string | undefined;
  /** What relative paths start from. Default: the working directory of the process. */
  readonly cwd?: string;
}

/**
 * The absolute paths of a file and of a copy of it.
 * @param storage the file's path or URL. @param suffix what the copy is, for its name.
 * @throws StorageError (`unsupported-storage` where it is no file, `storage-exists` where something is at `output`)
 */
export function copyPaths(storage: string, suffix: string, options: CopyOptions): { path: string; output: string } {
  const path = sqlitePath(storage, options.cwd);
  if (path === undefined)
    throw new StorageError("unsupported-storage", `"${storage}" is not a file. Give the path of a SQLite file.`);
  const extension = extname(path);
  const beside = `${path.slice(0, path.length - extension.length)}.${suffix}${extension}`;
  const output = options.output === undefined ? beside : resolve(options.cwd ?? "", options.output);
  if (existsSync(output))
    throw new StorageError("storage-exists", `${output} already exists. Name another file for the copy.`);
  return { path, output };
}
