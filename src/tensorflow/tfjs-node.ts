/**
 * What `@tensorflow/tfjs-node` and `@tensorflow/tfjs-node-gpu` are to a study: the one TensorFlow.js, on whatever backend the study trains, with
 * what these packages add to it.
 */
import * as tf from "@tensorflow/tfjs";
import { fileSystem, registerFileUrls } from "./tfjs-node/file-system.js";
import { decodeImage, decodeJpeg, decodePng } from "./tfjs-node/images.js";
import { native } from "./tfjs-node/native.js";
import { summaryFileWriter, tensorBoard } from "./tfjs-node/tensor-board.js";

registerFileUrls();

export * from "@tensorflow/tfjs";

export const io: typeof tf.io & { readonly fileSystem: typeof fileSystem } = { ...tf.io, fileSystem };

export const node = {
  tensorBoard,
  summaryFileWriter,
  decodeImage: native("decodeImage", decodeImage),
  decodePng: native("decodePng", decodePng),
  decodeJpeg: native("decodeJpeg", decodeJpeg),
  decodeBmp: native("decodeBmp"),
  decodeGif: native("decodeGif"),
  encodePng: native("encodePng"),
  encodeJpeg: native("encodeJpeg"),
  loadSavedModel: native("loadSavedModel"),
  getMetaGraphsFromSavedModel: native("getMetaGraphsFromSavedModel"),
  getNumOfSavedModels: native("getNumOfSavedModels"),
};

const whole: typeof tf & { readonly io: typeof io; readonly node: typeof node } = { ...tf, io, node };
export default whole;
/** What `require` gives. */
export { whole as "module.exports" };
