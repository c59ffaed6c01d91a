import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SeededRng } from "../../../../src/engine/math/rng.js";
import {
  areWideTilesFaster,
  compileKernels,
  compilerFlags,
  PROBE_BYTES,
} from "../../../../src/tensorflow/backends/wasm/threads/kernel-module.js";
import { instantiate, STARTS_BYTES } from "../../../../src/tensorflow/backends/wasm/threads/kernel-thread.js";

type Kernels = Readonly<Record<string, (...args: number[]) => void>>;

declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (limits: object) => { readonly buffer: ArrayBuffer };
};

const bytes = readFileSync(new URL("../../../../dist/training-kernels.wasm", import.meta.url));
const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
const SCRATCH = 8;
const base = SCRATCH + STARTS_BYTES + 393_216;
const [a, b, c, d, y] = [0, 1, 2, 3, 4].map((i) => base + i * 200_000) as [number, number, number, number, number];
const RESULTS = 50_000;

/** What each writes from `y` on, of numbers in the four arrays before. */
const calls: Readonly<Record<string, (kernels: Kernels) => void>> = {
  "a convolution with a bias and a ReLU": ({ convolve }) =>
    convolve!(a, b, c, y, 9, 9, 5, 7, 7, 44, 3, 3, 1, 1, 7, 7, 1, 1, 0, 0, 4 * 49),
  "a convolution whose pixels are apart": ({ convolve }) =>
    convolve!(a, b, 0, y, 9, 9, 5, 4, 3, 19, 3, 3, 2, 2, 11, 9, 2, 3, -Infinity, 0, 4 * 12),
  "a filter's gradient": ({ filterGradient }) => filterGradient!(a, b, y, 3, 11, 11, 6, 5, 5, 40, 3, 2, 2, 0, 9),
  "products of matrices": ({ multiplyMatrices }) =>
    multiplyMatrices!(a, 4 * 50 * 30, b, 4 * 30 * 37, y, c, d, 50, 30, 37, 0, 1, 0, 2),
  "Winograd's algorithm": ({ winograd }) => winograd!(a, b, c, y, 10, 10, 20, 7, 7, 40, -Infinity, 0, 3 * 16),
  "an LSTM": ({ lstm }) => lstm!(a, b, c, d, y, y + 40_000, y + 80_000, 5, 7, 13, 0, 0, 7),
  "an LSTM's gradient": ({ lstmGradient }) =>
    lstmGradient!(a, a + 40_000, b, c, d, a, y, y + 10_000, y + 20_000, 5, 7, 13, 0, 0, 7),
};

const rng = new SeededRng(1);
const given = Float32Array.from({ length: 200_000 + RESULTS }, (_, i) => (i < 200_000 ? rng.next() - 0.5 : 0));
const plain = new WebAssembly.Module(bytes);
const paired = compileKernels(bytes);

test.each(Object.entries(calls))("%s is the same to the last bit however it is compiled", (_, call) => {
  const builds = [plain, paired].flatMap((module) => [false, true].map((wide) => ({ module, wide })));
  const results = builds.map((build) => resultOf(call, build));
  expect(results[0]!.filter((number) => number !== 0).length).toBeGreaterThan(500);
  const bits = results.map(({ buffer }) => Buffer.from(buffer));
  expect(bits.every((result) => result.equals(bits[0]!))).toBe(true);
});

function resultOf(call: (kernels: Kernels) => void, { module, wide }: { module: object; wide: boolean }): Float32Array {
  new Float32Array(memory.buffer, base).set(given);
  call(instantiate({ module, memory, scratch: SCRATCH, wide }) as Kernels);
  return new Float32Array(memory.buffer, y, RESULTS).slice();
}

test("tiles that are sooner wrong are not taken", () => {
  const { convolve } = instantiate({ module: paired, memory, scratch: SCRATCH, wide: false }) as Kernels;
  const slow = (...args: number[]) => {
    for (let i = 0; i < 20; i++) convolve!(...args);
  };
  const wrong = (...args: number[]) => {
    const pixels = new Float32Array(memory.buffer, args[3]);
    convolve!(...args);
    pixels[5]! += 1;
  };
  expect(PROBE_BYTES).toBeLessThan(200_000);
  expect(areWideTilesFaster(slow, convolve!, memory.buffer, base)).toBe(true);
  expect(areWideTilesFaster(convolve!, slow, memory.buffer, base)).toBe(false);
  expect(areWideTilesFaster(slow, wrong, memory.buffer, base)).toBe(false);
});

test.runIf(process.arch === "x64")("the V8 that tests run on has been tried", () => {
  expect(compilerFlags()).toContain("no-liftoff");
});
