import module, { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Loads a package that only the user's workspace may have. What it requires of TensorFlow.js is ours: with a copy of its own it would
 * register its kernels where nobody trains.
 * @returns what it exports, or `undefined` where the workspace has not installed it.
 * @throws what the package throws while loading.
 */
export function workspaceModule(name: string, workspace: string): Record<string, unknown> | undefined {
  const require = createRequire(join(workspace, "package.json"));
  let path: string;
  try {
    path = require.resolve(name);
  } catch {
    return undefined;
  }
  // Resolving may itself ask the hook.
  let resolving = false;
  const hooks = module.registerHooks({
    resolve(specifier, context, nextResolve) {
      if (resolving || !shared.test(specifier)) return nextResolve(specifier, context);
      resolving = true;
      try {
        return { url: pathToFileURL(requireOfTensorFlow.resolve(specifier)).href, shortCircuit: true };
      } finally {
        resolving = false;
      }
    },
  });
  try {
    return require(path) as Record<string, unknown>;
  } finally {
    hooks.deregister();
  }
}

const shared = /^@tensorflow\/tfjs(-core|-layers|-data|-converter|-backend-cpu|-backend-webgl)?(\/|$)/;
const requireOfTensorFlow = createRequire(createRequire(import.meta.url).resolve("@tensorflow/tfjs"));
