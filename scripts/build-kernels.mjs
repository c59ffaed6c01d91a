/**
 * Builds what the wasm backend computes with: our own kernels, and TensorFlow.js's build with SIMD, its memory made one for threads. Does
 * nothing where what it is made of has not changed since.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const sources = new URL("src/tensorflow/backends/wasm/assembly/", root);
const stock = createRequire(root).resolve("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm");
const output = (name) => new URL(`dist/${name}`, root);
const outputs = ["training-kernels.wasm", "tfjs-backend-wasm-simd.wasm"].map(output);
const stamp = output(".training-kernels");

const wanted = hashOf([
  fileURLToPath(import.meta.url),
  createRequire(root).resolve("assemblyscript/package.json"),
  stock,
  ...readdirSync(sources)
    .sort()
    .map((name) => new URL(name, sources)),
]);
if (![stamp, ...outputs].every(existsSync) || readFileSync(stamp, "utf8") !== wanted) {
  mkdirSync(output(""), { recursive: true });
  compile();
  writeFileSync(outputs[1], withSharedMemory(readFileSync(stock)));
  writeFileSync(stamp, wanted);
}

function compile() {
  const asc = fileURLToPath(new URL("node_modules/assemblyscript/bin/asc.js", root));
  execFileSync(process.execPath, [asc, "--config", fileURLToPath(new URL("asconfig.json", sources))], {
    cwd: fileURLToPath(root),
    stdio: ["ignore", "inherit", "inherit"],
  });
}

function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

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
