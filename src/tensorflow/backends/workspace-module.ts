import module, { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BackendName } from "../../engine/training-backend.js";
import { optionalPackages } from "./backend.js";

/**
 * Loads a package that only the user's workspace may have.
 * @returns what it exports, or `undefined` where the workspace has not installed it.
 * @throws what the package throws while loading.
 */
export function workspaceModule(name: string, workspace: string): Record<string, unknown> | undefined {
  return load(resolveFrom(manifestOf(workspace), name));
}

/** Likewise, an optional dependency of our own: an installation may do without, as where there is none for the platform. */
export function optionalModule(name: string): Record<string, unknown> | undefined {
  return load(resolveFrom(import.meta.url, name));
}

/** What it requires of TensorFlow.js is ours: with a copy of its own it would register its kernels where nobody trains. */
function load(path: string | undefined): Record<string, unknown> | undefined {
  if (path === undefined) return undefined;
  // Resolving may itself ask the hook.
  let resolving = false;
  const hooks = module.registerHooks({
    resolve(specifier, context, nextResolve) {
      if (resolving || !SHARED.test(specifier)) return nextResolve(specifier, context);
      resolving = true;
      try {
        return { url: pathToFileURL(requireOfTensorFlow.resolve(specifier)).href, shortCircuit: true };
      } finally {
        resolving = false;
      }
    },
  });
  try {
    return createRequire(path)(path) as Record<string, unknown>;
  } finally {
    hooks.deregister();
  }
}

/** Whether what a backend needs is there. Runs nothing of it. */
export function isInstalled(backend: BackendName, workspace: string): boolean {
  const from = backend === "webgpu" ? import.meta.url : manifestOf(workspace);
  return optionalPackages[backend].every((name) => resolveFrom(from, name) !== undefined);
}

function manifestOf(workspace: string): string {
  return join(workspace, "package.json");
}

function resolveFrom(file: string, name: string): string | undefined {
  const before = resolvingBackend;
  resolvingBackend = true;
  try {
    return createRequire(file).resolve(name);
  } catch {
    return undefined;
  } finally {
    resolvingBackend = before;
  }
}

let resolvingBackend = false;

/** Whether a backend looks for its package just now: to others, `@tensorflow/tfjs-node` is the one TensorFlow.js. */
export function isResolvingBackend(): boolean {
  return resolvingBackend;
}

const SHARED = /^@tensorflow\/tfjs(-core|-layers|-data|-converter|-backend-cpu|-backend-webgl)?(\/|$)/;
const requireOfTensorFlow = createRequire(createRequire(import.meta.url).resolve("@tensorflow/tfjs"));
