import * as tf from "@tensorflow/tfjs";

/** One operand with a letter for each of its axes. */
interface Labeled {
  readonly x: tf.Tensor;
  readonly labels: string;
}

/**
 * Einstein summation of one or two operands, as TensorFlow.js defines it (`->` required, no `...`, no repeated letter
 * within an operand). Two operands become one batched matrix product.
 */
export const einsum: tf.KernelConfig = {
  kernelName: "Einsum",
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const tensors = Object.values(inputs) as tf.Tensor[];
    const equation = attrs!.equation as string;
    const { idDims, allDims } = tf.backend_util.decodeEinsumEquation(equation, tensors.length);
    tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors);
    const { operandLabels, output } = parse(equation);
    return tf.tidy(() =>
      contracted(
        tensors.map((x, i) => ({ x, labels: operandLabels[i]! })),
        output,
      ),
    );
  },
};

/** TensorFlow.js has none: without it, no layer that uses Einstein summation can be trained, on any backend. */
export const einsumGradient: tf.GradConfig = {
  kernelName: "Einsum",
  saveAllInputs: true,
  gradFunc: (dy, saved, attrs) => {
    const { operandLabels, output } = parse(attrs.equation as string);
    const gradients = saved.map((x, i) => () => {
      const others = saved.flatMap((other, j) => (j === i ? [] : [{ x: other, labels: operandLabels[j]! }]));
      const operands = [{ x: dy as tf.Tensor, labels: output }, ...others];
      return gradientOf({ x, labels: operandLabels[i]! }, operands);
    });
    return Object.fromEntries(gradients.map((gradient, i) => [i, gradient]));
  },
};

function parse(equation: string): { operandLabels: string[]; output: string } {
  const [left = "", output = ""] = equation.replace(/\s/g, "").split("->");
  return { operandLabels: left.split(","), output };
}

/** The contraction of the rest, repeated along the axes that only `of` has: those were summed away. */
function gradientOf(of: Labeled, operands: readonly Labeled[]): tf.Tensor {
  const known = [...of.labels].filter((label) => operands.some(({ labels }) => labels.includes(label))).join("");
  const equation = `${operands.map(({ labels }) => labels).join(",")}->${known}`;
  const gradient = tf.einsum(equation, ...operands.map(({ x }) => x));
  const aligned = [...of.labels].map((label, axis) => (known.includes(label) ? of.x.shape[axis]! : 1));
  return gradient.reshape(aligned).broadcastTo(of.x.shape);
}

function contracted(operands: readonly Labeled[], output: string): tf.Tensor {
  const [a, b] = operands.map((operand, i) => {
    const used =
      output +
      operands
        .filter((_, j) => j !== i)
        .map(({ labels }) => labels)
        .join("");
    return summedTo(operand, [...operand.labels].filter((label) => used.includes(label)).join(""));
  });
  return b === undefined ? ordered(a!, output) : ordered(product(a!, b, output), output);
}

/** A batched matrix product: letters of both that stay are the batch, letters of both that go are summed over. */
function product(a: Labeled, b: Labeled, output: string): Labeled {
  const shared = [...a.labels].filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => output.includes(label)).join("");
  const inner = shared.filter((label) => !output.includes(label)).join("");
  const left = [...a.labels].filter((label) => !b.labels.includes(label)).join("");
  const right = [...b.labels].filter((label) => !a.labels.includes(label)).join("");
  const sizes = new Map([a, b].flatMap(({ x, labels }) => [...labels].map((label, axis) => [label, x.shape[axis]!])));
  const shapeOf = (labels: string) => [...labels].map((label) => sizes.get(label)!);
  const sizeOf = (labels: string) => tf.util.sizeFromShape(shapeOf(labels));
  const as3D = (operand: Labeled, ...groups: [string, string, string]) =>
    ordered(operand, groups.join("")).reshape<tf.Tensor3D>(groups.map(sizeOf));
  const x = tf.matMul(as3D(a, batch, left, inner), as3D(b, batch, inner, right));
  return { x: x.reshape(shapeOf(batch + left + right)), labels: batch + left + right };
}

function summedTo({ x, labels }: Labeled, kept: string): Labeled {
  const axes = [...labels].flatMap((label, axis) => (kept.includes(label) ? [] : [axis]));
  return { x: axes.length === 0 ? x : x.sum(axes), labels: kept };
}

function ordered({ x, labels }: Labeled, output: string): tf.Tensor {
  return x.transpose([...output].map((label) => labels.indexOf(label)));
}
