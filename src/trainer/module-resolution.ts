import { existsSync, readFileSync } from "node:fs";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { register as registerCommonJs } from "tsx/cjs/api";
import { register as registerModules } from "tsx/esm/api";
import { keptSource, recordImport, recordSource, recordUserFile, sourceText } from "./loaded-code.js";
import { recordingMissing } from "./missing-import.js";
import { isResolvingBackend } from "../tensorflow/backends/workspace-module.js";
import { tfjsNodeModule, tfjsNodeUrls } from "./tfjs-node-files.js";

/** What user code imports by name and gets from this very installation: two copies of the engine or of TensorFlow.js do not mix. */
const ourModules: Readonly<Record<string, string>> = {
  tunelens: new URL("../index.js", import.meta.url).href,
  "tunelens/training": new URL("../tensorflow/index.js", import.meta.url).href,
};

const ourRequire = createRequire(import.meta.url);

let usesTensorFlow = false;

/** Whether anything loaded so far imports TensorFlow.js: only then is a backend set up. */
export function tensorFlowImported(): boolean {
  return usesTensorFlow;
}

/**
 * From now on this process loads TypeScript, with the `tsconfig.json` nearest to `studyFile` (path aliases, JSX), and user code finds
 * our packages whether or not the workspace has installed them. Source maps are on: stacks and breakpoints are in the user's lines.
 */
export function registerUserCode(studyFile: string): void {
  const tsconfig = nearestFile(studyFile, "tsconfig.json");
  if (tsconfig) process.env.TSX_TSCONFIG_PATH = tsconfig;
  registerModules({ tsconfig: tsconfig ?? false });
  const byNode = loaders()[".js"];
  registerCommonJs();
  loadOursBy(byNode);
  registerOurModules();
  keepRequiredSources();
}

/** CommonJS by its name is required: imported, on Node 22, it could not itself require a module. */
export function isRequired(file: string): boolean {
  return /\.c[jt]s$/.test(file);
}

/** Runs a file and gives what it exports. */
export async function loadModule(file: string): Promise<Record<string, unknown>> {
  recordUserFile(file);
  if (isRequired(file)) return { default: ourRequire(file) as unknown };
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
}

type Loader = (this: unknown, target: unknown, filename: string) => void;

/** What `require` does with a file, by the ending of its name. */
function loaders(): Record<".js", Loader> {
  return Reflect.get(module, "_extensions") as Record<".js", Loader>;
}

/**
 * A `require` of ours gets the module that is already here. tsx would translate the file and run it a second time: a `TrialPruned` of
 * that copy is none of ours, and its backend is not the one set up.
 */
function loadOursBy(byNode: Loader): void {
  const byTsx = loaders()[".js"];
  const ours = new Set([...Object.values(ourModules), ...tfjsNodeUrls].map((url) => fileURLToPath(url)));
  loaders()[".js"] = function (target, filename) {
    (ours.has(filename) ? byNode : byTsx).call(this, target, filename);
  };
}

function registerOurModules(): void {
  module.registerHooks({
    resolve(specifier, context, nextResolve) {
      const ours = ourModule(specifier);
      const resolved = ours
        ? { ...ours, shortCircuit: true }
        : recordingMissing(specifier, pathOf(context.parentURL), () =>
            asModule(nextResolve(specifier, context), context),
          );
      recordUrls(resolved.url, context.parentURL);
      return resolved;
    },
    ...(showsLoadedModules() ? { load: loadAsKept } : {}),
  });
  resolveForCommonJs();
}

/** Node 22 does not ask the hooks for a `require` in a CommonJS file that was imported. */
function resolveForCommonJs(): void {
  const name = "_resolveFilename";
  const resolveFilename = Reflect.get(module, name) as (...args: [specifier: string, ...rest: unknown[]]) => string;
  const resolveOurs: typeof resolveFilename = function (this: unknown, specifier, ...rest) {
    const ours = ourModule(specifier);
    const importer = (rest[0] as { readonly filename?: string | null } | null | undefined)?.filename ?? undefined;
    const path = ours
      ? fileURLToPath(ours.url)
      : recordingMissing(specifier, importer, () => resolveFilename.call(this, specifier, ...rest));
    recordImport(path, importer);
    return path;
  };
  Reflect.set(module, name, resolveOurs);
}

/**
 * Whether a hook sees what tsx makes of modules. Before, tsx works in a thread of its own, and Node.js takes a hook beside it for an error
 * where a module is CommonJS.
 */
function showsLoadedModules(): boolean {
  const [major = 0, minor = 0, patch = 0] = process.versions.node.split(".").map(Number);
  const since: Readonly<Record<number, readonly [minor: number, patch: number]>> = {
    22: [22, 3],
    24: [11, 1],
    25: [1, 0],
  };
  const [ofMinor, ofPatch] = since[major] ?? [major > 25 ? 0 : Infinity, 0];
  return minor > ofMinor || (minor === ofMinor && patch >= ofPatch);
}

/** How Node.js says that it loads a CommonJS file by `require` after all. */
interface LoadOutput extends module.LoadFnOutput {
  readonly responseURL?: string;
  readonly shouldBeReloadedByCJSLoader?: boolean;
}

