import { existsSync, statSync } from "node:fs";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { TunelensError } from "../engine/errors.js";
import type { SourceLocation } from "../protocol/wire.js";
import { isStudyDefinition, type StudyDefinition } from "../engine/study/define-study.js";
import { errorLocation, errorMessage, keepUserFrames, LocatedError, namedByTsx } from "./error-location.js";
import { sourceText } from "./loaded-code.js";
import { isTooManyOpenFiles, TOO_MANY_OPEN_FILES, TOO_MANY_OPEN_FILES_MESSAGE } from "../open-files.js";
import { type MissingImport, missingImport } from "./missing-import.js";
import { isRequired, loadModule, registerUserCode } from "./module-resolution.js";

/** A study that a file exports. */
export interface LoadedStudy {
  readonly definition: StudyDefinition;
  /** `default`, or the export's name. */
  readonly exportName: string;
  readonly location: SourceLocation;
}

/**
 * Runs a user's file and lists the studies that it exports, in source order. One file per process: changed code needs a new process.
 * @throws LocatedError `study-file-not-found`, `path-not-loadable`, `syntax-error`, `study-file-failed`, `no-study`,
 *   `duplicate-study-name`, `too-many-open-files`
 */
export async function loadStudies(file: string): Promise<readonly LoadedStudy[]> {
  if (!existsSync(file) || !statSync(file).isFile())
    throw new LocatedError("study-file-not-found", `${display(file)} does not exist.`, undefined);
  refusePath(file);
  registerOnce(file);
  const exports = await importFile(file);
  const source = sourceText(file);
  const found: LoadedStudy[] = [];
  for (const [exportName, value] of exports)
    if (isStudyDefinition(value) && !found.some(({ definition }) => definition === value))
      found.push({ definition: value, exportName, location: exportLocation(file, source, exportName) });
  if (found.length === 0) throw noStudy(file, [...exports.keys()]);
  found.sort((a, b) => a.location.line - b.location.line);
  refuseDoubleNames(file, found);
  return found;
}

/**
 * @param wanted a study's name or export name; optional if the file has only one study.
 * @throws LocatedError `several-studies`, `study-not-in-file`
 */
export function chooseStudy(file: string, found: readonly LoadedStudy[], wanted: string | undefined): LoadedStudy {
  const chosen = wanted === undefined ? found : found.filter(({ definition }) => definition.name === wanted);
  const byExport = found.filter(({ exportName }) => exportName === wanted);
  const [study, ...others] = chosen.length > 0 ? chosen : byExport;
  if (study && others.length === 0) return study;
  const all = found.map(describeStudy).join(", ");
  if (wanted === undefined)
    throw new LocatedError(
      "several-studies",
      `${display(file)} defines ${found.length} studies: ${all}. Name one of them.`,
      found[0]!.location,
    );
  throw new LocatedError(
    "study-not-in-file",
    `${display(file)} does not define study "${wanted}". It defines: ${all}.`,
    found[0]!.location,
  );
}

/** tsx treats what follows a question mark as options, and Node.js does not import from a path with a backslash (though it can require). */
function refusePath(file: string): void {
  const refused = file.includes("?") ? "question mark" : sep === "/" && file.includes("\\") ? "backslash" : undefined;
  if (!refused || (refused === "backslash" && isRequired(file))) return;
  throw new LocatedError(
    "path-not-loadable",
    `Cannot run ${file}: Node.js does not load TypeScript from a path with a ${refused}. Rename the folder or the file.`,
    { file, line: 1 },
  );
}

/** A path relative to the working directory, for messages. */
export function display(file: string): string {
  const path = relative(process.cwd(), file);
  return path === ".." || path.startsWith(`..${sep}`) || path === "" ? file : path;
}

let registered = false;

function registerOnce(file: string): void {
  if (!registered) registerUserCode(file);
  registered = true;
}

async function importFile(file: string): Promise<ReadonlyMap<string, unknown>> {
  const namespace = await loadModule(file).catch((error: unknown) => {
    throw loadError(file, error);
  });
  const exports = new Map(Object.entries(namespace));
  // Node.js exposes a CommonJS module as the default export and again under this name.
  exports.delete("module.exports");
  const commonJs = exports.get("default");
  if (typeof commonJs === "object" && commonJs !== null && !isStudyDefinition(commonJs)) {
    exports.delete("default");
    for (const [name, value] of Object.entries(commonJs)) exports.set(name, value);
  }
  return exports;
}

