import { isAbsolute, relative, resolve, sep } from "node:path";
import { formatStorageUrl, parseStorageUrl } from "../protocol/storage-url.js";

/**
 * A storage URL that means the same whatever the working directory: `sqlite:///.tunelens/studies.db` and the plain path
 * `.tunelens/studies.db` are relative to `folder`. URLs of another kind, and those of no file, stay as they are.
 */
export function absoluteStorage(url: string, folder: string): string {
  const path = storageFile(url);
  return path === null ? url : formatStorageUrl(withSlashes(resolve(folder, path)));
}

/** The file a storage URL means, absolute when the URL is; null when it is no file. */
export function storageFile(url: string): string | null {
  const place = parseStorageUrl(url);
  return place.kind === "file" ? place.path : null;
}

/** As short as it can be said in a list: relative to the folder when the file lies in it. */
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
