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
 * Runs a user's file and lists the studies it exports, in the order of the source. One file per process: code that has changed needs a
 * new process.
 * @throws LocatedError `study-file-not-found`, `path-not-loadable`, `syntax-error`, `study-file-failed`, `no-study`,
 *   `duplicate-study-name`, `too-many-open-files`
 */
export async function loadStudies(file: string): Promise<readonly LoadedStudy[]> {
  if (!existsSync(file) || !statSync(file).isFile())
    throw new LocatedError("study-file-not-found", `There is no file ${display(file)}.`, undefined);
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
 * @param wanted a study's name, or that of its export; may be left out where the file has one study.
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
      `${display(file)} defines ${found.length} studies: ${all}. Say which one.`,
      found[0]!.location,
    );
  throw new LocatedError(
    "study-not-in-file",
    `${display(file)} defines no study "${wanted}". It defines: ${all}.`,
    found[0]!.location,
  );
}

/** tsx takes what follows a question mark for options, and Node imports from no path with a backslash (but requires from it). */
function refusePath(file: string): void {
  const refused = file.includes("?") ? "question mark" : sep === "/" && file.includes("\\") ? "backslash" : undefined;
  if (!refused || (refused === "backslash" && isRequired(file))) return;
  throw new LocatedError(
    "path-not-loadable",
    `${file} cannot be run: Node.js loads no TypeScript from a path with a ${refused}. Rename the folder or the file.`,
    { file, line: 1 },
  );
}

/** A path as people of this folder write it. */
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
  // A CommonJS module is shown as the default export, and by Node once more under this name.
  exports.delete("module.exports");
  const commonJs = exports.get("default");
  if (typeof commonJs === "object" && commonJs !== null && !isStudyDefinition(commonJs)) {
    exports.delete("default");
    for (const [name, value] of Object.entries(commonJs)) exports.set(name, value);
  }
  return exports;
}

/** esbuild's way to say where: `/path/file.ts:2:18: ERROR: Unexpected ";"`; its columns count from 0. */
const ESBUILD_ERROR = /^(?:Transform failed with [^\n]*:\n)?([\s\S]+?):(\d+):(\d+): ERROR: (.+)$/m;
/** Node's: the first line of the stack is `file:///path/file.js:2`. */
const NODE_SYNTAX_ERROR = /^((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*?):(\d+)\n/s;

function loadError(file: string, error: unknown): LocatedError {
  if (error instanceof LocatedError) return error;
  const message = error instanceof Error ? error.message : "";
  const [, path, line, column, text] = ESBUILD_ERROR.exec(message) ?? [];
  if (path && text) {
    const location = { file: namedByTsx(path), line: Number(line), column: Number(column) + 1 };
    const hint = text.startsWith("Top-level await")
      ? ' Say "type": "module" in package.json, or name the file .mts.'
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
  // Where a module is missing, the stack has nothing to add.
  return new LocatedError(code, `Loading ${where} failed: ${reason}`, location, missing ? {} : { cause: error });
}

/** Node names the absolute path of what was looked for. */
function describeMissing({ specifier }: MissingImport, message: string): string {
  return /^\.{0,2}\//.test(specifier) ? `Cannot find module '${specifier}'.` : message.split("\n")[0]!;
}

function noStudy(file: string, exportNames: readonly string[]): LocatedError {
  const has = exportNames.length > 0 ? `Its exports (${exportNames.join(", ")}) are none.` : "It exports nothing.";
  return new LocatedError(
    "no-study",
    `${display(file)} defines no study. ${has} Export what defineStudy({ … }) gives.`,
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
        "Rename one: a study is found by its name.",
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

/** Where an export stands in the source as people write exports; the file's first line where it is written otherwise. */
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
