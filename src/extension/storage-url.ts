import { isAbsolute, relative, resolve, sep } from "node:path";
import { formatStorageUrl, parseStorageUrl } from "../protocol/storage-url.js";

/**
 * A storage URL that does not depend on the working directory: `sqlite:///.tunelens/studies.db` and the plain path
 * `.tunelens/studies.db` are relative to `folder`. URLs of other kinds are not changed.
 */
export function absoluteStorage(url: string, folder: string): string {
  const path = storageFile(url);
  return path === null ? url : formatStorageUrl(withSlashes(resolve(folder, path)));
}

/** The storage URL of a file, by its path. */
export function fileStorage(path: string): string {
  return formatStorageUrl(withSlashes(path));
}

/** The file of a storage URL, absolute if the URL is; null if it is not a file. */
export function storageFile(url: string): string | null {
  const place = parseStorageUrl(url);
  return place.kind === "file" ? place.path : null;
}

/** A short label: relative to the folder if the file is in it. */
export function storageLabel(url: string, folder: string): string {
  const path = storageFile(url);
  if (path === null) return url;
  const inside = relative(folder, path);
  const isOutside = inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside);
  return withSlashes(isOutside ? path : inside);
}

function withSlashes(path: string): string {
  return path.split(sep).join("/");
}
