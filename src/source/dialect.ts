/** `ts` also reads JavaScript with type annotations; `<T>x` and JSX exclude each other. */
export type Dialect = "ts" | "tsx" | "js";

/** What a file of this name is written in. */
export function dialectOf(path: string): Dialect {
  if (/\.tsx$/i.test(path)) return "tsx";
  return /ts$/i.test(path) ? "ts" : "js";
}

/** The text is too long, or takes too much time or memory to read. */
export class UnreadableSourceError extends Error {
  override readonly name = "UnreadableSourceError";
  readonly code = "unreadable-source";

  constructor() {
    super("The study file is too long or too deeply nested to read.");
  }
}
