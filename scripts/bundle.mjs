import { context } from "esbuild";
import { writeLicences } from "./licences.mjs";

/**
 * Bundles once; with --watch on the command line, again at each change, until the process is ended.
 * @param {string} licences path of the text file for the licences of what is in the bundles.
 * @param {import("esbuild").BuildOptions} options
 */
export async function bundle(licences, options) {
  const withLicences = {
    name: "licences",
    setup: (build) => build.onEnd(({ metafile }) => metafile && writeLicences(metafile, licences)),
  };
  const bundler = await context({
    bundle: true,
    metafile: true,
    legalComments: "none",
    logLevel: "info",
    ...options,
    plugins: [withLicences],
  });
  if (process.argv.includes("--watch")) return bundler.watch();
  await bundler.rebuild();
  await bundler.dispose();
}
