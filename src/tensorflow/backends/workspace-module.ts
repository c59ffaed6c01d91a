import module, { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BackendName } from "../../engine/training-backend.js";
import { optionalPackages } from "./backend.js";

/**
 * Loads a package that only the user's workspace may have. What it requires of TensorFlow.js is ours: with a copy of its own it would
 * register its kernels where nobody trains.
 * @returns what it exports, or `undefined` where the workspace has not installed it.
 * @throws what the package throws while loading.
 */
export function workspaceModule(name: string, workspace: string): Record<string, unknown> | undefined {
  const path = resolveIn(workspace, name);
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

/** Whether the workspace has what a backend needs. Runs nothing of it. */
export function isInstalled(backend: BackendName, workspace: string): boolean {
  return optionalPackages[backend].every((name) => resolveIn(workspace, name) !== undefined);
}

function resolveIn(workspace: string, name: string): string | undefined {
  const before = resolvingBackend;
  resolvingBackend = true;
  try {
    return createRequire(join(workspace, "package.json")).resolve(name);
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
