import * as tf from "@tensorflow/tfjs";
import { fitted } from "../fitted.js";
import { EXAMPLES, type Given, kernel, type Model, wholes, setKernels } from "../model.js";

const options = { vocabulary: 65, length: 64, width: 64, heads: 4, blocks: 2, learningRate: 1e-3 };
const { vocabulary, length, width, heads, blocks, learningRate } = options;

/** A small GPT, as public ones for TensorFlow.js are written: attention is matrix products and a mask in a layer of its own. */
export const gpt: Model = {
  program: "gpt",
  options,
  given: {
    tokens: kernel(vocabulary, width),
    positions: kernel(length, width),
    ...Object.fromEntries(Array.from({ length: blocks }, (_, i) => ofBlock(i)).flat()),
    output: kernel(width, vocabulary),
    x: wholes(vocabulary, EXAMPLES, length),
    y: wholes(vocabulary, EXAMPLES, length, 1),
  },
  stepsPerRound: 20,
  start: (values, flavor) => fitted(build, values, flavor),
};

function ofBlock(block: number): [string, Given][] {
  const attention = ["queries", "keys", "values", "joined"].map((name) => [name, kernel(width, width)] as const);
  const dense = [["wide", kernel(width, 4 * width)] as const, ["narrow", kernel(4 * width, width)] as const];
  return [...attention, ...dense].map(([name, given]) => [`${name} ${block}`, given]);
}

function build(kernels: readonly tf.Tensor[]): tf.LayersModel {
  const tokens = tf.input({ shape: [length] });
  const embedded = tf.layers.embedding({ inputDim: vocabulary, outputDim: width }).apply(tokens);
  let x = new PositionEmbedding({}).apply(embedded) as tf.SymbolicTensor;
  for (let i = 0; i < blocks; i++) {
    x = residual(x, attention);
    x = residual(x, (normal) => dense(width).apply(dense(4 * width, "gelu").apply(normal)));
  }
  const output = dense(vocabulary, "softmax").apply(normalized(x)) as tf.SymbolicTensor;
  const model = tf.model({ inputs: tokens, outputs: output });
  setKernels(model, kernels);
  model.compile({ optimizer: tf.train.adam(learningRate), loss: "sparseCategoricalCrossentropy" });
  return model;
}

type Applied = ReturnType<tf.layers.Layer["apply"]>;

function residual(x: tf.SymbolicTensor, branch: (normal: Applied) => Applied): tf.SymbolicTensor {
  return tf.layers.add().apply([x, branch(normalized(x)) as tf.SymbolicTensor]) as tf.SymbolicTensor;
}

function normalized(x: tf.SymbolicTensor): Applied {
  return tf.layers.layerNormalization({ epsilon: 1e-3 }).apply(x);
}

function dense(units: number, activation?: "gelu" | "softmax"): tf.layers.Layer {
  return tf.layers.dense({ units, ...(activation && { activation }) });
}

function attention(x: Applied): Applied {
  const [queries, keys, values] = [dense(width), dense(width), dense(width)].map((layer) => layer.apply(x));
  return dense(width).apply(new CausalAttention({}).apply([queries, keys, values] as tf.SymbolicTensor[]));
}

class PositionEmbedding extends tf.layers.Layer {
  static readonly className = "PositionEmbedding";
  private positions!: tf.LayerVariable;

  override build(): void {
    this.positions = this.addWeight("positions", [length, width], "float32", tf.initializers.zeros());
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.add([inputs].flat()[0]!, this.positions.read());
  }
}

class CausalAttention extends tf.layers.Layer {
  static readonly className = "CausalAttention";

  override computeOutputShape(shapes: tf.Shape | tf.Shape[]): tf.Shape {
    return (shapes as tf.Shape[])[0]!;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [queries, keys, values] = (inputs as tf.Tensor[]).map(splitHeads) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const scores = tf.matMul(queries, keys, false, true).mul(1 / Math.sqrt(width / heads));
      const future = tf.linalg
        .bandPart(tf.ones([length, length]), -1, 0)
        .sub(1)
        .mul(1e9);
      const joined = tf.matMul(scores.add(future).softmax(), values);
      return joined.transpose([0, 2, 1, 3]).reshape([-1, length, width]);
    });
  }
}

/** [batch, length, width] as [batch, heads, length, width / heads]. */
function splitHeads(x: tf.Tensor): tf.Tensor {
  return x.reshape([-1, length, heads, width / heads]).transpose([0, 2, 1, 3]);
}
