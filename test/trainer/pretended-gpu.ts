import { existsSync } from "node:fs";
import { pretendedDawn } from "./pretended-dawn.js";

/** Debian's chromium brings a software GPU along. */
const driver = process.env["VK_ICD_FILENAMES"] ?? "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Whether WebGPU computes here: on a software GPU, where there is no other. */
export const hasWebGpu = existsSync(driver) && existsSync("/usr/lib/x86_64-linux-gnu/libvulkan.so.1");

/** In which webgpu trains on it. */
export const softwareGpu: NodeJS.ProcessEnv = {
  VK_ICD_FILENAMES: driver,
  XDG_RUNTIME_DIR: process.env["XDG_RUNTIME_DIR"] ?? "/tmp",
};

/**
 * The environment in which the software GPU says that it is hardware, one of two cards.
 * @param change CommonJS that is run with each `adapter`.
 */
export function pretendedGpu(change = ""): NodeJS.ProcessEnv {
  const pretended = pretendedDawn(`
    const names = ["ACME GT 2", "ACME GT 1", "llvmpipe"];
    const listed = names.map((name) => "\\n * backend: 'vulkan', name: '" + name + "'").join("");
    exports.globals = dawn.globals;
    exports.create = ([option = "adapter=ACME GT 1"]) => {
      const gpu = dawn.create([]);
      const name = option.replace("adapter=", "");
      return {
        async requestAdapter(wanted) {
          if (!names.includes(name)) throw new Error("no suitable backends found\\nAvailable adapters:" + listed);
          const adapter = await gpu.requestAdapter(wanted);
          const device = name.toLowerCase().replaceAll(" ", "-");
          Object.defineProperty(adapter, "info", { value: { vendor: "acme", architecture: "", device, description: "" } });
          ${change}
          return adapter;
        },
      };
    };`);
  return { ...softwareGpu, ...pretended };
}
