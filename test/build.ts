import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import buildKernels from "./build-kernels.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));

/** The processes under test are those of `dist/`: they must be of today's sources. */
export default function build(): void {
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  buildKernels();
}
