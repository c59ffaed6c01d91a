import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const asc = fileURLToPath(new URL("../node_modules/assemblyscript/bin/asc.js", import.meta.url));

/** The wasm backend's own kernels, which tests of sources load too, must be of today's sources. */
export default function buildKernels(): void {
  execFileSync(process.execPath, [asc, "--config", "src/training/backends/wasm/assembly/asconfig.json"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
}
