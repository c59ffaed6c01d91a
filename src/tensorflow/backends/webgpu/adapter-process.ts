import { BackendUnavailableError } from "../backend.js";
import { adapterNames, findAdapter } from "./adapter.js";
import type { AdapterAnswer } from "./adapters.js";

/** The process in which `findHardware` asks Dawn for adapters: its drivers may crash, and TensorFlow.js is not needed. */

process.once("disconnect", () => process.exit());
process.send!(await answer(), () => process.exit());

async function answer(): Promise<AdapterAnswer> {
  try {
    const adapter = await findAdapter();
    if (adapter.software) return { reason: `its only adapter is ${adapter.device}` };
    return { device: adapter.device, names: await adapterNames(adapter.device) };
  } catch (error) {
    if (error instanceof BackendUnavailableError) return { reason: error.reason };
    throw error;
  }
}
