import { isAbsolute, join, relative } from "node:path";

const SQLITE = "sqlite:///";

/**
 * A storage URL that means the same whatever the working directory: `sqlite:///.tunelens/studies.db` is relative to `folder`. URLs of
 * another kind, and those of no file, stay as they are.
 */
export function absoluteStorage(url: string, folder: string): string {
  const path = relativePathOf(url);
  if (path === null) return url;
  return SQLITE + (isAbsolute(path) ? path : join(folder, path)).replaceAll("\\", "/");
}

/** The file a storage URL means, absolute when the URL is; null when it is no file. */
export function storageFile(url: string): string | null {
  return relativePathOf(url);
}

/** As short as it can be said in a list: relative to the folder when the file lies in it. */
export function storageLabel(url: string, folder: string): string {
  const path = relativePathOf(url);
  if (path === null) return url;
  const inside = relative(folder, path);
  return (inside.startsWith("..") || isAbsolute(inside) ? path : inside).replaceAll("\\", "/");
}

function relativePathOf(url: string): string | null {
  if (!url.startsWith(SQLITE)) return null;
  const path = url.slice(SQLITE.length).replace(/\?.*$/, "");
  return path === "" || path === ":memory:" ? null : path;
}
