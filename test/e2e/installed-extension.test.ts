import { globSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TypeScriptServer } from "../extension/typescript-server.js";
import { unpackedExtension } from "./vscode-page.js";
import { temporaryFolder } from "../temporary-folder.js";

/** What lies on the disk of a user. (That it runs is in `story.test.ts`.) */

const scratch = temporaryFolder();
let extension: string;

beforeAll(() => {
  extension = unpackedExtension(join(scratch, "extensions"));
});

it("has native binaries of this platform alone", () => {
  const native = globSync("**/{*.node,esbuild,esbuild.exe,*.dll,*.dylib,*.so}", { cwd: extension });
  expect(native.filter((path) => path !== "node_modules/esbuild").sort()).toEqual([
    `node_modules/@esbuild/${process.platform}-${process.arch}/bin/esbuild`,
    `node_modules/better-sqlite3/prebuilds/${process.platform}-${process.arch}.node`,
    `node_modules/webgpu/dist/${process.platform}-${process.arch}/dawn.node`,
  ]);
});

it("has one TensorFlow.js, and of it one build", () => {
  const builds = globSync("node_modules/@tensorflow/tfjs/**/*.js", { cwd: extension });
  expect(builds).toEqual(["node_modules/@tensorflow/tfjs/dist/tf.node.js"]);
  expect(globSync("**/tfjs-core/package.json", { cwd: extension })).toHaveLength(1);
});

describe("in a workspace that has installed nothing", () => {
  let server: TypeScriptServer;
  beforeAll(() => {
    server = new TypeScriptServer(extension);
  });
  afterAll(() => server.stop());

  /** @returns the path of a file in a folder of its own. */
  function fileWith(source: string): string {
    const file = join(mkdtempSync(join(scratch, "workspace-")), "a.study.ts");
    writeFileSync(file, source);
    server.open(file);
    return file;
  }

  it.each(["digits", "fashion-mnist"])("a study has all its types: %s", async (name) => {
    const source = readFileSync(fileURLToPath(new URL(`../../examples/${name}.study.ts`, import.meta.url)), "utf8");
    const file = fileWith(source);
    expect(await server.errors(file)).toEqual([]);
    expect(await server.hover(file, "defineStudy(", source)).toContain("defineStudy<{");
    expect(await server.hover(file, "sequential(", source)).toContain("Sequential");
  });

  it("tensors have their methods, with the types that TensorFlow.js gives them", async () => {
    const source = `import * as tf from "@tensorflow/tfjs";
const image: tf.Tensor4D = tf.zeros([1, 8, 8, 1]);
const filter: tf.Tensor4D = tf.zeros([3, 3, 1, 2]);
export const sum = image.conv2d<tf.Tensor4D>(filter, 1, "same").relu().sum();
export const wrong = image.conv2d("no filter", 1, "same");
`;
    const file = fileWith(source);
    expect(await server.errors(file)).toEqual([
      expect.stringMatching(
        /^Argument of type 'string' is not assignable to parameter of type '(Tensor4D|TensorLike4D).*'/,
      ),
    ]);
    expect(await server.hover(file, "sum =", source)).toBe("const sum: tf.Tensor<tf.Rank>");
  });
});
