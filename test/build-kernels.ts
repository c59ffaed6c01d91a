import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../scripts/build-kernels.mjs", import.meta.url));

/** The wasm backend's own kernels, which tests of sources load too, must be of today's sources. */
export default function buildKernels(): void {
  execFileSync(process.execPath, [script], { stdio: ["ignore", "inherit", "inherit"] });
}