/** Around tsx: what is kept is what runs, whatever the file says by now. */
function loadAsKept(
  url: string,
  context: module.LoadHookContext,
  nextLoad: (url: string, context?: Partial<module.LoadHookContext>) => module.LoadFnOutput,
): module.LoadFnOutput {
  const path = pathOf(url);
  if (path === undefined) return nextLoad(url, context);
  const kept = keptSource(path, url);
  if (kept) {
    const { source, format, responseUrl, reloaded } = kept;
    const how = {
      ...(responseUrl === undefined ? {} : { responseURL: responseUrl }),
      ...(reloaded ? { shouldBeReloadedByCJSLoader: reloaded } : {}),
    };
    return { format: format!, source: source!, shortCircuit: true, ...how };
  }
  const loaded: LoadOutput = nextLoad(url, context);
  const { source, format, responseURL, shouldBeReloadedByCJSLoader: reloaded } = loaded;
  if (source !== undefined && source !== null && format !== "wasm" && format !== "addon")
    recordSource(path, url, {
      source: typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString(),
      format: format as string,
      ...(responseURL === undefined ? {} : { responseUrl: responseURL }),
      ...(reloaded ? { reloaded } : {}),
    });
  return loaded;
}

const REQUIRED = "require";

/** The same for what is required: by its path, not by a URL. */
function keepRequiredSources(): void {
  const { prototype } = module.Module as unknown as { prototype: { _compile: Compile } };
  const compile = prototype._compile;
  prototype._compile = function (content, filename, ...rest) {
    if (typeof content === "string") recordSource(filename, REQUIRED, { source: content });
    return compile.call(this, content, filename, ...rest);
  };
  const all = loaders() as Record<string, Loader>;
  for (const ending of Object.getOwnPropertyNames(all)) {
    const load = all[ending]!;
    const descriptor = Object.getOwnPropertyDescriptor(all, ending)!;
    const value: Loader = function (target, filename) {
      const kept = keptSource(filename, REQUIRED);
      if (kept) (target as { _compile: Compile })._compile(kept.source!, filename);
      else if (ending === ".json" && keptSource(filename, "text"))
        Reflect.set(target as object, "exports", JSON.parse(sourceText(filename)));
      else load.call(this, target, filename);
    };
    Object.defineProperty(all, ending, { ...descriptor, value });
  }
}

type Compile = (this: unknown, content: unknown, filename: string, ...rest: unknown[]) => unknown;

function recordUrls(url: string, importer: string | undefined): void {
  const path = pathOf(url);
  if (path !== undefined) recordImport(path, pathOf(importer));
}

function pathOf(url: string | undefined): string | undefined {
  return url?.startsWith("file:") ? fileURLToPath(url.replace(TSX_MARK, "")) : undefined;
}

let resolvingOurs = false;

/** What of ours a specifier means; undefined: none, e.g. `@tensorflow-models/mobilenet`, which is the workspace's own. */
function ourModule(specifier: string): { readonly url: string; readonly format?: string } | undefined {
  if (resolvingOurs || isResolvingBackend()) return undefined;
  const url = ourModules[specifier] ?? tfjsNodeModule(specifier);
  if (url) {
    if (specifier !== "tunelens") usesTensorFlow = true;
    return { url, format: "module" };
  }
  if (!specifier.startsWith("@tensorflow/")) return undefined;
  usesTensorFlow = true;
  resolvingOurs = true;
  try {
    return { url: pathToFileURL(ourRequire.resolve(specifier)).href };
  } catch {
    return undefined;
  } finally {
    resolvingOurs = false;
  }
}

const MODULE_SYNTAX =
  /^\s*(?:import\s*["'{*\w]|export\s+(?:\{|\*|default|const|let|var|function|async|class|enum|abstract))/m;
const COMMONJS_SYNTAX = /\brequire\s*\(|\bmodule\.exports\b|\b__(?:dirname|filename)\b|^\s*export\s*=/m;

/** On Node 22, tsx marks the URL of a CommonJS file whose exports it has to find out first. */
const TSX_MARK = /(?:%3F|\?)tsx-commonjs-.*$/;

/**
 * A TypeScript file that no package.json calls a module or CommonJS, and that is written as a module, is run as one, as Node does: so that
 * top-level `await` works in a folder that has no package.json.
 */
function asModule(resolved: module.ResolveFnOutput, { conditions }: module.ResolveHookContext): module.ResolveFnOutput {
  if (resolved.format !== "commonjs" || !resolved.url.startsWith("file:") || conditions.includes("require"))
    return resolved;
  const url = resolved.url.replace(TSX_MARK, "");
  return isModuleInDisguise(fileURLToPath(url)) ? { ...resolved, url, format: "module" } : resolved;
}

function isModuleInDisguise(file: string): boolean {
  if (!/\.tsx?$/.test(file) || packageType(file)) return false;
  const source = sourceText(file);
  return MODULE_SYNTAX.test(source) && !COMMONJS_SYNTAX.test(source);
}

function packageType(file: string): unknown {
  const path = nearestFile(file, "package.json");
  if (!path) return undefined;
  const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
  return typeof manifest === "object" && manifest !== null && "type" in manifest ? manifest.type : undefined;
}

function nearestFile(from: string, name: string): string | undefined {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const path = join(folder, name);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}
