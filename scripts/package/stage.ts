/** Puts into a folder what ships, and nothing else. What `npm run build` makes is there already. */
import { cpSync, globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { rollUpOurTypes, rollUpTensorFlowTypes } from "./declarations.ts";
import { copyPackages, type Manifest, readManifest } from "./packages.ts";
import { bundlePrograms, extensionPrograms, tarballPrograms, unbundled } from "./programs.ts";

/** What the manifest says to those who build, not to those who use. */
const ofBuilders = ["devDependencies", "workspaces", "scripts"];

/** What it says to VS Code. */
const ofExtension = ["main", "icon", "activationEvents", "extensionKind", "capabilities", "contributes"];

/** What it says to npm. */
const ofPackage = ["bin", "optionalDependencies", "peerDependencies", "peerDependenciesMeta"];

const ofBoth = ["README.md", "LICENSE", "THIRD-PARTY-NOTICES.txt", "dist/*.wasm"];

/** The folder by which the editor's TypeScript server finds the plugin. */
const PLUGIN = "packages/typescript-plugin";

/**
 * The extension for one platform: bundles, and in node_modules what cannot be in one.
 * @param target VS Code's name of the platform, e.g. `linux-x64`.
 * @param out an empty folder of this one: its path is relative.
 */
export async function stageExtension(target: string, out: string): Promise<Metafile> {
  copy(
    [
      "CHANGELOG.md",
      "package.nls*.json",
      "media/**",
      "dist/*.cjs",
      "dist/extension.licenses.txt",
      "dist/new-study.ts",
      "dist/webview/dashboard.{js,css,licenses.txt}",
      "dist/webview/chunks/*.js",
    ],
    out,
  );
  const metafile = await stageCommon(extensionPrograms, out);
  const packages = await copyPackages(target, out);
  await rollUpTensorFlowTypes(join(out, "node_modules/@tensorflow/tfjs/dist"));
  const { name, version } = readManifest(PLUGIN);
  cpSync(PLUGIN, join(out, "node_modules", name), { recursive: true });
  writeManifest(out, [...ofBuilders, ...ofPackage], { dependencies: { ...packages, [name]: version } });
  return metafile;
}

/** What a folder of one's own installs for the terminal and for types; npm brings what is not in the bundles. */
export async function stageTarball(out: string): Promise<Metafile> {
  copy(["media/datasets/*"], out);
  const metafile = await stageCommon(tarballPrograms, out);
  const { dependencies } = readManifest(".") as unknown as { readonly dependencies: Record<string, string> };
  writeManifest(out, [...ofBuilders, ...ofExtension], {
    dependencies: Object.fromEntries(Object.entries(dependencies).filter(([name]) => unbundled.includes(name))),
    // What is in the folder is all to be packed.
    files: ["**"],
  });
  return metafile;
}

async function stageCommon(programs: readonly string[], out: string): Promise<Metafile> {
  copy(ofBoth, out);
  const metafile = await bundlePrograms(programs, join(out, "dist"));
  await rollUpOurTypes(join(out, "dist"));
  return metafile;
}

function writeManifest(out: string, without: readonly string[], fields: Partial<Manifest>): void {
  const kept = Object.entries(readManifest(".")).filter(([field]) => !without.includes(field));
  const manifest: Manifest = { ...(Object.fromEntries(kept) as Manifest), ...fields };
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

function copy(patterns: readonly string[], out: string): void {
  for (const pattern of patterns) {
    const files = globSync(pattern, { withFileTypes: true }).filter((entry) => entry.isFile());
    if (files.length === 0) throw new Error(`${pattern} matches no file. Run npm run build first.`);
    for (const { parentPath, name } of files) cpSync(join(parentPath, name), join(out, parentPath, name));
  }
}
