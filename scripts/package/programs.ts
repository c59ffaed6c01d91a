/** Bundles what runs in a process or a thread of its own, and what study files import. */
import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Metafile, Plugin } from "esbuild";
import { bundle } from "../bundle.ts";

/** Modules that are loaded by their path, which is the same in dist/ before and after bundling. */
const library = [
  "index",
  "tensorflow/index",
  "tensorflow/tfjs-node",
  // Files of tfjs-node that projects import by their paths.
  "tensorflow/tfjs-node/file-system",
  "tensorflow/tfjs-node/node",
];
const processes = [
  "supervisor/main",
  "trainer/main",
  "trainer/timing-process",
  "tensorflow/backends/probe-process",
  "tensorflow/backends/webgpu/adapter-process",
  "tensorflow/backends/wasm/threads/kernel-thread",
  "watchdog/watchdog-thread",
];
export const extensionPrograms = [
  ...library,
  ...processes,
  "inspector/main",
  "inspector/chart-thread",
  "source/source-worker",
];
export const tarballPrograms = [...library, ...processes, "cli/main", "source/source-worker"];

/** Packages that stay packages: there is to be one TensorFlow.js for all; the others have native parts, or load themselves by path. */
export const unbundled = [
  "@tensorflow/tfjs",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
  "better-sqlite3",
  "tsx",
  "webgpu",
];

const CHUNKS = "chunks";

/**
 * Bundles programs into `out`, by their paths in `src/`. What several of them use is in chunks, so that each module still exists once
 * in a process.
 */
export async function bundlePrograms(programs: readonly string[], out: string): Promise<Metafile> {
  const metafile = await bundle(join(out, "programs.licenses.txt"), {
    entryPoints: Object.fromEntries(programs.map((name) => [name, `src/${name}.ts`])),
    outdir: out,
    chunkNames: `${CHUNKS}/[name]-[hash]`,
    format: "esm",
    splitting: true,
    platform: "node",
    target: "node22",
    external: unbundled.flatMap((name) => [name, `${name}/*`]),
    // Its modules, in place of a bundle of them and of packages whose licenses it leaves out.
    alias: { tar: "./node_modules/tar/dist/esm/index.js" },
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    logLevel: "warning",
    plugins: [originalAddresses],
    banner: { js: REQUIRE },
  });
  return metafile!;
}

/** For the CommonJS packages in a bundle, which require what Node.js has. */
const REQUIRE =
  'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';

/**
 * A module finds files beside it by `import.meta.url`. In a bundle, that is the address it had before. It is counted from a module that, since
 * all use it, is in a chunk.
 */
const originalAddresses: Plugin = {
  name: "original-addresses",
  setup(build) {
    const source = join(process.cwd(), "src");
    build.onResolve({ filter: /^dist-folder$/ }, () => ({ path: "dist-folder", namespace: "dist-folder" }));
    build.onLoad({ filter: /.*/, namespace: "dist-folder" }, () => ({
      contents: 'export const distFolder = new URL("../", import.meta.url);',
    }));
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (!path.startsWith(source + sep) || !text.includes("import.meta.url")) return undefined;
      const address = relative(source, path).replaceAll(sep, "/").replace(/\.ts$/, ".js");
      const here = `new URL(${JSON.stringify(address)}, distFolder).href`;
      return {
        contents: `import { distFolder } from "dist-folder";${text.replaceAll("import.meta.url", here)}`,
        loader: "ts",
      };
    });
    build.onEnd(({ metafile }) => {
      for (const [path, { inputs }] of Object.entries(metafile?.outputs ?? {})) {
        if (Object.hasOwn(inputs, "dist-folder:dist-folder") && !path.includes(`/${CHUNKS}/`))
          return {
            errors: [{ text: `${path} holds what tells modules their addresses, which has to be in a chunk.` }],
          };
      }
      return undefined;
    });
  },
};
