import { totalmem } from "node:os";
import * as tf from "@tensorflow/tfjs";
import type { Backend } from "./backend.js";
import { repairCpuKernels } from "./cpu-kernels.js";

/** Plain JavaScript. Hundreds of times slower than wasm: the reference that gradients are checked against. */
export const cpu: Backend = {
  name: "cpu",
  registeredAs: "cpu",
  async start() {
    silenceBanner();
    repairCpuKernels();
    await tf.setBackend("cpu");
    return {
      backend: "cpu",
      device: "CPU (plain JavaScript)",
      version: tf.version["tfjs-backend-cpu"],
      memory: totalmem(),
    };
  },
};

/** At its first tensor the cpu backend advertises tfjs-node on the console, in Node only. */
export function silenceBanner(): void {
  Reflect.set(tf.findBackend("cpu"), "firstUse", false);
}
