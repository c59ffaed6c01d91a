import { setFlagsFromString } from "node:v8";

/** What Node has, whose types know WebAssembly only in a browser. */
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => object };

/** Compiles at once, by V8's best compiler, which takes 30 ms. By itself, V8 begins with slow code. */
const eager = ["no-liftoff", "no-wasm-lazy-compilation"];

/** Builds of Node.js for macOS have no such flag, and would complain. */
const PAIRING = "experimental-wasm-revectorize";

/**
 * Puts two vectors beside each other into one register of AVX2, where there is one. That doubles what a core multiplies, and gives the same
 * bits. V8 does not do so by itself. (Inlining wants to know what slow code has counted.)
 */
const paired = [...eager, "no-wasm-inlining", PAIRING];

/**
 * What the V8s are told with which this has been tried, those of Node.js 22, 24, 25, and 26: another may do something else, or have no such
 * flag. The first gets the compiler of the others: its own copies registers for each fused multiply-add.
 */
const flagsOf: Readonly<Record<string, readonly string[]>> = {
  "12.4": [...eager, "turboshaft-wasm"],
  "13.6": paired,
  "14.1": paired,
  "14.6": paired,
};

/** Our kernels, as fast as this V8 can have them. */
export function compileKernels(bytes: Uint8Array): object {
  const flags = compilerFlags();
  for (const flag of flags) setFlagsFromString(`--${flag}`);
  try {
    return new WebAssembly.Module(bytes);
  } finally {
    for (const flag of flags) setFlagsFromString(`--${opposite(flag)}`);
  }
}

export function compilerFlags(): readonly string[] {
  const { electron, v8 } = process.versions;
  // Electron's flags may be frozen.
  if (electron !== undefined || process.arch !== "x64") return [];
  const flags = flagsOf[v8.split(".", 2).join(".")] ?? [];
  return flags.filter((flag) => flag !== PAIRING || canPairVectors());
}

function canPairVectors(): boolean {
  return (process.config.variables as Readonly<Record<string, unknown>>)["v8_enable_wasm_simd256_revec"] === 1;
}

function opposite(flag: string): string {
  return flag.startsWith("no-") ? flag.slice("no-".length) : `no-${flag}`;
}

/** The kernel of `assembly/convolve.ts`. */
type Convolve = (...args: number[]) => void;

/** A product of matrices that is large enough to be timed. */
const [ROWS, INNER, COLUMNS] = [48, 64, 16];

/** In bytes. */
export const PROBE_BYTES = 4 * (ROWS * INNER + INNER * COLUMNS + ROWS * COLUMNS);

const PROBES = 20;

/**
 * Whether tiles of twice the width give the right numbers, and sooner, which they do only where vectors are paired. There is no telling that but by trying.
 *
 * @param heap of which {@link PROBE_BYTES} at `address` are free
 */
export function areWideTilesFaster(narrow: Convolve, wide: Convolve, heap: ArrayBuffer, address: number): boolean {
  const [a, panels, y] = [address, address + 4 * ROWS * INNER, address + 4 * (ROWS + COLUMNS) * INNER];
  // Sums of products of whole numbers like these have no rounding errors.
  const numbers = new Float32Array(heap, address, (ROWS + COLUMNS) * INNER);
  numbers.forEach((_, i) => (numbers[i] = ((i * 7) % 23) - 11));
  const product = new Float32Array(heap, y, ROWS * COLUMNS);
  const multiply = (convolve: Convolve) => {
    const [images, filter, pixels] = [
      [1, ROWS, INNER, 1, ROWS, COLUMNS],
      [1, 1, 1, 1],
      [1, ROWS, 1, 1],
    ];
    const start = performance.now();
    convolve(a, panels, 0, y, ...images, ...filter, ...pixels, -Infinity, 0, ROWS);
    return performance.now() - start;
  };
  const times = Array.from({ length: PROBES }, () => [multiply(narrow), multiply(wide)] as const);
  product.fill(NaN);
  multiply(wide);
  const shortest = (i: 0 | 1) => Math.min(...times.map((pair) => pair[i]));
  return shortest(1) < shortest(0) && product.every((sum, i) => sum === expected(numbers, i));
}

/** A number of the product: the columns are in panels of 8. */
function expected(numbers: Float32Array, i: number): number {
  const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS];
  const panels = ROWS * INNER + (column >> 3) * INNER * 8;
  let sum = 0;
  for (let j = 0; j < INNER; j++) sum += numbers[row * INNER + j]! * numbers[panels + j * 8 + (column & 7)]!;
  return sum;
}
