import { isAbsolute, relative, resolve, sep } from "node:path";
import { formatJournalUrl, formatStorageUrl, parseStorageUrl } from "../protocol/storage-url.js";

/**
 * A storage URL that does not depend on the working directory: `sqlite:///.tunelens/studies.db` and the plain path
 * `.tunelens/studies.db` are relative to `folder`. URLs of other kinds are not changed.
 */
export function absoluteStorage(url: string, folder: string): string {
  const place = parseStorageUrl(url);
  if (place.kind !== "file" && place.kind !== "journal") return url;
  const path = withSlashes(resolve(folder, place.path));
  return place.kind === "journal" ? formatJournalUrl(path) : formatStorageUrl(path);
}

/** The storage URL of a file, by its path. The names of journals are those of Optuna's examples. */
export function fileStorage(path: string): string {
  const isJournal = /\.(?:log|journal)$/i.test(path);
  return (isJournal ? formatJournalUrl : formatStorageUrl)(withSlashes(path));
}

/** The file of a storage URL, absolute if the URL is; null if it is not a file. */
export function storageFile(url: string): string | null {
  const place = parseStorageUrl(url);
  return place.kind === "file" || place.kind === "journal" ? place.path : null;
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
