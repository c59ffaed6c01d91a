import * as tf from "@tensorflow/tfjs";

/**
 * Makes the gradient of `tf.gather` one sum by segments, on any backend. TensorFlow.js turns the tensors around first, and with batch
 * dimensions takes each example by itself.
 */
export function fuseGatherGradient(): void {
  const stock = tf.getGradient("GatherV2");
  tf.unregisterGradient("GatherV2");
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, [x, indices], attrs) => ({
      x: () => spread(dy as tf.Tensor, x!, indices!, attrs as unknown as tf.GatherV2Attrs),
      indices: () => indices!,
    }),
  });
}

/** Each slice of dy goes to where it was taken, numbered over all axes before. */
function spread(dy: tf.Tensor, x: tf.Tensor, indices: tf.Tensor, { axis, batchDims }: tf.GatherV2Attrs): tf.Tensor {
  const [at] = tf.util.parseAxisParam(axis, x.shape) as [number];
  const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, at, batchDims);
  const { batchSize, outerSize, dimSize, sliceSize } = info;
  const blocks = batchSize * outerSize;
  const perBatch = indices.size / batchSize;
  const slices = dy.reshape<tf.Tensor2D>([blocks * perBatch, sliceSize]);
  const starts = tf.range(0, blocks, 1, "int32").mul(tf.scalar(dimSize, "int32")).reshape([batchSize, outerSize, 1]);
  const ids = blocks === 1 ? indices : indices.reshape([batchSize, 1, perBatch]).add(starts);
  return tf.unsortedSegmentSum(slices, ids.flatten().toInt(), blocks * dimSize).reshape(x.shape);
}
