import * as tf from "@tensorflow/tfjs";
import type {
  AdamStepAttrs,
  AdamStepInputs,
  MomentumStepAttrs,
  MomentumStepInputs,
  RMSPropStepAttrs,
  RMSPropStepInputs,
} from "../../fused/optimizers.js";
import { type TensorFlowKernelCall, opAttrs, type TensorFlowBackend, tensorFlowKernel } from "./kernel.js";

/** Adam (Kingma and Ba 2015). TensorFlow's epsilon is the paper's ε̂: not corrected with the second moment. */
export const adamStep = tensorFlowKernel(
  "AdamStep",
  ({ inputs, attrs, backend }: TensorFlowKernelCall<AdamStepInputs, AdamStepAttrs>) => {
    const { value, firstMoment, secondMoment, gradient } = inputs;
    const { learningRate, beta1, beta2, beta1Power, beta2Power } = attrs;
    const epsilon = attrs.epsilon * Math.sqrt(1 - beta2Power);
    const scalars = [beta1Power, beta2Power, learningRate, beta1, beta2, epsilon].map((x) => tf.scalar(x));
    return applied(backend, "ResourceApplyAdam", [value, firstMoment, secondMoment], [...scalars, gradient]);
  },
);

export const momentumStep = tensorFlowKernel(
  "MomentumStep",
  ({ inputs, attrs, backend }: TensorFlowKernelCall<MomentumStepInputs, MomentumStepAttrs>) => {
    const { value, accumulation, gradient } = inputs;
    const others = [tf.scalar(attrs.learningRate), gradient, tf.scalar(attrs.momentum)];
    const options = { use_nesterov: attrs.nesterov };
    return applied(backend, "ResourceApplyMomentum", [value, accumulation], others, options);
  },
);

export const rmsPropStep = tensorFlowKernel(
  "RMSPropStep",
  ({ inputs, attrs, backend }: TensorFlowKernelCall<RMSPropStepInputs, RMSPropStepAttrs>) => {
    const { value, meanSquare, accumulation, gradient } = inputs;
    const { learningRate, decay, momentum, epsilon } = attrs;
    const scalars = [learningRate, decay, momentum, epsilon].map((x) => tf.scalar(x));
    return applied(backend, "ResourceApplyRMSProp", [value, meanSquare, accumulation], [...scalars, gradient]);
  },
);

/**
 * TensorFlow's steps change variables of TensorFlow's own. Three serve for all: they are given the tensors, and asked for theirs after the step.
 * What they were given stays as it was, since they copy what others hold.
 * @param changed the first inputs of the op. @returns what became of them, in their order.
 */
function applied(
  backend: TensorFlowBackend,
  op: string,
  changed: readonly tf.TensorInfo[],
  others: readonly tf.TensorInfo[],
  options: Parameters<typeof opAttrs>[1] = {},
): tf.Tensor[] {
  const variables = variablesOf(backend).slice(0, changed.length);
  const dtype = opAttrs(backend, { dtype: "float32" });
  changed.forEach((tensor, i) => backend.executeMultipleOutputs("AssignVariableOp", dtype, [variables[i]!, tensor], 0));
  backend.executeMultipleOutputs(op, opAttrs(backend, { T: "float32", ...options }), [...variables, ...others], 0);
  return variables.map((variable) => backend.executeSingleOutput("ReadVariableOp", dtype, [variable]));
}

const variables = new WeakMap<TensorFlowBackend, readonly tf.TensorInfo[]>();

/** Unknown to TensorFlow.js's engine, which would free them at the end of the trial that made them. */
function variablesOf(backend: TensorFlowBackend): readonly tf.TensorInfo[] {
  const known = variables.get(backend);
  if (known) return known;
  const shape = { name: "shape", type: backend.binding.TF_ATTR_SHAPE, value: [] };
  const made = [0, 1, 2].map((i): tf.TensorInfo => {
    const name = { container: { text: "" }, shared_name: { text: `tunelens-${i}` } };
    const attrs = [...opAttrs(backend, { dtype: "float32", ...name }), shape];
    const [handle] = backend.binding.executeOp("VarHandleOp", attrs, [], 1);
    const dataId = {};
    backend.tensorMap.set(dataId, { ...handle!, values: null, refCount: 1 });
    return { dataId, shape: [], dtype: "string" };
  });
  variables.set(backend, made);
  return made;
}
