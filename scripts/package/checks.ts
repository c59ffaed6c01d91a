/** What ships keeps to these limits, says nothing of who built it, and names all that it brings of others. */
import type { Metafile } from "esbuild";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, sep } from "node:path";
import { licenseFiles } from "../licenses.ts";
import type { Manifest } from "./packages.ts";

const KB = 1_000;
const MB = 1_000 * KB;

/** At most this many files in the extension. */
const MAX_FILES = 300;

/** At most this many bytes packed, for VS Code's platforms: Dawn is 6 to 7 MB of them, on Windows with Direct3D's compilers 15, on Alpine nothing. */
export function maxPacked(target: string): number {
  if (target.startsWith("alpine")) return 10 * MB;
  return (target.startsWith("win32") ? 26 : 18) * MB;
}

/**
 * At most this many bytes of code, by what is loaded: a program with its chunks, or a bundle alone. About a tenth above what they are; whoever
 * raises one says in the commit what for.
 */
export const maxCode: Readonly<Record<string, number>> = {
  "extension.cjs": 250 * KB,
  "typescript-plugin.cjs": 5 * KB,
  // What the page loads before it shows anything.
  "webview/dashboard.js": 530 * KB,
  // Some of that, and what it loads later.
  "webview/chunks": 490 * KB,
  "index.js": 505 * KB,
  "tensorflow/index.js": 410 * KB,
  "supervisor/main.js": 52 * KB,
  "trainer/main.js": 970 * KB,
  "inspector/main.js": 540 * KB,
  "inspector/chart-thread.js": 505 * KB,
  "source/source-worker.js": 290 * KB,
  "cli/main.js": 960 * KB,
};

interface Sizes {
  /** By the names of {@link maxCode}. */
  readonly code: Readonly<Record<string, number>>;
  /** Of the extension: how many files, and the bytes of the package with their limit. */
  readonly files?: number;
  readonly packed?: readonly [bytes: number, limit: number];
}

/** @returns what is too large, a line each: what it is, how large, and by how much. */
export function tooLarge({ code, files = 0, packed = [0, 0] }: Sizes): string[] {
  const rows = [
    ["the extension's files", files, MAX_FILES, String],
    ["the packed extension", ...packed, inBytes],
    ...Object.entries(code).map(([name, size]) => [`dist/${name}`, size, maxCode[name] ?? 0, inBytes] as const),
  ] as const;
  return rows
    .filter(([, size, limit]) => size > limit)
    .map(
      ([what, size, limit, say]) => `${what}: ${say(size)} exceeds the limit of ${say(limit)} by ${say(size - limit)}`,
    );
}

function inBytes(size: number): string {
  return size >= MB ? `${(size / MB).toFixed(2)} MB` : `${(size / KB).toFixed(1)} kB`;
}

/** @param folder what was staged. @param metafile of its programs. */
function codeSizes(folder: string, { outputs }: Metafile): Record<string, number> {
  const shipped = Object.keys(maxCode).filter((name) => existsSync(join(folder, "dist", name)));
  return Object.fromEntries(
    shipped.map((name) => {
      const path = `${folder}/dist/${name}`;
      return [name, Object.hasOwn(outputs, path) ? bytesWithImports(path, outputs) : bytesOnDisk(path)];
    }),
  );
}

function bytesWithImports(entry: string, outputs: Metafile["outputs"]): number {
  const loaded = new Set([entry]);
  for (const path of loaded)
    for (const imported of outputs[path]!.imports) if (!imported.external) loaded.add(imported.path);
  return [...loaded].reduce((sum, path) => sum + outputs[path]!.bytes, 0);
}

/** Of a folder, or of a bundle with the chunks that it loads first. */
function bytesOnDisk(entry: string): number {
  if (statSync(entry).isDirectory())
    return globSync(join(entry, "*")).reduce((sum, path) => sum + statSync(path).size, 0);
  const loaded = new Set([entry]);
  for (const path of loaded)
    for (const [, chunk] of readFileSync(path, "utf8").matchAll(/\b(?:from|import)"(\.[^"]+)"/g))
      loaded.add(join(dirname(path), chunk!));
  return [...loaded].reduce((sum, path) => sum + statSync(path).size, 0);
}

/** @returns the files that name a folder of whoever built them. */
function naming(folders: readonly string[], folder: string): string[] {
  const marks = folders.map((path) => Buffer.from(path.endsWith(sep) ? path : path + sep));
  return filesIn(folder).filter((file) => {
    const content = readFileSync(join(folder, file));
    return marks.some((mark) => content.includes(mark));
  });
}

/** @returns third-party packages without a license in their folder or in THIRD-PARTY-NOTICES.txt. */
async function withoutLicense(folder: string): Promise<string[]> {
  const notices = readFileSync(join(folder, "THIRD-PARTY-NOTICES.txt"), "utf8");
  const packages = globSync("node_modules/{*,@*/*}/package.json", { cwd: folder }).map((file) =>
    join(folder, file, ".."),
  );
  const unnamed = [];
  for (const path of packages) {
    const { name, license } = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as Manifest;
    if (name.startsWith("tunelens")) continue;
    const named = notices.includes(name) || (name.startsWith("@") && notices.includes(name.split("/")[0]!));
    if (license === undefined || ((await licenseFiles(path)).length === 0 && !named)) unnamed.push(name);
  }
  return unnamed;
}

/** @returns the files that package.json names, of the folders that ship, and that are not there. */
function missing(folder: string): string[] {
  const named = readFileSync(join(folder, "package.json"), "utf8").matchAll(
    /"(?:\.\/)?((?:dist|media|l10n)\/?[^"*]*)"/g,
  );
  return [...named].map(([, file]) => file!).filter((file) => !existsSync(join(folder, file)));
}

function filesIn(folder: string): string[] {
  return globSync("**", { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(folder, sep).length));
}

/** @throws Error that lists what is wrong with the extension for a platform. */
export async function checkExtension(
  folder: string,
  target: string,
  packed: string,
  metafile: Metafile,
): Promise<void> {
  const size = [statSync(packed).size, maxPacked(target)] as const;
  const sizes = { code: codeSizes(folder, metafile), files: filesIn(folder).length, packed: size };
  refuse([...tooLarge(sizes), ...(await improper(folder))]);
}

/** @throws Error that lists what is wrong with the package for npm. */
export async function checkTarball(folder: string, metafile: Metafile): Promise<void> {
  refuse([...tooLarge({ code: codeSizes(folder, metafile) }), ...(await improper(folder))]);
}

/** @returns what must not ship, a line each. */
export async function improper(folder: string): Promise<string[]> {
  return [
    ...naming([process.cwd(), homedir()], folder).map((file) => `${file} contains a path of this machine`),
    ...missing(folder).map((file) => `${file} is missing, but package.json names it`),
    ...(await withoutLicense(folder)).map((name) => `${name} has no license: add it to THIRD-PARTY-NOTICES.txt`),
    ...filesIn(folder)
      .filter((file) => file.endsWith(".map"))
      .map((file) => `${file} is a source map`),
  ];
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`The package is not ready to ship:\n  ${problems.join("\n  ")}`);
}
