import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLUGIN, TypeScriptServer } from "./typescript-server.js";
import { temporaryFolder } from "../temporary-folder.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A folder with the files, each path relative to it. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** An installed extension in small: its manifest, its types, the plugin and TensorFlow.js. */
function extension(): string {
  const packageJson = {
    name: "tunelens",
    type: "module",
    exports: {
      ".": { types: "./dist/index.d.ts" },
      "./training": { types: "./dist/tensorflow/index.d.ts" },
    },
  };
  const folder = folderWith({
    "package.json": JSON.stringify(packageJson),
    "dist/index.d.ts": "export declare function defineStudy(options: { name: string }): { fromExtension: true };",
    "dist/tensorflow/index.d.ts":
      'import type * as tf from "@tensorflow/tfjs";\nexport declare function fit(model: tf.LayersModel): void;',
    "dist/tensorflow/tfjs-node.d.ts":
      'export * from "@tensorflow/tfjs";\nexport declare const node: { tensorBoard(): void };',
  });
  buildSync({
    entryPoints: [join(root, "src/extension/typescript-plugin/plugin.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile: join(folder, "dist/typescript-plugin.cjs"),
  });
  const packages = join(folder, "node_modules");
  cpSync(join(root, "packages/typescript-plugin"), join(packages, PLUGIN), { recursive: true });
  symlinkSync(join(root, "node_modules/@tensorflow"), join(packages, "@tensorflow"));
  return folder;
}

const STUDY = `import { defineStudy } from "tunelens";
import { fit } from "tunelens/training";
import * as tf from "@tensorflow/tfjs";
export const a = defineStudy({ name: "x" });
fit(tf.sequential());
import * as tfn from "@tensorflow/tfjs-node";
import { node } from "@tensorflow/tfjs-node-gpu";
tfn.node.tensorBoard(), node.tensorBoard(), fit(tfn.sequential());
`;
const WRONG = `${STUDY}defineStudy({ name: 5 });\nimport "./missing.js";\nimport x from "not-installed";\n`;

describe("in a workspace that has installed nothing", () => {
  let server: TypeScriptServer;
  beforeAll(() => {
    server = new TypeScriptServer(extension());
  });
  afterAll(() => server.stop());

  it.each<[string, Record<string, string>, string]>([
    ["a file without a tsconfig", { "a.ts": WRONG }, "a.ts"],
    ["NodeNext", { "a.ts": WRONG, "tsconfig.json": '{"compilerOptions":{"module":"NodeNext","strict":true}}' }, "a.ts"],
    [
      "a bundler's project",
      { "a.ts": WRONG, "tsconfig.json": '{"compilerOptions":{"module":"ESNext","moduleResolution":"Bundler"}}' },
      "a.ts",
    ],
    ["a CommonJS package", { "a.ts": WRONG, "package.json": "{}", "tsconfig.json": "{}" }, "a.ts"],
    ["checked JavaScript", { "a.js": `// @ts-check\n${WRONG}` }, "a.js"],
  ])("%s has the types, and no error less than it has otherwise", async (_, files, name) => {
    const file = join(folderWith(files), name);
    server.open(file);
    const errors = await server.errors(file);
    const texts = errors.join("\n");
    expect(texts).toContain("Type 'number' is not assignable to type 'string'");
    expect(texts).toMatch(/not-installed/);
    expect(texts).not.toMatch(/'tunelens|@tensorflow\/tfjs/);
    expect(await server.hover(file, "a = defineStudy", files[name]!)).toContain("fromExtension");
  });

  it("JavaScript that nobody checks has the types too", async () => {
    const file = join(folderWith({ "a.js": STUDY }), "a.js");
    server.open(file);
    expect(await server.hover(file, "a = defineStudy", STUDY)).toContain("fromExtension");
  });
});

describe("in a workspace that has its own", () => {
  it("everything is as without the extension", async () => {
    const server = new TypeScriptServer(extension());
    const folder = folderWith({
      "a.ts": STUDY,
      "node_modules/tunelens/package.json": '{"name":"tunelens","types":"index.d.ts"}',
      "node_modules/tunelens/index.d.ts": "export declare function defineStudy(options: object): { own: true };",
    });
    const file = join(folder, "a.ts");
    server.open(file);
    expect(await server.hover(file, "a = defineStudy", STUDY)).toContain("own: true");
    server.stop();
  });
});