/** esbuild's location format: `/path/file.ts:2:18: ERROR: Unexpected ";"`, with columns from 0. */
const ESBUILD_ERROR = /^(?:Transform failed with [^\n]*:\n)?([\s\S]+?):(\d+):(\d+): ERROR: (.+)$/m;
/** Node's: the first line of the stack is `file:///path/file.js:2`. */
const NODE_SYNTAX_ERROR = /^((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*?):(\d+)\n/s;

function loadError(file: string, error: unknown): LocatedError {
  if (error instanceof LocatedError) return error;
  const message = error instanceof Error ? error.message : "";
  const [, path, line, column, text] = ESBUILD_ERROR.exec(message) ?? [];
  if (path && text) {
    const location = { file: namedByTsx(path), line: Number(line), column: Number(column) + 1 };
    const ending = location.file.endsWith("js") ? ".mjs" : ".mts";
    const hint = text.startsWith("Top-level await")
      ? `. Set "type": "module" in package.json, or rename the file to ${ending}.`
      : "";
    return new LocatedError("syntax-error", `Syntax error in ${at(location)}: ${text}${hint}`, location);
  }
  if (error instanceof SyntaxError) {
    const [, place, row] = NODE_SYNTAX_ERROR.exec(error.stack ?? "") ?? [];
    const inFile = place?.startsWith("file:") ? fileURLToPath(place) : place;
    const location = inFile ? { file: inFile, line: Number(row) } : undefined;
    const where = location ? at(location) : display(file);
    return new LocatedError("syntax-error", `Syntax error in ${where}: ${message}`, location);
  }
  keepUserFrames(error);
  const missing = missingImport(error);
  const location = errorLocation(error);
  const where = location ? at(location) : display(file);
  if (isTooManyOpenFiles(error))
    return new LocatedError(TOO_MANY_OPEN_FILES, `Loading ${where} failed. ${TOO_MANY_OPEN_FILES_MESSAGE}`, location);
  const code = error instanceof TunelensError ? error.code : "study-file-failed";
  const reason = missing ? describeMissing(missing, message) : errorMessage(error);
  // If a module is missing, the stack adds nothing.
  return new LocatedError(code, `Loading ${where} failed: ${reason}`, location, missing ? {} : { cause: error });
}

/** Node.js reports the absolute path that it looked for. */
function describeMissing({ specifier }: MissingImport, message: string): string {
  return /^\.{0,2}\//.test(specifier) ? `Cannot find module '${specifier}'.` : message.split("\n")[0]!;
}

function noStudy(file: string, exportNames: readonly string[]): LocatedError {
  const has =
    exportNames.length > 0 ? `None of its exports (${exportNames.join(", ")}) is a study.` : "It exports nothing.";
  return new LocatedError(
    "no-study",
    `${display(file)} does not define a study. ${has} Export the result of defineStudy({ … }).`,
    { file, line: 1 },
  );
}

function refuseDoubleNames(file: string, found: readonly LoadedStudy[]): void {
  for (const [index, second] of found.entries()) {
    const first = found.slice(0, index).find(({ definition }) => definition.name === second.definition.name);
    if (!first) continue;
    throw new LocatedError(
      "duplicate-study-name",
      `${display(file)} defines two studies named "${second.definition.name}": ${exportPlace(first)} and ${exportPlace(second)}. ` +
        "Rename one: a study is identified by its name.",
      second.location,
    );
  }
}

function describeStudy(study: LoadedStudy): string {
  return `"${study.definition.name}" (${exportPlace(study)})`;
}

function exportPlace({ exportName, location }: LoadedStudy): string {
  return `export ${exportName}, line ${location.line}`;
}

function at({ file, line, column }: SourceLocation): string {
  return `${display(file)}:${line}${column === undefined ? "" : `:${column}`}`;
}

/** The location of an export written in a usual way; otherwise the file's first line. */
function exportLocation(file: string, source: string, exportName: string): SourceLocation {
  const name = exportName.replaceAll("$", String.raw`\$`);
  const forms =
    exportName === "default"
      ? [/^\s*export\s+default\b/m, /^\s*module\.exports\s*=/m, /^\s*export\s*=/m]
      : [
          new RegExp(String.raw`^\s*export\s+(?:const|let|var)\s+${name}(?![\w$])`, "m"),
          new RegExp(String.raw`^\s*(?:module\.)?exports\.${name}\s*=`, "m"),
          new RegExp(String.raw`^\s*(?:const|let|var)\s+${name}(?![\w$])`, "m"),
          new RegExp(String.raw`^\s*export\s*\{[^}]*(?<![\w$])${name}(?![\w$])`, "m"),
        ];
  for (const form of forms) {
    const match = form.exec(source);
    if (!match) continue;
    const start = match.index + match[0].length - match[0].trimStart().length;
    return { file, line: source.slice(0, start).split("\n").length };
  }
  return { file, line: 1 };
}
