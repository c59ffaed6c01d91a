import { type BuildOptions, context, type Metafile } from "esbuild";
import { writeLicenses } from "./licenses.ts";

/**
 * Bundles once; with --watch on the command line, again at each change, until the process is ended.
 * @param licenses path of the text file for the licenses of what is in the bundles.
 * @returns what went into the bundles; undefined while watching.
 */
export async function bundle(licenses: string, options: BuildOptions): Promise<Metafile | undefined> {
  const bundler = await context({
    bundle: true,
    metafile: true,
    legalComments: "none",
    logLevel: "info",
    ...options,
    plugins: [
      ...(options.plugins ?? []),
      {
        name: "licenses",
        setup: (build) => build.onEnd(({ metafile }) => metafile && writeLicenses(metafile, licenses)),
      },
    ],
  });
  if (process.argv.includes("--watch")) {
    await bundler.watch();
    return undefined;
  }
  const { metafile } = await bundler.rebuild();
  await bundler.dispose();
  return metafile;
}
