import * as tf from "@tensorflow/tfjs";
import { activeBackendHas, runFused } from "./kernel.js";

/** Inputs of `AdamStep`, of one shape. Outputs: the new value, first and second moment. */
export type AdamStepInputs = "value" | "gradient" | "firstMoment" | "secondMoment";

export interface AdamStepAttrs {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  /** β₁ to the number of this step, which is 1 at first. */
  readonly beta1Power: number;
  readonly beta2Power: number;
  /** Added to the root of the second moment, after it was corrected. */
  readonly epsilon: number;
}

/** Inputs of `MomentumStep`. Outputs: the new value and accumulation. */
export type MomentumStepInputs = "value" | "gradient" | "accumulation";

export interface MomentumStepAttrs {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** Inputs of `RMSPropStep`. Outputs: the new value, mean square and accumulation. */
export type RMSPropStepInputs = "value" | "gradient" | "meanSquare" | "accumulation";

export interface RMSPropStepAttrs {
  readonly learningRate: number;
  readonly decay: number;
  readonly momentum: number;
  /** Added to the mean square, under the root. */
  readonly epsilon: number;
}

/** What `applyGradients` gets: by name, or in order. */
type Gradients = Readonly<Record<string, tf.Tensor>> | readonly { readonly name: string; readonly tensor: tf.Tensor }[];

/** What an optimizer keeps for each variable, in order. */
type Slots = { readonly originalName: string; readonly variable: tf.Variable }[];

/** What the hooks read of TensorFlow.js's optimizers, and what they leave there as it would. */
interface Optimizer {
  applyGradients(gradients: Gradients): void;
  incrementIterations(): void;
}
interface Adam extends Optimizer, Omit<AdamStepAttrs, "beta1Power" | "beta2Power"> {
  /** Steps that were taken. */
  readonly iterations: number;
  readonly accumulatedFirstMoment: Slots;
  readonly accumulatedSecondMoment: Slots;
  readonly accBeta1: tf.Variable;
  readonly accBeta2: tf.Variable;
}
interface Momentum extends Optimizer {
  readonly learningRate: number;
  readonly momentum: number;
  readonly useNesterov: boolean;
  readonly accumulations: Slots;
}
interface RMSProp extends Optimizer, RMSPropStepAttrs {
  readonly centered: boolean;
  readonly accumulatedMeanSquares: Slots;
  readonly accumulatedMoments: Slots;
}

/** Makes the optimizers that have accumulations take their steps by one kernel for each variable. */
export function fuseOptimizers(): void {
  replaceStep<Adam>(tf.AdamOptimizer, () => activeBackendHas("AdamStep") && adamStep);
  replaceStep<Momentum>(tf.MomentumOptimizer, () => activeBackendHas("MomentumStep") && momentumStep);
  replaceStep<RMSProp>(
    tf.RMSPropOptimizer,
    ({ centered }) => !centered && activeBackendHas("RMSPropStep") && rmsPropStep,
  );
}

type Step<O> = (optimizer: O, gradients: Gradients) => void;

/** @param choose false: as TensorFlow.js does it. */
function replaceStep<O extends Optimizer>(
  { prototype }: { readonly prototype: unknown },
  choose: (optimizer: O) => Step<O> | false,
): void {
  const optimizer = prototype as O;
  const stock = optimizer.applyGradients;
  optimizer.applyGradients = function (this: O, gradients) {
    const step = choose(this);
    if (!step) return stock.call(this, gradients);
    tf.tidy(() => step(this, gradients));
    this.incrementIterations();
  };
}

function adamStep(adam: Adam, gradients: Gradients): void {
  const { learningRate, beta1, beta2, epsilon, accBeta1, accBeta2 } = adam;
  const step = adam.iterations + 1;
  // TensorFlow.js has them as tensors, which a GPU does not give in time.
  const powers = { beta1Power: beta1 ** step, beta2Power: beta2 ** step };
  const attrs: AdamStepAttrs = { learningRate, beta1, beta2, ...powers, epsilon };
  forEachVariable(gradients, (value, gradient, name, i) => {
    const firstMoment = slot(adam.accumulatedFirstMoment, i, `${name}/m`, value);
    const secondMoment = slot(adam.accumulatedSecondMoment, i, `${name}/v`, value);
    if (gradient) update("AdamStep", { value, firstMoment, secondMoment }, { gradient }, attrs);
  });
  accBeta1.assign(tf.scalar(beta1 ** (step + 1)));
  accBeta2.assign(tf.scalar(beta2 ** (step + 1)));
}

function momentumStep(optimizer: Momentum, gradients: Gradients): void {
  const { learningRate, momentum, useNesterov } = optimizer;
  const attrs: MomentumStepAttrs = { learningRate, momentum, nesterov: useNesterov };
  forEachVariable(gradients, (value, gradient, name, i) => {
    const accumulation = slot(optimizer.accumulations, i, `${name}/momentum`, value);
    if (gradient) update("MomentumStep", { value, accumulation }, { gradient }, attrs);
  });
}

function rmsPropStep(optimizer: RMSProp, gradients: Gradients): void {
  const { learningRate, decay, momentum, epsilon } = optimizer;
  const attrs: RMSPropStepAttrs = { learningRate, decay, momentum, epsilon };
  forEachVariable(gradients, (value, gradient, name, i) => {
    const meanSquare = slot(optimizer.accumulatedMeanSquares, i, `${name}/rms`, value);
    const accumulation = slot(optimizer.accumulatedMoments, i, `${name}/momentum`, value);
    if (gradient) update("RMSPropStep", { value, meanSquare, accumulation }, { gradient }, attrs);
  });
}

type Visit = (value: tf.Variable, gradient: tf.Tensor | null | undefined, name: string, index: number) => void;

function forEachVariable(gradients: Gradients, visit: Visit): void {
  const entries = Array.isArray(gradients)
    ? (gradients as { name: string; tensor: tf.Tensor }[]).map(({ name, tensor }) => [name, tensor] as const)
    : Object.entries(gradients as Record<string, tf.Tensor>);
  entries.forEach(([name, gradient], i) => visit(tf.engine().registeredVariables[name]!, gradient, name, i));
}

/** Made when it is first asked for, under the name that TensorFlow.js gives it. */
function slot(slots: Slots, index: number, originalName: string, value: tf.Variable): tf.Variable {
  slots[index] ??= { originalName, variable: tf.tidy(() => tf.zerosLike(value).variable(false)) };
  return slots[index].variable;
}

/** Runs a kernel that gives the new values of `variables`, in their order. */
function update(
  kernelName: string,
  variables: Readonly<Record<string, tf.Variable>>,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attrs: object,
): void {
  const updated = runFused<tf.Tensor[]>(kernelName, { ...variables, ...inputs }, attrs);
  Object.values(variables).forEach((variable, i) => variable.assign(updated[i]!));
}
