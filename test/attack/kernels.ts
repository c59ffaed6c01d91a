import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import { type Attack, choose } from "./attack.js";
import { type CaseTensor, hasCases, type KernelCase, kernelCase } from "./kernel-cases.js";

/**
 * Every kernel that `wasm` and `cpu` have, called with shapes, attributes and values that are right or just not: both give the same or
 * both refuse, and on wasm nothing is read or written beside the tensors.
 */
export const kernelShapes: Attack = {
  name: "kernel shapes",
  shortRounds: 150,
  share: 1,
  start: async () => {
    await useBackend("cpu");
    let zones = await startWasm();
    const kernels = kernelsOfBoth();
    return {
      async round({ rng }) {
        const name = choose(rng, kernels);
        const kernelCase_ = kernelCase(name, rng);
        try {
          const expected = await outcome("cpu", name, kernelCase_);
          const found = await outcome("wasm", name, kernelCase_);
          zones.check();
          compare(found, expected, !unordered.has(name));
        } catch (error) {
          // Its heap may be in pieces.
          zones = await startWasm();
          throw new Error(`${name} ${JSON.stringify(kernelCase_)}`, { cause: error });
        }
      },
    };
  },
};

/** With an empty heap. */
async function startWasm(): Promise<RedZones> {
  // Not disposed of, which a heap in pieces does not let be.
  delete tf.engine().registry["wasm"];
  await useBackend("wasm", { threads: 1 });
  return new RedZones(tf.backend() as BackendWasm);
}

/** What they draw is random. */
const unordered = new Set(["Multinomial"]);

function kernelsOfBoth(): string[] {
  const [wasm, cpu] = ["wasm", "cpu"].map((name) => tf.getKernelsForBackend(name).map(({ kernelName }) => kernelName));
  const both = wasm!.filter((name) => cpu!.includes(name)).sort();
  const missing = both.filter((name) => !hasCases(name));
  assert.deepEqual(missing, [], "kernels without cases");
  return both;
}

type Outcome = { readonly refused: string } | { readonly results: readonly Result[] };

interface Result {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: readonly (number | string)[];
}

async function outcome(backend: "cpu" | "wasm", name: string, { inputs, attrs }: KernelCase): Promise<Outcome> {
  await tf.setBackend(backend);
  const engine = tf.engine();
  engine.startScope();
  try {
    const named = Object.fromEntries(Object.entries(inputs).map(([key, input]) => [key, tensorOf(input)]));
    const tensors = "0" in named ? (Object.values(named) as unknown as tf.NamedTensorMap) : named;
    const result = engine.runKernel<tf.Tensor | tf.Tensor[]>(name, tensors, structuredClone(attrs) as tf.NamedAttrMap);
    const results = (Array.isArray(result) ? result : [result]).map((tensor) => {
      assert.ok(!tensor.shape.some((size) => size < 0), `a shape of ${tensor.shape.join()}`);
      return { shape: tensor.shape, dtype: tensor.dtype, values: Array.from<number | string>(tensor.dataSync()) };
    });
    return { results };
  } catch (error) {
    if (error instanceof assert.AssertionError || isTrap(error)) throw error;
    return { refused: String(error) };
  } finally {
    engine.endScope();
  }
}

/** WebAssembly broke off. */
function isTrap(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === "RuntimeError";
}

function tensorOf({ shape, dtype, values }: CaseTensor): tf.Tensor {
  return tf.tensor(values, shape, dtype);
}

function compare(found: Outcome, expected: Outcome, values: boolean): void {
  if ("refused" in found || "refused" in expected) {
    assert.equal("refused" in found, "refused" in expected, `wasm: ${told(found)}; cpu: ${told(expected)}`);
    return;
  }
  const form = ({ results }: typeof found) => results.map(({ shape, dtype }) => `${dtype}[${shape.join()}]`);
  assert.deepEqual(form(found), form(expected), "shapes and types, on wasm and on cpu");
  if (!values) return;
  for (const [i, { values }] of found.results.entries())
    for (const [at, value] of values.entries()) {
      const right = expected.results[i]!.values[at]!;
      assert.ok(isClose(value, right), `result ${i}, element ${at}: ${value} on wasm, ${right} on cpu`);
    }
}

function isClose(value: number | string, right: number | string): boolean {
  if (Object.is(value, right) || value === right) return true;
  if (typeof value === "string" || typeof right === "string") return false;
  return Math.abs(value - right) <= 1e-4 + 2e-4 * Math.abs(right);
}

function told(outcome: Outcome): string {
  return JSON.stringify(outcome).slice(0, 600);
}

interface Allocator {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
}

const ZONE = 256;
/** Of all bytes, so that what is read there is a number that nothing gives. */
const MARK = 0x5b;

/** Puts bytes around each tensor in wasm's heap, and looks whether they stay. */
class RedZones {
  private readonly sizes = new Map<number, number>();
  private readonly module: Allocator;

  constructor(backend: BackendWasm) {
    this.module = backend.wasm as unknown as Allocator;
    const { _malloc: malloc, _free: release } = this.module;
    this.module._malloc = (bytes) => {
      const block = malloc(bytes + 2 * ZONE) >>> 0;
      this.module.HEAPU8.fill(MARK, block, block + bytes + 2 * ZONE);
      this.sizes.set(block + ZONE, bytes);
      return block + ZONE;
    };
    this.module._free = (address) => {
      if (!this.sizes.has(address >>> 0)) return release(address);
      this.checkOne(address >>> 0);
      this.sizes.delete(address >>> 0);
      release((address >>> 0) - ZONE);
    };
  }

  /** @throws where something was written beside a tensor. */
  check(): void {
    const first = this.beside;
    this.beside = undefined;
    for (const address of this.sizes.keys()) this.checkOne(address);
    const found = first ?? this.beside;
    this.beside = undefined;
    assert.equal(found, undefined);
  }

  private beside: string | undefined;

  private checkOne(address: number): void {
    const size = this.sizes.get(address)!;
    const heap = this.module.HEAPU8;
    const before = heap.subarray(address - ZONE, address).findIndex((byte) => byte !== MARK);
    const after = heap.subarray(address + size, address + size + ZONE).findIndex((byte) => byte !== MARK);
    if (before < 0 && after < 0) return;
    const where = before < 0 ? `${after} bytes after` : `${ZONE - before} bytes before`;
    this.beside ??= `wasm wrote ${where} a block of ${size} bytes`;
    heap.fill(MARK, address - ZONE, address).fill(MARK, address + size, address + size + ZONE);
  }
}
