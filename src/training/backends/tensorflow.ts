import * as tf from "@tensorflow/tfjs";
import { type Backend, BackendUnavailableError } from "./backend.js";
import { workspaceModule } from "./workspace-module.js";

/** TensorFlow's C library through tfjs-node-gpu (CUDA) or tfjs-node, whichever the workspace has. */
export const tensorflow: Backend = {
  name: "tensorflow",
  async start({ workspace }) {
    for (const name of ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"]) {
      const addon = await workspaceModule(name, workspace);
      if (addon === undefined) continue;
      await tf.setBackend("tensorflow");
      const versions = (addon["version"] ?? {}) as Record<string, unknown>;
      const device = name.endsWith("-gpu") ? "GPU (CUDA, tfjs-node-gpu)" : "CPU (tfjs-node)";
      return { backend: "tensorflow", device, version: String(versions["tfjs-node"] ?? versions["tfjs"] ?? "unknown") };
    }
    const reason = "neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed in the workspace.";
    throw new BackendUnavailableError("tensorflow", reason);
  },
};
