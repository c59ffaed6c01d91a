/**
 * What `@tensorflow/tfjs-node` and `@tensorflow/tfjs-node-gpu` are to a study: the one TensorFlow.js, on whatever backend the study trains, with
 * what these packages add to it.
 */
import * as tf from "@tensorflow/tfjs";
import { fileSystem, registerFileUrls } from "./tfjs-node/file-system.js";
import * as node from "./tfjs-node/node.js";

registerFileUrls();

export * from "@tensorflow/tfjs";

export const io: typeof tf.io & { readonly fileSystem: typeof fileSystem } = { ...tf.io, fileSystem };

export { node };

const whole: typeof tf & { readonly io: typeof io; readonly node: typeof node } = { ...tf, io, node };
export default whole;
/** What `require` gives. */
export { whole as "module.exports" };
