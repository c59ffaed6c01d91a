import { isAbsolute, relative, resolve, sep } from "node:path";

const SQLITE = "sqlite:///";

/**
 * A storage URL that means the same whatever the working directory: `sqlite:///.tunelens/studies.db` and the plain path
 * `.tunelens/studies.db` are relative to `folder`. URLs of another kind, and those of no file, stay as they are.
 */
export function absoluteStorage(url: string, folder: string): string {
  const path = storageFile(url);
  return path === null ? url : SQLITE + resolve(folder, path).split(sep).join("/");
}

/** The file a storage URL means, absolute when the URL is; null when it is no file. As the processes that open it read it. */
export function storageFile(url: string): string | null {
  if (["memory:", "memory", "sqlite://", "sqlite:///:memory:"].includes(url)) return null;
  const inUrl = /^sqlite(?:\+\w+)?:\/\/\/(.+)$/s.exec(url)?.[1];
  if (inUrl !== undefined) return inUrl.replace(/\?.*$/s, "");
  return url === "" || /^[a-z][a-z0-9+.-]+:/i.test(url) ? null : url;
}

/** As short as it can be said in a list: relative to the folder when the file lies in it. */
export function storageLabel(url: string, folder: string): string {
  const path = storageFile(url);
  if (path === null) return url;
  const inside = relative(folder, path);
  return (inside.startsWith("..") || isAbsolute(inside) ? path : inside).replaceAll("\\", "/");
}
