import * as tf from "@tensorflow/tfjs";
import { activeBackendHas, runFused } from "./kernel.js";

/** Of both kernels. */
export interface LSTMAttrs {
  /** Whether gates are open as far as 0.2 · x + 0.5, between 0 and 1, instead of by a sigmoid. */
  readonly hard: boolean;
}

/**
 * Inputs of `LSTM`: what the inputs give to the gates, `z` [steps, batch, 4 · units]; `recurrentKernel` [units, 4 · units]; the first states
 * `hidden` and `cell`, [batch, units]. The gates are in the order input, forget, candidate, output. Outputs: the states after each step, hidden ones and
 * then cells, [2, steps, batch, units]; the gates after their activation, of z's shape.
 */
export type LSTMInputs = "z" | "recurrentKernel" | "hidden" | "cell";

/** Inputs of `LSTMGrad`: `dStates` is what flows to the states. Outputs: gradients of `z`, `hidden`, `cell`. */
export type LSTMGradInputs = "dStates" | "recurrentKernel" | "cell" | "states" | "gates";

interface Weight {
  read(): tf.Tensor;
}

interface Activation {
  getClassName(): string;
}

/** What the hook reads of TensorFlow.js's layer. */
interface LSTM extends tf.layers.Layer {
  readonly cell: {
    readonly units: number;
    readonly activation: Activation;
    readonly recurrentActivation: Activation;
    readonly dropout: number;
    readonly recurrentDropout: number;
    readonly kernel: Weight;
    readonly recurrentKernel: Weight;
    readonly bias: Weight | null;
  };
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
}

interface Call {
  readonly mask?: tf.Tensor | null;
  readonly training?: boolean | null;
  readonly initialState?: tf.Tensor[] | null;
}

/**
 * Makes `tf.layers.lstm` one kernel forward and one back, beside the products of its inputs, on backends that have them. TensorFlow.js
 * composes each step of a sequence of 20 operations forward and 50 back. Masks, dropout while training, states kept from batch to batch,
 * and other activations are left to it. The layer has no second derivative then.
 */
export function fuseLSTM(): void {
  tf.registerGradient(gradient);
  const layer = Object.getPrototypeOf(tf.layers.lstm({ units: 1 })) as LSTM;
  const stock = layer.call;
  layer.call = function (this: LSTM, inputs, kwargs: Call | undefined) {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    if (!isFused(this, x, kwargs)) return stock.call(this, inputs, kwargs!);
    return tf.tidy(() => run(this, x, kwargs?.initialState));
  };
}

function isFused({ cell, stateful }: LSTM, x: tf.Tensor, kwargs: Call | undefined): boolean {
  const gates = cell.recurrentActivation.getClassName();
  return (
    activeBackendHas("LSTM") &&
    x.rank === 3 &&
    x.dtype === "float32" &&
    !stateful &&
    !kwargs?.mask &&
    (!kwargs?.training || (cell.dropout === 0 && cell.recurrentDropout === 0)) &&
    cell.activation.getClassName() === "tanh" &&
    (gates === "sigmoid" || gates === "hardSigmoid")
  );
}

function run(layer: LSTM, x: tf.Tensor, initialState: Call["initialState"]): tf.Tensor | tf.Tensor[] {
  const { cell, goBackwards, returnSequences, returnState } = layer;
  const [batch, steps, width] = x.shape as [number, number, number];
  const { units } = cell;
  const [hidden, first] = initialState ?? [tf.zeros([batch, units]), tf.zeros([batch, units])];
  const inOrder = x.transpose<tf.Tensor3D>([1, 0, 2]);
  const rows = (goBackwards ? inOrder.reverse(0) : inOrder).reshape<tf.Tensor2D>([steps * batch, width]);
  const kernel = cell.kernel.read() as tf.Tensor2D;
  // One of `tf.fused` would compute the gradient of x even where nobody wants it.
  const product = tf.matMul(rows, kernel);
  const z = cell.bias ? product.add(cell.bias.read()) : product;
  const inputs = {
    z: z.reshape([steps, batch, 4 * units]),
    recurrentKernel: cell.recurrentKernel.read(),
    hidden: hidden!,
    cell: first!,
  };
  const attrs: LSTMAttrs = { hard: cell.recurrentActivation.getClassName() === "hardSigmoid" };
  const [states] = runFused<[tf.Tensor, tf.Tensor]>("LSTM", inputs, attrs);
  const last = (which: number) => states.slice([which, steps - 1], [1, 1]).reshape([batch, units]);
  const output = returnSequences ? states.slice(0, 1).squeeze<tf.Tensor3D>([0]).transpose([1, 0, 2]) : last(0);
  return returnState ? [output, last(0), last(1)] : output;
}

const gradient: tf.GradConfig = {
  kernelName: "LSTM",
  inputsToSave: ["recurrentKernel", "hidden", "cell"],
  outputsToSave: [true, true],
  gradFunc: (dys, saved, attrs) => {
    const [recurrentKernel, hidden, cell, states, gates] = saved as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor4D,
      tf.Tensor3D,
    ];
    // The gates, the other output, are no part of a loss.
    const inputs = { dStates: (dys as tf.Tensor[])[0]!, recurrentKernel, cell, states, gates };
    const [dz, dHidden, dCell] = runFused<[tf.Tensor, tf.Tensor, tf.Tensor]>("LSTMGrad", inputs, attrs);
    return {
      z: () => dz,
      hidden: () => dHidden,
      cell: () => dCell,
      recurrentKernel: () => {
        const [steps, batch, width] = gates.shape;
        const units = width / 4;
        const all = states.slice([0, 0], [1, steps - 1]).reshape([(steps - 1) * batch, units]);
        return tf.matMul(tf.concat([hidden, all]), dz.reshape([steps * batch, width]), true);
      },
    };
  },
};
