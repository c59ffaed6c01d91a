/** Builds what the wasm backend computes with: our own kernels, and TensorFlow.js's build with SIMD, its memory made one for threads. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const asc = fileURLToPath(new URL("node_modules/assemblyscript/bin/asc.js", root));
execFileSync(process.execPath, [asc, "--config", "src/training/backends/wasm/assembly/asconfig.json"], {
  cwd: fileURLToPath(root),
  stdio: ["ignore", "inherit", "inherit"],
});

const stock = createRequire(root).resolve("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm");
mkdirSync(new URL("dist/", root), { recursive: true });
writeFileSync(new URL("dist/tfjs-backend-wasm-simd.wasm", root), withSharedMemory(readFileSync(stock)));

/**
 * A WebAssembly module whose memory threads can share; nothing else of it changes. (The threaded build that TensorFlow.js has would start
 * eight threads of Emscripten's, which do nothing for kernels of our own.)
 * @param {Uint8Array} module in the binary format, https://webassembly.github.io/spec/core/binary/modules.html
 */
function withSharedMemory(module) {
  const [HEADER, MEMORY_SECTION, WITH_MAXIMUM, SHARED] = [8, 5, 0x01, 0x03];
  let at = HEADER;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < module.length) {
    const section = module[at++];
    const end = number() + at;
    if (section === MEMORY_SECTION && number() === 1 && module[at] === WITH_MAXIMUM) {
      module[at] = SHARED;
      return module;
    }
    at = end;
  }
  throw new Error(`${stock} has no memory with a maximum of its own: it cannot be shared.`);
}
