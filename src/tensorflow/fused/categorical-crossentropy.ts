import * as tf from "@tensorflow/tfjs";
import { activeBackendHas } from "./kernel.js";

/** Inputs of `CategoricalCrossentropy`, of one shape, classes on the last axis. Output: a loss for each row, as {@link CategoricalCrossentropyAttrs} says. */
export type CategoricalCrossentropyInputs = "target" | "output";

/** Inputs of `CategoricalCrossentropyGrad`: with what flows back to each row's loss. Output: the gradient of `output`. */
export type CategoricalCrossentropyGradInputs = CategoricalCrossentropyInputs | "dy";

/** Of both kernels: −Σ target · log(p), with p each output's part of its row's sum, between `epsilon` and 1 − `epsilon`. */
export interface CategoricalCrossentropyAttrs {
  readonly epsilon: number;
}

type LossFunction = (target: tf.Tensor, output: tf.Tensor) => tf.Tensor;

/** What the hook reads of TensorFlow.js's models, and changes. */
interface Model {
  compile(args: tf.ModelCompileArgs): void;
  readonly outputNames: readonly string[];
  /** As the user gave it. */
  readonly loss: unknown;
  /** One for each output. */
  lossFunctions: LossFunction[];
}

/**
 * Makes the losses `categoricalCrossentropy` and `sparseCategoricalCrossentropy` of a compiled model one kernel forward and one back, on
 * backends that have them. The loss has no second derivative then.
 */
export function fuseCategoricalCrossentropy(): void {
  tf.registerGradient(gradient);
  const model = tf.LayersModel.prototype as unknown as Model;
  const stock = model.compile;
  model.compile = function (this: Model, args) {
    stock.call(this, args);
    const names = lossNames(this);
    this.lossFunctions = this.lossFunctions.map((loss, i) => fusedLosses[names[i]!]?.(loss) ?? loss);
  };
}

/** A loss that is a function of the user's own has no name. */
function lossNames({ loss, outputNames }: Model): string[] {
  const ofOutput = (name: string, i: number): unknown => {
    if (Array.isArray(loss)) return loss[i];
    return typeof loss === "object" && loss !== null ? (loss as Record<string, unknown>)[name] : loss;
  };
  return outputNames.map((name, i) => {
    const found = ofOutput(name, i);
    return typeof found === "string" ? found : "";
  });
}

/** By name, from TensorFlow.js's function. */
const fusedLosses: Readonly<Record<string, (stock: LossFunction) => LossFunction>> = {
  categoricalCrossentropy: (stock) => (target, output) =>
    activeBackendHas("CategoricalCrossentropy") && tf.util.arraysEqual(target.shape, output.shape)
      ? crossentropy(target, output)
      : stock(target, output),
  sparseCategoricalCrossentropy: (stock) => (target, output) => {
    if (!activeBackendHas("CategoricalCrossentropy")) return stock(target, output);
    return tf.tidy(() => {
      const classes = tf.cast(target.flatten().floor(), "int32");
      const hot = tf.oneHot(classes, output.shape.at(-1)!).reshape(output.shape);
      return crossentropy(hot, output.clipByValue(tf.backend().epsilon(), 1 - tf.backend().epsilon()));
    });
  },
};

function crossentropy(target: tf.Tensor, output: tf.Tensor): tf.Tensor {
  const attrs: CategoricalCrossentropyAttrs = { epsilon: tf.backend().epsilon() };
  return tf.tidy(() =>
    tf.engine().runKernel("CategoricalCrossentropy", { target: target.toFloat(), output }, { ...attrs }),
  );
}

const gradient: tf.GradConfig = {
  kernelName: "CategoricalCrossentropy",
  inputsToSave: ["target", "output"],
  gradFunc: (dy, [target, output], attrs) => ({
    output: () =>
      tf
        .engine()
        .runKernel("CategoricalCrossentropyGrad", { dy: dy as tf.Tensor, target: target!, output: output! }, attrs),
  }),
};
