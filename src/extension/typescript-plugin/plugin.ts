import { dirname, join } from "node:path";
import type ts from "typescript";

/**
 * A plugin of the editor's TypeScript server: if a workspace has not installed `tunelens` or TensorFlow.js, imports of them resolve to
 * the types of this extension, just as the training process resolves them at run time. Imports that the workspace resolves by itself, and
 * all other imports, are not changed.
 */
export function init({ typescript }: { typescript: typeof ts }): ts.server.PluginModule {
  const fallback = new Fallback(typescript, dirname(__dirname));
  return {
    create({ languageService, languageServiceHost, project }) {
      addFallback(languageServiceHost, fallback);
      project.projectService.logger.info(`tunelens: imports fall back to ${fallback.extensionPath}`);
      return languageService;
    },
  };
}

/** By what is imported, what has its types, as a file in the extension's folder would import it. */
const provided: ReadonlyMap<string, string> = new Map([
  ["tunelens", "tunelens"],
  ["tunelens/training", "tunelens/training"],
  ["@tensorflow/tfjs", "@tensorflow/tfjs"],
  ["@tensorflow/tfjs-node", "./dist/tensorflow/tfjs-node.js"],
  ["@tensorflow/tfjs-node-gpu", "./dist/tensorflow/tfjs-node.js"],
]);

function addFallback(host: ts.LanguageServiceHost, fallback: Fallback): void {
  // Missing before TypeScript 5, which could not read our types.
  const resolve = host.resolveModuleNameLiterals?.bind(host);
  if (!resolve) return;
  host.resolveModuleNameLiterals = (literals, ...rest) => {
    const resolutions = resolve(literals, ...rest);
    if (!literals.some(({ text }) => provided.has(text))) return resolutions;
    return resolutions.map((resolution, i) => {
      const name = provided.get(literals[i]!.text);
      if (resolution.resolvedModule || name === undefined) return resolution;
      const resolvedModule = fallback.resolve(name);
      return resolvedModule ? { ...resolution, resolvedModule } : resolution;
    });
  };
}

/** Resolves like a file inside the extension's folder: by its own `exports`, and from its `node_modules`. */
class Fallback {
  private readonly resolved = new Map<string, ts.ResolvedModuleFull>();

  constructor(
    private readonly typescript: typeof ts,
    readonly extensionPath: string,
  ) {}

  resolve(name: string): ts.ResolvedModuleFull | undefined {
    const known = this.resolved.get(name);
    if (known) return known;
    const { resolveModuleName, sys, ModuleKind, ModuleResolutionKind } = this.typescript;
    const options = { module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Bundler };
    const { resolvedModule } = resolveModuleName(name, join(this.extensionPath, "study.ts"), options, sys);
    if (!resolvedModule) return undefined;
    // A library to whoever imports it: not part of the user's project, not checked, not emitted.
    const library = { ...resolvedModule, isExternalLibraryImport: true };
    this.resolved.set(name, library);
    return library;
  }
}
