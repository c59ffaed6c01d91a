/** The meaning of a storage URL. */
export type StoragePlace =
  | { readonly kind: "file"; /** As it stands there, perhaps relative; with slashes. */ readonly path: string }
  /** A file of Optuna's `JournalFileBackend`. */
  | { readonly kind: "journal"; readonly path: string }
  | { readonly kind: "memory" }
  | { readonly kind: "unsupported"; /** What to do about it. */ readonly reason: string };

const GIVE_A_PATH = "Give the path of a SQLite file, sqlite:///path/to/studies.db, or memory:.";

/**
 * Parses a storage URL as Optuna does, by the rules of SQLAlchemy 2.1: the path follows the third slash, `%3F` in it is a question mark, a
 * driver may be named, and options (`?timeout=5`) are Python's own. `journal:///path` is a file of Optuna's `JournalFileBackend`, for which
 * Optuna has no URL. Anything else is a literal path.
 */
export function parseStorageUrl(url: string): StoragePlace {
  if (["memory:", "memory", ":memory:"].includes(url)) return { kind: "memory" };
  const journal = /^journal:\/\/\/(.+)$/is.exec(url)?.[1];
  if (journal !== undefined) return filePlace(percentDecoded(journal), "journal");
  const [isSqlite, written = "", options = ""] =
    /^sqlite(?:\+\w+)?:\/\/(?![^/?])(?:\/([^?]*))?(?:\?(.*))?$/is.exec(url) ?? [];
  if (isSqlite === undefined) {
    const isOther = url === "" || /^[a-z][a-z0-9+.-]+:/i.test(url);
    return isOther ? { kind: "unsupported", reason: GIVE_A_PATH } : filePlace(url);
  }
  if (!/^(?:[\w-]+=[^&=]*(?:&|$))*$/.test(options))
    return { kind: "unsupported", reason: "A question mark starts the options. In a file name, write it as %3F." };
  if (/(?:^|&)uri=(?:true|1|yes|on)(?:&|$)/i.test(options))
    return { kind: "unsupported", reason: `SQLite's own URIs (uri=true) are not supported. ${GIVE_A_PATH}` };
  const path = percentDecoded(written);
  return path === "" || path === ":memory:" ? { kind: "memory" } : filePlace(path);
}

/**
 * The URL of a file, for `parseStorageUrl` and for Optuna (which treats braces as a template). @param path with forward slashes.
 */
export function formatStorageUrl(path: string): string {
  return `sqlite:///${encoded(path)}`;
}

/** The URL of a journal's file, for `parseStorageUrl`. @param path with forward slashes. */
export function formatJournalUrl(path: string): string {
  return `journal:///${encoded(path)}`;
}

function encoded(path: string): string {
  return path.replaceAll(/[%?{}]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function filePlace(path: string, kind: "file" | "journal" = "file"): StoragePlace {
  if (path.includes("\0")) return { kind: "unsupported", reason: "A file name cannot contain a NUL character." };
  return { kind, path };
}

/** As Python's `unquote`: invalid escapes are kept, and bytes that are not UTF-8 become U+FFFD. */
function percentDecoded(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (codes) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      Uint8Array.from(codes.slice(1).split("%"), (code) => Number.parseInt(code, 16)),
    ),
  );
}
