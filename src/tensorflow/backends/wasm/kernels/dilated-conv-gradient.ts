import * as tf from "@tensorflow/tfjs";

type Shape4D = [number, number, number, number];
type ConvAttrs = Pick<tf.Conv2DAttrs, "strides" | "pad" | "dataFormat" | "dilations" | "dimRoundingMode">;

/**
 * Gradients of dilated convolutions, which TensorFlow.js has on no backend; here on wasm, whose kernels take dilations.
 * Without a dilation, and on every other backend, TensorFlow.js's own gradient is asked.
 *
 * `tf.layers.conv2d` comes this way when its activation is relu or elu; with another one it uses a fused operation whose
 * gradient cannot be replaced, and TensorFlow.js says that it has none.
 */
export const dilatedConvGradients: readonly tf.GradConfig[] = [
  dilatedGradient("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"),
  dilatedGradient("DepthwiseConv2dNative", "DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNativeBackpropFilter"),
];

function dilatedGradient(kernelName: string, inputKernel: string, filterKernel: string): tf.GradConfig {
  const stock = tf.getGradient(kernelName);
  return {
    ...stock,
    gradFunc: (dy, saved, attrs) => {
      const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs as ConvAttrs;
      const dilated = [dilations ?? 1].flat().some((dilation) => dilation > 1);
      if (!dilated || tf.getBackend() !== "wasm") return stock.gradFunc(dy, saved, attrs);
      const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
      const run = (name: string, inputs: tf.NamedTensorMap, shape: Record<string, Shape4D>): tf.Tensor => {
        const shared: Record<string, unknown> = { strides, pad, dataFormat, dilations, dimRoundingMode };
        return tf.engine().runKernel(name, inputs, Object.assign(shared, shape));
      };
      return {
        x: () => run(inputKernel, { dy: dy as tf.Tensor, filter }, { inputShape: x.shape }),
        filter: () => run(filterKernel, { x, dy: dy as tf.Tensor }, { filterShape: filter.shape }),
      };
    },
  };
}
