/** Of the packages that stay packages, what Node.js loads of them: their other builds, sources, tests and types stay home. */
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { extract } from "tar";
import { licenseFiles, packageFolder } from "../licenses.ts";
import { unbundled } from "./programs.ts";

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

/** What the modules of a package are found by, and what a reader of its folder wants to know. */
const keptFields = [
  "name",
  "version",
  "description",
  "license",
  "author",
  "type",
  "main",
  "types",
  "exports",
  "imports",
];

/** How packages with native parts name a platform. */
interface Binaries {
  readonly sqlite: string;
  readonly esbuild: string;
  /** Missing: Dawn has no build for it, and webgpu stays out. */
  readonly dawn?: string;
}

/** VS Code's platforms; not on the list: those that better-sqlite3 or esbuild does not have. */
const platforms: Readonly<Record<string, Binaries>> = {
  "linux-x64": { sqlite: "linux-x64", esbuild: "linux-x64", dawn: "linux-x64" },
  "linux-arm64": { sqlite: "linux-arm64", esbuild: "linux-arm64", dawn: "linux-arm64" },
  "alpine-x64": { sqlite: "linuxmusl-x64", esbuild: "linux-x64" },
  "alpine-arm64": { sqlite: "linuxmusl-arm64", esbuild: "linux-arm64" },
  "darwin-x64": { sqlite: "darwin-x64", esbuild: "darwin-x64", dawn: "darwin-universal" },
  "darwin-arm64": { sqlite: "darwin-arm64", esbuild: "darwin-arm64", dawn: "darwin-universal" },
  "win32-x64": { sqlite: "win32-x64", esbuild: "win32-x64", dawn: "win32-x64" },
  "win32-arm64": { sqlite: "win32-arm64", esbuild: "win32-arm64", dawn: "win32-arm64" },
};

/**
 * Copies the packages into `out`/node_modules, with the binaries of one platform.
 * @param target VS Code's name of the platform, e.g. `win32-x64`.
 * @returns their versions.
 * @throws Error where a package has no binary for the platform.
 */
export async function copyPackages(target: string, out: string): Promise<Record<string, string>> {
  const binaries = platforms[target];
  if (!binaries) {
    const known = Object.keys(platforms).join(", ");
    throw new Error(`better-sqlite3 and esbuild have no binaries for ${target}, only for ${known}.`);
  }
  const files = await loadedFiles(unbundled.filter((name) => binaries.dawn !== undefined || !ofDawn.includes(name)));
  const sqlite = `node_modules/better-sqlite3/prebuilds/${binaries.sqlite}.node`;
  if (!existsSync(sqlite)) throw new Error(`better-sqlite3 has no binary for ${target}: ${sqlite} is missing.`);
  for (const file of [...files, sqlite, ...stockWasm]) cpSync(file, join(out, file));
  if (binaries.dawn !== undefined) copyDawn(binaries.dawn, out);
  const folders = [...new Set(files.map((file) => packageFolder(file)!))];
  await copyEsbuild(`@esbuild/${binaries.esbuild}`, out);
  for (const folder of folders) await copyDescription(folder, out);
  const manifests = [...folders, `node_modules/@esbuild/${binaries.esbuild}`].map((folder) =>
    readManifest(join(out, folder)),
  );
  return Object.fromEntries(manifests.map(({ name, version }) => [name, version]));
}

/** For a processor without SIMD; dist/ has the build with it. */
const stockWasm = ["node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm"];

/** webgpu's packages. */
const ofDawn: readonly string[] = ["webgpu", "@tensorflow/tfjs-backend-webgpu"];

/** With what lies beside it: on Windows, the compilers of Direct3D and their licenses. */
function copyDawn(platform: string, out: string): void {
  const folder = `node_modules/webgpu/dist/${platform}`;
  if (!existsSync(folder)) throw new Error(`webgpu has no binary for ${platform}: ${folder} is missing.`);
  cpSync(folder, join(out, folder), { recursive: true });
}

/** From this folder, what is loaded when each package is. tsx also starts a thread with a loader. */
async function loadedFiles(packages: readonly string[]): Promise<string[]> {
  const modules = [...packages.filter((name) => name !== "tsx"), "tsx/cjs/api", "tsx/esm/api", "tsx/esm"];
  const { metafile } = await build({
    stdin: { contents: modules.map((name) => `import "${name}";`).join("\n"), resolveDir: process.cwd() },
    bundle: true,
    write: false,
    metafile: true,
    outdir: "out",
    format: "esm",
    platform: "node",
    mainFields: ["main"],
    treeShaking: false,
    logLevel: "silent",
  });
  return Object.keys(metafile.inputs).filter((path) => packageFolder(path) !== undefined);
}

/** The platform's binary: of this machine's installation, else of the package that package-lock.json names. */
async function copyEsbuild(name: string, out: string): Promise<void> {
  const folder = join("node_modules", name);
  const binary = name.includes("win32") ? "esbuild.exe" : "bin/esbuild";
  const source = existsSync(folder) ? folder : await download(name);
  for (const file of [binary, "package.json"]) cpSync(join(source, file), join(out, folder, file));
}

async function download(name: string): Promise<string> {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    readonly packages: Record<string, { readonly version: string; readonly integrity: string } | undefined>;
  };
  const locked = packages[`node_modules/${name}`];
  if (!locked) throw new Error(`package-lock.json does not contain ${name}.`);
  const folder = join(".cache", "binaries", `${name.replace("/", "-")}-${locked.version}`);
  if (existsSync(join(folder, "package.json"))) return folder;
  mkdirSync(folder, { recursive: true });
  const packed = execFileSync("npm", ["pack", `${name}@${locked.version}`, "--json", "--pack-destination", folder], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const [{ filename, integrity }] = JSON.parse(packed) as [{ readonly filename: string; readonly integrity: string }];
  const file = join(folder, filename);
  if (integrity !== locked.integrity) throw new Error(`${file} does not match its checksum in package-lock.json.`);
  await extract({ file, cwd: folder, strip: 1 });
  return folder;
}

/** Its manifest and its license. What it depends on lies beside it, and is said by the manifest of the whole. */
async function copyDescription(folder: string, out: string): Promise<void> {
  const kept = Object.entries(readManifest(folder)).filter(([field]) => keptFields.includes(field));
  writeFileSync(join(out, folder, "package.json"), JSON.stringify(Object.fromEntries(kept), null, 2));
  for (const file of await licenseFiles(folder)) cpSync(join(folder, file), join(out, folder, file));
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}
