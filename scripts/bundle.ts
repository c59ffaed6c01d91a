import { type BuildOptions, context, type Metafile } from "esbuild";
import { writeLicences } from "./licences.ts";

/**
 * Bundles once; with --watch on the command line, again at each change, until the process is ended.
 * @param licences path of the text file for the licences of what is in the bundles.
 * @returns what went into the bundles; undefined while watching.
 */
export async function bundle(licences: string, options: BuildOptions): Promise<Metafile | undefined> {
  const bundler = await context({
    bundle: true,
    metafile: true,
    legalComments: "none",
    logLevel: "info",
    ...options,
    plugins: [
      ...(options.plugins ?? []),
      {
        name: "licences",
        setup: (build) => build.onEnd(({ metafile }) => metafile && writeLicences(metafile, licences)),
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
