/** A bundle holds copies of packages; their licenses must be included. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/**
 * Writes name, version and license texts of every package that has a part in a bundle.
 * @param metafile of the build, with paths relative to the working directory.
 * @param output path of the text file.
 */
export async function writeLicenses(metafile: Metafile, output: string): Promise<void> {
  const inputs = Object.values(metafile.outputs).flatMap((bundle) => Object.keys(bundle.inputs));
  const folders = [...new Set(inputs.flatMap((path) => packageFolder(path) ?? []))].sort();
  const texts = await Promise.all(folders.map(describe));
  await writeFile(output, texts.join(`\n${"-".repeat(80)}\n\n`));
}

/** `node_modules/@scope/name` of `node_modules/@scope/name/dist/index.js`; undefined for a file of ours. */
export function packageFolder(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

/** Names of the files in a package's folder that hold its license. */
export async function licenseFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
}

async function describe(folder: string): Promise<string> {
  const { name, version, license, author } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
    readonly author?: string | { readonly name: string };
  };
  const files = await licenseFiles(folder);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const holder = typeof author === "object" ? author.name : author;
  const missing = `License: ${license}${holder ? `, ${holder}` : ""}\n`;
  return [`${name} ${version}\n`, ...(texts.length > 0 ? texts : [missing])].join("\n");
}
