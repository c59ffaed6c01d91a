import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../../engine/errors.js";
import type { FetchedBatches } from "./fetched-batches.js";
import type { ObjectState } from "./object-state.js";
import type { PartState } from "./parts.js";

/** A training after an epoch, tensors aside. */
export interface TrainingState {
  /** The epoch (0-based) that is done. */
  readonly epoch: number;
  /** The step that this epoch is in its trial. */
  readonly step: number;
  /** Whether a callback ended the training with it. */
  readonly stopped: boolean;
  /** Whether the training has ended, and its callbacks know. */
  readonly ended: boolean;
  /** Each metric's value at each epoch. */
  readonly history: ObjectState;
  /** The state of what learns, and of the callbacks. */
  readonly parts: readonly PartState[];
  /** Where the seeded random numbers were. */
  readonly random: readonly number[] | null;
  /** The order of the training examples. */
  readonly order: readonly number[] | null;
  /** Where the data set was, if an epoch does not begin it anew. */
  readonly fetched: FetchedBatches | null;
}

/** A training after an epoch, still on the device. */
export interface Captured {
  readonly state: TrainingState;
  readonly tensors: tf.Tensor[];
}

interface TensorSpec {
  readonly shape: number[];
  readonly dtype: tf.DataType;
  readonly bytes: number;
}

/** The names of the files of a trial's training. @param index 0 for its first. */
export function filesOf(index: number): { readonly state: string; readonly tensors: string } {
  return { state: `training-${index}.json`, tensors: `training-${index}.bin` };
}

/** A training as it is written: all that takes the time of the process is done. */
export interface TrainingFiles {
  readonly text: string;
  readonly data: readonly Uint8Array[];
}

/** Reads tensors from the device, and disposes of them. */
export async function trainingFiles({ state, tensors }: Captured): Promise<TrainingFiles> {
  const arrays = await Promise.all(tensors.map((tensor) => tensor.data()));
  const data = arrays.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  const specs: TensorSpec[] = tensors.map(({ shape, dtype }, i) => ({ shape, dtype, bytes: data[i]!.byteLength }));
  tf.dispose([...tensors]);
  return { text: JSON.stringify({ ...state, tensors: specs }), data };
}

export async function writeTraining(folder: string, index: number, { text, data }: TrainingFiles): Promise<void> {
  const files = filesOf(index);
  await writeFile(join(folder, files.tensors), data);
  await writeFile(join(folder, files.state), text);
}

/** @throws TunelensError code `checkpoint-damaged`. */
export function readTraining(folder: string, index: number): Captured {
  const files = filesOf(index);
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
