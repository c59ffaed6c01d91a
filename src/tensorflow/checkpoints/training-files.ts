import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../../engine/errors.js";
import type { ObjectState } from "./object-state.js";

/** A training after an epoch, tensors aside. */
export interface TrainingState {
  /** The epoch (0-based) that is done. */
  readonly epoch: number;
  /** Whether a callback ended the training with it. */
  readonly stopped: boolean;
  /** Each metric's value at each epoch. */
  readonly history: ObjectState;
  /** How many of the tensors, from the first, are the weights. */
  readonly weights: number;
  readonly optimizer: ObjectState;
  readonly callbacks: readonly ObjectState[];
  /** Where the seeded random numbers were. */
  readonly random: readonly number[] | null;
  /** The order of the training examples. */
  readonly order: readonly number[] | null;
}

interface TensorSpec {
  readonly shape: number[];
  readonly dtype: tf.DataType;
  readonly bytes: number;
}

const files = { state: "training.json", tensors: "training.bin" };

/** A training as it is written: all that takes the time of the process is done. */
export interface TrainingFiles {
  readonly text: string;
  readonly data: readonly Uint8Array[];
}

/** Reads tensors from the device, and disposes of them. */
export async function trainingFiles(state: TrainingState, tensors: readonly tf.Tensor[]): Promise<TrainingFiles> {
  const arrays = await Promise.all(tensors.map((tensor) => tensor.data()));
  const data = arrays.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  const specs: TensorSpec[] = tensors.map(({ shape, dtype }, i) => ({ shape, dtype, bytes: data[i]!.byteLength }));
  tf.dispose([...tensors]);
  return { text: JSON.stringify({ ...state, tensors: specs }), data };
}

export async function writeTraining(folder: string, { text, data }: TrainingFiles): Promise<void> {
  await writeFile(join(folder, files.tensors), data);
  await writeFile(join(folder, files.state), text);
}

/** @throws TunelensError code `checkpoint-damaged`. */
export function readTraining(folder: string): { readonly state: TrainingState; readonly tensors: tf.Tensor[] } {
  try {
    const text = readFileSync(join(folder, files.state), "utf8");
    const { tensors: specs, ...state } = JSON.parse(text) as TrainingState & { readonly tensors: TensorSpec[] };
    const data = readFileSync(join(folder, files.tensors));
    let offset = 0;
    const tensors = specs.map(({ shape, dtype, bytes }) => {
      const own = new Uint8Array(data.subarray(offset, (offset += bytes)));
      return tf.tensor(typed(own, dtype), shape, dtype);
    });
    return { state, tensors };
  } catch (cause) {
    const message = `The checkpoint in ${folder} cannot be read (${String(cause)}). Delete the folder to start the trial anew.`;
    throw new TunelensError("checkpoint-damaged", message, { cause });
  }
}

function typed({ buffer }: Uint8Array<ArrayBuffer>, dtype: tf.DataType): tf.TypedArray {
  if (dtype === "int32") return new Int32Array(buffer);
  return dtype === "bool" ? new Uint8Array(buffer) : new Float32Array(buffer);
}
