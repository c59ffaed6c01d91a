import * as tf from "@tensorflow/tfjs";
import { kernelConfig, type KernelCall } from "../kernel-call.js";

/** TensorFlow's own numbers for types, and kinds of attributes. */
type Constant = "TF_FLOAT" | "TF_ATTR_TYPE" | "TF_ATTR_SHAPE" | "TF_ATTR_FLOAT" | "TF_ATTR_BOOL" | "TF_ATTR_STRING";

interface OpAttr {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string | readonly number[];
}

/** A tensor of TensorFlow's, by its number. */
interface Handle {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** As much of tfjs-node's backend as is called here. */
export interface TensorFlowBackend {
  readonly binding: Readonly<Record<Constant, number>> & {
    executeOp(op: string, attrs: readonly OpAttr[], inputs: readonly number[], outputs: number): Handle[];
  };
  /** What belongs to each tensor's `dataId`. */
  readonly tensorMap: {
    set(dataId: object, data: Handle & { readonly values: null; readonly refCount: number }): void;
  };
  readonly isUsingGpuDevice: boolean;
  executeSingleOutput(op: string, attrs: readonly OpAttr[], inputs: readonly tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    op: string,
    attrs: readonly OpAttr[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

/** What a kernel is called with. `I` names its inputs, `A` its attributes. */
export type TensorFlowKernelCall<I extends string, A> = KernelCall<I, A, TensorFlowBackend>;

/** A kernel for tfjs-node and tfjs-node-gpu. What it makes on the way is freed; what it returns stays. */
export function tensorFlowKernel<I extends string, A>(
  kernelName: string,
  run: (call: TensorFlowKernelCall<I, A>) => tf.Tensor | tf.Tensor[],
): tf.KernelConfig {
  return kernelConfig(kernelName, "tensorflow", (call: TensorFlowKernelCall<I, A>) => tf.tidy(() => run(call)));
}

/** Attributes of an op, each by what its value is. */
export function opAttrs(
  { binding }: TensorFlowBackend,
  values: Readonly<Record<string, "float32" | { readonly float: number } | { readonly text: string } | boolean>>,
): OpAttr[] {
  return Object.entries(values).map(([name, value]) => {
    if (value === "float32") return { name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
    if (typeof value === "boolean") return { name, type: binding.TF_ATTR_BOOL, value };
    return "float" in value
      ? { name, type: binding.TF_ATTR_FLOAT, value: value.float }
      : { name, type: binding.TF_ATTR_STRING, value: value.text };
  });
}
