import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BackendUnavailableError } from "../../../src/tensorflow/backends/backend.js";
import { activeBackend, shareCores, useBackend } from "../../../src/tensorflow/backends/use-backend.js";
import { temporaryFolder } from "../../temporary-folder.js";

afterEach(() => vi.restoreAllMocks());

/** A workspace in which the package `name` is installed, as this CommonJS module. */
function workspaceWith(name: string, source: string): string {
  const workspace = temporaryFolder();
  const folder = join(workspace, "node_modules", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, main: "index.js" }));
  writeFileSync(join(folder, "index.js"), source);
  return workspace;
}

describe("useBackend", () => {
  it("starts wasm and says on how many threads, without a word on the console and without listeners left behind", async () => {
    const said = [vi.spyOn(console, "warn"), vi.spyOn(console, "log"), vi.spyOn(console, "error")];
    const listeners = () => [process.listenerCount("uncaughtException"), process.listenerCount("unhandledRejection")];
    const before = listeners();
    const description = await useBackend("wasm", { threads: 1 });
    expect(description).toMatchObject({
      backend: "wasm",
      device: "CPU (WebAssembly SIMD, 1 thread)",
      version: "4.22.0",
    });
    expect(tf.getBackend()).toBe("wasm");
    expect(listeners()).toEqual(before);
    said.forEach((spy) => expect(spy).not.toHaveBeenCalled());
  });

  it("takes the cores for wasm, four at most, and leaves the other processes of a study theirs", async () => {
    const cores = availableParallelism();
    const on = (threads: number) => ({ device: `CPU (WebAssembly SIMD, ${threads} thread${threads > 1 ? "s" : ""})` });
    expect(await useBackend("wasm")).toMatchObject(on(Math.min(cores, 4)));
    expect(shareCores(1)).toMatchObject(on(Math.min(cores, 4)));
    expect(shareCores(cores)).toMatchObject(on(1));
    expect(activeBackend()).toMatchObject(on(1));
    expect(await useBackend("wasm", { threads: 3 })).toMatchObject(on(3));
    expect(shareCores(1000)).toMatchObject(on(1));
  });

  it.each([0, -1, 1.5, NaN])("does not take %j for a number of threads", async (threads) => {
    await expect(useBackend("wasm", { threads })).rejects.toThrow(
      `threads must be an integer of at least 1, not ${threads}`,
    );
  });

  it("leaves no tensor behind", async () => {
    await useBackend("wasm");
    const before = tf.memory().numTensors;
    await useBackend("wasm");
    expect(tf.memory().numTensors).toBe(before);
  });

  it("starts cpu without its banner", async () => {
    const warn = vi.spyOn(console, "warn");
    expect(await useBackend("cpu")).toMatchObject({ backend: "cpu" });
    tf.tensor1d([1, 2]).dispose();
    expect(warn).not.toHaveBeenCalled();
  });

  it("takes wasm for auto where the workspace has nothing better", async () => {
    const workspace = temporaryFolder();
    expect(await useBackend("auto", { workspace })).toMatchObject({ backend: "wasm" });
  });

  it("says what to install for a backend that the workspace does not have", async () => {
    const workspace = temporaryFolder();
    await expect(useBackend("tfjs-node", { workspace })).rejects.toThrow(/npm install @tensorflow\/tfjs-node$/);
    await expect(useBackend("tfjs-node-gpu", { workspace })).rejects.toThrow(/npm install @tensorflow\/tfjs-node-gpu$/);
  });

  it("sees through a package that loads and does not become the backend", async () => {
    await useBackend("wasm");
    const workspace = workspaceWith("@tensorflow/tfjs-node", "module.exports = { version: {} };");
    await expect(useBackend("tfjs-node", { workspace })).rejects.toThrow(/./);
  });

  it("passes on why a package does not load", async () => {
    const workspace = workspaceWith("@tensorflow/tfjs-node", "throw new Error('libtensorflow.so.2 is missing');");
    const failure = useBackend("tfjs-node", { workspace });
    await expect(failure).rejects.toThrow(BackendUnavailableError);
    await expect(failure).rejects.toThrow(/libtensorflow\.so\.2 is missing/);
  });

  it("refuses a backend whose training step gives the wrong loss", async () => {
    await useBackend("wasm");
    const right = tf.getKernel("MaxPoolGrad", "wasm");
    tf.unregisterKernel("MaxPoolGrad", "wasm");
    tf.registerKernel({ ...right, kernelFunc: (call) => tf.zerosLike(call.inputs["input"] as tf.Tensor) });
    vi.spyOn(console, "warn").mockReturnValue();
    try {
      const { startChecked } = await import("../../../src/tensorflow/backends/use-backend.js");
      const quietly = {
        name: "wasm" as const,
        registeredAs: "wasm",
        start: async () => ({ backend: "wasm" as const, device: "", version: "" }),
      };
      await expect(startChecked(quietly, { workspace: "." })).rejects.toThrow(/gave the losses .* instead of/);
    } finally {
      tf.unregisterKernel("MaxPoolGrad", "wasm");
      tf.registerKernel(right);
    }
  });
});
