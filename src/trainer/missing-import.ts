import { existsSync } from "node:fs";
import type { SourceLocation } from "../protocol/wire.js";
import { sourceText } from "./loaded-code.js";
import { adviceForTfjsNode } from "./tfjs-node-files.js";

/** An import of what is not there. */
export interface MissingImport {
  readonly specifier: string;
  readonly location: SourceLocation;
}

const missing = new WeakMap<Error, { readonly specifier: string; readonly importer: string }>();
const codes = new Set([
  "MODULE_NOT_FOUND",
  "ERR_MODULE_NOT_FOUND",
  "ERR_UNSUPPORTED_DIR_IMPORT",
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
]);

/**
 * Resolves an import, and keeps of one that fails who asked for what: Node's own error names the importer at most, and no line.
 * @param importer the path of the file that imports; undefined: none of the user's.
 */
export function recordingMissing<Result>(
  specifier: string,
  importer: string | undefined,
  resolve: () => Result,
): Result {
  try {
    return resolve();
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && codes.has(String(error.code));
    if (isMissing && importer !== undefined && !missing.has(error)) {
      missing.set(error, { specifier, importer });
      error.message = adviceForTfjsNode(specifier) ?? error.message;
    }
    throw error;
  }
}

/** The import that an error is about; undefined where it is about something else. */
export function missingImport(error: unknown): MissingImport | undefined {
  const found = error instanceof Error ? missing.get(error) : undefined;
  if (!found || !existsSync(found.importer)) return undefined;
  const { specifier, importer } = found;
  return { specifier, location: { file: importer, line: lineOf(specifier, sourceText(importer)) } };
}

/** Where a specifier stands, best in an import; the first line where it is put together. */
function lineOf(specifier: string, source: string): number {
  const lines = source.split("\n");
  const isQuoted = (line: string) => ['"', "'", "`"].some((quote) => line.includes(quote + specifier + quote));
  const inImport = lines.findIndex((line) => isQuoted(line) && /\b(?:from|import|require)\b/.test(line));
  return 1 + Math.max(0, inImport >= 0 ? inImport : lines.findIndex(isQuoted));
}
