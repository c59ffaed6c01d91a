import { existsSync, readFileSync } from "node:fs";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { register as registerCommonJs } from "tsx/cjs/api";
import { register as registerModules } from "tsx/esm/api";

/** What user code imports by name and gets from this very installation: two copies of the engine or of TensorFlow.js do not mix. */
const OURS: Readonly<Record<string, string>> = {
  tunelens: new URL("../index.js", import.meta.url).href,
  "tunelens/training": new URL("../training/index.js", import.meta.url).href,
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
  registerCommonJs();
  registerOurModules();
}

function registerOurModules(): void {
  let resolvingOurs = false;
  const resolveTensorFlow = (specifier: string): string | undefined => {
    resolvingOurs = true;
    try {
      return ourRequire.resolve(specifier);
    } catch {
      return undefined; // Not among our packages, e.g. @tensorflow/tfjs-node: the workspace's own.
    } finally {
      resolvingOurs = false;
    }
  };
  module.registerHooks({
    resolve(specifier, context, nextResolve) {
      if (resolvingOurs) return nextResolve(specifier, context);
      const ours = OURS[specifier];
      if (ours) {
        if (specifier === "tunelens/training") usesTensorFlow = true;
        return { url: ours, format: "module", shortCircuit: true };
      }
      if (specifier.startsWith("@tensorflow/")) {
        usesTensorFlow = true;
        const path = resolveTensorFlow(specifier);
        if (path) return { url: pathToFileURL(path).href, shortCircuit: true };
      }
      const resolved = nextResolve(specifier, context);
      return isModuleInDisguise(resolved, context) ? { ...resolved, format: "module" } : resolved;
    },
  });
}

const MODULE_SYNTAX =
  /^\s*(?:import\s*["'{*\w]|export\s+(?:\{|\*|default|const|let|var|function|async|class|enum|abstract))/m;
const COMMONJS_SYNTAX = /\brequire\s*\(|\bmodule\.exports\b|\b__(?:dirname|filename)\b|^\s*export\s*=/m;

/**
 * A TypeScript file that no package.json calls a module or CommonJS, and that is written as a module. It is run as one, as Node does, so
 * that top-level `await` works in a folder that has no package.json.
 */
function isModuleInDisguise(resolved: module.ResolveFnOutput, { conditions }: module.ResolveHookContext): boolean {
  if (resolved.format !== "commonjs" || !/^file:.*\.tsx?$/.test(resolved.url) || conditions.includes("require"))
    return false;
  const file = fileURLToPath(resolved.url);
  if (packageType(file)) return false;
  const source = readFileSync(file, "utf8");
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
