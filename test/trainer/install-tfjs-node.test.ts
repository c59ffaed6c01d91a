import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
// It starts a file that lies beside it, which Node runs: the one that is built.
import { type InstallContext, installTfjsNode } from "../../dist/trainer/install-tfjs-node.js";
import { temporaryFolder } from "../temporary-folder.js";

/** The tools pretend: what a real Python, compiler, and npm make of it is tested by `npm run test:backends`. */

let tools: string;
let workspace: string;
let tensorflow: string;

function tool(name: string, script: string): void {
  const file = join(tools, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** Puts a package whose module is this code, where it is told to. */
const npmThatAdds = (source: string) => `
[ "$1" = --version ] && exit 0
prefix=
for argument; do [ "$before" = --prefix ] && prefix=$argument; before=$argument; done
package="$prefix/node_modules/@tensorflow/tfjs-node"
mkdir -p "$package/binding" && touch "$package/binding/tfjs_backend.cc"
echo '{ "name": "@tensorflow/tfjs-node", "version": "4.22.0", "main": "index.js" }' > "$package/package.json"
cat > "$package/index.js" <<'END'
${source}
END`;

/** Writes its last argument, as a compiler does its output. */
const COMPILER = `for argument; do output=$argument; done; [ "$1" = --version ] || echo native > "$output"`;

const python = (cuda: boolean) => `echo '${JSON.stringify({ folder: tensorflow, cuda })}'`;

function install(
  backend: "tfjs-node" | "tfjs-node-gpu" = "tfjs-node",
  { signal = new AbortController().signal, log = () => {} }: Partial<InstallContext> = {},
) {
  return installTfjsNode({ backend }, { cwd: workspace, signal, log });
}

beforeEach(() => {
  tools = temporaryFolder();
  workspace = temporaryFolder();
  tensorflow = temporaryFolder();
  writeFileSync(join(tensorflow, "libtensorflow_cc.so.2"), "");
  vi.stubEnv("PATH", `${tools}${delimiter}${process.env["PATH"]!}`);
  vi.stubEnv("CXX", "");
  vi.stubEnv("TUNELENS_PYTHON", "");
  tool("npm", npmThatAdds(`throw new Error("no backend in this one");`));
  tool("c++", COMPILER);
  tool("python3", python(false));
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.runIf(process.platform === "linux")("building tfjs-node", () => {
  it("names everything that is missing at once, and leaves the folder as it was", async () => {
    for (const name of ["c++", "g++", "clang++", "npm", "python3", "python"]) tool(name, "exit 1");
    const missing = install().catch((error: Error) => error.message);
    expect(await missing).toBe(
      "To build tfjs-node, this machine also needs:\n" +
        "- npm, which comes with Node.js\n" +
        "- a C++ compiler: install g++ or clang, or set CXX\n" +
        "- TensorFlow for Python: run python3 -m venv .venv && .venv/bin/pip install tensorflow-cpu, or name another Python",
    );
    expect(readdirSync(workspace)).toEqual([]);
  });

  it("takes the Python that the editor or the user names before any other", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "libtensorflow_cc.so.2"), "");
    tool("selected", `echo '${JSON.stringify({ folder, cuda: false })}'`);
    vi.stubEnv("TUNELENS_PYTHON", join(tools, "selected"));
    await expect(install("tfjs-node-gpu")).rejects.toThrow(
      `a TensorFlow with CUDA, which that in ${folder} is without`,
    );
  });

  it("for a GPU needs a TensorFlow with CUDA", async () => {
    await expect(install("tfjs-node-gpu")).rejects.toThrow(
      `a TensorFlow with CUDA, which that in ${tensorflow} is without: run python3 -m venv .venv && .venv/bin/pip install 'tensorflow[and-cuda]'`,
    );
  });

  it("does not run npm in a folder of another package manager", async () => {
    writeFileSync(join(workspace, "pnpm-lock.yaml"), "");
    await expect(install()).rejects.toThrow("add it yourself, because of this folder's pnpm-lock.yaml");
  });

  it("shows what the compiler says, and leaves the folder as it was", async () => {
    tool("c++", `[ "$1" = --version ] || { echo "tfjs_backend.cc:1: error: no such header" >&2; exit 2; }`);
    await expect(install()).rejects.toThrow("c++ ended with exit code 2:\ntfjs_backend.cc:1: error: no such header");
    expect(readdirSync(workspace)).toEqual([]);
  });

  it("does not add what cannot train", async () => {
    await expect(install()).rejects.toThrow(
      "tfjs-node was built, but can't train: @tensorflow/tfjs-node does not load: no backend in this one",
    );
    expect(readdirSync(workspace)).toEqual([]);
  });

  it("adds what trains a step, in place of what was there", async () => {
    // It registers TensorFlow.js's own backend under TensorFlow's name: its losses are right.
    tool("npm", npmThatAdds(PRETENDS_TO_BE_TENSORFLOW));
    const addon = join(workspace, "node_modules", "@tensorflow", "tfjs-node", "lib", "napi-v8", "tfjs_binding.node");
    mkdirSync(join(addon, ".."), { recursive: true });
    writeFileSync(addon, "the earlier one");
    expect(await install()).toMatchObject({ backend: "tfjs-node", device: "CPU (TensorFlow)" });
    expect(existsSync(addon)).toBe(true);
    expect(readdirSync(join(addon, ".."))).toEqual(["tfjs_binding.node"]);
  });

  it("stops at once, and leaves the folder as it was", async () => {
    const early = AbortSignal.abort();
    await expect(install("tfjs-node", { signal: early })).rejects.toThrow("Stopped.");
    const stop = new AbortController();
    tool("c++", `[ "$1" = --version ] || exec sleep 600`);
    const log = ({ message }: { message: string }) =>
      message.startsWith("Building") && setImmediate(() => stop.abort());
    await expect(install("tfjs-node", { signal: stop.signal, log })).rejects.toThrow("Stopped.");
    expect(readdirSync(workspace)).toEqual([]);
  });
});

const PRETENDS_TO_BE_TENSORFLOW = `
const tf = require("@tensorflow/tfjs");
tf.registerBackend("tensorflow", tf.findBackendFactory("cpu"));
for (const kernel of tf.getKernelsForBackend("cpu")) tf.registerKernel({ ...kernel, backendName: "tensorflow" });`;
